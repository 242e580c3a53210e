"""What must be true, by plain single-threaded folds: of the log in its order, and of the input files without any log.

They share the domain with the services, and nothing else: no loop, no batches, no offsets, no restarts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from uuid import UUID

from kafka import KafkaConsumer, TopicPartition

from schemas.envelope import Event
from schemas.events.alerts import AlertEvent, AlertRaisedV1
from schemas.events.clock import ClockTickV1
from schemas.events.deadlines import DeadlineEvent, DeadlineMissedV1, DeadlineWithdrawnV1
from schemas.events.findings import FindingEvent
from schemas.events.obligations import ObligationChangedV1
from schemas.events.registry import EventData
from schemas.events.rules import RulesReleasedV1
from schemas.rows.mapping import is_archived, to_rows
from schemas.rows.tables import BudgetStatementRow, ObligationRow, Row
from schemas.topics import BUDGET, FACTS, partitions_for, topic_of
from services.adapters.codec import content_digest, decode
from services.adapters.factlog import FactLog, LogEntry, Outcome, by_event
from services.adapters.journal import JournalFactLog
from services.adapters.rulebook import load_rulebook
from services.domain.budget.partition import BudgetPartition
from services.domain.identity import derived_id, wrap
from services.domain.partition import Partition
from services.domain.recount import recount

INPUTS = (FACTS, BUDGET)
HISTORY: Mapping[str, type[EventData]] = {
    "deadline_events": DeadlineEvent,
    "alert_events": AlertEvent,
    "finding_events": FindingEvent,
}
"""The views that keep derived events one by one, and which events they keep."""

READ_S = 60.0
_PAGE = 5_000

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Claim:
    """That somebody was called late: by which event, and at which place of its partition's log."""

    event_id: str
    partition: int
    index: int


@dataclass(frozen=True, slots=True)
class Refuted:
    """A claim taken back because of ``fact``, which lay in the log at ``fact_index`` (None: not a fact of this log)."""

    claim: Claim
    fact: str
    fact_index: int | None

    @property
    def was_false(self) -> bool:
        """Whether what refutes the claim had been accepted before it was raised."""
        return self.fact_index is not None and self.fact_index < self.claim.index


@dataclass(slots=True)
class LogFold:
    """The fold of the log so far, one message at a time: which events stand in it, and all that follows from them."""

    read: Counter[Place] = field(default_factory=Counter)
    accepted: set[str] = field(default_factory=set)
    history: dict[str, set[str]] = field(default_factory=lambda: {view: set() for view in HISTORY})
    raised: set[str] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    refuted: list[Refuted] = field(default_factory=list)
    ticks: dict[int, dict[str, Event]] = field(default_factory=dict)
    releases: dict[str, Event] = field(default_factory=dict)
    repeated: int = 0
    _first: dict[int, dict[UUID, int]] = field(default_factory=dict)
    _standing: dict[str, Claim] = field(default_factory=dict)
    _facts: dict[int, Partition] = field(default_factory=dict)
    _budget: dict[int, BudgetPartition] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """How many records of the log were folded, repetitions included."""
        return self.read.total()

    def add(self, topic: str, number: int, event: Event) -> None:
        """Take the next record of a partition in."""
        index = self.read[topic, number]
        self.read[topic, number] += 1
        known = str(event.id) in self.accepted
        if is_archived(event):
            self.accepted.add(str(event.id))
        if topic == BUDGET.name:
            self.repeated += known
            self._keep(number, index, self._decided_of_budget(number, event))
            return
        first = self._first.setdefault(number, {})
        self.repeated += event.id in first
        first.setdefault(event.id, index)
        if isinstance(event.data, ClockTickV1):
            self.ticks.setdefault(number, {})[str(event.id)] = event
        elif isinstance(event.data, RulesReleasedV1):
            self.releases[str(event.id)] = event
        partition = self._facts.setdefault(number, Partition(load_rulebook(), number))
        decision = partition.decide([event])
        partition.apply(decision)
        self._keep(number, index, decision.derived)

    def _decided_of_budget(self, number: int, event: Event) -> tuple[Event, ...]:
        partition = self._budget.setdefault(number, BudgetPartition(load_rulebook().bodies))
        decision = partition.decide([event])
        partition.apply(decision)
        return decision.derived

    def _keep(self, number: int, index: int, derived: Iterable[Event]) -> None:
        for event in derived:
            for view, kind in HISTORY.items():
                if isinstance(event.data, kind):
                    self.history[view].add(str(event.id))
            if isinstance(event.data, ObligationChangedV1):
                self.versions[event.subject] = event.data.version
            elif isinstance(event.data, AlertRaisedV1):
                self.raised.add(str(event.data.alert_id))
            elif isinstance(event.data, DeadlineMissedV1):
                self._standing[event.subject] = Claim(str(event.id), number, index)
                self.claims.append(self._standing[event.subject])
            elif isinstance(event.data, DeadlineWithdrawnV1) and event.subject in self._standing:
                claim, cause = self._standing[event.subject], event.data.because_of
                self.refuted.append(Refuted(claim, str(cause), self._first[number].get(cause)))


