"""From one event to its rows: pure, and the same rows every time the same event is read.

Nothing that differs between replays (an offset, the time of reading) may enter a row.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import singledispatch

from schemas.envelope import Event
from schemas.events.alerts import AlertClearedV1, AlertEvent
from schemas.events.budget import (
    BudgetAmendedV1,
    BudgetApprovedV1,
    BudgetLine,
    BudgetPaidV1,
    BudgetPeriodPublishedV1,
    BudgetStatementV1,
)
from schemas.events.clock import ClockTickV1
from schemas.events.deadletters import DeadLetterKeptV1
from schemas.events.deadlines import DeadlineEvent
from schemas.events.deliveries import DeliveryEvent, DeliveryFailedV1
from schemas.events.findings import FindingEvent
from schemas.events.obligations import ObligationChangedV1
from schemas.events.probes import ProbeSentV1
from schemas.events.registry import EventData
from schemas.events.rules import RulesReleasedV1
from schemas.events.sources import SourceGapDeclaredV1, SourceObservedV1
from schemas.events.verbs import FulfilmentFound, ObligationFact
from schemas.rows.tables import (
    AlertEventRow,
    BudgetPeriodRow,
    BudgetStatementRow,
    BudgetTransactionRow,
    DeadLetterRow,
    DeadlineEventRow,
    DeliveryRow,
    EventRow,
    FindingEventRow,
    ObligationRow,
    Row,
    SourceWatermarkRow,
    TickRow,
)
from schemas.topics import BUDGET, FACTS, bucket_of, topic_of

MAPPING_VERSION = 1
"""Raise it when the same event maps to other rows; the rows of a replay then replace the older ones."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OBSERVATION_BITS = 48


@dataclass(frozen=True, slots=True)
class Said:
    """The text of a message exactly as read, and its content digest (hex)."""

    body: str
    sha256: str


class UnmappedEventError(Exception):
    """An event type without a place in the warehouse: map it here, or list it as archived only."""


def to_rows(event: Event, *, body: str, sha256: str) -> tuple[Row, ...]:
    """The rows of one event, in no particular order; each row names its table.

    Shape:  ``body`` is the message exactly as read; ``sha256`` its content digest (hex), used if it ``is_archived``.
    Raises: UnmappedEventError; pydantic.ValidationError when a value lies outside what its column can hold.
    """
    said = Said(body, sha256)
    projected = _project(event.data, event, said)
    return (_archived(event, said), *projected) if is_archived(event) else projected


def is_archived(event: Event) -> bool:
    """Whether the event itself is kept, verbatim: every event of the input topics is."""
    return topic_of(event.data) in (FACTS, BUDGET)


def is_mapped(model: type[EventData]) -> bool:
    """Whether events of this model have a place in the warehouse, be it the archive only."""
    return _project.dispatch(model) is not _project.dispatch(object)


def row_version(event: Event) -> int:
    """Which of several copies of an immutable row wins: the newest mapping's, then the one observed first.

    The order in which copies arrive plays no part, so a replay of any piece of the log changes nothing.
    """
    latest = (1 << _OBSERVATION_BITS) - 1
    observed_ms = (event.observedat - _EPOCH) // timedelta(milliseconds=1)
    return (MAPPING_VERSION << _OBSERVATION_BITS) + min(latest, max(0, latest - observed_ms))


@singledispatch
def _project(data: object, event: Event, said: Said) -> tuple[Row, ...]:
    raise UnmappedEventError(f"no row of the warehouse is declared for {event.type}")


@_project.register(ObligationFact)
@_project.register(FulfilmentFound)
@_project.register(RulesReleasedV1)
@_project.register(SourceGapDeclaredV1)
def _archived_only(data: EventData, event: Event, said: Said) -> tuple[Row, ...]:
    return ()


@_project.register
def _nowhere(data: ProbeSentV1, event: Event, said: Said) -> tuple[Row, ...]:
    # It has arrived when its offset is committed; the record has no place for it.
    return ()


def _archived(event: Event, said: Said) -> EventRow:
    return EventRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        type=event.type,
        family=event.data.family,
        source=event.source,
        subject=event.subject,
        happened_at=event.time,
        observed_at=event.observedat,
        sha256=said.sha256,
        body=said.body,
        row_version=row_version(event),
    )


