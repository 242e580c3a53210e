"""The state of one partition of the facts log, as a pure fold: decide what follows, then apply it.

Facts, watermarks and ticks come in log order; time enters only as a tick, so a replay gives the same events.
"""

import heapq
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from schemas.envelope import Event
from schemas.events.clock import ClockTickV1
from schemas.events.rules import RulesReleasedV1
from schemas.events.sources import SourceGapDeclaredV1, SourceObservedV1
from schemas.events.verbs import Filed, FulfilmentFound, ObligationFact
from schemas.rulebook import Rulebook
from schemas.topics import FACTS, partition_of
from services.domain.claims import Gap, Watermark, watermark_of
from services.domain.contents import Contents, is_refused
from services.domain.deadlines import local_date, local_midnight
from services.domain.derived import Moment, Published, derive
from services.domain.releases import Release, Releases
from services.domain.schedule import scheduled_filings, source_of
from services.domain.snapshots import Judged, Opened, Standing, judge
from services.domain.stages import closed_stage, opened_stages, possible_stages

Clock = str | None
"""The name of a clock: None for the real one, else the simulation it belongs to."""

_Wake = tuple[datetime, str]
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a partition holds about one obligation: its facts, what was published, and when to look again.

    ``opened`` is what an earlier stage of the matter says about it, if it is a later one.
    """

    facts: Mapping[UUID, Event]
    opened: Opened | None = None
    published: Published | None = None
    changes_at: datetime | None = None
    needs_source_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from some messages: the derived events to publish, and the state to apply once they are out.

    ``refused`` are the places, in the messages given, of those whose id stood for another content before.
    """

    derived: tuple[Event, ...]
    refused: tuple[int, ...]
    entries: Mapping[str, Entry]
    clocks: Mapping[Clock, datetime]
    watermarks: Mapping[str, Watermark]
    releases: Mapping[Clock, Releases]
    gaps: Mapping[str, frozenset[Gap]]
    clocks_seen: frozenset[Clock]
    contents: Mapping[UUID, bytes]


@dataclass(slots=True)
class _Draft:
    """A decision in the making, laid over the partition it was begun from."""

    base: "Partition"
    derived: list[Event] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    clocks: dict[Clock, datetime] = field(default_factory=dict)
    watermarks: dict[str, Watermark] = field(default_factory=dict)
    releases: dict[Clock, Releases] = field(default_factory=dict)
    gaps: dict[str, frozenset[Gap]] = field(default_factory=dict)
    new_contents: dict[UUID, bytes] = field(default_factory=dict)

    @property
    def contents(self) -> Contents:
        return ChainMap(self.new_contents, self.base.contents)

    def entry(self, subject: str) -> Entry | None:
        return self.entries.get(subject) or self.base.entries.get(subject)

    def clock(self, clock: Clock) -> datetime | None:
        return self.clocks.get(clock) or self.base.clocks.get(clock)

    def watermark(self, source: str) -> Watermark | None:
        return self.watermarks.get(source) or self.base.watermarks.get(source)

    def released(self, clock: Clock) -> Releases:
        return self.releases.get(clock) or self.base.releases.get(clock) or Releases()

    def gaps_of(self, source: str | None) -> frozenset[Gap]:
        return self.gaps.get(source or "") or self.base.gaps.get(source or "") or frozenset()

    def subjects(self) -> list[str]:
        return sorted(self.base.entries.keys() | self.entries.keys())


