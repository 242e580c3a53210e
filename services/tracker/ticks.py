"""Time enters the log here: a tick is appended when a clock has passed what its partition waits for.

Nothing is concluded from the clock itself; a tick acts only when it comes back, behind every earlier fact.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.events.clock import ClockTickV1
from services.adapters.clock import Clock
from services.adapters.factlog import FactLog, FactLogUnavailableError, LogEntry, entries_of
from services.adapters.logs import logger_of
from services.adapters.telemetry import counter
from services.domain.identity import new_event
from services.tracker.state import OwnedPartition, OwnedPartitions

SOURCE = "/tracker"

_log = logger_of(__name__)


@dataclass(frozen=True, slots=True)
class _Tick:
    """It is ``at`` on ``clock``, and the partition waits for that."""

    owned: OwnedPartition
    clock: str | None
    at: datetime

    def entry(self) -> LogEntry:
        """The record of this tick: for this partition alone, though its family is broadcast."""
        number = self.owned.number
        event = new_event(
            ClockTickV1(at=self.at),
            source=SOURCE,
            subject=f"tick:{number}",
            time=self.at,
            observed_at=self.at,
            native_id=f"{self.clock or 'real'}:{number}:{self.at.isoformat()}",
            version="1",
            simulation=self.clock,
        )
        (entry,) = (entry for entry in entries_of(event) if entry.partition == number)
        return entry


class Ticker:
    """Appends the ticks of the partitions this worker owns, one at a time per partition and clock."""

    def __init__(
        self,
        partitions: OwnedPartitions,
        facts: FactLog,
        clocks: Mapping[str | None, Clock],
        caught_up: Callable[[OwnedPartition], bool],
    ) -> None:
        """``clocks`` by name, None the real one; ``caught_up`` says whether a partition was read to its end.

        A wrong answer of ``caught_up`` costs a needless tick, never a wrong claim.
        """
        self._partitions = partitions
        self._facts = facts
        self._clocks = clocks
        self._caught_up = caught_up

    async def beat(self) -> None:
        """Append every tick that is due now; what the log cannot take is due again at the next beat."""
        ticks = list(self._due())
        if not ticks:
            return
        # Marked before the append, because the tick may be back before the append returns.
        for tick in ticks:
            tick.owned.ticks_underway[tick.clock] = tick.at
        try:
            await asyncio.to_thread(self._facts.append, [tick.entry() for tick in ticks])
        except FactLogUnavailableError as error:
            _log.warning("ticks not appended", count=len(ticks), reason=str(error))
            for tick in ticks:
                tick.owned.ticks_underway.pop(tick.clock, None)
            return
        for tick in ticks:
            counter("tracker_ticks_total").labels(str(tick.owned.number)).inc()

    def _due(self) -> Iterator[_Tick]:
        now = {name: clock.now() for name, clock in self._clocks.items()}
        for owned in self._partitions.ready():
            if not self._caught_up(owned):
                continue
            for clock, due in owned.fold.next_due().items():
                if clock in now and now[clock] >= due and clock not in owned.ticks_underway:
                    yield _Tick(owned, clock, now[clock])
