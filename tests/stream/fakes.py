"""What the loop and the ticker are run with when no broker is needed: a log in lists, and a recorder of effects.

Every effect goes into one list, since their order is what matters.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize

from schemas.envelope import Event
from schemas.topics import FACTS
from services.adapters.clock import FakeClock
from services.adapters.codec import encode
from services.adapters.invalid_limits import InvalidLimits
from services.adapters.memory import MemoryFactLog
from services.adapters.quarantine import Quarantine
from services.adapters.stops import StopNote
from services.domain.partition import Decision, Partition
from services.tracker.loop import Delivery, FactLoop
from services.tracker.reader import Record
from services.tracker.rejects import RejectKeeper
from services.tracker.state import OwnedPartitions
from tests.stream.facts import DUE_AT, fold

Effect = tuple[str, object]
GENERATION = 7
LIMITS = InvalidLimits(in_a_row=100)


@dataclass
class MemoryReader:
    """A ``LogReader`` over lists; ``reads`` are the ranges it was asked for."""

    logs: dict[int, list[bytes | None]] = field(default_factory=dict)
    offsets: dict[int, int] = field(default_factory=dict)
    reads: list[tuple[int, int, int]] = field(default_factory=list)

    async def committed(self, partition: int) -> int:
        return self.offsets.get(partition, 0)

    async def read(self, partition: int, start: int, end: int) -> AsyncIterator[Sequence[Record]]:
        if start < end:
            self.reads.append((partition, start, end))
            yield [Record(offset, self.logs[partition][offset]) for offset in range(start, end)]


class UnreadableReader(MemoryReader):
    """A reader that fails."""

    def __init__(self, failure: BaseException) -> None:
        super().__init__()
        self.failure = failure

    async def committed(self, partition: int) -> int:
        raise self.failure


class SilentReader(MemoryReader):
    """A reader that is asked and never answers, until it is given up."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.given_up = asyncio.Event()

    async def committed(self, partition: int) -> int:
        self.asked.set()
        try:
            return await asyncio.get_running_loop().create_future()
        finally:
            self.given_up.set()


@dataclass
class RecordingPublisher:
    """Keeps what is published; waits for ``gate`` first, and breaks after publishing while ``broken``."""

    effects: list[Effect]
    published: list[Event] = field(default_factory=list)
    gate: asyncio.Event | None = None
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    broken: bool = False

    async def publish(self, events: Sequence[Event]) -> None:
        self.waiting.set()
        if self.gate is not None:
            await self.gate.wait()
        self.published.extend(events)
        self.effects.append(("publish", len(events)))
        if self.broken:
            raise ConnectionError("the broker went away after it had taken the events")


class RecordingPartition(Partition):
    """A partition that tells when a decision is applied."""

    def __init__(self, number: int, effects: list[Effect]) -> None:
        super().__init__(fold(number).rulebook, number)
        self.effects = effects

    def apply(self, decision: Decision) -> None:
        self.effects.append(("apply", len(decision.derived)))
        super().apply(decision)


class Bench:
    """A loop on one log, with everything around it recorded."""

    def __init__(
        self, reader: MemoryReader | None = None, *, limits: InvalidLimits = LIMITS, data: Path | None = None
    ) -> None:
        self.effects: list[Effect] = []
        self.reader = reader or MemoryReader()
        self.facts = MemoryFactLog()
        self.publisher = RecordingPublisher(self.effects)
        self.generation = GENERATION
        self.make_partition = RecordingPartition
        self.partitions = OwnedPartitions(FACTS, self.reader, self.make_fold, limits)
        self.data = data or Path(mkdtemp(prefix="esep-"))
        finalize(self, rmtree, self.data, ignore_errors=True)
        rejects = RejectKeeper(
            FACTS,
            self.facts,
            FakeClock(DUE_AT),
            Quarantine(self.data, 10**6),
            StopNote(self.data, "tracker", FakeClock(DUE_AT)),
        )
        self.loop = FactLoop(FACTS, self.partitions, self.reader, self.publisher, rejects, lambda: self.generation)

    def write(self, partition: int, *values: Event | bytes | None) -> list[Delivery]:
        """Append to the log; the deliveries the group would make of it now."""
        log = self.reader.logs.setdefault(partition, [])
        start = len(log)
        log.extend(encode(value) if isinstance(value, Event) else value for value in values)
        return self.deliveries(partition, start, len(log))

    def deliveries(self, partition: int, start: int, end: int) -> list[Delivery]:
        """The deliveries of a range of the log in the present generation."""
        log = self.reader.logs[partition]
        return [
            Delivery(partition, Record(offset, log[offset]), self.generation, self._ack(offset))
            for offset in range(start, end)
        ]

    def acked(self) -> list[object]:
        """The acknowledged offsets, in order."""
        return [what for effect, what in self.effects if effect == "ack"]

    def _ack(self, offset: int) -> Callable[[], object]:
        return lambda: self.effects.append(("ack", offset))

    def make_fold(self, number: int) -> Partition:
        return self.make_partition(number, self.effects)
