"""The derived snapshot of one obligation: everything a reader needs, as codes and parameters.

Words are rendered by readers in their language; nothing here is a sentence.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from schemas.events.registry import (
    BodyId,
    Code,
    Contract,
    EventData,
    Jurisdiction,
    RuleId,
    ShortText,
    event_type,
)
from schemas.events.states import Claim, Confidence, Force, Lifecycle, Timeliness, WithheldReason


class TraceStep(Contract):
    """One step of counting a deadline: a code, the local date it speaks of, and named parameters."""

    code: Code
    on: date | None = None
    params: dict[str, str] = Field(default_factory=dict)


class HoldingSpan(Contract):
    """A body held the obligation from ``from_on`` to ``to_on`` (exclusive; open when none).

    ``days_late`` are the calendar days after the due date that fall to this body; none while they still grow.
    """

    body: BodyId
    name: ShortText
    from_on: date
    to_on: date | None = None
    days_late: Annotated[int, Field(ge=0)] | None = None


class Dispute(Contract):
    """A contest of what is published, with both sides: the body's reason, and what the registrar found."""

    contested_by: BodyId
    contested_on: date
    reason: ShortText
    state: Literal["claimed", "held", "upheld", "rejected"]
    settled_on: date | None = None
    finding: ShortText | None = None


@event_type("esep.obligation.changed.v1", family="obligations")
class ObligationChangedV1(EventData):
    """Snapshot of an obligation after something about it changed.

    ``version`` grows with facts known, watermark and tick, never with an offset. ``delay_days`` counts calendar days
    after the due date for a thing done late; an open late one has none, since its delay still grows. ``held_when_due`` is
    who held it at the due instant, once that has passed: whoever holds it now may have got it late. ``known_on`` is the
    day of whose knowledge the dates are; none for all there is. ``opened_by`` is the obligation whose course opened this.
    """

    version: Annotated[int, Field(ge=0)]
    kind: Code
    jurisdiction: Jurisdiction
    rule: RuleId
    rule_version: Annotated[int, Field(ge=0)]
    force: Force | None
    confidence: Confidence | None
    source_id: str
    owed_by: BodyId
    owed_by_name: ShortText
    owed_to: BodyId | None
    title: ShortText
    reference: str
    region: str | None
    url: str | None
    period: str | None
    filed_on: date
    basis_on: date | None
    due_on: date | None
    due_at: AwareDatetime | None
    closed_on: date | None
    holding_answered_on: date | None
    delay_days: Annotated[int, Field(ge=1)] | None
    lifecycle: Lifecycle
    timeliness: Timeliness
    claim: Claim
    withheld_reason: WithheldReason | None
    extended: bool
    paused: bool
    transferred: bool
    set_down_for: date | None = None
    held_when_due: BodyId | None = None
    held_when_due_name: ShortText | None = None
    opened_by: str | None = None
    known_on: date | None = None
    dispute: Dispute | None = None
    facts: Annotated[int, Field(ge=1)]
    spans: tuple[HoldingSpan, ...]
    trace: tuple[TraceStep, ...]
