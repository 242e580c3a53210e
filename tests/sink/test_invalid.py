"""A restart counts what is not understood from where an unbroken sink would, however much of the log is our own."""

import asyncio

import pytest
from aiokafka import TopicPartition

from services.adapters.invalid_limits import InvalidLimits, TooManyInvalidError
from services.adapters.stops import read_stops
from tests.sink.test_loop import Bench, facts, run, ticks

FACTS = TopicPartition("esep.facts", 0)
SHARE = InvalidLimits(in_a_row=0, percent=20, window=20, at_least=8)
RECORDS = 12


def thinned_out() -> list[bytes]:
    """Nine ticks before each record; every fourth record is not understood."""
    good = facts(RECORDS)
    return [each for n in range(RECORDS) for each in (*ticks(9), b"x" if n % 4 == 3 else good[n])]


@pytest.mark.parametrize("start", [0, 30, 65, 79])
def test_a_restarted_sink_stops_where_an_unbroken_one_does_though_most_records_are_ticks(start: int) -> None:
    async def work() -> None:
        bench = Bench({FACTS: thinned_out()}, rows=1000, seconds=3600, limits=SHARE)
        bench.consumer.positions[FACTS] = start
        running = asyncio.create_task(bench.sink.run(stop := asyncio.Event()))
        while not running.done() and bench.consumer.positions[FACTS] < len(bench.consumer.logs[FACTS]):
            await asyncio.sleep(0)
        stop.set()
        with pytest.raises(TooManyInvalidError, match="2 of the last 8"):
            await running
        assert read_stops(bench.data)[0].offset == 79

    run(work)


def test_a_log_of_ticks_alone_is_read_back_to_its_beginning_and_no_further() -> None:
    async def work() -> None:
        bench = Bench({FACTS: [*(each for _ in range(20) for each in ticks(10)), b"x"]}, limits=SHARE)
        bench.consumer.positions[FACTS] = 190
        await bench.until_committed()
        assert len(bench.log.of_topic("esep.dead-letters")) == 1
        assert bench.consumer.committed == {FACTS: 201}

    run(work)
