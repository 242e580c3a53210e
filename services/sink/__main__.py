"""Starts one sink: settings in, rows in the warehouse until a signal comes.

Nothing is decided here; a failure ends the process with its offsets where they were, to be started again.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial

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
from services.adapters.environment import new_incarnation
from services.adapters.health import answering
from services.adapters.kafka import answers
from services.adapters.liveness import Progress
from services.adapters.logs import logger_of
from services.adapters.probes import Prober
from services.adapters.quarantine import Quarantine
from services.adapters.startup import STOPPED, start_service
from services.adapters.stops import StopNote
from services.sink.batch import Batch, Limits, LogRestartedError
from services.sink.invalid import InvalidWatch
from services.sink.loop import Sink, Timeouts
from services.sink.pulse import ProbeSender, Pulse, probe_partitions
from services.sink.reading import read_rows
from services.sink.settings import SinkSettings
from services.sink.writer import Writer

SOURCE = "/sink"
LEAVE_TIMEOUT_S = 2.0
MAX_FETCH_BYTES = 4 * 1024 * 1024
"""Above the largest event with its envelope, or the fetch of a large record would never end."""

_log = logger_of(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT: exit code 0 then, otherwise one of ``services.adapters.startup``."""
    return start_service(
        argv,
        "sink",
        "Writes the log into the warehouse: insert, then commit.",
        SinkSettings.load,
        _run_to_end,
        unusable=(MigrationError,),
        failures=(KafkaError, LogRestartedError, TimeoutError, WarehouseError),
    )


def _run_to_end(settings: SinkSettings) -> int:
    progress = Progress(SystemClock(), quiet_after_s=settings.patience_s)
    with answering(settings, progress, broker_answers=partial(answers, settings.bootstrap)):
        asyncio.run(run(settings, progress))
    return STOPPED


async def run(settings: SinkSettings, progress: Progress, stop: asyncio.Event | None = None) -> None:
    """Sink with these settings until ``stop`` is set or a signal comes; what comes through is told to ``progress``.

    Raises: ConfigError, MigrationError (run ``esep migrate``), and whatever ``Sink.run`` raises.
    """
    stop = stop or _on_signals()
    bootstrap, url = settings.bootstrap, settings.warehouse_url
    warehouse = await _opened(url, stop, progress)
    if warehouse is None:
        return
    with closing(warehouse), closing(open_fact_log(settings)) as log:
        consumer = _consumer(settings, bootstrap)
        sender = ProbeSender(bootstrap)
        partitions = probe_partitions(consumer.assignment)
        # Later than the tracker, whose probes come out here too: two would prove no more than one.
        prober = Prober("sink", progress, SystemClock(), partitions, sender.send, after_share=1 / 2)
        sink = _sink(settings, consumer, Writer(warehouse, log, progress.came_through), Pulse(progress, prober))
        topics = [topic.name for topic in TOPICS.values() if "sink" in topic.consumers]
        try:
            await consumer.start()
            consumer.subscribe(topics, listener=sink)
            await sink.run(stop)
        finally:
            await _leave(consumer, sender)


async def _leave(consumer: AIOKafkaConsumer, sender: ProbeSender) -> None:
    """Leave the group, or give up: without its broker the client would wait for long and raise what it cancelled."""
    silenced = asyncio.create_task(sender.close())
    leaving = asyncio.create_task(consumer.stop())
    _, unfinished = await asyncio.wait({leaving, silenced}, timeout=LEAVE_TIMEOUT_S)
    silenced.cancel()
    if leaving in unfinished or leaving.cancelled() or leaving.exception() is not None:
        leaving.cancel()
        _log.warning("left without the broker's farewell; the group will notice after the session timeout")


async def _opened(url: str, stop: asyncio.Event, progress: Progress) -> Warehouse | None:
    """The warehouse, once it answers and is up to date; None when stopped before that."""
    failures = 0
    while not stop.is_set():
        try:
            with progress.at_work("opened"):
                return await asyncio.to_thread(_open, url)
        except WarehouseUnavailableError as error:
            failures += 1
            progress.waits("warehouse", str(error))
            progress.excuse()
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


def _sink(settings: SinkSettings, consumer: AIOKafkaConsumer, writer: Writer, pulse: Pulse) -> Sink:
    clock = SystemClock()
    quarantine = Quarantine(settings.data, settings.quarantine_bytes)
    invalid_limits = settings.invalid_limits(settings.sink_max_invalid_in_a_row, settings.sink_max_invalid_percent)

    def bury(origin: str, raw: bytes, fault: InvalidMessage) -> Event:
        return dead_letter(
            raw,
            code=fault.code,
            reason=fault.reason,
            origin=origin,
            field=fault.field,
            source=SOURCE,
            clock=clock,
            quarantine=quarantine,
        )

    limits = Limits(settings.sink_flush_rows, settings.sink_flush_bytes, settings.flush_s)
    return Sink(
        consumer,
        writer,
        # No token outlives this process: an engine whose disk was full may know one and have lost its rows.
        Batch(limits, f"{settings.incarnation}.{new_incarnation()}"),
        Timeouts(settings.revoke_timeout_s, settings.stop_timeout_s, settings.sink_commit_timeout_s),
        read=read_rows,
        bury=bury,
        invalid=InvalidWatch(invalid_limits, StopNote(settings.data, "sink", clock)),
        pulse=pulse,
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
