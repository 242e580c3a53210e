"""What may stand in one partition of an input topic: records in, events that belong there out.

The loop and the rebuilding of state read through this one door, so both see the same facts; what is done with a
record that is not understood is not decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.envelope import Event
from schemas.topics import Topic, partitions_for, topic_of
from services.adapters.codec import InvalidMessage, decode
from services.tracker.reader import Record


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that was not understood, and why."""

    record: Record
    fault: InvalidMessage


@dataclass(frozen=True, slots=True)
class Reading:
    """Some consecutive records, read: the events in log order, and what was not understood.

    ``invalid_at_end`` counts the invalid records the reading ends with, those before it included; ``invalid_run``
    is the longest such run it met.
    """

    events: Sequence[Event]
    rejected: Sequence[Rejected]
    invalid_at_end: int
    invalid_run: int


def read_facts(records: Sequence[Record], topic: Topic, partition: int, invalid_before: int = 0) -> Reading:
    """Read consecutive records of one partition, ``invalid_before`` invalid ones having come just before."""
    events: list[Event] = []
    rejected: list[Rejected] = []
    run = longest = invalid_before
    for record in records:
        try:
            events.append(_parse(record.value, topic, partition))
            run = 0
        except InvalidMessage as fault:
            rejected.append(Rejected(record, fault))
            run += 1
            longest = max(longest, run)
    return Reading(events, rejected, run, longest)


def _parse(raw: bytes | None, topic: Topic, partition: int) -> Event:
    if raw is None:
        raise InvalidMessage("not_an_object", "no value; a fact is never deleted, another fact corrects it")
    event = decode(raw)
    if topic_of(event.data) is not topic:
        raise InvalidMessage("forbidden_family", f"{event.type} does not belong in {topic.name}", "type")
    right = partitions_for(event.data, event.subject)
    if partition not in right:
        reason = f"{event.subject} belongs in partition {right[0]}, not {partition}"
        raise InvalidMessage("invalid_envelope", reason, "subject")
    return event
