"""Ticks: one at a time, to the partition that waits, acting only when they come back."""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta

from schemas.envelope import Event
from schemas.topics import FACTS
from services.adapters.clock import Clock, FakeClock
from services.adapters.codec import decode
from services.domain.partition import Partition
from services.tracker.ticks import Ticker
from tests.stream.facts import DUE_AT, answered, filed, fold, in_partition, read_up_to
from tests.stream.fakes import Bench

PARTITION = 1
FIRST, SECOND = in_partition(PARTITION, 2)
ONE_SECOND = timedelta(seconds=1)


class WaitingPartition(Partition):
    """A partition that waits for what the test says."""

    def __init__(self, number: int, due: Mapping[str | None, datetime]) -> None:
        super().__init__(fold(number).rulebook, number)
        self.due = due

    def next_due(self) -> Mapping[str | None, datetime]:
        return self.due


class TickBench(Bench):
    """A ticker beside the loop, for a partition that waits for ``due``."""

    def __init__(self, due: dict[str | None, datetime], clocks: dict[str | None, Clock]) -> None:
        super().__init__()
        self.due = due
        self.caught_up = True
        self.ticker = Ticker(self.partitions, self.facts, clocks, lambda _: self.caught_up)

    def make_fold(self, number: int) -> Partition:
        return WaitingPartition(number, self.due)

    def ticks(self) -> list[Event]:
        """The ticks in the log, in order."""
        return [decode(entry.value) for entry in self.facts.of_topic(FACTS.name)]

    async def own(self) -> None:
        """Own the partition, its state rebuilt."""
        await self.partitions.get(PARTITION)

    async def bring_back(self, tick: Event) -> None:
        """Carry a tick through the log."""
        await self.loop.process(self.write(PARTITION, tick))


def run(work: Coroutine[object, object, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


def test_a_due_instant_makes_a_tick_for_its_partition_and_not_before() -> None:
    clock = FakeClock(DUE_AT - ONE_SECOND)
    bench = TickBench({None: DUE_AT}, {None: clock})

    async def work() -> None:
        await bench.own()
        await bench.ticker.beat()
        assert bench.ticks() == []
        clock.set(DUE_AT)
        await bench.ticker.beat()

    run(work())
    (entry,) = bench.facts.entries
    assert entry.partition == PARTITION
    assert decode(entry.value).data.model_dump()["at"] == DUE_AT


def test_there_is_no_second_tick_until_the_first_came_back() -> None:
    clock = FakeClock(DUE_AT)
    bench = TickBench({None: DUE_AT}, {None: clock})

    async def work() -> None:
        await bench.own()
        for _ in range(3):
            await bench.ticker.beat()
            clock.advance(ONE_SECOND)
        assert len(bench.ticks()) == 1
        await bench.bring_back(bench.ticks()[0])
        await bench.ticker.beat()

    run(work())
    assert len(bench.ticks()) == 2


def test_an_earlier_tick_of_another_worker_is_not_taken_for_ours() -> None:
    clock = FakeClock(DUE_AT)
    bench = TickBench({None: DUE_AT}, {None: clock})

    async def work() -> None:
        await bench.own()
        await bench.ticker.beat()
        (earlier,) = bench.ticks()
        await bench.bring_back(earlier)
        clock.advance(ONE_SECOND)
        await bench.ticker.beat()
        await bench.bring_back(earlier)
        clock.advance(ONE_SECOND)
        await bench.ticker.beat()

    run(work())
    assert len(bench.ticks()) == 2


def test_a_partition_that_is_behind_or_not_ours_gets_no_tick() -> None:
    bench = TickBench({None: DUE_AT}, {None: FakeClock(DUE_AT)})

    async def work() -> None:
        await bench.ticker.beat()
        await bench.own()
        bench.caught_up = False
        await bench.ticker.beat()
        bench.caught_up = True
        bench.partitions.revoke([PARTITION])
        await bench.ticker.beat()

    run(work())
    assert bench.ticks() == []


def test_a_partition_got_back_does_not_wait_for_the_tick_of_its_past() -> None:
    clock = FakeClock(DUE_AT)
    bench = TickBench({None: DUE_AT}, {None: clock})

    async def work() -> None:
        await bench.own()
        await bench.ticker.beat()
        bench.partitions.assign([])
        clock.advance(ONE_SECOND)
        await bench.own()
        await bench.ticker.beat()

    run(work())
    assert len(bench.ticks()) == 2


def test_a_log_that_is_away_is_asked_again_at_the_next_beat() -> None:
    bench = TickBench({None: DUE_AT}, {None: FakeClock(DUE_AT)})

    async def work() -> None:
        await bench.own()
        bench.facts.available = False
        await bench.ticker.beat()
        bench.facts.available = True
        await bench.ticker.beat()

    run(work())
    assert len(bench.ticks()) == 1


def test_each_clock_ticks_for_its_own_world() -> None:
    due = {None: DUE_AT, "demo": DUE_AT, "clockless": DUE_AT}
    bench = TickBench(due, {None: FakeClock(DUE_AT - timedelta(days=300)), "demo": FakeClock(DUE_AT)})

    async def work() -> None:
        await bench.own()
        await bench.ticker.beat()

    run(work())
    assert [tick.simulation for tick in bench.ticks()] == ["demo"]


def test_an_answer_that_is_in_the_log_before_the_tick_is_never_overtaken() -> None:
    bench = TickBench({None: DUE_AT}, {None: FakeClock(DUE_AT + timedelta(days=1))})

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST), filed(SECOND)))
        await bench.ticker.beat()
        (tick,) = bench.ticks()
        await bench.loop.process(bench.write(PARTITION, answered(FIRST), read_up_to(DUE_AT.date())))
        await bench.bring_back(tick)

    run(work())
    missed = [event.subject for event in bench.publisher.published if event.type == "esep.deadline.missed.v1"]
    assert missed == [filed(SECOND).subject]


def test_until_the_tick_comes_back_its_clock_stands_still() -> None:
    """While it catches up, a question that was answered in time is read before its answer: nobody may be called late."""
    bench = TickBench({None: DUE_AT}, {None: FakeClock(DUE_AT + timedelta(days=1))})

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST), read_up_to(DUE_AT.date())))
        await bench.ticker.beat()
        (tick,) = bench.ticks()
        for fact in (filed(SECOND), answered(SECOND)):
            await bench.loop.process(bench.write(PARTITION, fact))
        await bench.bring_back(tick)

    run(work())
    missed = [event.subject for event in bench.publisher.published if event.type == "esep.deadline.missed.v1"]
    assert missed == [filed(FIRST).subject]
