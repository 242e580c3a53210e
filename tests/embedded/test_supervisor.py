"""A broker that does not come back ends no home: it is tried again, and whoever needs its log waits for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.adapters.factlog import FactLogUnavailableError
from services.adapters.kafka import TopicMismatchError
from services.embedded import supervisor as supervising
from services.embedded.home import NEEDS_THE_LOG, Home
from services.embedded.processes import ProcessFailed, Program
from services.embedded.supervisor import Supervisor


class FakeChild:
    """A program that is started and stopped in name only."""

    def __init__(self, program: Program, logs: Path) -> None:
        self.program, self.pid, self.code = program, 1, None

    pid: int
    code: int | None

    def exit_code(self) -> int | None:
        return self.code

    def wait_ready(self, timeout_s: float) -> None:
        """It serves at once."""

    def stop(self, within_s: float | None = None) -> None:
        self.code = 0 if self.code is None else self.code


class Bench:
    """A supervisor whose programs are names, with every program running."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[str] = []
        self.launched: list[str] = []
        self.faults: list[Exception] = []
        self.topics_asked = 0
        names = ("web", "broker", *NEEDS_THE_LOG)
        monkeypatch.setattr(supervising, "programs", lambda _: {name: Program(name, ()) for name in names})
        monkeypatch.setattr(supervising, "Child", self.child)
        monkeypatch.setattr(supervising, "ensure_topics", self.ensure_topics)
        monkeypatch.setattr(supervising, "WATCH_S", 0.001)
        monkeypatch.setattr(supervising, "LONGEST_PAUSE_S", 0.0)
        self.until: Callable[[], bool] = lambda: False
        self.supervisor = Supervisor(Home(data=data, web_port=1, demo=False), self.said.append)
        for name in names:
            self.supervisor._launch(name)
        self.launched.clear()

    def child(self, program: Program, logs: Path) -> FakeChild:
        self.launched.append(program.name)
        return FakeChild(program, logs)

    def ensure_topics(self, _bootstrap: str) -> list[str]:
        self.topics_asked += 1
        if self.faults:
            raise self.faults.pop(0)
        return []

    def end(self, name: str, code: int) -> None:
        """A program ends by itself."""
        child = self.supervisor._children[name]
        assert isinstance(child, FakeChild)
        child.code = code

    def watch_until_notify_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Watch until the last program that needs the log runs again."""
        launch = self.supervisor._launch

        def launched(name: str) -> None:
            launch(name)
            if name == NEEDS_THE_LOG[-1]:
                self.supervisor._asked_to_stop.set()

        monkeypatch.setattr(self.supervisor, "_launch", launched)
        self.supervisor._watch()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "fault", [FactLogUnavailableError("nobody"), TopicMismatchError("other"), ProcessFailed("not ready")]
)
def test_a_broker_that_does_not_come_back_is_tried_again_and_nobody_is_started_without_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    bench.faults = [fault, fault]
    bench.end("broker", -9)
    bench.watch_until_notify_runs(monkeypatch)
    assert bench.topics_asked == 3
    assert bench.launched == ["broker"] * 3 + list(NEEDS_THE_LOG)
    assert len([line for line in bench.said if str(fault) in line]) == 2
    assert bench.supervisor._record.restarts("tracker") == 0


@pytest.mark.timeout(30)
def test_when_the_log_begins_anew_what_was_noted_of_the_old_one_is_over(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A note of a stop names an offset, and an appointment to start a program again is kept by starting it."""
    note = tmp_path / "stopped" / "tracker.json"
    note.parent.mkdir()
    note.write_text("{}")
    bench.supervisor._retry_at["tracker"] = 10.0**12
    bench.end("tracker", 3)
    bench.end("broker", -9)
    bench.watch_until_notify_runs(monkeypatch)
    assert not note.exists()
    assert bench.supervisor._retry_at == {}