class LogReader:
    """Reads the truth on from where it was left, into a ``LogFold``."""

    def __init__(self, journal: Path | None) -> None:
        """``journal`` is the truth of a home; without one it is Kafka."""
        self.fold = LogFold()
        self._journal = journal
        self._seq = 0

    def read_on(self, bootstrap: str) -> int:
        """Fold what was added since; how many records that were.

        Raises: FactLogUnavailableError, KafkaError, AssertionError when a partition's end is not reached in time.
        """
        before = self.fold.records
        if self._journal is not None:
            self._read_journal(self._journal)
        else:
            self._read_kafka(bootstrap)
        return self.fold.records - before

    def _read_journal(self, path: Path) -> None:
        wanted = {topic.name for topic in INPUTS}
        with closing(JournalFactLog(path)) as journal:
            while rows := journal.read_from(self._seq, _PAGE):
                for row in rows:
                    if row.entry.topic in wanted:
                        self.fold.add(row.entry.topic, row.entry.partition, decode(row.entry.value))
                self._seq = rows[-1].seq

    def _read_kafka(self, bootstrap: str) -> None:
        end = monotonic() + READ_S
        with closing(KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)) as consumer:
            places = [TopicPartition(topic.name, number) for topic in INPUTS for number in range(topic.partitions)]
            consumer.assign(places)
            for place in places:
                consumer.seek(place, self.fold.read[place.topic, place.partition])
            fresh = False
            while not (fresh and _at_the_end(consumer, places)):
                assert monotonic() < end, f"nothing more of Kafka's log came for {READ_S:.0f} s"
                found = consumer.poll(timeout_ms=200)
                fresh = not found
                if found:
                    end = monotonic() + READ_S
                for place, records in found.items():
                    for record in records:
                        self.fold.add(place.topic, place.partition, decode(record.value))


def _at_the_end(consumer: KafkaConsumer, places: Sequence[TopicPartition]) -> bool:
    ends = {place: consumer.highwater(place) for place in places}
    return all(end is not None and consumer.position(place) >= end for place, end in ends.items())


class Collected:
    """A ``FactLog`` that only collects: what an import would append, in its order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        """See ``FactLog``."""
        groups = list(by_event(entries))
        self.events.extend(decode(group[0].value) for group in groups)
        return [Outcome.ACCEPTED] * len(groups)

    def close(self) -> None:
        """See ``FactLog``."""


def collecting() -> tuple[FactLog, list[Event]]:
    """A log that collects, and what it has collected."""
    log = Collected()
    return log, log.events


@dataclass(frozen=True, slots=True)
class FinalState:
    """Every obligation and statement as it must stand at the end, by key, each a mapping from column to value."""

    obligations: Mapping[str, Mapping[str, object]]
    statements: Mapping[str, Mapping[str, object]]


NOT_COMPARED = frozenset({"bucket", "version", "row_version"})


def final_state(inputs: Iterable[Event], ticks: Iterable[tuple[int, Event]], released: Iterable[Event]) -> FinalState:
    """The final state by the inputs alone: what the files say, what the sender sent, the time it is, the rules in force.

    Shape:  ``ticks`` with their partitions, since time passes per partition; ``released`` the releases of rules.
    """
    by_partition: dict[int, list[Event]] = {number: [] for number in range(FACTS.partitions)}
    statements: dict[str, tuple[tuple[datetime, str], Mapping[str, object]]] = {}
    for event in (*released, *inputs):
        if topic_of(event.data) is BUDGET:
            for key, order, columns in _statements_of(event):
                if key not in statements or statements[key][0] < order:
                    statements[key] = order, columns
        elif topic_of(event.data) is FACTS:
            for number in partitions_for(event.data, event.subject):
                by_partition[number].append(event)
    for number, tick in ticks:
        by_partition[number].append(tick)
    obligations = {row.obligation_id: columns_of(row) for row in _obligation_rows(by_partition)}
    return FinalState(obligations, {key: columns for key, (_, columns) in statements.items()})


def columns_of(row: Row, but: frozenset[str] = NOT_COMPARED) -> Mapping[str, object]:
    """Column → value, but for what depends on how often a row was written."""
    return {name: value for name, value in zip(row.columns(), row.values(), strict=True) if name not in but}


def _obligation_rows(by_partition: Mapping[int, Sequence[Event]]) -> Iterator[ObligationRow]:
    for number, events in by_partition.items():
        for subject, simulation, snapshot in recount(events, load_rulebook(), number):
            event = wrap(
                snapshot,
                id_=derived_id(subject, snapshot.type, "oracle"),
                source="/tracker",
                subject=subject,
                time=events[0].time,
                observed_at=events[0].observedat,
                simulation=simulation,
            )
            yield from (row for row in to_rows(event, body="", sha256="") if isinstance(row, ObligationRow))


def _statements_of(event: Event) -> Iterator[tuple[str, tuple[datetime, str], Mapping[str, object]]]:
    for row in to_rows(event, body="", sha256=content_digest(event)):
        if isinstance(row, BudgetStatementRow):
            key = f"{row.line_id} {row.period_end}"
            yield key, (row.observed_at, str(row.event_id)), columns_of(row, NOT_COMPARED | {"event_id"})
