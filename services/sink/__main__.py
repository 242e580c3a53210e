"""Starts one sink: settings in, rows in the warehouse until a signal comes.

Nothing is decided here; a failure ends the process with its offsets where they were, to be started again.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import closing

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from schemas.envelope import Event
from schemas.topics import TOPICS
from services.adapters.bootstrap import open_fact_log
from services.adapters.clickhouse import (
    MigrationError,
    Warehouse,
    WarehouseError,
    WarehouseUnavailableError,
    backoff_s,
    connect,
    pending_migrations,
)
from services.adapters.clock import SystemClock
from services.adapters.codec import InvalidMessage
from services.adapters.deadletters import dead_letter
from services.adapters.logs import logger_of
from services.adapters.startup import STOPPED, start_service
from services.sink.batch import Batch, Limits, LogRestartedError
from services.sink.loop import Sink, Timeouts, TooManyInvalidError
from services.sink.reading import read_rows
from services.sink.settings import SinkSettings
from services.sink.writer import Writer

SOURCE = "/sink"
LEAVE_TIMEOUT_S = 2.0
MAX_FETCH_BYTES = 4 * 1024 * 1024
"""Above the largest event with its envelope, or the fetch of a large record would never end."""

_log = logger_of(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT: exit code 0 then, 1 after a failure, 2 when the configuration is unusable."""
    return start_service(
        argv,
        "sink",
        "Writes the log into the warehouse: insert, then commit.",
        SinkSettings.load,
        _run_to_end,
        unusable=(MigrationError,),
        failures=(KafkaError, LogRestartedError, TimeoutError, TooManyInvalidError, WarehouseError),
    )


def _run_to_end(settings: SinkSettings) -> int:
    asyncio.run(run(settings))
    return STOPPED


async def run(settings: SinkSettings, stop: asyncio.Event | None = None) -> None:
    """Sink with these settings until ``stop`` is set or a signal comes.

    Raises: ConfigError, MigrationError (run ``esep migrate``), and whatever ``Sink.run`` raises.
    """
    stop = stop or _on_signals()
    bootstrap, url = settings.bootstrap, settings.warehouse_url
    warehouse = await _opened(url, stop)
    if warehouse is None:
        return
    with closing(warehouse), closing(open_fact_log(settings)) as log:
        consumer = _consumer(settings, bootstrap)
        sink = _sink(settings, consumer, Writer(warehouse, log))
        topics = [topic.name for topic in TOPICS.values() if "sink" in topic.consumers]
        try:
            await consumer.start()
            consumer.subscribe(topics, listener=sink)
            await sink.run(stop)
        finally:
            await _leave(consumer)


async def _leave(consumer: AIOKafkaConsumer) -> None:
    """Leave the group, or give up: without its broker the client would wait for long and raise what it cancelled."""
    leaving = asyncio.create_task(consumer.stop())
    _, unfinished = await asyncio.wait({leaving}, timeout=LEAVE_TIMEOUT_S)
    if unfinished or leaving.cancelled() or leaving.exception() is not None:
        leaving.cancel()
        _log.warning("left without the broker's farewell; the group will notice after the session timeout")


async def _opened(url: str, stop: asyncio.Event) -> Warehouse | None:
    """The warehouse, once it answers and is up to date; None when stopped before that."""
    failures = 0
    while not stop.is_set():
        try:
            return await asyncio.to_thread(_open, url)
        except WarehouseUnavailableError as error:
            failures += 1
            _log.warning("waiting for the warehouse", failures=failures, reason=str(error))
        try:
            await asyncio.wait_for(stop.wait(), backoff_s(failures))
        except TimeoutError:
            continue
    return None


def _open(url: str) -> Warehouse:
    warehouse = connect(url)
    pending = pending_migrations(warehouse)
    if pending:
        warehouse.close()
        raise MigrationError(f"the warehouse lacks {pending[0].name}; run `esep migrate` and start the sink again")
    return warehouse


def _sink(settings: SinkSettings, consumer: AIOKafkaConsumer, writer: Writer) -> Sink:
    clock = SystemClock()

    def bury(origin: str, raw: bytes, fault: InvalidMessage) -> Event:
        return dead_letter(
            raw,
            code=fault.code,
            reason=fault.reason,
            origin=origin,
            field=fault.field,
            source=SOURCE,
            clock=clock,
        )

    limits = Limits(settings.sink_flush_rows, settings.sink_flush_bytes, settings.flush_s)
    return Sink(
        consumer,
        writer,
        Batch(limits, settings.incarnation),
        Timeouts(settings.revoke_timeout_s, settings.stop_timeout_s, settings.sink_commit_timeout_s),
        read=read_rows,
        bury=bury,
        max_invalid_in_a_row=settings.sink_max_invalid_in_a_row,
    )


def _consumer(settings: SinkSettings, bootstrap: str) -> AIOKafkaConsumer:
    session_ms = int(settings.session_timeout_s * 1000)
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=settings.sink_group,
        client_id="esep-sink",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=int(settings.heartbeat_s * 1000),
        max_partition_fetch_bytes=MAX_FETCH_BYTES,
        metadata_max_age_ms=30_000,
        retry_backoff_ms=300,
    )


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


if __name__ == "__main__":
    sys.exit(main())
