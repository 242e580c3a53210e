"""Delivering and recording: each outcome once, bounded tries, a storm as one digest, a crash repaired."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from schemas.envelope import Event
from services.adapters.clock import FakeClock
from services.adapters.factlog import FactLogUnavailableError
from services.adapters.liveness import LONGEST_WORK_S, Progress
from services.adapters.memory import MemoryFactLog
from services.adapters.webhooks import WebhookFailed
from services.notify.channels import Channel, LogChannel
from services.notify.delivery import Notifier, Patience
from services.notify.routing import Ledger
from tests.adapters.test_liveness import LIMIT_S, Stopwatch
from tests.notify.alerts import NOW, RecordingChannel, cleared, escalated, raised, recorded, summary

DOWN = WebhookFailed("timeout", transient=True)
REFUSED = WebhookFailed("http_410", transient=False)


def notifier(log: MemoryFactLog, *channels: Channel, progress: Progress | None = None) -> Notifier:
    """A notifier that starts now: its ledger is what the log holds."""
    ledger = Ledger()
    for event in recorded(log):
        ledger.note(event)
    clocks = {None: FakeClock(NOW), "kz-demo": FakeClock(NOW)}
    progress = progress or Progress(FakeClock(NOW))
    return Notifier(channels, log, ledger, clocks, Patience(attempts=3, backoff_s=0, digest_over=4), progress)


def deliver(log: MemoryFactLog, channel: Channel, *alerts: Event) -> None:
    asyncio.run(notifier(log, channel).deliver(alerts))


def test_every_channel_is_told_and_each_delivery_recorded() -> None:
    log, first, second = MemoryFactLog(), RecordingChannel("first"), RecordingChannel("second")
    asyncio.run(notifier(log, first, second).deliver([raised(1), cleared(1)]))
    assert first.got() == second.got() == [raised(1).id, cleared(1).id]
    assert sorted(summary(log)) == sorted(
        (name, alert.id, 1, None) for name in ("first", "second") for alert in (raised(1), cleared(1))
    )


def test_a_transient_failure_is_tried_again() -> None:
    log, channel = MemoryFactLog(), RecordingChannel(failures=[DOWN, DOWN])
    deliver(log, channel, raised(1))
    assert channel.got() == [raised(1).id]
    assert summary(log) == [("record", raised(1).id, 3, None)]


@pytest.mark.parametrize(("failures", "tries"), [([DOWN] * 3, 3), ([REFUSED], 1)])
def test_a_lasting_failure_is_recorded_and_never_repeated(failures: list[WebhookFailed], tries: int) -> None:
    log, channel = MemoryFactLog(), RecordingChannel(failures=failures)
    deliver(log, channel, raised(1))
    assert summary(log) == [("record", raised(1).id, tries, failures[-1].reason)]
    deliver(log, channel, raised(1), cleared(1))
    assert channel.taken == [], "no correction of what nobody was told"
    assert channel.tries == tries


def test_a_channel_that_is_down_holds_up_a_poll_for_a_bounded_time() -> None:
    log, channel = MemoryFactLog(), RecordingChannel(failures=[DOWN] * 100)
    deliver(log, channel, raised(1), raised(2), raised(3), escalated(1))
    assert channel.tries == 3 + 1 + 1
    assert len(summary(log)) == 3


class SlowChannel(RecordingChannel):
    """Each try takes nearly as long as one piece of work may; ``seen`` is whether it was called quiet meanwhile."""

    def __init__(self, watch: Stopwatch, progress: Progress, failures: Sequence[WebhookFailed] = ()) -> None:
        super().__init__(failures=failures)
        self.watch, self.progress = watch, progress
        self.seen: list[str | None] = []

    async def send(self, alerts: Sequence[Event]) -> None:
        self.watch.s += LONGEST_WORK_S - 1
        self.seen.append(self.progress.standing().quiet)
        await super().send(alerts)


@pytest.mark.parametrize("failures", [[], [DOWN] * 2, [DOWN] * 100])
def test_a_slow_receiver_does_not_make_a_notifier_quiet(failures: list[WebhookFailed]) -> None:
    watch = Stopwatch()
    progress = Progress(FakeClock(NOW), quiet_after_s=LIMIT_S, elapsed_s=watch)
    channel = SlowChannel(watch, progress, failures)
    telling = notifier(MemoryFactLog(), channel, progress=progress)

    async def work() -> None:
        with progress.at_work("delivered"):
            await telling.deliver([raised(1), raised(2), raised(3)])

    asyncio.run(work())
    assert len(channel.seen) >= 3
    assert set(channel.seen) == {None}


def test_one_failing_channel_keeps_nothing_from_another() -> None:
    log, good = MemoryFactLog(), RecordingChannel("good")
    asyncio.run(notifier(log, RecordingChannel("bad", [REFUSED]), good).deliver([raised(1)]))
    assert good.got() == [raised(1).id]


def test_a_storm_is_one_digest_with_a_record_for_each() -> None:
    log, channel = MemoryFactLog(), RecordingChannel()
    storm = [raised(number) for number in range(5)]
    deliver(log, channel, *storm)
    assert channel.taken == [storm]
    assert [entry[1] for entry in summary(log)] == [alert.id for alert in storm]


def test_a_digest_never_mixes_worlds() -> None:
    log, channel = MemoryFactLog(), RecordingChannel()
    real = [raised(number) for number in range(5)]
    invented = [raised(number, simulation="kz-demo") for number in range(10, 16)]
    deliver(log, channel, *real, *invented)
    assert channel.taken == [real, invented]
    assert [event.simulation for event in recorded(log)] == [None] * 5 + ["kz-demo"] * 6


def test_a_digest_that_is_not_taken_fails_for_each() -> None:
    log, channel = MemoryFactLog(), RecordingChannel(failures=[DOWN] * 3)
    deliver(log, channel, *(raised(number) for number in range(5)))
    assert [(entry[2], entry[3]) for entry in summary(log)] == [(3, "timeout")] * 5


def test_recorded_but_not_committed_is_not_sent_again() -> None:
    log, channel = MemoryFactLog(), RecordingChannel()
    deliver(log, channel, raised(1), raised(2))
    deliver(log, channel, raised(1), raised(2), raised(3))
    assert channel.got() == [raised(1).id, raised(2).id, raised(3).id]


def test_sent_but_not_recorded_is_sent_again_under_the_same_id() -> None:
    """At least once: between the receiver's answer and the record on disk nothing can tell."""
    log, channel = MemoryFactLog(), RecordingChannel()
    log.available = False
    with pytest.raises(FactLogUnavailableError):
        deliver(log, channel, raised(1))
    log.available = True
    deliver(log, channel, raised(1))
    assert channel.got() == [raised(1).id, raised(1).id]
    assert summary(log) == [("record", raised(1).id, 1, None)]


def log_lines(alerts: Sequence[Event]) -> list[dict[str, Any]]:
    with capture_logs() as lines:
        deliver(MemoryFactLog(), LogChannel(), *alerts)
    return [dict(line) for line in lines if line["log_level"] != "debug"]


def test_the_log_says_what_is_simulated() -> None:
    [real, invented] = log_lines([raised(1), raised(2, simulation="kz-demo")])
    assert (real["event"], invented["event"]) == ("alert raised", "SIMULATED alert raised")
    assert invented["simulation"] == "kz-demo"


def test_the_log_has_one_line_for_a_digest() -> None:
    [line] = log_lines(
        [*(raised(number, simulation="kz-demo") for number in range(6)), cleared(1, simulation="kz-demo")]
    )
    assert line["event"] == "SIMULATED alerts, in one digest"
    assert (line["alerts"], line["raised"], line["cleared"]) == (7, 6, 1)
