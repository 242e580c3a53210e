"""Probes: sent when nothing else comes through, one at a time, and counted when they come out or cannot be sent."""

import asyncio
from collections.abc import Callable

import pytest

from schemas.events.probes import ProbeSentV1
from schemas.topics import FACTS, PROBES
from services.adapters.clock import FakeClock
from services.adapters.codec import decode
from services.adapters.liveness import Progress
from services.adapters.probes import Headers, Prober
from services.adapters.telemetry import counter
from services.sink.reading import read_rows
from tests.adapters.samples import NOON
from tests.adapters.test_liveness import LIMIT_S, Stopwatch


class Line:
    """A broker that keeps what it is sent, or refuses it."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, bytes]] = []
        self.fault: Exception | None = None

    async def send(self, partition: int, key: bytes, value: bytes, headers: Headers) -> None:
        assert (key, dict(headers)["family"]) == (str(partition).encode(), b"probes")
        if self.fault is not None:
            raise self.fault
        self.sent.append((partition, value))


def bench(partitions: Callable[[], list[int]] = lambda: [1, 3]) -> tuple[Stopwatch, Progress, Line, Prober]:
    watch, line = Stopwatch(), Line()
    progress = Progress(FakeClock(NOON), quiet_after_s=LIMIT_S, elapsed_s=watch)
    prober = Prober("tracker", progress, FakeClock(NOON), partitions, line.send, after_share=1 / 5, elapsed_s=watch)
    return watch, progress, line, prober


async def beat(prober: Prober) -> None:
    """One beat, and everything it began."""
    await prober.beat()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), 10)
    await asyncio.sleep(0)


def count(state: str) -> float:
    value: float = counter("probes_total").labels(state)._value.get()
    return value


def test_only_silence_is_probed_and_each_partition_in_its_turn() -> None:
    async def work() -> None:
        watch, progress, line, prober = bench()
        await beat(prober)
        assert line.sent == []
        for _ in range(2):
            watch.s += LIMIT_S / 5
            await beat(prober)
            await beat(prober)
        assert {partition for partition, _ in line.sent} == {1, 3}
        assert len(line.sent) == 2, "one for each silence, not one for each beat"
        progress.came_through("batch")
        await beat(prober)
        assert len(line.sent) == 2

    asyncio.run(work())


def test_what_comes_out_is_progress_and_its_round_is_counted() -> None:
    async def work() -> None:
        watch, progress, line, prober = bench()
        before = count("came_out")
        watch.s += LIMIT_S
        await beat(prober)
        prober.came_out(line.sent[0][1])
        assert progress.standing().stage == "probe"
        assert progress.silent_s == 0
        assert count("came_out") == before + 1
        prober.came_out(b"nonsense of somebody else")
        assert count("came_out") == before + 1

    asyncio.run(work())


def test_a_probe_that_cannot_be_sent_is_told_and_breaks_nothing() -> None:
    async def work() -> None:
        watch, progress, line, prober = bench()
        line.fault = ConnectionError("no broker")
        before = count("not_sent")
        watch.s += LIMIT_S + 1
        await beat(prober)
        assert count("not_sent") == before + 1
        assert progress.standing().quiet is not None
        line.fault = None
        watch.s += LIMIT_S
        await beat(prober)
        assert len(line.sent) == 1

    asyncio.run(work())


def test_who_reads_no_partition_probes_none() -> None:
    async def work() -> None:
        watch, _, line, prober = bench(list)
        watch.s += LIMIT_S
        await beat(prober)
        assert line.sent == []

    asyncio.run(work())


def test_a_probe_is_a_message_of_its_own_topic_and_leaves_no_row() -> None:
    async def work() -> None:
        watch, _, line, prober = bench()
        watch.s += LIMIT_S
        await beat(prober)
        [(partition, raw)] = line.sent
        event = decode(raw)
        assert isinstance(event.data, ProbeSentV1)
        assert event.subject == f"probe:{partition}"
        assert read_rows(PROBES.name, partition, raw) == ()
        assert PROBES.families == ("probes",)
        assert "probes" not in FACTS.families

    asyncio.run(work())


@pytest.mark.parametrize("reader", ["tracker", "sink"])
def test_every_consumer_of_facts_reads_the_probes(reader: str) -> None:
    assert reader in PROBES.consumers
    assert reader in PROBES.producers