class Partition:
    """The fold of one partition of the facts log.

    ``decide`` computes without changing anything; ``apply`` takes the result in after its events were published. Deciding
    the same log from the start always derives the same events.
    """

    def __init__(self, rulebook: Rulebook, partition: int) -> None:
        """An empty partition: nothing known, no clock."""
        self.rulebook = rulebook
        self.partition = partition
        self._zones = frozenset(rule.zone for versions in rulebook.rules.values() for rule in versions) or {"UTC"}
        self.entries: dict[str, Entry] = {}
        self.clocks: dict[Clock, datetime] = {}
        self.watermarks: dict[str, Watermark] = {}
        self.releases: dict[Clock, Releases] = {}
        self.gaps: dict[str, frozenset[Gap]] = {}
        self.contents: dict[UUID, bytes] = {}
        self._known_clocks: set[Clock] = set()
        self._by_clock: dict[Clock, list[_Wake]] = {}
        self._by_source: dict[str, list[_Wake]] = {}
        self._scheduled_for: object = None
        self._scheduled_filings: tuple[Event, ...] = ()

    def decide(self, events: Sequence[Event]) -> Decision:
        """What follows from these messages, one by one in order. Messages of other partitions' concern change nothing."""
        draft = _Draft(self)
        refused = tuple(place for place, event in enumerate(events) if not self._take(draft, event))
        seen = frozenset(event.simulation for place, event in enumerate(events) if place not in refused)
        return Decision(
            derived=tuple(draft.derived),
            refused=refused,
            entries=draft.entries,
            clocks=draft.clocks,
            watermarks=draft.watermarks,
            releases=draft.releases,
            gaps=draft.gaps,
            clocks_seen=seen,
            contents=draft.new_contents,
        )

    def apply(self, decision: Decision) -> None:
        """Take a decision in: its events are published, so its state is now the truth."""
        self.clocks.update(decision.clocks)
        self.watermarks.update(decision.watermarks)
        self.releases.update(decision.releases)
        self.gaps.update(decision.gaps)
        self.contents.update(decision.contents)
        for subject, entry in decision.entries.items():
            self.entries[subject] = entry
            clock = _clock_of(entry)
            if entry.changes_at is not None:
                heapq.heappush(self._by_clock.setdefault(clock, []), (entry.changes_at, subject))
            if entry.needs_source_at is not None and entry.published is not None:
                source = entry.published.judged.snapshot.source_id
                heapq.heappush(self._by_source.setdefault(source, []), (entry.needs_source_at, subject))
        self._known_clocks.update(decision.clocks_seen)

    def next_due(self) -> Mapping[Clock, datetime]:
        """Per clock, the earliest instant at which time alone changes something here.

        The start of a local day is such an instant: what falls due "today" changes, and the calendar may open a duty.
        A clock that never ticked is due at once.
        """
        due: dict[Clock, datetime] = {}
        for clock in self._known_clocks:
            now = self.clocks.get(clock)
            wake = self._next_wake(clock)
            midnight = self._next_midnight(now) if now is not None else _EARLIEST
            due[clock] = min(wake, midnight) if wake is not None else midnight
        return MappingProxyType(due)

    def _next_midnight(self, now: datetime) -> datetime:
        return min(local_midnight(local_date(now, zone) + timedelta(days=1), zone) for zone in self._zones)

    def _next_wake(self, clock: Clock) -> datetime | None:
        heap = self._by_clock.get(clock, [])
        while heap and self.entries[heap[0][1]].changes_at != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def _take(self, draft: _Draft, event: Event) -> bool:
        """Take one message in; False when its id stands for another content."""
        if is_refused(draft.contents, event):
            return False
        if isinstance(event.data, ObligationFact | FulfilmentFound):
            self._add_fact(draft, event)
        elif isinstance(event.data, SourceObservedV1):
            self._observe(draft, event, event.data)
        elif isinstance(event.data, ClockTickV1):
            self._tick(draft, event.simulation, event.data.at.astimezone(UTC))
        elif isinstance(event.data, RulesReleasedV1):
            self._release(draft, event, event.data)
        elif isinstance(event.data, SourceGapDeclaredV1):
            self._declare_gap(draft, event, event.data)
        return True

    def _add_fact(self, draft: _Draft, event: Event) -> None:
        entry = draft.entry(event.subject) or Entry({})
        known = entry.facts.get(event.id)
        # Of several copies the one that was observed first counts, whichever the log has first.
        if known is not None and known.observedat <= event.observedat:
            return
        draft.entries[event.subject] = replace(entry, facts={**entry.facts, event.id: event})
        self._judge(draft, event.subject, event.observedat)

    def _observe(self, draft: _Draft, event: Event, data: SourceObservedV1) -> None:
        before = draft.watermark(event.subject)
        seen = watermark_of(data).later(before)
        if seen == before:
            return
        draft.watermarks[event.subject] = seen
        now = draft.clock(event.simulation)
        if before is None and now is not None:
            self._open_scheduled(draft, event.simulation, now)
        for subject in self._waiting_for_source(draft, event.subject, seen.observed_until):
            self._judge(draft, subject, event.observedat)

    def _release(self, draft: _Draft, event: Event, data: RulesReleasedV1) -> None:
        before = draft.released(event.simulation)
        draft.releases[event.simulation] = before.adding(Release(event.observedat, event.id, data.known_on))
        if draft.releases[event.simulation] == before:
            return
        for subject in draft.subjects():
            if _clock_of(_entry(draft, subject)) == event.simulation:
                self._judge(draft, subject, event.observedat)

    def _declare_gap(self, draft: _Draft, event: Event, data: SourceGapDeclaredV1) -> None:
        before = draft.gaps_of(event.subject)
        draft.gaps[event.subject] = before | {Gap(data.from_on, data.to_on)}
        if draft.gaps[event.subject] == before:
            return
        for subject in draft.subjects():
            if _source_of(_entry(draft, subject)) == event.subject:
                self._judge(draft, subject, event.observedat)

    def _tick(self, draft: _Draft, clock: Clock, at: datetime) -> None:
        before = draft.clock(clock)
        if before is not None and at <= before:
            return
        draft.clocks[clock] = at
        self._open_scheduled(draft, clock, at)
        for subject in self._waiting_for_clock(draft, clock, at):
            self._judge(draft, subject, at)

    def _open_scheduled(self, draft: _Draft, clock: Clock, now: datetime) -> None:
        for filing in self._scheduled(now, clock, self._read_sources(draft, clock)):
            self._add_fact(draft, filing)

    def _scheduled(self, now: datetime, clock: Clock, sources: frozenset[str]) -> tuple[Event, ...]:
        """The duties of this partition that the calendar has opened; made anew only when a month or a source begins."""
        asked = (clock, sources, tuple(local_date(now, zone).replace(day=1) for zone in sorted(self._zones)))
        if self._scheduled_for != asked:
            filings = scheduled_filings(self.rulebook, now, clock, sources)
            self._scheduled_filings = tuple(
                each for each in filings if partition_of(each.subject, FACTS.partitions) == self.partition
            )
            self._scheduled_for = asked
        return self._scheduled_filings

    def _read_sources(self, draft: _Draft, clock: Clock) -> frozenset[str]:
        wanted = {source_of(rule, clock) for rule in self.rulebook.scheduled()}
        return frozenset(source for source in wanted if draft.watermark(source) is not None)

    def _judge(self, draft: _Draft, subject: str, seen_at: datetime) -> None:
        """Judge one obligation anew, and then whatever later stages it opens or no longer opens."""
        entry = _entry(draft, subject)
        clock = _clock_of(entry)
        source = _source_of(entry)
        sources = _sources_of(entry)
        standing = Standing(
            now=draft.clock(clock),
            watermark=draft.watermark(source) if source is not None else None,
            seen=tuple(mark for each in sorted(sources) if (mark := draft.watermark(each)) is not None),
            gaps=tuple(sorted(draft.gaps_of(source))),
            releases=draft.released(clock),
        )
        judged = judge(entry.facts.values(), self.rulebook, standing, entry.opened)
        if judged is None:
            return
        before = entry.published
        release = standing.releases.latest
        published, events = derive(
            before, judged, Moment(standing.now or seen_at, clock), release.id if release is not None else None
        )
        draft.derived.extend(events)
        assessment = judged.assessment
        draft.entries[subject] = replace(
            entry,
            published=published,
            changes_at=assessment.changes_at,
            needs_source_at=assessment.needs_source_at,
        )
        self._stages(draft, before.judged if before is not None else None, judged, sources, seen_at)

    def _stages(
        self, draft: _Draft, before: Judged | None, now: Judged, sources: frozenset[str], seen_at: datetime
    ) -> None:
        standing = opened_stages(now, self.rulebook, sources)
        for subject in dict.fromkeys((*possible_stages(before), *possible_stages(now))):
            entry = draft.entry(subject) or Entry({})
            opened = standing.get(subject)
            if opened is None and entry.opened is not None and entry.opened.stands:
                closed_by = now.obligation.ended_by or now.obligation.set_by
                opened = closed_stage(entry.opened, closed_by, now.weight_of_stages)
            if opened is not None and opened != entry.opened:
                draft.entries[subject] = replace(entry, opened=opened)
                self._judge(draft, subject, seen_at)

    def _waiting_for_clock(self, draft: _Draft, clock: Clock, at: datetime) -> list[str]:
        drafted = (
            (entry.changes_at, subject)
            for subject, entry in draft.entries.items()
            if entry.changes_at and _clock_of(entry) == clock
        )
        applied = _up_to(self._by_clock.get(clock, []), at)
        wakes = sorted({*applied, *(wake for wake in drafted if wake[0] <= at)})
        return [subject for due, subject in wakes if _entry(draft, subject).changes_at == due]

    def _waiting_for_source(self, draft: _Draft, source: str, observed: datetime) -> list[str]:
        drafted = (
            (entry.needs_source_at, subject)
            for subject, entry in draft.entries.items()
            if entry.needs_source_at and _source_of(entry) == source
        )
        applied = _up_to(self._by_source.get(source, []), observed)
        wakes = sorted({*applied, *(wake for wake in drafted if wake[0] <= observed)})
        return [subject for due, subject in wakes if _entry(draft, subject).needs_source_at == due]


