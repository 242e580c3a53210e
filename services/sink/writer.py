"""Writing one flush: dead letters to the log, rows to the warehouse; when it returns, offsets may move.

It commits nothing and decides nothing; a failed flush is repeated as it is.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from schemas.rows.tables import Row
from services.adapters.factlog import FactLog, entries_of
from services.sink.batch import Flush


class Store(Protocol):
    """Where rows go: ``services.adapters.clickhouse.Warehouse``, or a fake."""

    def scalar(self, sql: str) -> object:
        """The first value of an answer; asked to see that there is one."""
        ...

    def insert(self, rows: Sequence[Row], token: str) -> None:
        """Store rows of one table, all durable when it returns; the same token again stores nothing."""
        ...


class Writer:
    """Writes flushes to one warehouse and one log."""

    def __init__(self, store: Store, log: FactLog, came_through: Callable[[str], None] = lambda _: None) -> None:
        """``came_through`` is told of every piece of a flush: each may take its full time-out."""
        self._store = store
        self._log = log
        self._came_through = came_through

    def write(self, flush: Flush, failures: int = 0) -> None:
        """Write everything, in one order, so that repeating it after ``failures`` failures changes no view.

        A repetition has tokens of its own: an engine that ran out of disk may remember a token and have lost its rows,
        and rows that are stored twice are one by their key and version.
        A dead letter that the log already has (duplicate or conflict) is kept, which is all that is asked.
        Raises: FactLogUnavailableError, WarehouseUnavailableError (repeat the same flush); WarehouseRefusedError.
        """
        entries = [entry for letter in flush.dead_letters for entry in entries_of(letter)]
        if entries:
            self._log.append(entries)
            self._came_through("inserted")
        if not flush.blocks:
            # Nothing to store (probes): still, nothing has come through unless the warehouse is there.
            self._store.scalar("SELECT 1")
        for block in flush.blocks:
            self._store.insert(block.rows, f"{block.token}:{failures}" if failures else block.token)
            self._came_through("inserted")
