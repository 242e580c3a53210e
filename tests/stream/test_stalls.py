"""The watch over delivery: it asks again for what was fetched and lost, and only then."""

import asyncio
from collections.abc import Coroutine

from services.tracker.stalls import StallWatch
from tests.stream.facts import filed, in_partition
from tests.stream.fakes import Bench

PARTITION = 0
FIRST, SECOND = in_partition(PARTITION, 2)


class WatchBench(Bench):
    """A watch beside the loop; ``asked`` are the (partition, offset) it wants delivered again."""

    def __init__(self, patience_s: float = 0.0) -> None:
        super().__init__()
        self.lag: int | None = 1
        self.busy = False
        self.asked: list[tuple[int, int]] = []
        self.watch = StallWatch(self.partitions, lambda _: self.lag, lambda: self.busy, self.deliver_from, patience_s)

    async def deliver_from(self, partition: int, offset: int) -> None:
        self.asked.append((partition, offset))


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


def test_a_partition_that_stands_still_with_something_to_read_is_asked_for_again() -> None:
    bench = WatchBench()

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST)))
        await bench.watch.look()

    run(work())
    assert bench.asked == [(PARTITION, 1)]


def test_nobody_is_asked_while_there_is_patience_left_or_nothing_wrong() -> None:
    patient, busy, at_the_end, unknown = WatchBench(patience_s=3600), WatchBench(), WatchBench(), WatchBench()
    busy.busy, at_the_end.lag, unknown.lag = True, 0, None

    async def work() -> None:
        for bench in (patient, busy, at_the_end, unknown):
            await bench.loop.process(bench.write(PARTITION, filed(FIRST)))
            await bench.watch.look()
            await bench.watch.look()
            assert bench.asked == []

    run(work())


def test_progress_renews_patience() -> None:
    bench = WatchBench(patience_s=0.2)

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST)))
        await bench.watch.look()
        began = asyncio.get_running_loop().time()
        await bench.loop.process(bench.write(PARTITION, filed(SECOND)))
        while not bench.asked:
            await bench.watch.look()
            await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - began >= 0.2, "counted from the last progress"

    run(work())
    assert bench.asked == [(PARTITION, 2)]
