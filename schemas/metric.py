"""What a published figure is: its id, titles, definition, unit, view, and from which n on it is shown.

The figures themselves are listed in ``schemas.metrics``.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.events.registry import Code, Contract
from schemas.rules import LocalText

MINIMUM_N = 10
"""Shares over fewer obligations than this are withheld: they say more about chance than about conduct."""


class MetricUnit(StrEnum):
    """What the number of a figure counts."""

    OBLIGATIONS = "obligations"
    SHARE = "share"
    OBLIGATIONS_PER_DAY = "obligations_per_day"
    SECONDS = "seconds"
    MESSAGES = "messages"
    FINDINGS = "findings"
    WEEKDAYS = "weekdays"


class Metric(Contract):
    """One published figure. ``minimum_n`` is the smallest n it is shown for; a count has 0, since it hides nothing."""

    id: Code
    title: LocalText
    definition: LocalText
    unit: MetricUnit
    view: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    minimum_n: Annotated[int, Field(ge=0)] = 0
