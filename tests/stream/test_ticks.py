"""Ticks: one at a time, to the partition that waits, acting only when they come back."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta

from schemas.envelope import Event
from schemas.topics import FACTS
from services.adapters.clock import Clock, FakeClock
from services.adapters.codec import decode
from services.tracker.ticks import Ticker
from tests.stream.facts import DUE_AT, answered, filed, in_partition, read_up_to
from tests.stream.fakes import Bench

PARTITION = 1
FIRST, SECOND = in_partition(PARTITION, 2)


class TickBench(Bench):
    """A ticker beside the loop; ``come_back`` carries its ticks through the log."""

    def __init__(self, clocks: dict[str | None, Clock]) -> None:
        super().__init__()
        self.caught_up = True
        self.ticker = Ticker(self.partitions, self.facts, clocks, lambda _: self.caught_up)

    def ticks(self) -> list[Event]:
        return [decode(entry.value) for entry in self.facts.of_topic(FACTS.name)]

    async def come_back(self) -> None:
        values = [entry.value for entry in self.facts.entries]
        self.facts.entries.clear()
        await self.loop.process(self.write(PARTITION, *values))


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


def test_the_first_fact_asks_what_time_it_is_and_then_nothing_ticks_before_its_time() -> None:
    bench = TickBench({None: FakeClock(DUE_AT - timedelta(days=30))})

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST)))
        await bench.ticker.beat()
        assert len(bench.ticks()) == 1, "a clock that never ticked is due at once"
        await bench.come_back()
        await bench.ticker.beat()

    run(work())
    assert bench.ticks() == []


def test_a_due_instant_makes_one_tick_for_its_partition_until_it_comes_back() -> None:
    clock = FakeClock(DUE_AT + timedelta(minutes=1))
    bench = TickBench({None: clock})

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST)))
        await bench.ticker.beat()
        clock.advance(timedelta(seconds=1))
        await bench.ticker.beat()

    run(work())
    (entry,) = bench.facts.entries
    assert entry.partition == PARTITION
    assert decode(entry.value).data.model_dump()["at"] == DUE_AT + timedelta(minutes=1)


def test_after_it_came_back_the_next_due_instant_makes_the_next_tick() -> None:
    clock = FakeClock(DUE_AT - timedelta(days=2))
    bench = TickBench({None: clock})

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST)))
        await bench.ticker.beat()
        assert len(bench.ticks()) == 1, "the reminder window has begun"
        await bench.come_back()
        await bench.ticker.beat()
        assert bench.ticks() == [], "nothing more is due"
        clock.set(DUE_AT)
        await bench.ticker.beat()

    run(work())
    assert len(bench.ticks()) == 1


def test_an_answer_in_the_log_before_the_tick_is_never_overtaken() -> None:
    bench = TickBench({None: FakeClock(DUE_AT + timedelta(days=1))})

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST), filed(SECOND)))
        await bench.ticker.beat()
        await bench.loop.process(bench.write(PARTITION, answered(FIRST), read_up_to(DUE_AT.date())))
        await bench.come_back()

    run(work())
    missed = [event.subject for event in bench.publisher.published if event.type == "esep.deadline.missed.v1"]
    assert missed == [filed(SECOND).subject]


def test_a_partition_that_is_behind_gets_no_tick() -> None:
    bench = TickBench({None: FakeClock(DUE_AT)})
    bench.caught_up = False

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST)))
        await bench.ticker.beat()

    run(work())
    assert bench.ticks() == []


def test_a_log_that_is_away_is_asked_again_at_the_next_beat() -> None:
    bench = TickBench({None: FakeClock(DUE_AT)})

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST)))
        bench.facts.available = False
        await bench.ticker.beat()
        bench.facts.available = True
        await bench.ticker.beat()

    run(work())
    assert len(bench.ticks()) == 1


def test_each_clock_ticks_for_its_own_world() -> None:
    real = FakeClock(DUE_AT - timedelta(days=300))
    bench = TickBench({None: real, "demo": FakeClock(DUE_AT)})

    async def work() -> None:
        simulated, other_world = (
            filed(in_partition(PARTITION, 1, world)[0], simulation=world) for world in ("demo", "clockless")
        )
        await bench.loop.process(bench.write(PARTITION, filed(FIRST), simulated, other_world))
        await bench.ticker.beat()

    run(work())
    assert {tick.simulation for tick in bench.ticks()} == {None, "demo"}, "a world without a clock here never ticks"
    assert {tick.data.model_dump()["at"] for tick in bench.ticks()} == {real.now(), DUE_AT}


def test_a_partition_got_back_does_not_wait_for_the_tick_of_its_past() -> None:
    clock = FakeClock(DUE_AT)
    bench = TickBench({None: clock})

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST)))
        await bench.ticker.beat()
        assert len(bench.ticks()) == 1
        bench.partitions.assign([])
        clock.advance(timedelta(seconds=1))
        await bench.ticker.beat()
        assert len(bench.ticks()) == 1, "a partition that is not ours gets no tick"
        bench.reader.offsets[PARTITION] = 1
        await bench.partitions.get(PARTITION)
        await bench.ticker.beat()

    run(work())
    assert len(bench.ticks()) == 2
