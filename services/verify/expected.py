"""What the rows below all figures must be, computed from the truth alone: pure, one pass over the messages.

The same row mapping as the sink's, but fed by the plain fold instead of the tracker; figures are recounted elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from schemas.envelope import Event
from schemas.events.states import Claim, Lifecycle
from schemas.rows.mapping import to_rows
from schemas.rows.tables import (
    BudgetPeriodRow,
    BudgetStatementRow,
    BudgetTransactionRow,
    DeadLetterRow,
    DeliveryRow,
    EventRow,
    ObligationRow,
    Row,
    SourceWatermarkRow,
    TickRow,
)
from schemas.rows.views import key_of
from schemas.rulebook import Rulebook
from schemas.topics import BUDGET, FACTS, partitions_for
from services.domain.budget.partition import standing_findings
from services.domain.derived import SOURCE
from services.domain.identity import derived_id, wrap
from services.domain.recount import recount
from services.verify.differences import Columns
from services.verify.history import History, history_of
from services.verify.values import plain, uuid_place

_NOT_COMPARED = frozenset({"bucket", "version", "row_version"})
_INNER: dict[type[Row], frozenset[str]] = {
    model: frozenset({"sha256"}) for model in (BudgetStatementRow, BudgetPeriodRow, SourceWatermarkRow)
} | {DeadLetterRow: frozenset({"refused_id", "refused_sha256"})}
"""Columns that only join rows with one another; no view shows them."""


@dataclass(slots=True)
class Expected:
    """The rows that must be stored, by view and key, what must stand, and how many messages lead there.

    ``bases`` has the views that only repeat stored rows, and two tables without one: ``budget_transactions`` and
    ``budget_publications``. ``by_topic`` counts messages as they lie in the log, broadcast copies and repetitions too.
    """

    bases: dict[str, dict[str, Columns]] = field(default_factory=lambda: defaultdict(dict))
    standing_alerts: dict[str, Columns] = field(default_factory=dict)
    standing_findings: dict[str, Columns] = field(default_factory=dict)
    derived: Counter[str] = field(default_factory=Counter)
    by_topic: Counter[str] = field(default_factory=Counter)

    def by_day(self) -> Counter[tuple[str, date, date]]:
        """How many events of each type were observed on one day and happened on another."""
        return Counter(
            (str(row["type"]), _day(row["observed_at"]), _day(row["happened_at"]))
            for row in self.bases["events"].values()
        )


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message of the truth, parsed: where it lies, its text, its content digest and the event."""

    topic: str
    partition: int
    body: str
    digest: str
    event: Event


def expect(messages: Iterable[Accepted], rulebook: Rulebook) -> Expected:
    """Recount everything from the accepted messages, in the order of their logs."""
    expected = Expected()
    facts: dict[int, list[Event]] = defaultdict(list)
    money: dict[int, list[Event]] = defaultdict(list)
    stored = _Stored()
    contents: dict[tuple[str, int, UUID], str] = {}
    for message in messages:
        expected.by_topic[message.topic] += 1
        is_fact = message.topic in (FACTS.name, BUDGET.name)
        place = (message.topic, message.partition, message.event.id)
        if is_fact and contents.setdefault(place, message.digest) != message.digest:
            if message.partition == partitions_for(message.event.data, message.event.subject)[0]:
                stored.refused.add((message.event.id, message.digest))
            continue
        if message.topic == FACTS.name:
            facts[message.partition].append(message.event)
        elif message.topic == BUDGET.name:
            money[message.partition].append(message.event)
        for row in to_rows(message.event, body=message.body, sha256=message.digest):
            stored.take(row, message.digest if is_fact else "", message.event.observedat)
    stored.into(expected.bases)
    expected.standing_findings = _findings_of([event for part in money.values() for event in part], rulebook)
    history = history_of(facts, money, rulebook)
    expected.derived = history.by_topic
    expected.bases |= history.rows
    _expect_obligations(expected, facts, rulebook, history)
    return expected


@dataclass(slots=True)
class _Stored:
    """The rows of the messages themselves: of copies of one event the one observed first stands, as in the warehouse.

    ``refused`` are the contents that do not stand, though a partition of a broadcast topic may have taken its copy in.
    """

    contents: dict[type[Row], dict[tuple[UUID, str], Row]] = field(default_factory=lambda: defaultdict(dict))
    seen_at: dict[tuple[type[Row], UUID, str], datetime] = field(default_factory=dict)
    refused: set[tuple[UUID, str]] = field(default_factory=set)

    def kept(self, model: type[Row]) -> dict[UUID, Row]:
        """The rows of one table that stand, by event."""
        found = self.contents[model].items()
        return {event_id: row for (event_id, digest), row in found if (event_id, digest) not in self.refused}

    def take(self, row: Row, digest: str, observed_at: datetime) -> None:
        model, event_id = type(row), getattr(row, "event_id", None)
        if not isinstance(event_id, UUID):
            raise AssertionError(f"{row.table} has no event id")
        before = self.seen_at.get((model, event_id, digest))
        if before is None or observed_at < before:
            self.seen_at[model, event_id, digest] = observed_at
            self.contents[model][event_id, digest] = row

    def into(self, bases: dict[str, dict[str, Columns]]) -> None:
        """The rows by view and key, values as the warehouse keeps them."""
        refused = ({"event_id": str(event_id), "sha256": digest} for event_id, digest in self.refused)
        bases["refused_contents"] = {key_of("refused_contents", row): row for row in refused}
        bases["events"] = {str(id_): columns_of(row) for id_, row in self.kept(EventRow).items()}
        bases["deliveries"] = {str(id_): columns_of(row) for id_, row in self.kept(DeliveryRow).items()}
        bases["dead_letters"] = {str(id_): columns_of(row) for id_, row in self.kept(DeadLetterRow).items()}
        bases["budget_transactions"] = {
            str(id_): columns_of(row) for id_, row in self.kept(BudgetTransactionRow).items()
        }
        bases["budget_publications"] = _latest("budget_periods", self.kept(BudgetPeriodRow).values())
        bases["budget_statements"] = _latest("budget_statements", self.kept(BudgetStatementRow).values())
        bases["clocks"] = _clocks(self.kept(TickRow).values())
        bases["sources"] = _sources(self.kept(SourceWatermarkRow).values())


