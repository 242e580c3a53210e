"""The watch over delivery: it asks again for what was fetched and lost, and only then."""

import asyncio
from collections.abc import Coroutine

from services.tracker.stalls import StallWatch
from tests.stream.facts import filed, in_partition
from tests.stream.fakes import Bench

PARTITION = 0
FIRST, SECOND = in_partition(PARTITION, 2)
PATIENCE_S = 3.0


class WatchBench(Bench):
    """A watch beside the loop; ``asked`` are the (partition, offset) it wants delivered again."""

    def __init__(self) -> None:
        super().__init__()
        self.lag: int | None = 1
        self.busy = False
        self.elapsed_s = 0.0
        self.asked: list[tuple[int, int]] = []
        self.watch = StallWatch(
            self.partitions,
            lambda _: self.lag,
            lambda: self.busy,
            self.deliver_from,
            PATIENCE_S,
            lambda: self.elapsed_s,
        )

    async def deliver_from(self, partition: int, offset: int) -> None:
        self.asked.append((partition, offset))

    async def look_after(self, elapsed_s: float) -> None:
        """Look again when so much time has passed."""
        self.elapsed_s += elapsed_s
        await self.watch.look()

    async def stand_after(self, number: int) -> None:
        """Process one more fact, and look."""
        await self.loop.process(self.write(PARTITION, filed(number)))
        await self.watch.look()


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


def test_a_partition_that_stands_still_is_asked_for_again_and_again() -> None:
    bench = WatchBench()

    async def work() -> None:
        await bench.stand_after(FIRST)
        await bench.look_after(PATIENCE_S - 1)
        assert bench.asked == []
        await bench.look_after(1)
        assert bench.asked == [(PARTITION, 1)]
        await bench.look_after(1)
        await bench.look_after(PATIENCE_S)

    run(work())
    assert bench.asked == [(PARTITION, 1), (PARTITION, 1)]


def test_progress_renews_patience() -> None:
    bench = WatchBench()

    async def work() -> None:
        await bench.stand_after(FIRST)
        bench.elapsed_s += PATIENCE_S
        await bench.stand_after(SECOND)
        await bench.look_after(PATIENCE_S - 1)

    run(work())
    assert bench.asked == []


def test_nobody_is_asked_while_a_batch_is_processed_or_nothing_is_known_to_be_missing() -> None:
    busy, at_the_end, unknown = WatchBench(), WatchBench(), WatchBench()
    busy.busy, at_the_end.lag, unknown.lag = True, 0, None

    async def work() -> None:
        for bench in (busy, at_the_end, unknown):
            await bench.stand_after(FIRST)
            await bench.look_after(2 * PATIENCE_S)
            await bench.look_after(2 * PATIENCE_S)
            assert bench.asked == []

    run(work())
