"""What the loop is tested against: a consumer over lists, and a store that can be away.

Both write into one journal of calls, since the order of insert and commit is what matters.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event as Flag

from aiokafka import TopicPartition

from schemas.rows.tables import Row
from services.adapters.clickhouse import WarehouseUnavailableError

Call = tuple[str, object]


@dataclass(frozen=True)
class FakeRecord:
    """As much of a Kafka record as the sink reads."""

    offset: int
    value: bytes | None


@dataclass
class FakeStore:
    """Keeps rows by token. ``failures`` inserts fail first; while ``held`` is not set, inserts wait."""

    calls: list[Call]
    failures: int = 0
    held: Flag | None = None
    blocks: dict[str, Sequence[Row]] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)

    def scalar(self, sql: str) -> object:
        """See ``Store.scalar``."""
        if self.failures:
            self.failures -= 1
            raise WarehouseUnavailableError("switched off")
        self.calls.append(("asked", sql))
        return 1

    def insert(self, rows: Sequence[Row], token: str) -> None:
        """See ``Store.insert``."""
        self.tried.append(token)
        if self.held is not None:
            assert self.held.wait(30)
        if self.failures:
            self.failures -= 1
            raise WarehouseUnavailableError("switched off")
        self.blocks.setdefault(token, rows)
        self.calls.append(("insert", token.split(":")[1]))


class FakeConsumer:
    """Serves records of lists, honouring pause and position; ``stop`` is set when nothing is left and all is committed."""

    def __init__(self, logs: Mapping[TopicPartition, Sequence[FakeRecord]], calls: list[Call]) -> None:
        self.logs = dict(logs)
        self.calls = calls
        self.committed: dict[TopicPartition, int] = {}
        self.positions = dict.fromkeys(logs, 0)
        self.paused_now: set[TopicPartition] = set()
        self.fetched_while_paused = 0
        self.commit_error: Exception | None = None
        self.done = asyncio.Event()

    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, Sequence[FakeRecord]]:
        """Up to ``max_records`` records of one partition that is not paused."""
        await asyncio.sleep(0)
        if self.paused_now:
            self.fetched_while_paused += 1
        for partition in self.logs.keys() - self.paused_now:
            ready = [each for each in self.logs[partition] if each.offset >= self.positions[partition]][:max_records]
            if ready:
                self.positions[partition] = ready[-1].offset + 1
                return {partition: ready}
        await asyncio.sleep(min(timeout_ms / 1000, 0.01))
        return {}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Remember the offsets, or fail as told."""
        if self.commit_error is not None:
            error, self.commit_error = self.commit_error, None
            raise error
        self.committed.update(offsets)
        self.calls.append(("commit", dict(offsets)))
        if all(self.committed.get(at, 0) > log[-1].offset for at, log in self.logs.items() if log):
            self.done.set()

    def assignment(self) -> Collection[TopicPartition]:
        """Every partition there is."""
        return set(self.logs)

    def paused(self) -> Collection[TopicPartition]:
        """What is paused now."""
        return set(self.paused_now)

    def pause(self, *partitions: TopicPartition) -> None:
        """Stop serving these."""
        self.paused_now.update(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        """Serve these again."""
        self.paused_now.difference_update(partitions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Serve from there on."""
        self.positions[partition] = offset

    def highwater(self, partition: TopicPartition) -> int | None:
        """The end of the log."""
        log = self.logs[partition]
        return log[-1].offset + 1 if log else None
