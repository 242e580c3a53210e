"""What may stand in one partition of an input topic: records in, events that belong there out.

The loop and the rebuilding of state read through this one door, so both see the same facts; what is done with a
record that is not understood is not decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.envelope import Event
from schemas.events.clock import ClockTickV1
from schemas.topics import Topic
from services.adapters.codec import InvalidMessage, decode_at
from services.adapters.invalid_limits import Breach, InvalidTally
from services.tracker.reader import Record


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was not understood, and why."""

    record: Record
    fault: InvalidMessage


@dataclass(frozen=True, slots=True)
class Reading:
    """Some consecutive records, read: the events in log order, and what was not understood.

    ``records`` are those the events were read from, one each. ``tally`` counts
    them and those before them; ``too_many`` is the first rejected record at which a limit was passed, and by how much.
    """

    events: Sequence[Event]
    records: Sequence[Record]
    rejected: Sequence[Rejected]
    tally: InvalidTally
    too_many: tuple[Rejected, Breach] | None


def read_facts(records: Sequence[Record], topic: Topic, partition: int, before: InvalidTally) -> Reading:
    """Read consecutive records of one partition; ``before`` counts those that came before them."""
    events: list[Event] = []
    rejected: dict[int, Rejected] = {}
    counted: list[int] = []
    for index, record in enumerate(records):
        try:
            events.append(decode_at(record.value, topic, partition))
        except InvalidMessage as fault:
            rejected[index] = Rejected(record, fault)
        # Ticks are our own: they say nothing about who writes here, and would thin out what is invalid.
        if index in rejected or not isinstance(events[-1].data, ClockTickV1):
            counted.append(index)
    tally, breach = before.after([index in rejected for index in counted])
    too_many = None if breach is None else (rejected[counted[breach[0]]], breach[1])
    understood = [record for index, record in enumerate(records) if index not in rejected]
    return Reading(events, understood, list(rejected.values()), tally, too_many)
