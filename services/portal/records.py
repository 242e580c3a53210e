"""What the portal hands out: one model per view it reads, with the public columns in their public order.

The same models feed pages, JSON and CSV, so that these cannot disagree; how rows are found is not their business.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Json, PlainSerializer

from schemas.events.obligations import Dispute, HoldingSpan, TraceStep


def _plain(amount: Decimal) -> str:
    written = format(amount, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _contest(stored: Any) -> Any:  # noqa: ANN401  # whatever the column holds; the model judges it
    return Dispute.model_validate_json(stored) if isinstance(stored, str) and stored else stored or None


Money = Annotated[Decimal, PlainSerializer(_plain, return_type=str)]
"""An exact amount; a string in JSON, because JSON readers make floats of numbers."""

Instant = AwareDatetime
Simulation = Annotated[str, Field(description="Name of the simulated world; empty for the real one.")]


class Record(BaseModel):
    """Base of every public record: frozen, and exactly the columns it names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ObligationRecord(Record):
    """An obligation as it stands. Empty text means: the source does not say, or it does not apply.

    ``owed_by`` owes it now; ``answerable`` is whose lateness it is: who held it when it fell due.
    """

    obligation_id: str
    simulation: Simulation
    kind: str
    jurisdiction: str
    rule_id: str
    rule_version: int
    force: str
    confidence: str
    source_id: str
    owed_by: str
    owed_by_name: str
    owed_to: str
    title: str
    reference: str
    region: str
    url: str
    period: str
    filed_on: date
    basis_on: date | None
    due_on: date | None
    due_at: Instant | None
    closed_on: date | None
    holding_answered_on: date | None
    delay_days: int | None
    lifecycle: str
    timeliness: str
    claim: str
    withheld_reason: str
    extended: bool
    paused: bool
    transferred: bool
    set_down_for: date | None
    held_when_due: str
    held_when_due_name: str
    answerable: str
    answerable_name: str
    opened_by: str
    known_on: date | None
    facts: int


class OverdueRecord(ObligationRecord):
    """An open obligation that is publicly claimed to be late, with the whole days since its due date."""

    days_late: int


class ObligationDetail(ObligationRecord):
    """An obligation with every body that held it, every step of counting its due date, and its contest if there is one."""

    dispute: Annotated[Dispute | None, BeforeValidator(_contest)]
    spans: Json[tuple[HoldingSpan, ...]]
    trace: Json[tuple[TraceStep, ...]]


class BodyRecord(Record):
    """What one body answers for, by count of obligations: what it owes, and what was late in its hands."""

    owed_by: str
    simulation: Simulation
    jurisdiction: str
    owed_by_name: str
    total: int
    open: int
    due_soon: int
    due_unobserved: int
    late: int
    in_time: int
    fulfilled_late: int
    withheld: int


class TimelinessRecord(Record):
    """The obligations that arose in one month under one rule, by what became of them; they add up to ``n``."""

    month: date
    simulation: Simulation
    jurisdiction: str
    kind: str
    rule_id: str
    n: int
    in_time: int
    not_in_time: int
    lapsed_after_due: int
    open_undecided: int
    late_share: float | None


class FlowRecord(Record):
    """What arose, fell due, was closed and became late on one local day."""

    day: date
    simulation: Simulation
    jurisdiction: str
    filed: int
    fell_due: int
    closed: int
    became_late: int


class SourceRecord(Record):
    """How far a source has been read completely; ``lag_s`` is the delay it declares for itself, in seconds."""

    source_id: str
    simulation: Simulation
    read_up_to: Instant
    lag_s: int
    observed_at: Instant


class ClockRecord(Record):
    """The latest tick of a world's clock."""

    simulation: Simulation
    now_at: Instant


class FindingRecord(Record):
    """A fault found in a source or a record, or one that is gone (state ``cleared``)."""

    finding_id: str
    simulation: Simulation
    code: str
    severity: str
    source_id: str
    params: Json[dict[str, str]]
    state: str
    raised_at: Instant
    changed_at: Instant


class AlertRecord(Record):
    """An alert as it stands: raised, escalated or cleared."""

    alert_id: UUID
    simulation: Simulation
    state: str
    severity: str
    obligation_id: str
    kind: str
    owed_by: str
    owed_by_name: str
    title: str
    rule_id: str
    due_on: date
    due_at: Instant
    backfill: bool
    reason: str
    raised_at: Instant
    changed_at: Instant


class DeadLetterRecord(Record):
    """A message that was not understood. Neither the message nor what is quoted of it is published: it may name persons."""

    event_id: UUID
    simulation: Simulation
    code: str
    origin: str
    code_version: str
    sha256: str
    size_bytes: int
    truncated: bool
    kept_at: Instant


class TimelineRecord(Record):
    """One entry of an obligation's history: a fact from a source, or what became of its deadline."""

    obligation_id: str
    simulation: Simulation
    happened_at: Instant
    kind_of_entry: str
    type: str
    event_id: UUID
    source: str
    body: str
