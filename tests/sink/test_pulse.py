"""What the sink tells of how it does: every piece of a long write, and that it has nothing to prove."""

import asyncio
from collections.abc import Sequence

from aiokafka import TopicPartition

from schemas.rows.tables import Row
from schemas.topics import FACTS, PROBES
from services.adapters.clock import FakeClock
from services.adapters.codec import InvalidMessage
from services.adapters.factlog import LogEntry, Outcome
from services.adapters.liveness import LONGEST_WORK_S, Progress
from services.adapters.memory import MemoryFactLog
from services.sink.batch import Block, Flush
from services.sink.pulse import Pulse
from services.sink.writer import Writer
from tests.adapters.test_liveness import LIMIT_S, Stopwatch
from tests.sink.fakes import FakeStore
from tests.sink.test_loop import bury
from tests.sql.samples import NOW

A_FACT, A_PROBE = TopicPartition(FACTS.name, 0), TopicPartition(PROBES.name, 0)


class SlowStore(FakeStore):
    """Each insert takes nearly as long as one piece of work may, and sees whether it is called quiet meanwhile."""

    def __init__(self, watch: Stopwatch, progress: Progress) -> None:
        super().__init__([])
        self.watch, self.progress = watch, progress
        self.seen: list[str | None] = []

    def insert(self, rows: Sequence[Row], token: str) -> None:
        self.watch.s += LONGEST_WORK_S - 1
        self.seen.append(self.progress.standing().quiet)
        super().insert(rows, token)


class SlowLog(MemoryFactLog):
    """A log that takes its time as well."""

    def __init__(self, watch: Stopwatch) -> None:
        super().__init__()
        self.watch = watch

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        self.watch.s += LONGEST_WORK_S - 1
        return super().append(entries)


def progress_on(watch: Stopwatch) -> Progress:
    """The progress of a sink whose seconds are told."""
    return Progress(FakeClock(NOW), quiet_after_s=LIMIT_S, elapsed_s=watch)


def test_a_flush_of_many_tables_is_never_called_quiet() -> None:
    watch = Stopwatch()
    progress = progress_on(watch)
    store = SlowStore(watch, progress)
    letter = bury("esep.facts/0/1", b"x", InvalidMessage("invalid_json", "no", None))
    flush = Flush((), tuple(Block(f"table_{n}", (), f"t:{n}") for n in range(3)), (letter,))
    writer = Writer(store, SlowLog(watch), progress.came_through)
    with Pulse(progress, None).writing():
        writer.write(flush)
    assert store.seen == [None, None, None]


class Beats:
    """Who would send probes."""

    def __init__(self) -> None:
        self.asked = 0

    async def beat(self) -> None:
        self.asked += 1


def test_a_sink_without_a_partition_of_probes_has_nothing_to_prove() -> None:
    async def work() -> None:
        watch = Stopwatch()
        progress = progress_on(watch)
        pulse = Pulse(progress, Beats())
        for assigned in ([A_FACT], []):
            pulse.assigned(assigned)
            watch.s += LIMIT_S + 1
            await pulse.turn(is_put_off=False)
            assert progress.standing().quiet is None
            assert progress.standing().stage == "spare"

    asyncio.run(work())


def test_a_sink_with_probes_or_in_a_rebalance_is_quiet_when_nothing_comes() -> None:
    async def work() -> None:
        watch, beats = Stopwatch(), Beats()
        progress = progress_on(watch)
        pulse = Pulse(progress, beats)
        pulse.assigned([A_FACT])
        pulse.assigned([A_FACT, A_PROBE])
        watch.s += LIMIT_S + 1
        await pulse.turn(is_put_off=False)
        assert progress.standing().quiet is not None
        assert beats.asked == 1

        progress.came_through("committed")
        pulse.assigned([A_FACT])
        pulse.revoked()
        watch.s += LIMIT_S + 1
        await pulse.turn(is_put_off=False)
        assert progress.standing().quiet is not None
        assert "log" in progress.standing().waits_for

    asyncio.run(work())
