"""What the warehouse must say, computed from the truth alone: pure, one pass over the messages.

The same row mapping as the sink's, but fed by the plain fold instead of the tracker.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from schemas.envelope import Event
from schemas.events.budget import BudgetStatementV1
from schemas.events.states import Claim, Lifecycle
from schemas.rows.mapping import to_rows
from schemas.rows.tables import BudgetStatementRow, EventRow, ObligationRow, Row
from schemas.rulebook import Rulebook
from schemas.topics import BUDGET, FACTS
from services.domain.budget.partition import standing_findings
from services.domain.derived import SOURCE
from services.domain.identity import derived_id, wrap
from services.domain.recount import recount

_NOT_COMPARED = frozenset({"bucket", "version", "row_version"})


@dataclass(slots=True)
class Expected:
    """The rows each view must have, by key, the obligations that must have a standing alert, and the findings of money."""

    events: dict[str, Mapping[str, object]] = field(default_factory=dict)
    obligations: dict[str, Mapping[str, object]] = field(default_factory=dict)
    budget_statements: dict[str, Mapping[str, object]] = field(default_factory=dict)
    alerts: dict[str, Mapping[str, object]] = field(default_factory=dict)
    findings: dict[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message of the truth, parsed: where it lies, its text, its content digest and the event."""

    topic: str
    partition: int
    body: str
    digest: str
    event: Event


def expect(messages: Iterable[Accepted], rulebook: Rulebook) -> Expected:
    """Recount everything from the accepted messages."""
    expected = Expected()
    by_partition: dict[int, list[Event]] = defaultdict(list)
    statements: dict[str, tuple[tuple[object, str], Mapping[str, object]]] = {}
    money: list[Event] = []
    for message in messages:
        if message.topic == FACTS.name:
            by_partition[message.partition].append(message.event)
        elif message.topic == BUDGET.name:
            money.append(message.event)
        for row in to_rows(message.event, body=message.body, sha256=message.digest):
            if isinstance(row, EventRow):
                _keep_event(expected.events, row)
            elif isinstance(row, BudgetStatementRow) and isinstance(message.event.data, BudgetStatementV1):
                _keep_latest(statements, row)
    expected.budget_statements = {key: columns for key, (_, columns) in statements.items()}
    expected.findings = _findings_of(money, rulebook)
    for partition, events in by_partition.items():
        for row in _obligation_rows(events, rulebook, partition):
            expected.obligations[row.obligation_id] = _columns(row)
            if _has_alert(row):
                expected.alerts[row.obligation_id] = {"due_on": row.due_on}
    return expected


def _findings_of(money: Sequence[Event], rulebook: Rulebook) -> dict[str, Mapping[str, object]]:
    found = standing_findings(money, rulebook.bodies)
    return {subject: {"code": each.data.code, "params": dict(each.data.params)} for subject, each in found.items()}


def _keep_event(events: dict[str, Mapping[str, object]], row: EventRow) -> None:
    # Copies of one event differ only in when they were observed; the earliest stands, as in the warehouse.
    kept = events.get(str(row.event_id))
    if kept is None or row.observed_at < kept["observed_at"]:  # type: ignore[operator]  # instants
        events[str(row.event_id)] = _columns(row)


def _keep_latest(
    statements: dict[str, tuple[tuple[object, str], Mapping[str, object]]], row: BudgetStatementRow
) -> None:
    key = f"{row.line_id} {row.period_end}"
    order = (row.observed_at, str(row.event_id))
    kept = statements.get(key)
    if kept is None or kept[0] < order:
        statements[key] = (order, _columns(row, but=("event_id",)))


def _obligation_rows(events: list[Event], rulebook: Rulebook, partition: int) -> Iterator[ObligationRow]:
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


def _has_alert(row: ObligationRow) -> bool:
    still_owed = row.lifecycle in (Lifecycle.OPEN.value, Lifecycle.PARTLY_FULFILLED.value)
    return row.claim == Claim.PUBLISHABLE.value and still_owed


def _columns(row: Row, but: tuple[str, ...] = ()) -> Mapping[str, object]:
    return {
        name: str(value) if isinstance(value, UUID) else value
        for name, value in zip(row.columns(), row.values(), strict=True)
        if name not in _NOT_COMPARED and name not in but
    }
