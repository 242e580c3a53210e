"""The verbs of an obligation's life, shared by every obligation family.

A family module subclasses these to give them an event type; the engine folds verbs and never names a family.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.events.registry import BodyId, Code, EventData, Jurisdiction, RuleId, ShortText, ZoneName

Period = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2})?$")]


class ObligationFact(EventData):
    """A fact about one obligation. ``occurred_on`` is the local legal date on which it happened.

    A source that shows only that something happened between two looks gives the later day, and ``earliest_on`` beside it.
    """

    occurred_on: date
    earliest_on: date | None = None

    @model_validator(mode="after")
    def _interval_is_in_order(self) -> Self:
        if self.earliest_on is not None and self.earliest_on > self.occurred_on:
            raise ValueError("earliest_on lies after occurred_on")
        return self


class Filed(ObligationFact):
    """The obligation comes into being: somebody asked, applied, or the calendar opened a duty.

    Basis dates other than the filing (``occurred_on``) are given when the source states them; ``named_on`` is the day the
    asker lawfully named for the answer, ``set_down_for`` a formal day that binds nobody. Names are the source's own
    wording, kept beside the stable ids.
    """

    kind: Code
    jurisdiction: Jurisdiction
    rule: RuleId
    owed_by: BodyId
    owed_by_name: ShortText
    owed_to: BodyId | None = None
    received_on: date | None = None
    registered_on: date | None = None
    delivered_on: date | None = None
    published_on: date | None = None
    decided_on: date | None = None
    threshold_reached_on: date | None = None
    named_on: date | None = None
    set_down_for: date | None = None
    period: Period | None = None
    title: ShortText
    reference: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=500)] | None = None


class Amended(ObligationFact):
    """The record changed in a way that moves no date (heading, wording)."""

    title: ShortText


class DueDateChanged(ObligationFact):
    """The source moved the day it named for the answer."""

    named_on: date


class Transferred(ObligationFact):
    """Another body owes it from this date on.

    ``received_on`` and ``registered_on`` are those of the new body: under some rules the term begins anew with them.
    """

    owed_by: BodyId
    owed_by_name: ShortText
    received_on: date | None = None
    registered_on: date | None = None


class HoldingAnswered(ObligationFact):
    """An interim answer was given; whether it fulfils is the rule's business."""


class Fulfilled(ObligationFact):
    """The duty was done: answered, decided, submitted."""


class FulfilmentFound(EventData):
    """The duty was found done when its source was read, and the source does not say since when.

    It was done between ``earliest_on`` and the local day, in ``zone``, of the observation itself. That day is no part of
    what is said, so finding the same thing again later is the same fact, and the first observation stands.
    """

    earliest_on: date
    zone: ZoneName


class AnswerCorrected(ObligationFact):
    """A given answer was corrected; the date of fulfilment stands."""


class AnswerRated(ObligationFact):
    """The recipient rated the answer's substance."""

    rating: Annotated[int, Field(ge=1, le=5)]


class Extended(ObligationFact):
    """The body lawfully extended the term to ``until`` (local date, inclusive)."""

    until: date
    reason: ShortText | None = None


class Paused(ObligationFact):
    """The clock stops at the start of this local date."""

    reason: ShortText


class Resumed(ObligationFact):
    """The clock runs again from this local date."""


class Withdrawn(ObligationFact):
    """The asker took it back, or the duty was cancelled: nothing is owed any more."""

    reason: ShortText | None = None


class Lapsed(ObligationFact):
    """It ended without being done because its forum ended (prorogation, dissolution)."""

    cause: Literal["prorogation", "dissolution", "end_of_mandate", "other"]


class Retracted(ObligationFact):
    """The source's record disappeared; the cause is unknown and it may come back."""


class Reopened(ObligationFact):
    """It is owed again: returned as unsatisfactory, or the record came back."""

    reason: ShortText | None = None


class Milestone(ObligationFact):
    """A recorded step that changes neither what is owed nor when (accepted, published)."""


class DisputeClaimed(ObligationFact):
    """A body contests what is said about it: until this is settled, no claim is published."""

    contested_by: BodyId
    reason: ShortText


class DisputeHeld(ObligationFact):
    """The contest is being examined; the claim stays away."""

    reason: ShortText | None = None


class DisputeSettled(ObligationFact):
    """The contest ended. ``upheld``: the body is right and the claim stays away; ``rejected``: the claim stands again."""

    outcome: Literal["upheld", "rejected"]
    reason: ShortText


class Rejudged(ObligationFact):
    """A closed duty is to be judged by what was known on ``known_on`` instead: an act of its own, with its reason."""

    known_on: date
    reason: ShortText
