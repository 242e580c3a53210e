"""Facts a tracker is given in these tests, and what must follow from them by a plain fold.

The oracle shares the domain with the tracker, and nothing else: no loop, no broker, no batches.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from schemas.envelope import Event
from schemas.events.clock import ClockTickV1
from schemas.events.inquiries import InquiryAnsweredV1, InquiryFiledV1
from schemas.events.registry import EventData
from schemas.events.sources import SourceObservedV1
from schemas.topics import FACTS, partition_of
from services.adapters.rulebook import load_rulebook
from services.domain.identity import new_event
from services.domain.partition import Partition

FILED_ON = date(2024, 1, 8)
NAMED_ON = date(2024, 1, 12)
ANSWERED_ON = date(2024, 1, 11)
DUE_AT = datetime(2024, 1, 13, tzinfo=UTC)
SOURCE = "/sources/uk-written-questions/2024-01"


def subject(number: int, simulation: str | None = None) -> str:
    """The obligation of a question; in a simulated world it names that world."""
    return f"gb.wq:{number}" if simulation is None else f"{simulation}.gb.wq:{number}"


def in_partition(partition: int, count: int, simulation: str | None = None) -> list[int]:
    """The first question numbers whose facts belong in this partition."""
    found = (n for n in range(100_000) if partition_of(subject(n, simulation), FACTS.partitions) == partition)
    return list(islice(found, count))


def filed(number: int, *, simulation: str | None = None) -> Event:
    """A named-day question, due on ``NAMED_ON``."""
    data = InquiryFiledV1(
        occurred_on=FILED_ON,
        kind="inquiry.written_question",
        jurisdiction="gb",
        rule="gb.wq.named_day",
        owed_by="gb.dept.1",
        owed_by_name="Department One",
        named_on=NAMED_ON,
        title="A question",
        reference=str(number),
    )
    return _event(data, subject(number, simulation), FILED_ON, simulation)


def answered(number: int, on: date = ANSWERED_ON, *, simulation: str | None = None) -> Event:
    """Its answer, in time unless said otherwise."""
    return _event(InquiryAnsweredV1(occurred_on=on), subject(number, simulation), on, simulation)


def read_up_to(day: date, *, simulation: str | None = None) -> Event:
    """The watermark of the questions' source."""
    data = SourceObservedV1(read_up_to=datetime.combine(day, datetime.min.time(), UTC), lag_s=0)
    return _event(data, SOURCE if simulation is None else f"{SOURCE}/{simulation}", day, simulation)


def tick(partition: int, at: datetime) -> Event:
    """A tick of the real clock."""
    return new_event(
        ClockTickV1(at=at),
        source="/tracker",
        subject=f"tick:{partition}",
        time=at,
        observed_at=at,
        native_id=f"real:{partition}:{at.isoformat()}",
        version="1",
    )


def fold(partition: int) -> Partition:
    """An empty fold with this release's rules."""
    return Partition(load_rulebook(), partition)


def derived_by_plain_fold(logs: Mapping[int, Iterable[Event]]) -> Iterator[Event]:
    """What follows from the whole log of each partition, one fact at a time."""
    for number, events in logs.items():
        partition = fold(number)
        for event in events:
            decision = partition.decide([event])
            partition.apply(decision)
            yield from decision.derived


def ids(events: Iterable[Event]) -> set[str]:
    """The ids of events."""
    return {str(event.id) for event in events}


def types(events: Sequence[Event], number: int) -> list[str]:
    """The types of the events about one question, in order."""
    return [event.type for event in events if event.subject == subject(number)]


def _event(data: EventData, about: str, day: date, simulation: str | None) -> Event:
    happened = datetime.combine(day, datetime.min.time(), UTC)
    world = "" if simulation is None else f"/{simulation}"
    return new_event(
        data,
        source=SOURCE + world,
        subject=about,
        time=happened,
        observed_at=happened + timedelta(hours=6),
        native_id=f"{about}/{day}",
        version="1",
        simulation=simulation,
    )
