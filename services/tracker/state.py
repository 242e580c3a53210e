"""What this worker owns: for each assigned partition the fold of its log, rebuilt from the log itself.

There is no table, changelog or file: whatever is lost is read again. Nothing here publishes or acknowledges.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from schemas.events.clock import ClockTickV1
from schemas.topics import Topic
from services.adapters.invalid_limits import InvalidLimits, InvalidTally
from services.adapters.logs import logger_of
from services.tracker.facts import Reading, read_facts
from services.tracker.folds import Decided, Fold
from services.tracker.reader import LogReader

REBUILT_AT_ONCE = 4
"""Partitions rebuilt at the same time; more would only hold more of the log in memory."""

_log = logger_of(__name__)


class RebuildCancelledError(Exception):
    """Rebuilding a partition that is still ours came to an end without a result."""


@dataclass(slots=True, eq=False)
class OwnedPartition:
    """The fold of the records 0 <= offset < ``next_offset`` of one partition.

    All that follows from them has been published, by this worker or by its predecessors. ``tally`` counts
    how many of the last ones were not understood. ``ticks_underway``, by clock, were appended by this worker
    and have not come back.
    """

    number: int
    fold: Fold
    tally: InvalidTally
    next_offset: int = 0
    ticks_underway: dict[str | None, datetime] = field(default_factory=dict)

    def advance(self, reading: Reading, decision: Decided, next_offset: int) -> None:
        """Take in what was decided on a reading, and move past the records it came from."""
        self.fold.apply(decision)
        self.next_offset = next_offset
        self.tally = reading.tally
        for event in reading.events:
            if isinstance(event.data, ClockTickV1):
                self._tick_came_back(event.simulation, event.data.at)

    def _tick_came_back(self, clock: str | None, at: datetime) -> None:
        asked = self.ticks_underway.get(clock)
        if asked is not None and at >= asked:
            del self.ticks_underway[clock]


class OwnedPartitions:
    """The partitions of one topic that are assigned to this worker."""

    def __init__(
        self, topic: Topic, reader: LogReader, make_fold: Callable[[int], Fold], limits: InvalidLimits
    ) -> None:
        self._topic = topic
        self._reader = reader
        self._make_fold = make_fold
        self._limits = limits
        self._rebuilding: dict[int, asyncio.Task[OwnedPartition]] = {}
        self._places = asyncio.Semaphore(REBUILT_AT_ONCE)
        self.at_rebuilding: Callable[[], AbstractContextManager[None]] = nullcontext
        """Around the folding of every piece of the log: a long rebuild is work and then progress, not silence."""

    def assign(self, numbers: Collection[int]) -> None:
        """From now on own exactly these partitions; those not owned before are rebuilt in the background."""
        self.revoke(self._rebuilding.keys() - set(numbers))
        for number in numbers:
            self._claim(number)

    def revoke(self, numbers: Collection[int]) -> None:
        """Forget these partitions: another worker may soon be past what is known here."""
        for number in numbers:
            task = self._rebuilding.pop(number, None)
            if task is not None:
                task.cancel()

    async def get(self, number: int) -> OwnedPartition | None:
        """The state of an assigned partition, once rebuilt; None when it is revoked meanwhile.

        A record may be delivered before the assignment is announced, so asking is claiming.
        Raises: what rebuilding it raised.
        """
        self._claim(number)
        task = self._rebuilding[number]
        await asyncio.wait([task])
        return _rebuilt(task) if self._rebuilding.get(number) is task else None

    def ready(self) -> list[OwnedPartition]:
        """The partitions whose state is rebuilt.

        Raises: what rebuilding one of them raised, so that a failure is seen on a partition nobody writes to.
        """
        return [_rebuilt(task) for task in self._rebuilding.values() if task.done()]

    def rebuilding(self) -> list[int]:
        """The assigned partitions whose state is not complete yet."""
        return sorted(number for number, task in self._rebuilding.items() if not task.done())

    def assigned(self) -> list[int]:
        """The partitions this worker owns."""
        return sorted(self._rebuilding)

    def holds(self, owned: OwnedPartition) -> bool:
        """Whether this very state is still the one that counts here."""
        task = self._rebuilding.get(owned.number)
        return task is not None and task.done() and _rebuilt(task) is owned

    def _claim(self, number: int) -> None:
        if number not in self._rebuilding:
            self._rebuilding[number] = asyncio.create_task(self._rebuild(number), name=f"rebuild-{number}")

    async def _rebuild(self, number: int) -> OwnedPartition:
        owned = OwnedPartition(number, self._make_fold(number), InvalidTally(self._limits))
        async with self._places:
            committed = await self._reader.committed(number)
            async for records in self._reader.read(number, 0, committed):
                # What was not understood became a dead letter when it was read for the first time.
                with self.at_rebuilding():
                    reading = read_facts(records, self._topic, number, owned.tally)
                    owned.advance(reading, owned.fold.decide(reading.events), owned.next_offset)
        owned.next_offset = committed
        _log.info("state rebuilt", topic=self._topic.name, partition=number, next_offset=committed)
        return owned


def _rebuilt(task: "asyncio.Task[OwnedPartition]") -> OwnedPartition:
    # A client library may cancel from within; Faust would take that for its own doing and go on without us.
    if task.cancelled():
        raise RebuildCancelledError(f"{task.get_name()} was cancelled by nobody here")
    return task.result()
