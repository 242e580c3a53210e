"""One model per stored table of the warehouse; a table's insert column list is the field list of its model.

How an event becomes rows is in ``schemas.rows.mapping``; ``schemas/warehouse/migrations`` makes the tables.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, get_type_hints

from pydantic import BaseModel, ConfigDict

from schemas.rows.columns import (
    Amount,
    Bucket,
    Column,
    Count,
    Day,
    Flag,
    Id,
    Instant,
    MaybeCount,
    MaybeDay,
    MaybeInstant,
    Text,
    Version,
    Word,
)


class Row(BaseModel):
    """A row of one table. Every table is split by ``bucket``; ``simulation`` is '' for the real world."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    table: ClassVar[str] = ""

    bucket: Bucket
    simulation: Word

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The insert column list, in field order."""
        return tuple(cls.model_fields)

    @classmethod
    def column_types(cls) -> Mapping[str, str]:
        """The ClickHouse type of every column, in field order."""
        hints = get_type_hints(cls, include_extras=True)
        return {name: _column_of(hints[name]).type for name in cls.model_fields}

    def values(self) -> tuple[object, ...]:
        """The values in the order of ``columns``."""
        return tuple(self.__dict__.values())


class EventRow(Row):
    """An accepted message of an input topic, verbatim."""

    table = "events_rows"

    event_id: Id
    type: Word
    family: Word
    source: Word
    subject: Text
    happened_at: Instant
    observed_at: Instant
    sha256: Text
    body: Text
    row_version: Version


class TickRow(Row):
    """A tick: it was at least ``at`` on the clock that ``simulation`` names."""

    table = "ticks_rows"

    event_id: Id
    subject: Text
    at: Instant
    row_version: Version


class SourceWatermarkRow(Row):
    """A source was read completely up to an instant."""

    table = "source_watermarks_rows"

    event_id: Id
    sha256: Text
    source_id: Text
    read_up_to: Instant
    lag_s: Count
    observed_at: Instant
    row_version: Version


class BudgetStatementRow(Row):
    """One cumulative statement of one budget line; revised statements are rows of their own."""

    table = "budget_statements_rows"

    event_id: Id
    sha256: Text
    line_id: Text
    jurisdiction: Word
    level: Word
    classification: Word
    region: Word
    code: Text
    name: Text
    path: Text
    depth: Count
    fiscal_year: Count
    period_end: Day
    unit: Word
    is_total: Flag
    approved: Amount
    specified: Amount
    adjusted: Amount
    period_plan_payments: Amount
    period_plan_obligations: Amount
    paid: Amount
    obligations_taken: Amount
    observed_at: Instant
    row_version: Version


class BudgetPeriodRow(Row):
    """A period of one table of a budget that its source published completely."""

    table = "budget_periods_rows"

    event_id: Id
    sha256: Text
    jurisdiction: Word
    level: Word
    classification: Word
    region: Word
    fiscal_year: Count
    period_end: Day
    lines: Count
    source: Word
    observed_at: Instant
    row_version: Version


class BudgetTransactionRow(Row):
    """One act on a budget line: an appropriation enacted (``approved``) or ``amended``, or a payment (``paid``)."""

    table = "budget_transactions_rows"

    event_id: Id
    sha256: Text
    line_id: Text
    jurisdiction: Word
    level: Word
    classification: Word
    region: Word
    code: Text
    name: Text
    fiscal_year: Count
    kind: Word
    happened_on: Day
    amount: Amount
    unit: Word
    reference: Text
    observed_at: Instant
    row_version: Version


class ObligationRow(Row):
    """A snapshot of an obligation; the highest ``version`` stands. ``spans``, ``trace`` and ``dispute`` are JSON."""

    table = "obligations_rows"

    obligation_id: Text
    kind: Word
    jurisdiction: Word
    rule_id: Word
    rule_version: Count
    force: Word
    confidence: Word
    source_id: Word
    owed_by: Word
    owed_by_name: Word
    owed_to: Word
    title: Text
    reference: Text
    region: Word
    url: Text
    period: Word
    filed_on: Day
    basis_on: MaybeDay
    due_on: MaybeDay
    due_at: MaybeInstant
    closed_on: MaybeDay
    holding_answered_on: MaybeDay
    delay_days: MaybeCount
    lifecycle: Word
    timeliness: Word
    claim: Word
    withheld_reason: Word
    extended: Flag
    paused: Flag
    transferred: Flag
    facts: Count
    spans: Text
    trace: Text
    set_down_for: MaybeDay
    held_when_due: Word
    held_when_due_name: Word
    opened_by: Text
    known_on: MaybeDay
    dispute: Text
    version: Version


class DeadlineEventRow(Row):
    """What became of a deadline. ``detail`` is a JSON object of what this type alone says."""

    table = "deadline_events_rows"

    event_id: Id
    type: Word
    obligation_id: Text
    kind: Word
    owed_by: Word
    rule_id: Word
    rule_version: Count
    due_on: Day
    due_at: Instant
    because_of: Id
    detail: Text
    source: Word
    happened_at: Instant
    body: Text
    row_version: Version


class AlertEventRow(Row):
    """One step in the life of an alert; ``reason`` is '' unless it was cleared."""

    table = "alert_events_rows"

    event_id: Id
    alert_id: Id
    state: Word
    severity: Word
    obligation_id: Text
    kind: Word
    owed_by: Word
    owed_by_name: Word
    title: Text
    rule_id: Word
    due_on: Day
    due_at: Instant
    backfill: Flag
    reason: Word
    happened_at: Instant
    row_version: Version


class DeliveryRow(Row):
    """One attempt to hand one alert event to one channel; ``reason`` is '' unless it failed."""

    table = "deliveries_rows"

    event_id: Id
    alert_id: Id
    alert_event_id: Id
    alert_event_type: Word
    channel: Word
    attempt: Count
    state: Word
    reason: Word
    happened_at: Instant
    row_version: Version


class FindingEventRow(Row):
    """A fault found or gone. ``params`` is a JSON object of strings."""

    table = "finding_events_rows"

    event_id: Id
    finding_id: Text
    code: Word
    severity: Word
    source_id: Word
    params: Text
    state: Word
    revision: Count
    happened_at: Instant
    row_version: Version


class DeadLetterRow(Row):
    """One rejected input with its first bytes in base64; ``field`` is '' when no field is to blame.

    ``refused_id`` and ``refused_sha256`` name a content that lies in a log and does not count; '' for other letters.
    """

    table = "dead_letters_rows"

    event_id: Id
    code: Word
    reason: Text
    origin: Text
    field: Text
    code_version: Word
    sha256: Text
    size_bytes: Version
    original: Text
    truncated: Flag
    refused_id: Text
    refused_sha256: Text
    kept_at: Instant
    row_version: Version


TABLES: Mapping[str, type[Row]] = MappingProxyType(
    {
        model.table: model
        for model in (
            EventRow,
            TickRow,
            SourceWatermarkRow,
            BudgetStatementRow,
            BudgetPeriodRow,
            BudgetTransactionRow,
            ObligationRow,
            DeadlineEventRow,
            AlertEventRow,
            DeliveryRow,
            FindingEventRow,
            DeadLetterRow,
        )
    }
)
"""Every stored table, by name."""


def _column_of(hint: object) -> Column:
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, Column):
            return extra
    raise TypeError(f"{hint!r} has no Column; take a type of schemas.rows.columns")
