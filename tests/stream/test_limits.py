"""A tracker that stops at a limit, on a real broker: nothing committed, nothing filed, the operator told; then lifted."""

from pathlib import Path

import orjson
import pytest

from schemas.topics import DEAD_LETTERS, DEADLINES
from services.adapters.startup import STOPPED_BY_LIMIT
from services.adapters.stops import read_stops
from tests.stream.facts import filed, in_partition, subject
from tests.stream.trackers import Log, Tracker, tracker

STRICT = {"tracker_batch": "1", "tracker_max_invalid_in_a_row": "3"}
LIFTED = {"tracker_max_invalid_in_a_row": "0", "tracker_max_invalid_percent": "0"}
SHARE = {
    "tracker_batch": "1",
    "tracker_max_invalid_in_a_row": "0",
    "tracker_max_invalid_percent": "40",
    "invalid_window": "10",
    "invalid_at_least": "5",
}


def alerts(running: Tracker) -> list[dict[str, object]]:
    """The lines with which a tracker called its operator."""
    lines = (orjson.loads(line) for line in running.said().splitlines() if line.startswith("{"))
    return [line for line in lines if "operator_alert" in line]


@pytest.mark.parametrize(
    ("limits", "before", "breach"),
    [(STRICT, [True, False, False, False], (3, None)), (SHARE, [True, False, True, False, False], (3, 5))],
    ids=["in a row", "share"],
)
def test_beyond_the_limit_nothing_is_committed_or_filed_until_it_is_lifted(
    log: Log, tmp_path: Path, limits: dict[str, str], before: list[bool], breach: tuple[int, int | None]
) -> None:
    questions = iter(in_partition(0, 10))
    used = []
    for is_valid in before:
        if is_valid:
            used.append(next(questions))
            log.append([filed(used[-1])])
        else:
            log.append_raw(0, b"\xff{")
    last = next(questions)
    log.append([filed(last)])
    stopped_at = len(before) - 1  # ticks follow later, behind everything written here

    for _ in range(2):  # a restart changes nothing
        with tracker(log.bootstrap, tmp_path, **limits) as running:
            assert running.process.wait(60) == STOPPED_BY_LIMIT, running.said()
            raised = alerts(running)
        assert log.processed() == stopped_at
        kept = {letter.data.model_dump()["origin"] for letter in log.events(DEAD_LETTERS)}
        assert kept == {f"esep.facts/0/{at}" for at, is_valid in enumerate(before[:-1]) if not is_valid}
    assert [(each["operator_alert"], each["offset"]) for each in raised] == [("too_many_invalid", stopped_at)] * 2
    (stop,) = read_stops(tmp_path)
    assert (stop.program, stop.topic, stop.partition, stop.offset) == ("tracker", "esep.facts", 0, stopped_at)
    assert (stop.code, (stop.invalid, stop.of)) == ("invalid_utf8", breach)
    assert subject(last) not in {event.subject for event in log.events(DEADLINES)}

    with tracker(log.bootstrap, tmp_path, **LIFTED) as lifted:
        lifted.until(lambda: log.processed() > len(before), "everything is read")
        lifted.until(lambda: not read_stops(tmp_path), "the stop is over")
        assert lifted.stop() == 0, lifted.said()
    letters = {letter.data.model_dump()["origin"] for letter in log.events(DEAD_LETTERS)}
    assert letters == {f"esep.facts/0/{at}" for at, is_valid in enumerate(before) if not is_valid}
    assert {event.subject for event in log.events(DEADLINES)} == {subject(number) for number in (*used, last)}
