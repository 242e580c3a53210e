"""The record of what was sent to whom: part of the publication record, never re-derived.

A channel is named by its configured name; addresses and secrets do not travel in events.
"""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.events.registry import Code, EventData, event_type

FAMILY = "deliveries"


class DeliveryEvent(EventData):
    """One attempt to hand one alert event to one channel."""

    alert_id: UUID
    alert_event_id: UUID
    alert_event_type: Annotated[str, StringConstraints(max_length=120)]
    channel: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
    attempt: Annotated[int, Field(ge=1)]


@event_type("esep.delivery.sent.v1", family=FAMILY)
class DeliverySentV1(DeliveryEvent):
    """The channel took it."""


@event_type("esep.delivery.failed.v1", family=FAMILY)
class DeliveryFailedV1(DeliveryEvent):
    """The channel refused it or could not be reached; ``reason`` is a code without secrets."""

    reason: Code


@event_type("esep.delivery.acknowledged.v1", family=FAMILY)
class DeliveryAcknowledgedV1(DeliveryEvent):
    """A person or system confirmed it."""
