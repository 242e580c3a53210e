"""Reading a warehouse piece by piece: rows of a table by bucket, events parsed again, lines of a result.

Reading only; how much is held at once is one bucket.
"""

from collections.abc import Iterator
from typing import TypeVar

import orjson

from schemas.envelope import Event
from schemas.rows.tables import Row
from schemas.topics import BUCKETS
from services.adapters.clickhouse import Warehouse
from services.adapters.codec import InvalidMessage, decode

_Stored = TypeVar("_Stored", bound=Row)


class ReplayError(Exception):
    """A warehouse cannot be rebuilt, or not into this one; the message says what to do."""


def events_where(warehouse: Warehouse, condition: str) -> Iterator[tuple[Event, str]]:
    """The accepted events of the view ``events`` that fulfil a condition of our own, with their text, oldest observed first.

    Raises: ReplayError when one is no event any more; WarehouseError.
    """
    sql = f"SELECT event_id, body FROM events WHERE {condition} ORDER BY observed_at, event_id"  # noqa: S608  # ours
    for line in lines(warehouse, sql):
        row = orjson.loads(line)
        try:
            yield decode(row["body"].encode()), row["body"]
        except InvalidMessage as fault:
            raise ReplayError(
                f"the event {row['event_id']} cannot be read again ({fault}); this warehouse was changed by hand: "
                "restore it from a backup, or rebuild it from the log"
            ) from fault


def stored_rows(warehouse: Warehouse, model: type[_Stored], condition: str = "1") -> Iterator[list[_Stored]]:
    """The rows of one table that stand, a bucket at a time, exactly as they are stored.

    Raises: WarehouseError; pydantic.ValidationError when a column holds what its model does not allow.
    """
    columns = ", ".join(model.columns())
    for bucket in range(BUCKETS):
        sql = f"SELECT {columns} FROM {model.table} FINAL WHERE bucket = {bucket} AND ({condition})"  # noqa: S608
        found = [model.model_validate(row) for row in warehouse.rows(sql)]
        if found:
            yield found


def lines(warehouse: Warehouse, sql: str) -> Iterator[bytes]:
    """A result as JSON, one row a line.

    Raises: WarehouseError, also between lines.
    """
    rest = b""
    for piece in warehouse.stream(sql, "JSONEachRow"):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        yield rest
