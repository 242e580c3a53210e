"""What is known about a source: how far it has been read, and where it has gaps.

These are broadcast to every partition of their topic, since they concern every obligation of the source.
"""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from schemas.events.registry import EventData, RuleId, ShortText, event_type

FAMILY = "sources"


@event_type("esep.source.observed.v1", family=FAMILY)
class SourceObservedV1(EventData):
    """A watermark: the source (the event's subject) has been read completely up to ``read_up_to``.

    ``lag_s`` is the declared delay, in seconds, with which the source itself publishes what happened. ``covers`` are the
    rules of later stages (a publication, a notice) whose fulfilment the source shows too; of others nothing is claimed.
    """

    read_up_to: AwareDatetime
    lag_s: Annotated[int, Field(ge=0, le=90 * 86400)]
    covers: tuple[RuleId, ...] | None = None


@event_type("esep.source.gap_declared.v1", family=FAMILY)
class SourceGapDeclaredV1(EventData):
    """The source is known to be missing what happened between two local dates (inclusive)."""

    from_on: date
    to_on: date
    reason: ShortText
