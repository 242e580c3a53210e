"""Whole trackers on the embedded broker: killed, replaced, fed nonsense; held against a plain fold."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.envelope import Event
from schemas.events.clock import ClockTickV1
from schemas.topics import DEAD_LETTERS, DEADLINES, FACTS
from services.adapters.clock import FakeClock, SimulatedClock
from services.adapters.kafka import ensure_topics
from services.tracker.__main__ import main
from tests.stream.facts import ANSWERED_ON, DUE_AT, answered, filed, in_partition, read_up_to, subject
from tests.stream.trackers import Log, tracker

MANY = 200
LATE_ON = ANSWERED_ON + timedelta(days=30)
SLOW = {"tracker_batch": "5", "tracker_linger_s": "0.02"}
"""Settings with which a tracker is sure to be caught in the middle."""


def many_facts() -> list[Event]:
    """Questions, then their answers, two of three in time, then word that the source was read."""
    numbers = range(MANY)
    answers = [answered(number, LATE_ON if number % 3 == 0 else ANSWERED_ON) for number in numbers]
    return [*(filed(number) for number in numbers), *answers, read_up_to(LATE_ON)]


def test_killed_in_the_middle_and_started_again_it_publishes_what_a_plain_fold_gives(log: Log, tmp_path: Path) -> None:
    log.append(many_facts())

    with tracker(log.bootstrap, tmp_path, **SLOW) as first:
        first.until(log.processed, "the first facts are acknowledged")
        first.kill()
    assert log.processed() < 2 * MANY, "the kill came too late to prove anything"
    assert not log.agrees()

    with tracker(log.bootstrap, tmp_path) as second:
        second.until(log.agrees, "every derived event is published, and no other")


def test_the_partner_of_a_killed_tracker_takes_over(log: Log, tmp_path: Path) -> None:
    with tracker(log.bootstrap, tmp_path / "1", **SLOW) as one, tracker(log.bootstrap, tmp_path / "2") as two:
        one.until(lambda: "state rebuilt" in one.said() and "state rebuilt" in two.said(), "both own partitions")
        log.append(many_facts())
        one.until(log.processed, "the first facts are acknowledged")
        one.kill()
        assert log.processed() < 2 * MANY, "the kill came too late to prove anything"
        two.until(log.agrees, "every derived event is published, and no other")


def test_a_backlog_of_answers_is_never_overtaken_by_the_tick(log: Log, tmp_path: Path) -> None:
    world, numbers, clock = "a-world", range(MANY), tmp_path / "clock.json"
    stand_still(clock, world, DUE_AT + timedelta(days=1))
    in_time = [answered(number, simulation=world) for number in numbers[1:]]
    log.append([*(filed(number, simulation=world) for number in numbers), *in_time])
    log.append([read_up_to(LATE_ON, simulation=world)])

    with tracker(log.bootstrap, tmp_path, simulation=str(clock), **SLOW) as behind:
        behind.until(lambda: missed(log), "the tick has come back")
        behind.until(log.agrees, "every derived event is published, and no other")

    assert missed(log) == {subject(0, world)}
    ticks = [event for event in log.events(FACTS) if isinstance(event.data, ClockTickV1)]
    assert {tick.simulation for tick in ticks} == {world}


def test_started_before_its_topics_it_keeps_what_it_does_not_understand_and_goes_on(
    empty_broker: str, tmp_path: Path
) -> None:
    first, second = in_partition(0, 2)
    with closing(Log(empty_broker)) as log, tracker(empty_broker, tmp_path) as running:
        running.until(lambda: FACTS.name in running.said(), "it asks for its topic")
        ensure_topics(empty_broker)
        log.append([filed(first)])
        log.append_raw(0, b"\xff{")
        log.append_raw(0, None)
        log.append([filed(second)])
        running.until(lambda: log.processed() >= 4, "all four records are acknowledged")
        assert running.stop() == 0, running.said()

        letters = [event.data.model_dump() for event in log.events(DEAD_LETTERS)]
        assert {(letter["origin"], letter["code"]) for letter in letters} == {
            ("esep.facts/0/1", "invalid_utf8"),
            ("esep.facts/0/2", "not_an_object"),
        }
        assert {event.subject for event in log.events(DEADLINES)} == {subject(first), subject(second)}


def test_a_bug_of_ours_ends_the_process_and_leaves_the_offset(log: Log, tmp_path: Path) -> None:
    good, bad = in_partition(0, 2)
    log.append([filed(good), filed(bad)])

    broken = {"broken_subject": subject(bad), "tracker_batch": "1"}
    with tracker(log.bootstrap, tmp_path, module="tests.stream.broken_tracker", **broken) as running:
        assert running.process.wait(60) == 1, running.said()
        assert "a bug of ours" in running.said()

    assert log.processed() == 1
    assert {event.subject for event in log.events(DEADLINES)} == {subject(good)}


def test_what_the_group_loses_is_asked_for_again(log: Log, tmp_path: Path) -> None:
    log.append(filed(number) for number in in_partition(0, 3))

    impatient = {"tracker_patience_s": "0.5"}
    with tracker(log.bootstrap, tmp_path, module="tests.stream.forgetful_tracker", **impatient) as running:
        running.until(lambda: log.processed() >= 3, "the lost records are acknowledged after all")
        assert "asking again" in running.said()
        running.until(log.agrees, "every derived event is published, and no other")


def test_the_configuration_is_shown_and_nothing_is_left_where_it_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ESEP_CLICKHOUSE_URL", "http://u:secret@127.0.0.1:1/esep")

    assert main(["--print-config"]) == 0

    shown = capsys.readouterr().out
    assert "tracker_group: esep-tracker" in shown
    assert "secret" not in shown
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ESEP_DATA", "home", "ESEP_KAFKA_BOOTSTRAP is not set"),
        ("ESEP_TRACKER_BATCH", "0", "ESEP_TRACKER_BATCH"),
        ("ESEP_SIMULATION", "missing.json", "check ESEP_SIMULATION"),
    ],
)
def test_a_configuration_it_cannot_use_is_refused_in_words(
    variable: str,
    value: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ESEP_JOURNAL", str(tmp_path / "journal.sqlite3"))
    monkeypatch.setenv(variable, value)

    assert main([]) == 2
    assert said in capsys.readouterr().err


def stand_still(file: Path, world: str, at: datetime) -> None:
    """A simulated clock that has reached ``at`` and moves a millionth as fast as the real one."""
    real = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    SimulatedClock(world, real.now(), at, 1e-6, real).save(file)


def missed(log: Log) -> set[str]:
    """The obligations that were ever called missed."""
    return {event.subject for event in log.events(DEADLINES) if event.type == "esep.deadline.missed.v1"}