def _entry(draft: _Draft, subject: str) -> Entry:
    entry = draft.entry(subject)
    if entry is None:
        raise AssertionError(f"nothing is known about {subject}")
    return entry


def _known(entry: Entry) -> Iterator[Event]:
    yield from entry.facts.values()
    yield from entry.opened.events if entry.opened is not None else ()


def _clock_of(entry: Entry) -> Clock:
    return next(_known(entry)).simulation


def _sources_of(entry: Entry) -> frozenset[str]:
    """Every source that ever filed it, or a stage before it."""
    earlier = entry.opened.sources if entry.opened is not None else frozenset()
    return earlier | {event.source for event in _known(entry) if isinstance(event.data, Filed)}


def _source_of(entry: Entry) -> str | None:
    filings = [e for e in _known(entry) if isinstance(e.data, Filed)]
    return max(filings, key=lambda e: (e.observedat, str(e.id))).source if filings else None


def _up_to(heap: Sequence[_Wake], at: datetime) -> Iterator[_Wake]:
    """The items of a heap that are not later than ``at``, without taking them out; any order."""
    pending = [0] if heap else []
    while pending:
        index = pending.pop()
        if index < len(heap) and heap[index][0] <= at:
            yield heap[index]
            pending.extend((2 * index + 1, 2 * index + 2))
