"""What was not understood, as the public may see it: why, from where and how large, and nothing of what it said.

Neither the original nor the reason (which may quote it) leaves here; the operator reads both with ``esep dead-letters``.
"""

import re
from functools import cache
from typing import Final, get_args
from uuid import UUID

from pydantic import BaseModel, Field

from schemas.envelope import Event
from schemas.events.registry import event_types
from services.portal.listings import Query
from services.portal.records import DeadLetterRecord, Instant, Record, Simulation
from services.portal.warehouse_reader import WarehouseReader


class LetterCount(Record):
    """How many messages were not understood for one reason, and when the last of them was kept."""

    code: str
    simulation: Simulation
    n: int
    latest_at: Instant


class LetterAccount(DeadLetterRecord):
    """One message that was not understood. ``same_bytes`` letters hold these very bytes, kept first and last when."""

    field: str = Field(
        description="The faulty field, when it is one of ours: a name out of a message may say anything."
    )
    same_bytes: int
    first_seen_at: Instant
    last_seen_at: Instant


class _Stored(LetterAccount):
    """As it lies in the warehouse: ``field`` may be any text."""


# A place in a list. More digits may be a key that a sender chose: a telephone, the number of a person.
_INDEX: Final = re.compile(r"[0-9]{1,5}")


def read_letter(reader: WarehouseReader, world: str, letter: UUID) -> LetterAccount | None:
    """One letter of this world, or none. Raises: WarehouseAway."""
    found = reader.read(_Stored, Query(_LETTER, {"world": world, "letter": letter}))
    return LetterAccount(**dict(found[0]) | {"field": known_field(found[0].field)}) if found else None


def read_counts(reader: WarehouseReader, world: str) -> list[LetterCount]:
    """Every code that occurs in this world, the most frequent first. Raises: WarehouseAway."""
    return reader.read(LetterCount, Query(_COUNTS, {"world": world}))


def known_field(field: str) -> str:
    """The path of a field with every name in it that is not of our schemas left out, since a sender chose it."""
    return re.sub(
        r"[^.\[\]]+", lambda name: name[0] if name[0] in _names() or _INDEX.fullmatch(name[0]) else "…", field
    )


@cache
def _names() -> frozenset[str]:
    """Every field name of the envelope and of every event type, nested models included."""
    names: set[str] = set()
    waiting: list[type[BaseModel]] = [Event, *event_types().values()]
    seen: set[type[BaseModel]] = set()
    while waiting:
        model = waiting.pop()
        if model not in seen:
            seen.add(model)
            names.update(model.model_fields)
            waiting += [part for each in model.model_fields.values() for part in _models(each.annotation)]
    return frozenset(names)


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]


_COUNTS: Final = """
SELECT code, simulation, count() AS n, max(kept_at) AS latest_at FROM dead_letters
WHERE simulation = {world:String} GROUP BY code, simulation ORDER BY n DESC, code
"""
_LETTER: Final = f"""
SELECT {", ".join(DeadLetterRecord.model_fields)}, field, same_bytes, first_seen_at, last_seen_at FROM dead_letters
INNER JOIN (
    SELECT sha256, count() AS same_bytes, min(kept_at) AS first_seen_at, max(kept_at) AS last_seen_at
    FROM dead_letters WHERE simulation = {{world:String}} GROUP BY sha256
) AS seen USING (sha256)
WHERE simulation = {{world:String}} AND event_id = {{letter:UUID}}
"""  # noqa: S608 (names of this module only)
