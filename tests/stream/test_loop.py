"""The loop's order of effects, and what it does with the revoked, the repeated, the missing and the invalid."""

import asyncio
from collections.abc import Awaitable

import pytest

from schemas.envelope import Event
from schemas.topics import DEAD_LETTERS
from services.adapters.clock import FakeClock
from services.adapters.codec import decode, encode
from services.adapters.invalid_limits import InvalidLimits, TooManyInvalidError
from services.adapters.liveness import Progress
from services.adapters.stops import read_stops
from services.domain.partition import Decision
from services.tracker.state import RebuildCancelledError
from tests.adapters.test_liveness import LIMIT_S, Stopwatch
from tests.stream.facts import (
    DUE_AT,
    answered,
    derived_by_plain_fold,
    filed,
    ids,
    in_partition,
    read_up_to,
    subject,
    tick,
)
from tests.stream.fakes import Bench, MemoryReader, RecordingPartition, SilentReader, UnreadableReader

PARTITION = 2
FIRST, SECOND, THIRD = in_partition(PARTITION, 3)
ELSEWHERE = in_partition(PARTITION + 1, 1)[0]
LOG = [filed(FIRST), filed(SECOND), answered(FIRST), tick(PARTITION, DUE_AT)]


def run(awaitable: Awaitable[None]) -> None:
    """Run a test's coroutine, within a deadline."""
    asyncio.run(asyncio.wait_for(awaitable, 10))


def expected(events: list[Event]) -> set[str]:
    return ids(derived_by_plain_fold({PARTITION: events}))


def test_it_publishes_then_applies_then_acknowledges() -> None:
    bench = Bench()

    run(bench.loop.process(bench.write(PARTITION, *LOG)))

    assert [effect for effect, _ in bench.effects] == ["publish", "apply", "ack", "ack", "ack", "ack"]
    assert bench.acked() == [0, 1, 2, 3]
    assert ids(bench.publisher.published) == expected(LOG)


def test_a_tick_waits_for_the_facts_before_it_in_its_own_batch() -> None:
    """The answer lies before the tick that would have called the question late, and both come together."""
    bench = Bench()
    batch = [filed(FIRST), filed(SECOND), read_up_to(DUE_AT.date()), answered(FIRST), tick(PARTITION, DUE_AT)]

    run(bench.loop.process(bench.write(PARTITION, *batch)))

    missed = [event.subject for event in bench.publisher.published if event.type == "esep.deadline.missed.v1"]
    assert missed == [subject(SECOND)]
    assert ids(bench.publisher.published) == expected(batch)


def test_the_cut_into_batches_changes_nothing() -> None:
    one_by_one, at_once = Bench(), Bench()

    async def work() -> None:
        for delivery in one_by_one.write(PARTITION, *LOG):
            await one_by_one.loop.process([delivery])
        await at_once.loop.process(at_once.write(PARTITION, *LOG))

    run(work())
    assert [event.id for event in one_by_one.publisher.published] == [e.id for e in at_once.publisher.published]


def test_a_crash_after_publishing_replays_into_the_same_ids() -> None:
    crashed = Bench()
    crashed.publisher.broken = True
    with pytest.raises(ConnectionError):
        run(crashed.loop.process(crashed.write(PARTITION, *LOG)))
    assert crashed.acked() == []

    again = Bench(crashed.reader)
    run(again.loop.process(again.deliveries(PARTITION, 0, len(LOG))))

    assert ids(again.publisher.published) == ids(crashed.publisher.published)
    assert again.acked() == [0, 1, 2, 3]


def test_state_is_rebuilt_from_the_log_before_the_first_delivery() -> None:
    before = Bench()
    before.write(PARTITION, *LOG)
    bench = Bench(MemoryReader(before.reader.logs, offsets={PARTITION: 3}))

    run(bench.loop.process(bench.deliveries(PARTITION, 3, 4)))

    assert bench.reader.reads == [(PARTITION, 0, 3)]
    assert ids(bench.publisher.published) == expected(LOG) - expected(LOG[:3])


