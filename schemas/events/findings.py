"""Findings about sources and data: raised and cleared, with the figures that show them.

A finding speaks about a source or a record, never about a body's conduct.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.events.registry import Code, EventData, event_type

FAMILY = "findings"


class FindingEvent(EventData):
    """``code`` names the check; ``params`` are its figures, as strings.

    ``revision`` counts what was said about the same subject, where several things may be said at one instant.
    """

    code: Code
    severity: Literal["info", "warning", "error"]
    source_id: Annotated[str, StringConstraints(max_length=200)]
    params: dict[str, str] = Field(default_factory=dict)
    revision: Annotated[int, Field(ge=1)] | None = None


@event_type("esep.finding.raised.v1", family=FAMILY)
class FindingRaisedV1(FindingEvent):
    """The check fails on what is known now."""


@event_type("esep.finding.cleared.v1", family=FAMILY)
class FindingClearedV1(FindingEvent):
    """The check that failed before holds now."""
