"""Public bodies and regions as data: stable ids, names in three languages, the codes other systems know them by.

A reorganisation is data too: a body that ended names its successors, and nothing is renamed in the past.
"""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.events.registry import BodyId, Contract, Jurisdiction
from schemas.events.states import Confidence
from schemas.rules import LocalText, RegionLevel


class Body(Contract):
    """A public body; ``valid_to`` is its last day, ``successors`` are who took over what it owed."""

    id: BodyId
    jurisdiction: Jurisdiction
    name: LocalText
    codes: dict[str, str] = Field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[BodyId, ...] = ()
    confidence: Confidence


class Region(Contract):
    """A region by its ISO 3166-2 code, with the codes of national classifiers (``kato``) where they are known."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")]
    jurisdiction: Jurisdiction
    level: RegionLevel
    name: LocalText
    codes: dict[str, str] = Field(default_factory=dict)
    valid_from: date | None = None
    confidence: Confidence

    @property
    def suffix(self) -> str:
        """The part of the code after the country, as it stands in ids of bodies."""
        return self.id.partition("-")[2].lower()
