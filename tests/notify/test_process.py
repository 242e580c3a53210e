"""Notify as a process on the embedded broker: killed at every unlucky moment, it tells once or repeats the same id."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.envelope import Event
from schemas.topics import DELIVERIES
from services.adapters.clock import SimulatedClock, SystemClock
from services.adapters.codec import decode
from services.adapters.factlog import entries_of
from services.adapters.journal import JournalFactLog
from services.adapters.kafka import KafkaFactLog, ensure_topics
from services.adapters.truth import read_journal, read_kafka
from tests.conformance.brokers import running_broker
from tests.notify.alerts import NOW, cleared, raised
from tests.notify.receiver import Receiver, running_receiver
from tests.running_home import until

WORLD = "kz-demo"


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """A broker with every topic; each test reads it in a group of its own."""
    with running_broker() as running:
        ensure_topics(running.bootstrap)
        yield running.bootstrap


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


class Notify:
    """Notify processes over one folder, one after another."""

    def __init__(self, folder: Path, broker: str, receiver: Receiver, *, journal: bool = True) -> None:
        self.journal = folder / "journal.sqlite3"
        JournalFactLog(self.journal).close()
        clock = folder / "clock.json"
        real = SystemClock()
        SimulatedClock(WORLD, real.now(), NOW, 1, real).save(clock)
        (folder / "webhooks.yaml").write_text(f"- {{name: clerks, url: '{receiver.url}'}}\n")
        self._log = folder / "notify.log"
        self._environment = os.environ | {
            "ESEP_DATA": str(folder),
            "ESEP_KAFKA_BOOTSTRAP": broker,
            "ESEP_SIMULATION": str(clock),
            "ESEP_NOTIFY_WEBHOOKS": str(folder / "webhooks.yaml"),
            "ESEP_NOTIFY_GROUP": folder.name.replace("_", "-"),
            "ESEP_NOTIFY_BACKOFF_S": "0.01",
            "ESEP_NOTIFY_ALLOW_LOOPBACK": "true",
            "ESEP_BROKER_SESSION_TIMEOUT_S": "2",
            "ESEP_BROKER_HEARTBEAT_S": "0.5",
            **({"ESEP_JOURNAL": str(self.journal)} if journal else {}),
        }

    @contextmanager
    def running(self, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
        more = {f"ESEP_{name.upper()}": value for name, value in settings.items()}
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "services.notify"]
            process = subprocess.Popen(command, env=self._environment | more, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def recorded(self) -> list[Event]:
        return [decode(message.value) for message in read_journal(self.journal, (DELIVERIES,))]

    def said(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]


def publish(broker: str, alerts: Sequence[Event]) -> None:
    with KafkaFactLog(broker) as log:
        log.append([entry for alert in alerts for entry in entries_of(alert)])


def own(first: int, count: int = 1) -> list[Event]:
    """Alerts of one test only: the broker is shared."""
    return [raised(number, simulation=WORLD) for number in range(first, first + count)]


def received(receiver: Receiver, alerts: Sequence[Event]) -> list[str]:
    wanted = {str(alert.id) for alert in alerts}
    return [event_id for event_id in receiver.ids() if event_id in wanted]


def recorded_about(notify: Notify, alert: Event) -> list[str]:
    return [
        f"{event.data.channel} {event.type.split('.')[2]}"  # type: ignore[attr-defined]
        for event in notify.recorded()
        if event.data.alert_event_id == alert.id  # type: ignore[attr-defined]
    ]


def test_recorded_and_killed_before_the_commit_it_is_not_sent_again(
    tmp_path: Path, broker: str, receiver: Receiver
) -> None:
    [alert, after] = own(100, 2)
    notify = Notify(tmp_path, broker, receiver)
    publish(broker, [alert])
    with notify.running() as process:
        until(lambda: len(recorded_about(notify, alert)) == 2, f"recorded for both channels\n{notify.said()}")
        process.kill()
    publish(broker, [after, cleared(100, simulation=WORLD)])
    # A group that has committed nothing reads everything again: the worst that a kill before the commit can do.
    with notify.running(notify_group="esep-notify-again"):
        until(lambda: received(receiver, [cleared(100, simulation=WORLD)]), "the correction arrives")
        until(lambda: received(receiver, [after]), "the next alert arrives")
    assert received(receiver, [alert]) == [str(alert.id)]
    assert sorted(recorded_about(notify, alert)) == ["clerks sent", "log sent"]
    assert "SIMULATED alert raised" in notify.said()


def test_killed_before_the_receiver_answered_it_repeats_the_same_event(
    tmp_path: Path, broker: str, receiver: Receiver
) -> None:
    [alert] = own(200)
    notify = Notify(tmp_path, broker, receiver)
    publish(broker, [alert])
    with notify.running() as process:
        receiver.before_answer = lambda: process.kill() if received(receiver, [alert]) else None
        until(lambda: process.poll() is not None, "killed by the receiver's test")
    receiver.before_answer = None
    assert recorded_about(notify, alert) in ([], ["log sent"])
    with notify.running() as process:
        until(lambda: "clerks sent" in recorded_about(notify, alert), f"recorded\n{notify.said()}")
        process.terminate()
        assert process.wait(20) == 0
    assert received(receiver, [alert]) == [str(alert.id)] * 2


def test_a_receiver_that_refuses_is_recorded_and_stops_nothing(tmp_path: Path, broker: str, receiver: Receiver) -> None:
    receiver.status = 500
    [alert] = own(300)
    notify = Notify(tmp_path, broker, receiver)
    publish(broker, [alert])
    with notify.running(notify_attempts="2"):
        until(lambda: len(recorded_about(notify, alert)) == 2, f"recorded\n{notify.said()}")
    assert sorted(recorded_about(notify, alert)) == ["clerks failed", "log sent"]


def test_a_storm_arrives_as_one_batch(tmp_path: Path, broker: str, receiver: Receiver) -> None:
    notify = Notify(tmp_path, broker, receiver)
    storm = own(400, 60)
    publish(broker, storm)
    with notify.running():
        until(lambda: all(recorded_about(notify, alert) for alert in storm[-1:]), f"recorded\n{notify.said()}")
        until(lambda: len(set(received(receiver, storm))) == 60, "the storm arrives")
    assert len(received(receiver, storm)) == 60
    assert len([body for _, body in receiver.posts if isinstance(body, list)]) == 1


def test_without_a_journal_the_record_is_kafkas(tmp_path: Path, broker: str, receiver: Receiver) -> None:
    [alert, after] = own(500, 2)
    notify = Notify(tmp_path, broker, receiver, journal=False)
    publish(broker, [alert])
    with notify.running():
        until(lambda: about(broker, alert) == {"clerks", "log"}, f"recorded\n{notify.said()}")
    publish(broker, [after])
    with notify.running(notify_group="esep-notify-other"):
        until(lambda: received(receiver, [after]), f"the next alert arrives\n{notify.said()}")
    assert received(receiver, [alert]) == [str(alert.id)]


def about(broker: str, alert: Event) -> set[str]:
    """The channels whose delivery of this alert Kafka holds."""
    deliveries = [decode(message.value).data for message in read_kafka(broker, (DELIVERIES,))]
    return {d.channel for d in deliveries if d.alert_event_id == alert.id}  # type: ignore[attr-defined]


def test_settings_are_shown_and_unusable_ones_are_said_so(tmp_path: Path) -> None:
    def notify(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ESEP_")}
        return subprocess.run(
            [sys.executable, "-m", "services.notify", *arguments],
            env=clean | {"ESEP_DATA": str(tmp_path), **settings},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    shown = notify("--print-config", ESEP_NOTIFY_DIGEST_OVER="7")
    assert (shown.returncode, "notify_digest_over: 7" in shown.stdout) == (0, True)
    for settings in ({}, {"ESEP_NOTIFY_WEBHOOKS": str(tmp_path / "none.yaml")}, {"ESEP_NOTIFY_ATTEMPTS": "0"}):
        refused = notify(**settings)
        assert refused.returncode == 2
        assert "ESEP_" in refused.stderr
        assert "Traceback" not in refused.stderr
