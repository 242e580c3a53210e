"""Reading the warehouse: parameterised, read-only, bounded in time, one connection per thread.

Rows become records at once; which views are read is written in ``listings`` and beside each page's figures.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from threading import Lock, local
from typing import Final, TypeVar
from weakref import WeakSet

import structlog
from pydantic import TypeAdapter

from services.adapters.clickhouse import (
    Warehouse,
    WarehouseError,
    WarehouseRefusedError,
    WarehouseUnavailableError,
    connect,
)
from services.portal.listings import Query
from services.portal.records import Record

RecordT = TypeVar("RecordT", bound=Record)

_log = structlog.get_logger(__name__)
_UNKNOWN_TABLE: Final = frozenset({60, 81})
# A download lasts as long as its reader's line needs, within reason.
_STREAM_SETTINGS: Final = (
    "max_execution_time = 1800, date_time_output_format = 'iso', output_format_json_quote_decimals = 1, "
    "output_format_json_quote_64bit_integers = 0"
)


class WarehouseAway(Exception):  # a state of the world, not a fault of the caller
    """The warehouse cannot answer now: not there, overloaded, or not set up yet."""


class WarehouseReader:
    """Reads records and streams. Safe to share between threads; ``close`` ends it."""

    def __init__(self, url: str, timeout_s: int) -> None:
        """Remember where the warehouse is; nothing is connected before the first question."""
        self._open: Callable[[], Warehouse] = lambda: connect(url, read_only=True)
        self._limits = f"max_execution_time = {timeout_s}"
        self._own = local()
        self._lock = Lock()
        # Weak: a connection goes when the thread it belongs to has gone.
        self._opened: WeakSet[Warehouse] = WeakSet()

    def read(self, model: type[RecordT], query: Query) -> list[RecordT]:
        """All rows of a query, as records.

        Raises: WarehouseAway. A row the model does not fit is our mistake and raises ValidationError.
        """
        sql = f"{query.sql} SETTINGS {self._limits}"
        try:
            rows = self._connection().rows(sql, query.parameters)
        except WarehouseError as error:
            raise self._away(error) from error
        return TypeAdapter(list[model]).validate_python(rows)  # type: ignore[valid-type]

    def stream(self, query: Query, fmt: str) -> Iterator[bytes]:
        """The result in a ClickHouse output format, piece by piece, over a connection of its own.

        The first piece is fetched before this returns, so that a refusal is known before an answer has begun.
        Raises: WarehouseAway, also between pieces.
        """
        pieces = self._pieces(query, fmt)
        first = next(pieces, b"")
        return chain((first,), pieces)

    def is_ready(self) -> bool:
        """Whether the warehouse answers and has its views."""
        try:
            self._connection().scalar(f"SELECT 1 FROM clocks LIMIT 1 SETTINGS {self._limits}")  # noqa: S608
            return True
        except WarehouseError:
            return False

    def close(self) -> None:
        """Release every connection; a later question opens new ones."""
        with self._lock:
            opened, self._opened = list(self._opened), WeakSet()
            self._own = local()
        for warehouse in opened:
            warehouse.close()

    def _connection(self) -> Warehouse:
        warehouse: Warehouse | None = getattr(self._own, "warehouse", None)
        if warehouse is None:
            warehouse = self._open()
            self._own.warehouse = warehouse
            with self._lock:
                self._opened.add(warehouse)
        return warehouse

    def _pieces(self, query: Query, fmt: str) -> Iterator[bytes]:
        sql = f"{query.sql} SETTINGS {_STREAM_SETTINGS}"
        try:
            warehouse = self._open()
            try:
                yield from warehouse.stream(sql, fmt, query.parameters)
            finally:
                warehouse.close()
        except WarehouseError as error:
            raise self._away(error) from error

    def _away(self, error: WarehouseError) -> Exception:
        """Unavailable, or without our views: away. Any other refusal is a wrong query of ours, and stays an error."""
        passing = isinstance(error, WarehouseUnavailableError)
        if not passing and not (isinstance(error, WarehouseRefusedError) and error.code in _UNKNOWN_TABLE):
            return error
        _log.warning("warehouse is away", reason=re.sub(r"(?<=://)[^/@\s]+@", "***@", str(error)))
        return WarehouseAway(str(error))