def test_folding_a_piece_of_the_log_again_is_work_and_not_silence() -> None:
    before = Bench()
    before.write(PARTITION, *LOG)
    bench = Bench(MemoryReader(before.reader.logs, offsets={PARTITION: 3}))
    watch = Stopwatch()
    progress = Progress(FakeClock(DUE_AT), quiet_after_s=LIMIT_S, elapsed_s=watch)
    seen: list[tuple[str | None, str | None]] = []

    class SlowPartition(RecordingPartition):
        def apply(self, decision: Decision) -> None:
            watch.s += LIMIT_S + 1
            standing = progress.standing()
            seen.append((standing.at_work, standing.quiet))
            super().apply(decision)

    bench.partitions.at_rebuilding = lambda: progress.at_work("rebuilt")
    bench.make_partition = SlowPartition
    run(bench.loop.process(bench.deliveries(PARTITION, 3, 4)))

    assert seen[0] == ("rebuilt", None)
    assert progress.standing().stage == "rebuilt"


def test_a_revoked_generation_is_dropped_undecided() -> None:
    bench = Bench()
    stale = bench.write(PARTITION, filed(FIRST))
    bench.generation += 1

    run(bench.loop.process(stale))

    assert bench.publisher.published == []
    assert bench.acked() == []


def test_revoked_while_publishing_nothing_is_applied_or_acknowledged() -> None:
    bench = Bench()

    async def work() -> None:
        bench.publisher.gate = asyncio.Event()
        processing = asyncio.create_task(bench.loop.process(bench.write(PARTITION, *LOG)))
        await bench.publisher.waiting.wait()
        bench.partitions.revoke([PARTITION])
        bench.publisher.gate.set()
        await processing

    run(work())
    assert [effect for effect, _ in bench.effects] == ["publish"]

    next_owner = Bench(bench.reader)
    run(next_owner.loop.process(next_owner.deliveries(PARTITION, 0, len(LOG))))
    assert ids(next_owner.publisher.published) == ids(bench.publisher.published)


def test_revoked_while_rebuilding_the_batch_is_dropped_and_the_log_no_longer_read() -> None:
    reader = SilentReader()
    bench = Bench(reader)

    async def work() -> None:
        processing = asyncio.create_task(bench.loop.process(bench.write(PARTITION, *LOG)))
        await reader.asked.wait()
        bench.partitions.revoke([PARTITION])
        await processing
        await reader.given_up.wait()

    run(work())
    assert bench.publisher.published == []
    assert bench.acked() == []


def test_what_is_delivered_again_is_acknowledged_and_not_processed_again() -> None:
    bench = Bench()

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, *LOG))
        await bench.loop.process(bench.deliveries(PARTITION, 1, 3))
        await bench.loop.process(bench.write(PARTITION, filed(THIRD)))

    run(work())
    assert len(bench.publisher.published) == len(expected([*LOG, filed(THIRD)]))
    assert bench.reader.reads == [], "the state did not go back"
    assert bench.acked() == [0, 1, 2, 3, 1, 2, 4]


def test_what_the_group_left_out_is_read_from_the_log() -> None:
    bench = Bench()
    bench.write(PARTITION, *LOG)

    run(bench.loop.process(bench.deliveries(PARTITION, 2, 4)))

    assert bench.reader.reads == [(PARTITION, 0, 2)]
    assert ids(bench.publisher.published) == expected(LOG)
    assert bench.acked() == [2, 3]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"\xff\xfe", "invalid_utf8"),
        (b"{", "invalid_json"),
        (None, "not_an_object"),
        (encode(filed(ELSEWHERE)), "invalid_envelope"),
        (encode(next(derived_by_plain_fold({PARTITION: LOG}))), "forbidden_family"),
    ],
)
def test_what_is_not_understood_is_kept_and_the_rest_goes_on(bad: bytes | None, code: str) -> None:
    bench = Bench()

    run(bench.loop.process(bench.write(PARTITION, filed(FIRST), bad, answered(FIRST))))

    (kept,) = bench.facts.of_topic(DEAD_LETTERS.name)
    letter = decode(kept.value).data.model_dump()
    assert (letter["code"], letter["origin"]) == (code, f"esep.facts/{PARTITION}/1")
    assert letter["size_bytes"] == len(bad or b"")
    assert ids(bench.publisher.published) == expected([filed(FIRST), answered(FIRST)])
    assert bench.acked() == [0, 1, 2]


