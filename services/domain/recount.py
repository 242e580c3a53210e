"""The plain fold: every obligation recomputed from a bag of events, in one pass and without the partition machinery.

It is the oracle that ``esep verify`` and the tests hold the running system against.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from schemas.envelope import Event
from schemas.events.clock import ClockTickV1
from schemas.events.obligations import ObligationChangedV1
from schemas.events.rules import RulesReleasedV1
from schemas.events.sources import SourceGapDeclaredV1, SourceObservedV1
from schemas.events.verbs import Filed, FulfilmentFound, ObligationFact
from schemas.rulebook import Rulebook
from schemas.topics import FACTS, partition_of
from services.domain.claims import Gap, Watermark, watermark_of
from services.domain.contents import first_of_each_id
from services.domain.releases import Release, Releases
from services.domain.schedule import scheduled_filings
from services.domain.snapshots import Opened, Standing, judge
from services.domain.stages import opened_stages


@dataclass(slots=True)
class Bag:
    """Everything a log says, without its order: facts by subject, best watermark by source, ticks and releases by clock."""

    facts: dict[str, dict[UUID, Event]] = field(default_factory=lambda: defaultdict(dict))
    watermarks: dict[str, Watermark] = field(default_factory=dict)
    clocks: dict[str | None, datetime] = field(default_factory=dict)
    releases: dict[str | None, Releases] = field(default_factory=lambda: defaultdict(Releases))
    gaps: dict[str, set[Gap]] = field(default_factory=lambda: defaultdict(set))

    def add(self, event: Event) -> None:
        """Take one event of the facts log in."""
        if isinstance(event.data, ObligationFact | FulfilmentFound):
            known = self.facts[event.subject].get(event.id)
            if known is None or event.observedat < known.observedat:
                self.facts[event.subject][event.id] = event
        elif isinstance(event.data, SourceObservedV1):
            self.watermarks[event.subject] = watermark_of(event.data).later(self.watermarks.get(event.subject))
        elif isinstance(event.data, RulesReleasedV1):
            release = Release(event.observedat, event.id, event.data.known_on)
            self.releases[event.simulation] = self.releases[event.simulation].adding(release)
        elif isinstance(event.data, SourceGapDeclaredV1):
            self.gaps[event.subject].add(Gap(event.data.from_on, event.data.to_on))
        elif isinstance(event.data, ClockTickV1):
            at = event.data.at.astimezone(UTC)
            self.clocks[event.simulation] = max(at, self.clocks.get(event.simulation, at))


def recount(
    events: Iterable[Event], rulebook: Rulebook, partition: int
) -> Iterator[tuple[str, str | None, ObligationChangedV1]]:
    """Every obligation of one partition as it must stand after these events: (obligation id, simulation, snapshot), by id.

    Shape:  all events of one partition of the facts log, duplicates allowed. Their order says only which of several with
            one id came first, and that one counts; otherwise it is no matter.
    Raises: nothing for events that parsed.
    """
    bag = Bag()
    for event in first_of_each_id(events):
        bag.add(event)
    for clock, now in bag.clocks.items():
        for filing in scheduled_filings(rulebook, now, clock, bag.watermarks.keys()):
            if partition_of(filing.subject, FACTS.partitions) == partition:
                bag.facts[filing.subject][filing.id] = filing
    found: dict[str, tuple[str | None, ObligationChangedV1]] = {}
    for subject in sorted(bag.facts):
        _recount_matter(bag, rulebook, subject, None, found)
    for subject in sorted(found):
        yield subject, *found[subject]


def _recount_matter(
    bag: Bag,
    rulebook: Rulebook,
    subject: str,
    opened: Opened | None,
    found: dict[str, tuple[str | None, ObligationChangedV1]],
) -> None:
    """One obligation, and after it every stage it opens."""
    facts = [*bag.facts.get(subject, {}).values(), *(opened.events if opened is not None else ())]
    simulation = facts[0].simulation
    source = _source(facts) or ""
    sources = frozenset(event.source for event in facts if isinstance(event.data, Filed))
    sources |= opened.sources if opened is not None else frozenset()
    standing = Standing(
        now=bag.clocks.get(simulation),
        watermark=bag.watermarks.get(source),
        seen=tuple(bag.watermarks[each] for each in sorted(sources) if each in bag.watermarks),
        gaps=tuple(sorted(bag.gaps.get(source, ()))),
        releases=bag.releases.get(simulation, Releases()),
    )
    judged = judge(bag.facts.get(subject, {}).values(), rulebook, standing, opened)
    # A stage that has facts of its own is met twice: what opens it knows more than its facts alone.
    if judged is None or (opened is None and subject in found):
        return
    found[subject] = (simulation, judged.snapshot)
    for stage, by in opened_stages(judged, rulebook, sources).items():
        _recount_matter(bag, rulebook, stage, by, found)


def _source(facts: Iterable[Event]) -> str | None:
    filings = [event for event in facts if isinstance(event.data, Filed)]
    return max(filings, key=lambda e: (e.observedat, str(e.id))).source if filings else None