def _latest(view: str, rows: Iterable[Row]) -> dict[str, Columns]:
    """The row observed last of each key; the id settles a tie as the warehouse does."""
    found: dict[str, tuple[object, Row]] = {}
    for row in rows:
        values = row.__dict__
        name = key_of(view, values)
        place = (values["observed_at"], uuid_place(values["event_id"]))
        kept = found.get(name)
        if kept is None or kept[0] < place:  # type: ignore[operator]  # instants, then numbers
            found[name] = (place, row)
    return {name: columns_of(row, but=("event_id",)) for name, (_, row) in found.items()}


def _clocks(rows: Iterable[Row]) -> dict[str, Columns]:
    latest: dict[str, datetime] = {}
    for row in rows:
        if isinstance(row, TickRow):
            latest[row.simulation] = max(row.at, latest.get(row.simulation, row.at))
    return {clock: plain({"simulation": clock, "now_at": at}) for clock, at in latest.items()}


def _sources(rows: Iterable[Row]) -> dict[str, Columns]:
    """Of several watermarks of a source the one that allows the furthest judgement."""
    found: dict[str, tuple[object, SourceWatermarkRow]] = {}
    for row in rows:
        if isinstance(row, SourceWatermarkRow):
            reach = row.read_up_to.timestamp() - row.lag_s
            place = (reach, row.read_up_to, row.observed_at, uuid_place(row.event_id))
            kept = found.get(key := f"{row.simulation} {row.source_id}")
            if kept is None or kept[0] < place:  # type: ignore[operator]  # instants, then numbers
                found[key] = (place, row)
    return {key: columns_of(row, but=("event_id",)) for key, (_, row) in found.items()}


def _expect_obligations(
    expected: Expected, facts: dict[int, list[Event]], rulebook: Rulebook, history: History
) -> None:
    found = expected.bases["obligations"]
    for partition, events in facts.items():
        for row in obligation_rows(events, rulebook, partition):
            found[row.obligation_id] = _with_answerable(row)
            if _has_alert(row):
                expected.standing_alerts[row.obligation_id] = {"due_on": row.due_on}
    for row in history.closed_stages:
        found.setdefault(row.obligation_id, _with_answerable(row))


def _findings_of(money: Sequence[Event], rulebook: Rulebook) -> dict[str, Columns]:
    found = standing_findings(money, rulebook.bodies)
    return {subject: {"code": each.data.code, "params": dict(each.data.params)} for subject, each in found.items()}


def obligation_rows(events: Sequence[Event], rulebook: Rulebook, partition: int) -> Iterator[ObligationRow]:
    """The row of every obligation of one partition of the facts log, from a bag of its events in any order."""
    for subject, simulation, snapshot in recount(events, rulebook, partition):
        event = wrap(
            snapshot,
            id_=derived_id(subject, snapshot.type, "recount"),
            source=SOURCE,
            subject=subject,
            time=events[0].time,
            observed_at=events[0].observedat,
            simulation=simulation,
        )
        for row in to_rows(event, body="", sha256=""):
            if isinstance(row, ObligationRow):
                yield row


def _with_answerable(row: ObligationRow) -> Columns:
    held = row.held_when_due != ""
    return {
        **columns_of(row),
        "answerable": row.held_when_due if held else row.owed_by,
        "answerable_name": row.held_when_due_name if held else row.owed_by_name,
    }


def _has_alert(row: ObligationRow) -> bool:
    still_owed = row.lifecycle in (Lifecycle.OPEN.value, Lifecycle.PARTLY_FULFILLED.value)
    return row.claim == Claim.PUBLISHABLE.value and still_owed


def columns_of(row: Row, but: tuple[str, ...] = ()) -> Columns:
    """The columns of a row that its view must show as they are, values as the warehouse keeps them."""
    hidden = _NOT_COMPARED.union(but, _INNER.get(type(row), ()))
    return plain({name: value for name, value in row.__dict__.items() if name not in hidden})


def _day(instant: object) -> date:
    if not isinstance(instant, datetime):
        raise AssertionError(f"{instant!r} is no instant")
    return instant.date()
