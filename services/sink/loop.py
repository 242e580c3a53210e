"""The sink's loop: fetch, append, write, and only then commit.

Nothing is committed automatically, and nothing here knows what a message means.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from schemas.envelope import Event
from schemas.rows.tables import Row, TickRow
from services.adapters import telemetry
from services.adapters.clickhouse import WarehouseUnavailableError, backoff_s
from services.adapters.codec import InvalidMessage
from services.adapters.factlog import FactLogUnavailableError
from services.adapters.logs import logger_of
from services.sink.batch import Batch, Cause, Flush, next_offsets
from services.sink.invalid import InvalidWatch
from services.sink.pulse import Pulse
from services.sink.writer import Writer

CHUNK_MESSAGES = 500
"""Messages decoded between two heartbeats at most: a longer pause would cost the sink its membership."""

IDLE_S = 1.0

_log = logger_of(__name__)

Read = Callable[[str, int, bytes], tuple[Row, ...]]
Bury = Callable[[str, bytes, InvalidMessage], Event]


class Consumer(Protocol):
    """The part of an aiokafka consumer that is used here."""

    async def getmany(
        self, *, timeout_ms: int, max_records: int
    ) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]: ...
    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...
    def assignment(self) -> Collection[TopicPartition]: ...
    def paused(self) -> Collection[TopicPartition]: ...
    def pause(self, *partitions: TopicPartition) -> None: ...
    def resume(self, *partitions: TopicPartition) -> None: ...
    def highwater(self, partition: TopicPartition) -> int | None: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a write on revoke, a write on stop, and a commit may take, in seconds."""

    revoke_s: float
    stop_s: float
    commit_s: float


@dataclass(slots=True)
class _PutOff:
    """A flush that could not be written yet: the very same is tried again, and nothing is read meanwhile."""

    flush: Flush
    cause: Cause
    failures: int = 0
    retry_at_s: float = 0.0


