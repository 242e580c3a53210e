"""Liveness is progress: silence is told from work, from waiting, and from a broker that is away."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import BadStatusLine
from threading import Event as Flag
from typing import Any

import pytest

from services.adapters import health
from services.adapters.clock import FakeClock
from services.adapters.config import ConfigError, Settings
from services.adapters.health import answering
from services.adapters.liveness import LONGEST_DOUBT_S, LONGEST_WORK_S, Progress
from tests.ports import free_port
from tests.running_home import until

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
LIMIT_S = 25.0


@dataclass
class Stopwatch:
    """Seconds that pass when told."""

    s: float = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def progress(watch: Stopwatch) -> Progress:
    return Progress(FakeClock(NOON), quiet_after_s=LIMIT_S, elapsed_s=watch)


def test_silence_beyond_the_limit_is_quiet_and_the_next_thing_through_ends_it(
    progress: Progress, watch: Stopwatch
) -> None:
    watch.s += LIMIT_S
    assert progress.standing().quiet is None
    watch.s += 1
    assert "nothing has come through for 26 s" in (progress.standing().quiet or "")
    progress.came_through("batch")
    assert progress.standing().quiet is None
    assert (progress.standing().stage, progress.standing().came_through_at) == ("batch", NOON)


def test_a_worker_that_is_busy_is_not_quiet_until_its_work_has_no_end(progress: Progress, watch: Stopwatch) -> None:
    with progress.at_work("batch"):
        watch.s += LONGEST_WORK_S
        assert progress.standing().quiet is None
        assert progress.standing().at_work == "batch"
        watch.s += 1
        assert "batch has taken 301 s" in (progress.standing().quiet or "")
    assert progress.standing().quiet is None
    assert progress.standing().at_work is None


def test_a_long_work_in_pieces_is_never_quiet(progress: Progress, watch: Stopwatch) -> None:
    with progress.at_work("batch"):
        for _ in range(10):
            watch.s += LONGEST_WORK_S
            assert progress.standing().quiet is None
            progress.came_through("published")


def test_work_that_failed_is_no_progress(progress: Progress, watch: Stopwatch) -> None:
    watch.s += LIMIT_S + 1
    with pytest.raises(ValueError, match="broken"), progress.at_work("batch"):
        raise ValueError("broken")
    assert progress.standing().quiet is not None


def test_an_excuse_gives_the_full_time_again(progress: Progress, watch: Stopwatch) -> None:
    watch.s += LIMIT_S + 100
    progress.excuse()
    watch.s += LIMIT_S
    assert progress.standing().quiet is None
    watch.s += 1
    assert progress.standing().quiet is not None


def test_nobody_is_called_quiet_while_it_is_asked_whether_there_is_an_excuse(
    progress: Progress, watch: Stopwatch
) -> None:
    watch.s += LIMIT_S - 1
    with progress.in_doubt():
        watch.s += LONGEST_DOUBT_S
        assert progress.standing().quiet is None
        watch.s += 1
        assert progress.standing().quiet is not None, "the question itself hangs"
    assert progress.standing().quiet is not None


def test_waiting_is_alive_and_not_ready(progress: Progress) -> None:
    progress.waits("warehouse", "it does not answer")
    assert progress.standing().quiet is None
    assert not progress.standing().ready
    progress.has("warehouse")
    assert progress.standing().ready


def test_waiting_alone_excuses_nothing(progress: Progress, watch: Stopwatch) -> None:
    progress.waits("esep.facts", "no partition is assigned")
    watch.s += LIMIT_S + 1
    assert progress.standing().quiet is not None


@contextmanager
def served(progress: Progress, broker: Flag | None = None) -> Iterator[str]:
    settings = Settings(health_port=0)
    asked = None if broker is None else broker.is_set
    with answering(settings, progress, broker_answers=asked) as port:
        yield f"http://127.0.0.1:{port}"


def get(url: str) -> tuple[int, str, bytes]:
    """Status, type and body of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers["Content-Type"], refused.read()


def problem(url: str) -> dict[str, Any]:
    """The problem document of an answer that is one."""
    status, kind, body = get(url)
    assert kind == "application/problem+json"
    document = json.loads(body)
    assert document["status"] == status
    return dict(document)


def test_it_tells_over_http_how_it_does(progress: Progress, watch: Stopwatch) -> None:
    with served(progress) as url:
        status, kind, body = get(f"{url}/healthz")
        assert (status, kind) == (200, "application/json")
        told = json.loads(body)
        assert (told["alive"], told["ready"], told["stage"]) == (True, True, "started")
        assert datetime.fromisoformat(told["came_through_at"]) == NOON
        assert get(f"{url}/readyz")[0] == 200
        progress.came_through("batch")
        assert b'progress_timestamp_seconds{stage="batch"}' in get(f"{url}/metrics")[2]
        assert problem(f"{url}/elsewhere")["status"] == 404

        progress.waits("warehouse", "it does not answer")
        assert get(f"{url}/healthz")[0] == 200
        refused = problem(f"{url}/readyz")
        assert (refused["status"], refused["type"]) == (503, "urn:esep:problem:not_ready")
        assert refused["detail"] == "warehouse: it does not answer"

        watch.s += LIMIT_S + 1
        quiet = problem(f"{url}/healthz")
        assert (quiet["status"], quiet["type"], quiet["alive"]) == (503, "urn:esep:problem:quiet", False)


def test_while_the_broker_answers_nobody_there_is_an_excuse(
    progress: Progress, watch: Stopwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "ASK_EVERY_S", 0.01)
    broker = Flag()
    watch.s += LIMIT_S + 1
    with served(progress, broker):
        until(lambda: progress.standing().quiet is None, "the silence is excused")
        assert progress.standing().waits_for == {"broker": "the broker answers nobody"}
        broker.set()
        until(lambda: not progress.standing().waits_for, "the broker is there again")
        assert progress.standing().quiet is None
        watch.s += LIMIT_S + 1
        assert progress.standing().quiet is not None


def test_a_question_about_the_broker_that_goes_wrong_is_asked_again(
    progress: Progress, watch: Stopwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "ASK_EVERY_S", 0.01)
    watch.s += LIMIT_S + 1
    asked: list[int] = []

    def answers() -> bool:
        asked.append(1)
        if len(asked) == 1:
            raise BadStatusLine("nonsense")
        return False

    with answering(Settings(health_port=0), progress, broker_answers=answers):
        until(lambda: progress.standing().quiet is None, "the silence is excused in the end")
    assert len(asked) > 1


def test_without_a_port_nothing_is_served(progress: Progress) -> None:
    with answering(Settings(), progress) as port:
        assert port is None


def test_a_taken_port_is_told(progress: Progress) -> None:
    taken = free_port()
    settings = Settings(health_port=taken)
    again = answering(settings, progress)
    with answering(settings, progress), pytest.raises(ConfigError, match="ESEP_HEALTH_PORT"), again:
        pytest.fail("two processes on one port")