@_project.register
def _tick(data: ClockTickV1, event: Event, said: Said) -> tuple[Row, ...]:
    row = TickRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        subject=event.subject,
        at=data.at,
        row_version=row_version(event),
    )
    return (row,)


@_project.register
def _watermark(data: SourceObservedV1, event: Event, said: Said) -> tuple[Row, ...]:
    row = SourceWatermarkRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        sha256=said.sha256,
        source_id=event.subject,
        read_up_to=data.read_up_to,
        lag_s=data.lag_s,
        observed_at=event.observedat,
        row_version=row_version(event),
    )
    return (row,)


@_project.register
def _budget_statement(data: BudgetStatementV1, event: Event, said: Said) -> tuple[Row, ...]:
    row = BudgetStatementRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        sha256=said.sha256,
        line_id=event.subject,
        jurisdiction=data.jurisdiction,
        level=data.level,
        classification=data.classification,
        region=data.region or "",
        code=data.code,
        name=data.name,
        path=_path(data.path),
        depth=len(data.path or ()),
        fiscal_year=data.fiscal_year,
        period_end=data.period_end,
        unit=data.unit,
        is_total=data.is_total,
        approved=data.approved,
        specified=data.specified,
        adjusted=data.adjusted,
        period_plan_payments=data.period_plan_payments,
        period_plan_obligations=data.period_plan_obligations,
        paid=data.paid,
        obligations_taken=data.obligations_taken,
        observed_at=event.observedat,
        row_version=row_version(event),
    )
    return (row,)


@_project.register
def _budget_period(data: BudgetPeriodPublishedV1, event: Event, said: Said) -> tuple[Row, ...]:
    row = BudgetPeriodRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        sha256=said.sha256,
        jurisdiction=data.jurisdiction,
        level=data.level,
        classification=data.classification,
        region=data.region or "",
        fiscal_year=data.fiscal_year,
        period_end=data.period_end,
        lines=data.lines,
        source=event.source,
        observed_at=event.observedat,
        row_version=row_version(event),
    )
    return (row,)


@_project.register
def _budget_approved(data: BudgetApprovedV1, event: Event, said: Said) -> tuple[Row, ...]:
    return (_transaction(data, event, said, "approved", data.approved_on, data.amount),)


@_project.register
def _budget_amended(data: BudgetAmendedV1, event: Event, said: Said) -> tuple[Row, ...]:
    return (_transaction(data, event, said, "amended", data.amended_on, data.amount),)


@_project.register
def _budget_paid(data: BudgetPaidV1, event: Event, said: Said) -> tuple[Row, ...]:
    return (_transaction(data, event, said, "paid", data.paid_on, data.amount, data.reference),)


def _transaction(
    data: BudgetLine, event: Event, said: Said, kind: str, on: date, amount: Decimal, reference: str = ""
) -> BudgetTransactionRow:
    return BudgetTransactionRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        sha256=said.sha256,
        line_id=event.subject,
        jurisdiction=data.jurisdiction,
        level=data.level,
        classification=data.classification,
        region=data.region or "",
        code=data.code,
        name=data.name,
        fiscal_year=data.fiscal_year,
        kind=kind,
        happened_on=on,
        amount=amount,
        unit=data.unit,
        reference=reference,
        observed_at=event.observedat,
        row_version=row_version(event),
    )


def _path(path: tuple[str, ...] | None) -> str:
    """The names from the root to a line of a tree, as a JSON array; '' for other lines."""
    return _json(path) if path is not None else ""


