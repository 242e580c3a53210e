"""A release of the rulebook: from here on the log is judged by what was known on its day.

Broadcast to every partition, since it concerns every open obligation.
"""

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from schemas.events.registry import EventData, event_type

FAMILY = "rules"


@event_type("esep.rules.released.v1", family=FAMILY)
class RulesReleasedV1(EventData):
    """Rules, calendars and bodies as known on ``known_on``; ``digest`` is the SHA-256 (hex) of the data released."""

    known_on: date
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