def test_nothing_is_acknowledged_that_could_not_be_kept() -> None:
    bench = Bench()
    bench.facts.available = False

    with pytest.raises(Exception, match="switched off"):
        run(bench.loop.process(bench.write(PARTITION, filed(FIRST), b"{")))
    assert bench.acked() == []


def test_too_many_invalid_in_a_row_stop_the_tracker_at_the_same_place_after_a_restart() -> None:
    limits = InvalidLimits(in_a_row=3)
    bench = Bench(limits=limits)

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, filed(FIRST), b"{", b"{"))
        bench.reader.offsets[PARTITION] = 3
        bench.write(PARTITION, b"{", answered(FIRST))
        for worker in (bench, Bench(bench.reader, limits=limits)):
            with pytest.raises(TooManyInvalidError, match="3 in a row"):
                await worker.loop.process(worker.deliveries(PARTITION, 3, 5))
            (stop,) = read_stops(worker.data)
            assert (stop.program, stop.partition, stop.offset, stop.code) == ("tracker", PARTITION, 3, "invalid_json")

    run(work())
    assert bench.acked() == [0, 1, 2]
    assert len(bench.facts.of_topic(DEAD_LETTERS.name)) == 2


def test_a_share_of_the_last_records_stops_the_tracker_though_no_run_is_long_and_a_restart_counts_on() -> None:
    limits = InvalidLimits(in_a_row=100, percent=40, window=10, at_least=5)
    mixed = [filed(FIRST), b"{", answered(FIRST), b"{"]
    bench = Bench(limits=limits)

    async def work() -> None:
        await bench.loop.process(bench.write(PARTITION, *mixed))
        bench.reader.offsets[PARTITION] = 4
        bench.write(PARTITION, b"{")
        for worker in (bench, Bench(bench.reader, limits=limits)):
            with pytest.raises(TooManyInvalidError, match="3 of the last 5"):
                await worker.loop.process(worker.deliveries(PARTITION, 4, 5))

    run(work())
    assert bench.acked() == [0, 1, 2, 3]
    assert len(bench.facts.of_topic(DEAD_LETTERS.name)) == 2


def test_with_the_limit_lifted_everything_is_kept_and_the_note_of_the_stop_goes() -> None:
    bench = Bench(limits=InvalidLimits(in_a_row=3))
    deliveries = bench.write(PARTITION, *[b"{"] * 5)
    with pytest.raises(TooManyInvalidError):
        run(bench.loop.process(deliveries))
    assert bench.facts.of_topic(DEAD_LETTERS.name) == []

    lifted = Bench(bench.reader, limits=InvalidLimits(in_a_row=0, percent=0), data=bench.data)
    run(lifted.loop.process(lifted.deliveries(PARTITION, 0, 5)))
    assert len(lifted.facts.of_topic(DEAD_LETTERS.name)) == 5
    assert lifted.acked() == [0, 1, 2, 3, 4]
    assert read_stops(bench.data) == []


def test_a_valid_record_ends_a_run_of_invalid_ones() -> None:
    bench = Bench(limits=InvalidLimits(in_a_row=3))

    run(bench.loop.process(bench.write(PARTITION, b"{", b"{", filed(FIRST), b"{", b"{")))

    assert bench.acked() == [0, 1, 2, 3, 4]


def test_partitions_of_one_batch_are_decided_each_by_its_own_state() -> None:
    bench = Bench()
    batch = bench.write(PARTITION, filed(SECOND)) + bench.write(PARTITION + 1, filed(ELSEWHERE))

    run(bench.loop.process(batch))

    assert {event.subject for event in bench.publisher.published} == {subject(SECOND), subject(ELSEWHERE)}
    assert len(bench.acked()) == 2


@pytest.mark.parametrize(
    ("failure", "seen"),
    [(TimeoutError("no answer"), TimeoutError), (asyncio.CancelledError(), RebuildCancelledError)],
)
def test_a_failure_of_rebuilding_is_seen_on_a_partition_nobody_writes_to(
    failure: BaseException, seen: type[Exception]
) -> None:
    bench = Bench(UnreadableReader(failure))

    async def work() -> None:
        bench.partitions.assign([PARTITION])
        while not bench.partitions.ready():
            await asyncio.sleep(0)

    with pytest.raises(seen):
        run(work())
