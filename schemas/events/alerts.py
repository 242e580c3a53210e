"""Alerts: raised the moment a claim is published, cleared when it ends.

The alert's id is the event's subject and stays the same through its life.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, StringConstraints

from schemas.events.registry import BodyId, Code, EventData, RuleId, ShortText, event_type

FAMILY = "alerts"


class AlertEvent(EventData):
    """Which alert, about which obligation of which body. ``backfill`` alerts are recorded, not sent."""

    alert_id: UUID
    severity: Literal["warning", "critical"]
    obligation_id: Annotated[str, StringConstraints(max_length=321)]
    kind: Code
    owed_by: BodyId
    owed_by_name: ShortText
    title: ShortText
    rule: RuleId
    due_on: date
    due_at: AwareDatetime
    backfill: bool


@event_type("esep.alert.raised.v1", family=FAMILY)
class AlertRaisedV1(AlertEvent):
    """A claim of lateness was published."""


@event_type("esep.alert.escalated.v1", family=FAMILY)
class AlertEscalatedV1(AlertEvent):
    """The rule's very-late threshold has passed and it is still not done."""


@event_type("esep.alert.cleared.v1", family=FAMILY)
class AlertClearedV1(AlertEvent):
    """The alert ended: done at last, or the claim was withdrawn."""

    reason: Code
