"""Derived events of a deadline: set, moved, due soon, due, missed, met, withdrawn.

Ids are computed from (obligation, what, due date, the fact that set or ended that date), so a replay repeats them.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from schemas.events.registry import BodyId, Code, EventData, RuleId, event_type

FAMILY = "deadlines"


class DeadlineEvent(EventData):
    """What all deadline events say: whose, under which rule, when due, and the fact that caused it."""

    kind: Code
    owed_by: BodyId
    rule: RuleId
    rule_version: Annotated[int, Field(ge=1)]
    due_on: date
    due_at: AwareDatetime
    because_of: UUID


@event_type("esep.deadline.set.v1", family=FAMILY)
class DeadlineSetV1(DeadlineEvent):
    """A due date follows from the facts for the first time."""


@event_type("esep.deadline.moved.v1", family=FAMILY)
class DeadlineMovedV1(DeadlineEvent):
    """The due date is another one now; ``was_due_on`` is what it was, ``reason`` what moved it."""

    was_due_on: date
    reason: Code | None = None


@event_type("esep.deadline.due_soon.v1", family=FAMILY)
class DeadlineDueSoonV1(DeadlineEvent):
    """The due date is within the rule's reminder window and nothing has been done."""


@event_type("esep.deadline.due.v1", family=FAMILY)
class DeadlineDueV1(DeadlineEvent):
    """The due instant has passed, but the source has not been read past it: no claim."""


@event_type("esep.deadline.missed.v1", family=FAMILY)
class DeadlineMissedV1(DeadlineEvent):
    """The claim: owed by the due date, source read past it, not done in time."""


@event_type("esep.deadline.met.v1", family=FAMILY)
class DeadlineMetV1(DeadlineEvent):
    """Done on or before the due date."""

    fulfilled_on: date


@event_type("esep.deadline.withdrawn.v1", family=FAMILY)
class DeadlineWithdrawnV1(DeadlineEvent):
    """A published claim no longer holds; ``reason`` says why."""

    reason: Code
