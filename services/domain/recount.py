"""The plain fold: every obligation recomputed from a bag of events, in one pass and without the partition machinery.

It is the oracle that ``esep verify`` and the tests hold the running system against.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from schemas.envelope import Event
from schemas.events.clock import ClockTickV1
from schemas.events.obligations import ObligationChangedV1
from schemas.events.sources import SourceObservedV1
from schemas.events.verbs import Filed, ObligationFact
from schemas.rulebook import Rulebook
from schemas.topics import FACTS, partition_of
from services.domain.claims import Watermark
from services.domain.schedule import scheduled_filings
from services.domain.snapshots import judge


@dataclass(slots=True)
class Bag:
    """Everything a log says, without its order: facts by subject, best watermark by source, latest tick by clock."""

    facts: dict[str, dict[UUID, Event]] = field(default_factory=lambda: defaultdict(dict))
    watermarks: dict[str, Watermark] = field(default_factory=dict)
    clocks: dict[str | None, datetime] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """Take one event of the facts log in."""
        if isinstance(event.data, ObligationFact):
            self.facts[event.subject][event.id] = event
        elif isinstance(event.data, SourceObservedV1):
            seen = Watermark(event.data.read_up_to.astimezone(UTC), timedelta(seconds=event.data.lag_s))
            best = self.watermarks.get(event.subject)
            if best is None or best.observed_until < seen.observed_until:
                self.watermarks[event.subject] = seen
        elif isinstance(event.data, ClockTickV1):
            at = event.data.at.astimezone(UTC)
            self.clocks[event.simulation] = max(at, self.clocks.get(event.simulation, at))


def recount(
    events: Iterable[Event], rulebook: Rulebook, partition: int
) -> Iterator[tuple[str, str | None, ObligationChangedV1]]:
    """Every obligation of one partition as it must stand after these events: (obligation id, simulation, snapshot), by id.

    Shape:  all events of one partition of the facts log, any order, duplicates allowed.
    Raises: nothing for events that parsed.
    """
    bag = Bag()
    for event in events:
        bag.add(event)
    for clock, now in bag.clocks.items():
        for filing in scheduled_filings(rulebook, now, clock, bag.watermarks.keys()):
            if partition_of(filing.subject, FACTS.partitions) == partition:
                bag.facts[filing.subject][filing.id] = filing
    for subject in sorted(bag.facts):
        facts = bag.facts[subject]
        simulation = next(iter(facts.values())).simulation
        watermark = bag.watermarks.get(_source(facts) or "")
        judged = judge(facts.values(), rulebook, now=bag.clocks.get(simulation), watermark=watermark)
        if judged is not None:
            yield subject, simulation, judged.snapshot


def _source(facts: Mapping[UUID, Event]) -> str | None:
    filings = [event for event in facts.values() if isinstance(event.data, Filed)]
    return max(filings, key=lambda e: (e.observedat, str(e.id))).source if filings else None
