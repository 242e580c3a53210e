"""Starts one notifier: settings in, alerts out until a signal comes.

Nothing is decided here; what fails ends the process with offsets where they were, and its supervisor starts it again.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from functools import partial

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from schemas.topics import ALERTS
from services.adapters.bootstrap import open_fact_log
from services.adapters.clock import Clock, SimulatedClock, SystemClock
from services.adapters.health import answering
from services.adapters.kafka import answers
from services.adapters.liveness import Progress
from services.adapters.logs import logger_of
from services.adapters.startup import STOPPED, start_service
from services.adapters.truth import TruthUnreadableError
from services.notify.channels import open_channels
from services.notify.delivery import Notifier, Patience
from services.notify.loop import AlertLoop
from services.notify.past import known_deliveries
from services.notify.settings import NotifySettings

_log = logger_of(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; the exit code is 0 then, 1 after a failure, 2 when the configuration is unusable."""
    return start_service(
        argv,
        "notify",
        "Delivers alerts and records every delivery.",
        NotifySettings.load,
        _run_to_end,
        failures=(TruthUnreadableError, KafkaError, TimeoutError),
    )


def _run_to_end(settings: NotifySettings) -> int:
    progress = Progress(SystemClock(), quiet_after_s=settings.patience_s)
    with answering(settings, progress, broker_answers=partial(answers, settings.bootstrap)):
        asyncio.run(run(settings, progress))
    return STOPPED


async def run(settings: NotifySettings, progress: Progress, stop: asyncio.Event | None = None) -> None:
    """Deliver with these settings until ``stop`` is set or a signal comes.

    Raises: ConfigError, ClockFileError, and whatever ``AlertLoop.run`` raises.
    """
    stop = stop or _on_signals()
    patience = Patience(settings.notify_attempts, settings.notify_backoff_s, settings.notify_digest_over)
    async with AsyncExitStack() as stack:
        channels = open_channels(settings)
        for channel in channels:
            stack.push_async_callback(channel.close)
        log = stack.enter_context(closing(open_fact_log(settings)))
        with progress.at_work("past_read"):
            ledger = await asyncio.to_thread(known_deliveries, settings)
        notifier = Notifier(channels, log, ledger, _clocks(settings), patience, progress)
        consumer = _consumer(settings)
        stack.push_async_callback(consumer.stop)
        await consumer.start()
        _log.info("delivering alerts", channels=[channel.name for channel in channels])
        await AlertLoop(consumer, notifier, progress).run(stop)


def _clocks(settings: NotifySettings) -> dict[str | None, Clock]:
    clocks: dict[str | None, Clock] = {None: SystemClock()}
    if settings.simulation is not None:
        simulated = SimulatedClock.load(settings.simulation)
        clocks[simulated.name] = simulated
    return clocks


def _consumer(settings: NotifySettings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        ALERTS.name,
        bootstrap_servers=settings.bootstrap,
        group_id=settings.notify_group,
        client_id="esep-notify",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=int(settings.session_timeout_s * 1000),
        heartbeat_interval_ms=int(settings.heartbeat_s * 1000),
        metadata_max_age_ms=30_000,
        # A receiver that does not answer may hold up a poll for some minutes; that is not a dead notifier.
        max_poll_interval_ms=600_000,
    )


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


if __name__ == "__main__":
    sys.exit(main())
