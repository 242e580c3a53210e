"""Reading an input topic without a group: any range of one partition, and what the group has committed.

Nothing here decodes a record or moves an offset.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import OffsetOutOfRangeError

CHUNK_RECORDS = 1000
POLL_MS = 500
MAX_FETCH_BYTES = 4 * 1024 * 1024
"""Above the largest event with its envelope, or the fetch of a large record would never end."""

_REMEDY = "restore the log, or give the tracker a new group (ESEP_TRACKER_GROUP) so that it begins anew"


class LogCutError(Exception):
    """The log lacks records the group has processed: it was cut, or is another log of the same name."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a partition; ``value`` is None for a record without one."""

    offset: int
    value: bytes | None


class LogReader:
    """Reads one topic of one broker, and the offsets of one consumer group on it."""

    def __init__(self, bootstrap: str, topic: str, group: str, stall_timeout_s: float = 30.0) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._group = group
        self._stall_timeout_s = stall_timeout_s

    async def committed(self, partition: int) -> int:
        """The next offset the group has to process; 0 when it has committed nothing.

        Raises: TimeoutError when the broker does not answer.
        """
        tp = TopicPartition(self._topic, partition)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        async with asyncio.timeout(self._stall_timeout_s):
            await admin.start()
            try:
                known = await admin.list_consumer_group_offsets(self._group, partitions=[tp])
            finally:
                await admin.close()
        return max(0, known[tp].offset) if tp in known else 0

    async def read(self, partition: int, start: int, end: int) -> AsyncIterator[Sequence[Record]]:
        """The records with start <= offset < end, in order, in chunks.

        ``end`` was committed or delivered before, so the log must reach it. A fetch tells how far it reaches;
        list-offsets is not asked, since the embedded broker answers it wrongly.
        Raises: LogCutError when the log lacks some of them, TimeoutError when nothing comes for too long.
        """
        if start >= end:
            return
        tp = TopicPartition(self._topic, partition)
        async with self._consumer_of(tp) as consumer:
            consumer.seek(tp, start)
            position, progress_at = start, monotonic()
            while position < end:
                records = await self._fetch(consumer, tp)
                reached = await consumer.position(tp)
                if reached > position:
                    position, progress_at = reached, monotonic()
                    yield [Record(record.offset, record.value) for record in records if record.offset < end]
                elif (log_end := consumer.highwater(tp)) is not None and log_end <= position:
                    raise LogCutError(f"{tp.topic}/{partition} ends at {log_end}, not at {end}; {_REMEDY}")
                elif monotonic() - progress_at > self._stall_timeout_s:
                    raise TimeoutError(f"{tp.topic}/{partition}: nothing came after offset {position}")

    async def _fetch(self, consumer: AIOKafkaConsumer, tp: TopicPartition) -> Sequence[ConsumerRecord]:
        try:
            fetched = await consumer.getmany(tp, timeout_ms=POLL_MS, max_records=CHUNK_RECORDS)
        except OffsetOutOfRangeError as error:
            raise LogCutError(f"{tp.topic}/{tp.partition} lacks offsets {error}; {_REMEDY}") from error
        records: Sequence[ConsumerRecord] = fetched.get(tp, ())
        return records

    @asynccontextmanager
    async def _consumer_of(self, tp: TopicPartition) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=POLL_MS // 2,
            max_partition_fetch_bytes=MAX_FETCH_BYTES,
        )
        async with asyncio.timeout(self._stall_timeout_s):
            await consumer.start()
        try:
            consumer.assign([tp])
            yield consumer
        finally:
            await consumer.stop()
