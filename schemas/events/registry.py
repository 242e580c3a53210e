"""The register of event types: type string -> data model.

A family module declares its events with ``@event_type``; nothing else may add to the register.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

BodyId = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(\.[a-z0-9_-]+)+$", max_length=120)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(\.[a-z0-9_]+)+$", max_length=120)]
Jurisdiction = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise ValueError(f"{name!r} is not a time zone; write one such as Asia/Almaty") from unknown
    return name


ZoneName = Annotated[
    str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+/[A-Za-z_]+$", max_length=60), AfterValidator(_known_zone)
]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=120)]


class Contract(BaseModel):
    """Base of every contract model: frozen, strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants", hide_input_in_errors=True)


class EventData(Contract):
    """Base of every event's data; ``type`` is the CloudEvents type, with its version."""

    type: ClassVar[str] = ""
    family: ClassVar[str] = ""

    def place(self, subject: str) -> str:
        """What decides the partition: all events of one place meet in one. By default that is the subject itself."""
        return subject


DataT = TypeVar("DataT", bound=type[EventData])

_types: dict[str, type[EventData]] = {}


def event_type(name: str, *, family: str) -> Callable[[DataT], DataT]:
    """Register a data model as the content of the event type ``name``.

    Raises: ValueError when the name is taken or does not end in a version.
    """

    def register(model: DataT) -> DataT:
        if name in _types or not name.rpartition(".v")[2].isdigit():
            raise ValueError(f"event type {name!r} is taken or has no version")
        model.type = name
        model.family = family
        _types[name] = model
        return model

    return register


def event_types() -> Mapping[str, type[EventData]]:
    """Every registered event type, by name (read only)."""
    return MappingProxyType(_types)
