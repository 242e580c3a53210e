"""Asking again for records that were fetched and never delivered.

Faust loses what arrives while a rebalance holds its flow: it goes back to the committed offset, and to nowhere in a
partition that has none. Nothing is decided here about what a record means.
"""

from collections.abc import Awaitable, Callable
from time import monotonic

from services.adapters.logs import logger_of
from services.tracker.state import OwnedPartition, OwnedPartitions

_log = logger_of(__name__)


class StallWatch:
    """Watches that every owned partition moves on while there is something to read and nothing being processed."""

    def __init__(
        self,
        partitions: OwnedPartitions,
        lag: Callable[[OwnedPartition], int | None],
        processing: Callable[[], bool],
        deliver_from: Callable[[int, int], Awaitable[None]],
        patience_s: float,
        elapsed_s: Callable[[], float] = monotonic,
    ) -> None:
        """``deliver_from(partition, offset)`` makes the group deliver from there on.

        To be asked without need does no harm: what is delivered again is acknowledged and not processed again.
        """
        self._partitions = partitions
        self._lag = lag
        self._processing = processing
        self._deliver_from = deliver_from
        self._patience_s = patience_s
        self._elapsed_s = elapsed_s
        self._stuck: dict[int, tuple[int, float]] = {}

    async def look(self) -> None:
        """Take a look; ask again where the last progress lies further back than patience goes."""
        for owned in self._partitions.ready():
            if self._processing() or not self._lag(owned):
                self._stuck.pop(owned.number, None)
                continue
            now = self._elapsed_s()
            offset, since = self._stuck.get(owned.number, (owned.next_offset, now))
            if offset != owned.next_offset:
                since = now
            self._stuck[owned.number] = owned.next_offset, since
            if now - since >= self._patience_s:
                _log.warning("not delivered, asking again", partition=owned.number, offset=owned.next_offset)
                del self._stuck[owned.number]
                await self._deliver_from(owned.number, owned.next_offset)