@_project.register
def _obligation(data: ObligationChangedV1, event: Event, said: Said) -> tuple[Row, ...]:
    row = ObligationRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        obligation_id=event.subject,
        kind=data.kind,
        jurisdiction=data.jurisdiction,
        rule_id=data.rule,
        rule_version=data.rule_version,
        force=data.force.value if data.force else "",
        confidence=data.confidence.value if data.confidence else "",
        source_id=data.source_id,
        owed_by=data.owed_by,
        owed_by_name=data.owed_by_name,
        owed_to=data.owed_to or "",
        title=data.title,
        reference=data.reference,
        region=data.region or "",
        url=data.url or "",
        period=data.period or "",
        filed_on=data.filed_on,
        basis_on=data.basis_on,
        due_on=data.due_on,
        due_at=data.due_at,
        closed_on=data.closed_on,
        holding_answered_on=data.holding_answered_on,
        delay_days=data.delay_days,
        lifecycle=data.lifecycle.value,
        timeliness=data.timeliness.value,
        claim=data.claim.value,
        withheld_reason=data.withheld_reason.value if data.withheld_reason else "",
        extended=data.extended,
        paused=data.paused,
        transferred=data.transferred,
        facts=data.facts,
        spans=_json([span.model_dump(mode="json") for span in data.spans]),
        trace=_json([step.model_dump(mode="json") for step in data.trace]),
        set_down_for=data.set_down_for,
        held_when_due=data.held_when_due or "",
        held_when_due_name=data.held_when_due_name or "",
        opened_by=data.opened_by or "",
        known_on=data.known_on,
        dispute=_json(data.dispute.model_dump(mode="json")) if data.dispute is not None else "",
        version=data.version,
    )
    return (row,)


@_project.register
def _deadline(data: DeadlineEvent, event: Event, said: Said) -> tuple[Row, ...]:
    row = DeadlineEventRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        type=_verb(event),
        obligation_id=event.subject,
        kind=data.kind,
        owed_by=data.owed_by,
        rule_id=data.rule,
        rule_version=data.rule_version,
        due_on=data.due_on,
        due_at=data.due_at,
        because_of=data.because_of,
        detail=_json(data.model_dump(mode="json", exclude=set(DeadlineEvent.model_fields))),
        source=event.source,
        happened_at=event.time,
        body=said.body,
        row_version=row_version(event),
    )
    return (row,)


@_project.register
def _alert(data: AlertEvent, event: Event, said: Said) -> tuple[Row, ...]:
    row = AlertEventRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        alert_id=data.alert_id,
        state=_verb(event),
        severity=data.severity,
        obligation_id=data.obligation_id,
        kind=data.kind,
        owed_by=data.owed_by,
        owed_by_name=data.owed_by_name,
        title=data.title,
        rule_id=data.rule,
        due_on=data.due_on,
        due_at=data.due_at,
        backfill=data.backfill,
        reason=data.reason if isinstance(data, AlertClearedV1) else "",
        happened_at=event.time,
        row_version=row_version(event),
    )
    return (row,)


@_project.register
def _delivery(data: DeliveryEvent, event: Event, said: Said) -> tuple[Row, ...]:
    row = DeliveryRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        alert_id=data.alert_id,
        alert_event_id=data.alert_event_id,
        alert_event_type=data.alert_event_type,
        channel=data.channel,
        attempt=data.attempt,
        state=_verb(event),
        reason=data.reason if isinstance(data, DeliveryFailedV1) else "",
        happened_at=event.time,
        row_version=row_version(event),
    )
    return (row,)


@_project.register
def _finding(data: FindingEvent, event: Event, said: Said) -> tuple[Row, ...]:
    row = FindingEventRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        finding_id=event.subject,
        code=data.code,
        severity=data.severity,
        source_id=data.source_id,
        params=_json(data.params),
        state=_verb(event),
        revision=data.revision or 0,
        happened_at=event.time,
        row_version=row_version(event),
    )
    return (row,)


@_project.register
def _dead_letter(data: DeadLetterKeptV1, event: Event, said: Said) -> tuple[Row, ...]:
    row = DeadLetterRow(
        bucket=bucket_of(event.subject),
        simulation=event.simulation or "",
        event_id=event.id,
        code=data.code,
        reason=data.reason,
        origin=data.origin,
        field=data.field or "",
        code_version=data.code_version,
        sha256=data.sha256,
        size_bytes=data.size_bytes,
        original=data.original,
        truncated=data.truncated,
        refused_id="" if data.refused_id is None else str(data.refused_id),
        refused_sha256=data.refused_content or "",
        kept_at=event.time,
        row_version=row_version(event),
    )
    return (row,)


def _verb(event: Event) -> str:
    """``due_soon`` of ``esep.deadline.due_soon.v1``."""
    return event.type.split(".")[2]


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
