"""The loop inserts before it commits, keeps the same block while the warehouse is away, and forgets on revoke."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Event as Flag
from weakref import finalize

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from schemas.envelope import Event
from services.adapters import clickhouse
from services.adapters.clock import FakeClock
from services.adapters.codec import InvalidMessage, decode, encode
from services.adapters.deadletters import dead_letter
from services.adapters.invalid_limits import InvalidLimits, TooManyInvalidError
from services.adapters.liveness import Progress
from services.adapters.memory import MemoryFactLog
from services.adapters.stops import StopNote, read_stops
from services.sink.batch import Batch, Limits, LogRestartedError
from services.sink.invalid import InvalidWatch
from services.sink.loop import Sink, Timeouts
from services.sink.pulse import Pulse
from services.sink.reading import read_rows
from services.sink.writer import Writer
from tests.sink.fakes import Call, FakeConsumer, FakeRecord, FakeStore
from tests.sql.samples import NOW, obligation, statement, tick
from tests.stream.facts import filed, in_partition

FACTS = TopicPartition("esep.facts", 0)
OBLIGATIONS = TopicPartition("esep.obligations", 1)
LIMIT_S = 20
LIMITS = InvalidLimits(in_a_row=3)


class Bench:
    """One sink on fakes."""

    def __init__(
        self,
        logs: dict[TopicPartition, list[bytes]],
        *,
        rows: int = 4,
        seconds: float = 0.05,
        limits: InvalidLimits = LIMITS,
    ) -> None:
        self.calls: list[Call] = []
        self.data = Path(mkdtemp(prefix="esep-"))
        finalize(self, rmtree, self.data, ignore_errors=True)
        records = {at: [FakeRecord(number, raw) for number, raw in enumerate(values)] for at, values in logs.items()}
        self.consumer = FakeConsumer(records, self.calls)
        self.store = FakeStore(self.calls)
        self.log = MemoryFactLog()
        self.sink = Sink(
            self.consumer,
            Writer(self.store, self.log),
            Batch(Limits(rows, 10**6, seconds), "test"),
            Timeouts(revoke_s=0.5, stop_s=5.0, commit_s=5.0),
            read=read_rows,
            bury=bury,
            invalid=InvalidWatch(limits, StopNote(self.data, "sink", FakeClock(NOW))),
            pulse=Pulse(Progress(FakeClock(NOW)), None),
        )

    async def until_committed(self) -> None:
        """Run until every record is committed, then stop."""
        stop = asyncio.Event()
        async with asyncio.timeout(LIMIT_S):
            running = asyncio.create_task(self.sink.run(stop))
            committed = asyncio.create_task(self.consumer.done.wait())
            await asyncio.wait({running, committed}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            await running


def bury(origin: str, raw: bytes, fault: InvalidMessage) -> Event:
    """A dead letter at a fixed time."""
    clock = FakeClock(NOW)
    return dead_letter(
        raw, code=fault.code, reason=fault.reason, origin=origin, field=fault.field, source="/sink", clock=clock
    )


def ticks(count: int) -> list[bytes]:
    """Messages of ``esep.facts``."""
    return [encode(tick(NOW.replace(minute=number))) for number in range(count)]


def facts(count: int) -> list[bytes]:
    """Messages of ``esep.facts``/0 that others wrote."""
    return [encode(filed(number)) for number in in_partition(0, count)]


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run one asynchronous test."""
    asyncio.run(asyncio.wait_for(work(), LIMIT_S))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry at once, so that the tests need not wait."""
    monkeypatch.setattr("services.sink.loop.backoff_s", lambda _: 0.01)


def test_every_commit_follows_the_inserts_it_covers() -> None:
    async def work() -> None:
        bench = Bench({FACTS: ticks(10), OBLIGATIONS: [encode(obligation(number)) for number in range(6)]})
        await bench.until_committed()
        assert bench.consumer.committed == {FACTS: 10, OBLIGATIONS: 6}
        stored = [row for rows in bench.store.blocks.values() for row in rows]
        assert len([row for row in stored if row.table == "ticks_rows"]) == 10
        assert len([row for row in stored if row.table == "obligations_rows"]) == 6
        assert bench.calls[0][0] == "insert"
        assert bench.calls[-1][0] == "commit"
        for (kind, what), (following, _) in zip(bench.calls, bench.calls[1:], strict=False):
            assert kind == "insert" or (following == "insert" and what)

    run(work)


def test_nothing_is_committed_while_the_warehouse_is_away_and_the_same_block_is_tried_again() -> None:
    async def work() -> None:
        bench = Bench({FACTS: ticks(9)})
        bench.store.failures = 5
        await bench.until_committed()
        assert bench.consumer.fetched_while_paused > 0
        tried = bench.store.tried[:6]
        assert {token.removesuffix(f":{failures}") for failures, token in enumerate(tried)} == {tried[0]}
        assert len(set(tried)) == 6, "a token that was used may be remembered by an engine that lost its rows"
        assert bench.calls[0][0] == "insert"
        assert bench.consumer.committed == {FACTS: 9}
        assert not bench.consumer.paused_now

    run(work)


def test_memory_is_bounded_while_the_warehouse_is_away() -> None:
    async def work() -> None:
        bench = Bench({FACTS: ticks(50)}, rows=4)
        bench.store.failures = 10**6
        stop = asyncio.Event()
        running = asyncio.create_task(bench.sink.run(stop))
        async with asyncio.timeout(LIMIT_S):
            while len(bench.store.tried) < 5:
                await asyncio.sleep(0)
        stop.set()
        await running
        assert bench.consumer.positions[FACTS] == 4
        assert bench.consumer.committed == {}

    run(work)


def test_stopping_writes_and_commits_what_is_held() -> None:
    async def work() -> None:
        bench = Bench({FACTS: ticks(3)}, rows=100, seconds=3600)
        stop = asyncio.Event()
        running = asyncio.create_task(bench.sink.run(stop))
        async with asyncio.timeout(LIMIT_S):
            while bench.consumer.positions[FACTS] < 3:
                await asyncio.sleep(0)
        stop.set()
        await running
        assert bench.consumer.committed == {FACTS: 3}

    run(work)


async def reading_everything(bench: Bench, stop: asyncio.Event) -> "asyncio.Task[None]":
    """Let the sink read its log to the end, and go on running."""
    running = asyncio.create_task(bench.sink.run(stop))
    async with asyncio.timeout(LIMIT_S):
        while bench.consumer.positions[FACTS] < len(bench.consumer.logs[FACTS]):
            await asyncio.sleep(0)
    return running


def test_a_revoked_sink_writes_and_commits_first() -> None:
    async def work() -> None:
        bench = Bench({FACTS: ticks(3)}, rows=100, seconds=3600)
        stop = asyncio.Event()
        running = await reading_everything(bench, stop)
        await bench.sink.on_partitions_revoked({FACTS})
        assert bench.consumer.committed == {FACTS: 3}
        stop.set()
        await running
        assert [kind for kind, _ in bench.calls] == ["insert", "insert", "commit"]

    run(work)


def test_a_sink_that_cannot_write_in_time_forgets_and_commits_nothing() -> None:
    async def work() -> None:
        bench = Bench({FACTS: ticks(3)}, rows=100, seconds=3600)
        bench.store.held = Flag()
        stop = asyncio.Event()
        running = await reading_everything(bench, stop)
        await bench.sink.on_partitions_revoked({FACTS})
        assert bench.consumer.committed == {}
        bench.store.held.set()
        bench.consumer.positions[FACTS] = 0
        bench.sink._batch._limits = Limits(3, 10**6, 3600)  # the new owner is this sink again, and reads it all again
        async with asyncio.timeout(LIMIT_S):
            await bench.consumer.done.wait()
        stop.set()
        await running
        assert bench.consumer.committed == {FACTS: 3}

    run(work)


def test_a_commit_that_comes_too_late_loses_nothing() -> None:
    async def work() -> None:
        bench = Bench({FACTS: ticks(8)})
        bench.consumer.commit_error = CommitFailedError("rebalanced")
        await bench.until_committed()
        stored = [row for rows in bench.store.blocks.values() for row in rows if row.table == "ticks_rows"]
        assert len(stored) == 8

    run(work)


def test_what_is_not_understood_is_kept_and_passed() -> None:
    async def work() -> None:
        bench = Bench({FACTS: [b"\xff", *ticks(2), b"{}"]})
        await bench.until_committed()
        letters = bench.log.of_topic("esep.dead-letters")
        assert len(letters) == 2
        assert bench.consumer.committed == {FACTS: 4}
        assert len([row for rows in bench.store.blocks.values() for row in rows if row.table == "ticks_rows"]) == 2

    run(work)


def test_the_same_rejected_bytes_at_two_offsets_are_two_dead_letters() -> None:
    async def work() -> None:
        bench = Bench({FACTS: [b"no", *ticks(1), b"no"]}, rows=1)
        await bench.until_committed()
        origins = {decode(entry.value).data.model_dump()["origin"] for entry in bench.log.of_topic("esep.dead-letters")}
        assert origins == {"esep.facts/0/0", "esep.facts/0/2"}

    run(work)


def test_nothing_is_committed_while_dead_letters_cannot_be_kept() -> None:
    async def work() -> None:
        bench = Bench({FACTS: [b"no"]}, rows=1)
        bench.log.available = False
        stop = asyncio.Event()
        running = await reading_everything(bench, stop)
        async with asyncio.timeout(LIMIT_S):
            while not bench.consumer.fetched_while_paused:
                await asyncio.sleep(0)
        assert bench.consumer.committed == {}
        bench.log.available = True
        async with asyncio.timeout(LIMIT_S):
            await bench.consumer.done.wait()
        stop.set()
        await running
        assert len(bench.log.of_topic("esep.dead-letters")) == 1

    run(work)


@pytest.mark.parametrize(
    ("topic", "raw", "code"),
    [
        ("esep.facts", encode(obligation(1)), "forbidden_family"),
        ("esep.obligations", encode(tick()), "forbidden_family"),
        ("esep.budget", encode(statement(paid="80.5")).replace(b"80.5", b"1" + b"0" * 25), "invalid_data"),
        ("esep.facts", b"", "invalid_json"),
        ("esep.facts", encode(filed(in_partition(1, 1)[0])), "invalid_envelope"),
    ],
)
def test_a_message_that_has_no_place_here_is_rejected_with_a_reason(topic: str, raw: bytes, code: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        read_rows(topic, 0, raw)
    assert caught.value.code == code
    assert caught.value.reason


def test_too_many_rejections_in_a_row_stop_the_sink() -> None:
    async def work() -> None:
        bench = Bench({FACTS: [b"a", b"b", *facts(1), b"c", b"d", b"e", *ticks(2)]}, rows=100, seconds=3600)
        with pytest.raises(TooManyInvalidError, match=r"esep\.facts/0 is not understood: 3 in a row"):
            await bench.sink.run(asyncio.Event())
        assert bench.consumer.committed == {}
        assert bench.log.of_topic("esep.dead-letters") == []
        (stop,) = read_stops(bench.data)
        assert (stop.topic, stop.partition, stop.offset, stop.setting) == ("esep.facts", 0, 5, "ESEP_SINK")

    run(work)


def test_a_restarted_sink_reads_back_what_came_before_and_stops_at_the_same_record() -> None:
    async def work() -> None:
        limits = InvalidLimits(in_a_row=100, percent=40, window=10, at_least=5)
        known = [encode(obligation(number)) for number in range(2)]
        bench = Bench({OBLIGATIONS: [*known, b"a", b"b", *ticks(0), b"c"]}, rows=100, seconds=3600, limits=limits)
        bench.consumer.positions[OBLIGATIONS] = 4  # an earlier sink committed so far
        with pytest.raises(TooManyInvalidError, match="3 of the last 5"):
            await bench.sink.run(asyncio.Event())
        assert read_stops(bench.data)[0].offset == 4
        assert bench.consumer.committed == {}

    run(work)


def test_what_is_read_back_is_neither_written_nor_buried_again() -> None:
    async def work() -> None:
        bench = Bench({FACTS: [*ticks(2), b"a", b"b", *facts(1), b"c", *ticks(2)]}, rows=2)
        bench.consumer.positions[FACTS] = 4
        await bench.until_committed()
        (letter,) = bench.log.of_topic("esep.dead-letters")
        assert decode(letter.value).data.model_dump()["origin"] == "esep.facts/0/5"
        assert len([row for rows in bench.store.blocks.values() for row in rows if row.table == "events_rows"]) == 3
        assert bench.consumer.committed == {FACTS: 8}

    run(work)


def test_a_log_that_began_anew_stops_the_sink() -> None:
    async def work() -> None:
        bench = Bench({FACTS: ticks(4)})
        stop = asyncio.Event()
        running = await reading_everything(bench, stop)
        bench.consumer.positions[FACTS] = 0
        with pytest.raises(LogRestartedError, match="began anew"):
            await running

    run(work)


def test_a_refusal_stops_the_sink_with_its_offsets_where_they_were() -> None:
    async def work() -> None:
        bench = Bench({FACTS: ticks(4)})

        def refuse(rows: Sequence[object], token: str) -> None:
            raise clickhouse.WarehouseRefusedError("no such column", 16)

        bench.store.insert = refuse  # type: ignore[method-assign,assignment]
        with pytest.raises(clickhouse.WarehouseRefusedError):
            await bench.sink.run(asyncio.Event())
        assert bench.consumer.committed == {}

    run(work)
