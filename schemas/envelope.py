"""The CloudEvents 1.0 envelope every message of Esep travels in (structured JSON).

The envelope is data only: ids are computed in ``services.domain.identity``, bytes in ``services.adapters.codec``.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    SerializeAsAny,
    StringConstraints,
    field_validator,
    model_validator,
)

import schemas.events  # noqa: F401  (fills the register)
from schemas.events.budget import BudgetEvent
from schemas.events.registry import Contract, EventData, event_types
from schemas.events.sources import SourceGapDeclaredV1, SourceObservedV1
from schemas.events.verbs import FulfilmentFound, ObligationFact

SCHEMA_BASE = "urn:esep:schema:"

CONTENT_FIELDS = ("type", "subject", "time", "simulation", "data")
"""What an event says. The rest tells when and where it was observed: seeing the same again is no other content."""


def _to_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An aware datetime, kept in UTC."""

SourceId = Annotated[str, StringConstraints(pattern=r"^/[a-z0-9][a-z0-9/_.-]*$", max_length=200)]
"""Who says so, as a URI path: ``/sources/uk-written-questions/2023-12``, ``/tracker``."""

Subject = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/][A-Za-z0-9:._/-]{0,199}(~[a-z0-9._:-]{1,120})?$")]
"""What the event is about: an obligation, a budget line, a source. It is the Kafka key too.

A later stage of a matter is named after its first one: ``kz.ep:8812~kz.petition.publish``.
"""


def _names(subject: str, simulation: str) -> bool:
    """Whether a subject begins with the world's name (``kz-demo.zt:1``) or has it as a part of its path."""
    return subject.startswith(f"{simulation}.") or simulation in subject.split("/")


class Event(Contract):
    """One event: a CloudEvents 1.0 envelope around typed data.

    ``time`` is when it happened in the world, ``observedat`` when we saw it. ``simulation`` names the simulated clock
    an invented event belongs to; an event about the real world has none. ``source*`` extensions say which bytes it came from.
    """

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: SourceId
    type: str = Field(max_length=120)
    subject: Subject
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str = Field(max_length=200)
    observedat: Instant
    simulation: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)] | None = None
    sourceuri: str | None = Field(default=None, max_length=500)
    sourcesha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    sourcefetchedat: Instant | None = None
    sourcelocator: str | None = Field(default=None, max_length=200)
    data: SerializeAsAny[EventData]

    @model_validator(mode="before")
    @classmethod
    def _parse_data(cls, raw: object) -> object:
        """Parse ``data`` with the model its ``type`` names, so that no untyped dict survives."""
        if not isinstance(raw, dict) or isinstance(raw.get("data"), EventData):
            return raw
        model = event_types().get(str(raw.get("type")))
        if model is None:
            raise ValueError(f"unknown event type {raw.get('type')!r}; the known types are listed in schemas/generated")
        return raw | {"data": model.model_validate(raw.get("data"))}

    @field_validator("dataschema")
    @classmethod
    def _known_schema(cls, value: str) -> str:
        if not value.startswith(SCHEMA_BASE):
            raise ValueError(f"dataschema must start with {SCHEMA_BASE}")
        return value

    @model_validator(mode="after")
    def _type_matches(self) -> Self:
        if self.type != self.data.type or self.dataschema != SCHEMA_BASE + self.type:
            raise ValueError(f"type {self.type!r}, dataschema and data do not agree")
        return self

    @model_validator(mode="after")
    def _simulated_subject_is_labelled(self) -> Self:
        """An invented fact can never speak about a real obligation, source or budget line: its subject names its world."""
        about_the_world = isinstance(
            self.data, ObligationFact | FulfilmentFound | SourceObservedV1 | SourceGapDeclaredV1 | BudgetEvent
        )
        if self.simulation is not None and about_the_world and not _names(self.subject, self.simulation):
            raise ValueError(
                f"the subject of a simulated event must begin with {self.simulation + '.'!r} or have it as a part of its path"
            )
        return self

    @model_validator(mode="after")
    def _watermark_is_not_ahead(self) -> Self:
        """Nobody has read a source further than the moment of reading: a watermark in the future would accuse too early."""
        if isinstance(self.data, SourceObservedV1) and self.data.read_up_to > self.observedat:
            raise ValueError("read_up_to lies after observedat: a source cannot have been read further than until now")
        return self