class Sink(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Moves messages from a consumer to a writer, at least once."""

    def __init__(
        self,
        consumer: Consumer,
        writer: Writer,
        batch: Batch,
        timeouts: Timeouts,
        *,
        read: Read,
        bury: Bury,
        invalid: InvalidWatch,
        pulse: Pulse,
    ) -> None:
        """``read`` makes rows of (topic, partition, bytes); ``bury`` makes a dead letter of (origin, bytes, fault)."""
        self._consumer = consumer
        self._writer = writer
        self._batch = batch
        self._timeouts = timeouts
        self._read = read
        self._bury = bury
        self._invalid = invalid
        self._pulse = pulse
        self._put_off: _PutOff | None = None
        self._writing = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then write and commit what is held, if that can be done in time.

        Raises: LogRestartedError, TooManyInvalidError, WarehouseRefusedError, TimeoutError (no commit). The
        process should end then; what is not committed will be read again.
        """
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._turn(stopped)
        finally:
            stopped.cancel()
        await self._write_all("stop", self._timeouts.stop_s)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Write what is held, within the time the group grants; then forget it, written or not."""
        try:
            await self._write_all("revoke", self._timeouts.revoke_s)
        finally:
            self._put_off = None
            self._batch.forget()
            self._invalid.forget()
        self._pulse.revoked()
        _log.info("partitions revoked", partitions=len(revoked))

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Reading goes on from what was committed; nothing is carried over."""
        self._pulse.assigned(assigned)
        _log.info("partitions assigned", partitions=len(assigned))

    async def _turn(self, stopped: "asyncio.Task[bool]") -> None:
        await self._pulse.turn(is_put_off=self._put_off is not None)
        if self._put_off is not None:
            # Every turn, since a rebalance may have brought partitions that are not paused.
            self._consumer.pause(*self._consumer.assignment())
        reading = asyncio.create_task(self._read_some())
        await asyncio.wait({reading, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            reading.cancel()
            await asyncio.wait({reading})
            return
        reading.result()
        async with self._writing:
            cause = self._due()
            if cause is not None:
                await self._flush(cause)

    async def _read_some(self) -> None:
        fetched = await self._consumer.getmany(timeout_ms=int(self._wait_s() * 1000), max_records=self._chunk())
        # Nothing may be awaited from here on: a revoke in between would forget less than was fetched.
        for partition, records in fetched.items():
            for record in records:
                if not self._append(partition, record):
                    break

    def _append(self, partition: TopicPartition, record: ConsumerRecord) -> bool:
        """Take one message in; False when this partition has to be read again from further back."""
        at = (partition.topic, partition.partition, record.offset)
        raw = record.value or b""
        try:
            rows = self._read(partition.topic, partition.partition, raw)
        except InvalidMessage as fault:
            return self._reject(partition, at, raw, fault)
        # Ticks and probes (no row) are our own: they say nothing about who writes here, and would thin out what is invalid.
        is_own = not rows or any(row.table == TickRow.table for row in rows)
        if not self._invalid.count(at, None, is_own=is_own):
            self._batch.append(at, raw, rows, now_s=monotonic())
        return True

    def _reject(self, partition: TopicPartition, at: tuple[str, int, int], raw: bytes, fault: InvalidMessage) -> bool:
        topic, number, offset = at
        before = self._invalid.begin((topic, number), offset)
        if before is not None:
            # Revoked meanwhile: the partition is forgotten in a moment, and its next owner judges it.
            with suppress(IllegalStateError):
                self._consumer.seek(partition, before)
            return False
        if self._invalid.count(at, fault):
            return True
        telemetry.counter("sink_dead_letters_total").labels(fault.code).inc()
        _log.warning("message rejected", topic=topic, partition=number, offset=offset, code=fault.code)
        letter = self._bury(f"{topic}/{number}/{offset}", raw, fault)
        self._batch.append(at, raw, dead_letter=letter, now_s=monotonic())
        return True

    def _wait_s(self) -> float:
        if self._put_off is not None:
            return min(IDLE_S, max(0.0, self._put_off.retry_at_s - monotonic()))
        return min(IDLE_S, self._batch.due_in_s(monotonic())) if len(self._batch) else IDLE_S

    def _chunk(self) -> int:
        return max(1, min(CHUNK_MESSAGES, self._batch.room))

    def _due(self) -> Cause | None:
        if self._put_off is not None:
            return self._put_off.cause if monotonic() >= self._put_off.retry_at_s else None
        return self._batch.due(monotonic())

    async def _flush(self, cause: Cause) -> bool:
        """Write, then commit; only with the lock held. False when it was put off."""
        attempt = self._put_off or _PutOff(self._batch.cut(), cause)
        started_s = monotonic()
        try:
            with self._pulse.writing():
                await asyncio.to_thread(self._writer.write, attempt.flush, attempt.failures)
        except (WarehouseUnavailableError, FactLogUnavailableError) as error:
            attempt.failures += 1
            attempt.retry_at_s = monotonic() + backoff_s(attempt.failures)
            self._put_off = attempt
            self._pulse.put_off(error)
            _log.warning("writing put off", failures=attempt.failures, reason=str(error))
            return False
        await self._commit(attempt.flush)
        self._put_off = None
        for place, offset in next_offsets(attempt.flush).items():
            self._invalid.passed(place, offset)
        self._consumer.resume(*self._consumer.paused())
        self._count(attempt, monotonic() - started_s)
        self._pulse.committed(attempt.flush)
        return True

    async def _commit(self, flush: Flush) -> None:
        offsets = {TopicPartition(*place): offset for place, offset in next_offsets(flush).items()}
        try:
            async with asyncio.timeout(self._timeouts.commit_s):
                await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            # The partitions are somebody else's now; they will be read again, into the same rows.
            _log.warning("written, but not ours to commit", reason=str(error).splitlines()[0])

    async def _write_all(self, cause: Cause, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s), self._writing:
                if self._put_off is not None and not await self._flush(cause):
                    return
                if len(self._batch):
                    await self._flush(cause)
        except TimeoutError:
            _log.warning("not written in time, so not committed either", cause=cause)

    def _count(self, attempt: _PutOff, seconds: float) -> None:
        telemetry.counter("sink_batches_total").labels(attempt.cause).inc()
        telemetry.histogram("sink_flush_seconds").observe(seconds)
        for block in attempt.flush.blocks:
            telemetry.counter("sink_rows_total").labels(block.table).inc(len(block.rows))
        for span in attempt.flush.spans:
            end = self._consumer.highwater(TopicPartition(span.topic, span.partition))
            if end is not None:
                lag = telemetry.gauge("sink_lag_records").labels(span.topic, str(span.partition))
                lag.set(max(0, end - span.next))
        spans = [f"{span.topic}/{span.partition}:{span.first}-{span.next}" for span in attempt.flush.spans]
        _log.debug("flushed", cause=attempt.cause, spans=spans)
