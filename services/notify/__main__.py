"""Starts one notifier: settings in, alerts out until a signal comes.

Nothing is decided here; what fails ends the process with offsets where they were, and its supervisor starts it again.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from schemas.topics import ALERTS
from services.adapters.bootstrap import open_fact_log
from services.adapters.clock import Clock, ClockFileError, SimulatedClock, SystemClock
from services.adapters.config import ConfigError, located
from services.adapters.factlog import FactLogUnavailableError
from services.adapters.logs import configure_logs, logger_of
from services.adapters.truth import TruthUnreadableError
from services.notify.channels import open_channels
from services.notify.delivery import Notifier, Patience
from services.notify.loop import AlertLoop
from services.notify.past import known_deliveries
from services.notify.settings import NotifySettings

_log = logger_of(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; the exit code is 0 then, 1 after a failure, 2 when the configuration is unusable."""
    arguments = _parser().parse_args(argv)
    try:
        settings = located(NotifySettings.load(arguments.config))
        if arguments.print_config:
            sys.stdout.write(settings.shown())
            return 0
        configure_logs("notify", level=settings.log_level, style=settings.log_format)
        asyncio.run(run(settings))
    except (ConfigError, ClockFileError) as error:
        sys.stderr.write(f"esep notify: {error}\n")
        return 2
    except (FactLogUnavailableError, TruthUnreadableError, KafkaError, TimeoutError) as error:
        _log.error("stopped by a failure", kind=type(error).__name__, reason=str(error))
        return 1
    return 0


async def run(settings: NotifySettings, stop: asyncio.Event | None = None) -> None:
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
        ledger = await asyncio.to_thread(known_deliveries, settings)
        notifier = Notifier(channels, log, ledger, _clocks(settings), patience)
        consumer = _consumer(settings)
        stack.push_async_callback(consumer.stop)
        await consumer.start()
        _log.info("delivering alerts", channels=[channel.name for channel in channels])
        await AlertLoop(consumer, notifier).run(stop)


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="esep notify", description="Delivers alerts and records every delivery.")
    parser.add_argument("--config", type=Path, help="YAML or JSON file; the environment (ESEP_…) wins over it")
    parser.add_argument(
        "--print-config", action="store_true", help="show the settings in force, secrets masked, and stop"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
