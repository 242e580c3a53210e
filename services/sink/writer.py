"""Writing one flush: dead letters to the log, rows to the warehouse; when it returns, offsets may move.

It commits nothing and decides nothing; a failed flush is repeated as it is.
"""

from collections.abc import Sequence
from typing import Protocol

from schemas.rows.tables import Row
from services.adapters.factlog import FactLog, entries_of
from services.sink.batch import Flush


class Store(Protocol):
    """Where rows go: ``services.adapters.clickhouse.Warehouse``, or a fake."""

    def insert(self, rows: Sequence[Row], token: str) -> None:
        """Store rows of one table, all durable when it returns; the same token again stores nothing."""
        ...


class Writer:
    """Writes flushes to one warehouse and one log."""

    def __init__(self, store: Store, log: FactLog) -> None:
        self._store = store
        self._log = log

    def write(self, flush: Flush) -> None:
        """Write everything, in one order, so that repeating it after a failure writes nothing twice.

        A dead letter that the log already has (duplicate or conflict) is kept, which is all that is asked.
        Raises: FactLogUnavailableError, WarehouseUnavailableError (repeat the same flush); WarehouseRefusedError.
        """
        entries = [entry for letter in flush.dead_letters for entry in entries_of(letter)]
        if entries:
            self._log.append(entries)
        for block in flush.blocks:
            self._store.insert(block.rows, block.token)
