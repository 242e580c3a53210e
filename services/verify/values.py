"""Values as the warehouse keeps them, so that both sides of a comparison are of one kind.

Pure; nothing is read here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from services.verify.differences import Columns


def plain(row: Mapping[str, object]) -> Columns:
    """A row with ids as text and instants in UTC to the millisecond."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000)
    return value


def uuid_place(id_: UUID | str) -> tuple[int, int]:
    """Where an id sorts in ClickHouse, which compares the second half first."""
    number = (id_ if isinstance(id_, UUID) else UUID(id_)).int
    return number & (1 << 64) - 1, number >> 64
