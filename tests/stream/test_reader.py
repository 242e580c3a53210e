"""Reading ranges of the log and committed offsets from a real broker, whose list-offsets answer is not asked."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import FACTS
from services.tracker.reader import LogCutError, LogReader
from tests.stream.facts import filed, in_partition
from tests.stream.trackers import Log

PARTITION = 3
COUNT = 2500
Given = TypeVar("Given")


def run(work: Coroutine[object, object, Given]) -> Given:
    """Run a test's coroutine, within a deadline."""
    return asyncio.run(asyncio.wait_for(work, 60))


async def offsets(reader: LogReader, start: int, end: int) -> list[int]:
    return [record.offset async for records in reader.read(PARTITION, start, end) for record in records]


def test_any_range_is_read_whole_and_in_order(log: Log) -> None:
    log.append(filed(number) for number in in_partition(PARTITION, COUNT))
    reader = LogReader(log.bootstrap, FACTS.name, "a-group")

    async def work() -> None:
        for start, end in ((0, COUNT), (7, 1234), (COUNT - 1, COUNT), (5, 5)):
            assert await offsets(reader, start, end) == list(range(start, end))

    run(work())


def test_a_log_shorter_than_what_was_processed_is_not_read_in_silence(log: Log) -> None:
    log.append(filed(number) for number in in_partition(PARTITION, 10))
    reader = LogReader(log.bootstrap, FACTS.name, "a-group")

    with pytest.raises(LogCutError, match="ends at 10, not at 11"):
        run(offsets(reader, 0, 11))


def test_the_committed_offset_is_the_groups_own(log: Log) -> None:
    async def work() -> tuple[int, int]:
        consumer = AIOKafkaConsumer(bootstrap_servers=log.bootstrap, group_id="a-group", enable_auto_commit=False)
        await consumer.start()
        consumer.assign([TopicPartition(FACTS.name, PARTITION)])
        await consumer.commit({TopicPartition(FACTS.name, PARTITION): 42})
        await consumer.stop()
        of_group = await LogReader(log.bootstrap, FACTS.name, "a-group").committed(PARTITION)
        of_another = await LogReader(log.bootstrap, FACTS.name, "another-group").committed(PARTITION)
        return of_group, of_another

    assert run(work()) == (42, 0)
