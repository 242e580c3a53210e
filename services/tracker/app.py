"""The Faust app of the tracker, wired: an input topic, its partitions, its loop, its ticks.

Only wiring lives here: ``esep.facts`` and ``esep.budget`` are one ``_track`` each, with a fold of its own.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import faust
from aiokafka.errors import IllegalStateError
from faust.types import TP, AppT, EventT, Message
from mode import CrashingSupervisor

from schemas.topics import BUDGET, FACTS, PROBES, Topic
from services.adapters.clock import Clock, SystemClock
from services.adapters.factlog import FactLog
from services.adapters.liveness import Progress
from services.adapters.probes import Headers, Prober
from services.adapters.quarantine import Quarantine
from services.adapters.stops import StopNote
from services.adapters.telemetry import gauge
from services.tracker.agents import Pace, follow, follow_probes
from services.tracker.folds import Fold, Folds
from services.tracker.loop import FactLoop
from services.tracker.publisher import TopicPublisher
from services.tracker.reader import MAX_FETCH_BYTES, LogReader
from services.tracker.rejects import RejectKeeper
from services.tracker.settings import TrackerSettings
from services.tracker.stalls import StallWatch
from services.tracker.state import OwnedPartition, OwnedPartitions
from services.tracker.ticks import Ticker

METADATA_MAX_AGE_MS = 1_000
"""A tracker may start before its topics exist; then this is how long it takes to see them."""


class RawSchema(faust.Schema[bytes, bytes]):
    """Bytes in: our own codec decodes, so what it does not understand is ours to keep."""

    def compile(self, app: AppT, **_: Any) -> Callable[..., Awaitable[EventT[bytes]]]:
        """The function Faust calls on each message it delivers."""

        async def deliver(message: Message, *, propagate: bool = False) -> EventT[bytes]:
            return app.create_event(message.key, message.value, message.headers, message)

        return deliver


def create_app(
    settings: TrackerSettings,
    folds: Folds,
    facts: FactLog,
    clocks: Mapping[str | None, Clock],
    progress: Progress,
) -> faust.App:
    """A tracker that folds ``esep.facts`` and ``esep.budget``; ticks and dead letters go to ``facts``.

    What comes through is told to ``progress``, and probed when nothing does.

    Raises: ConfigError when no broker is configured.
    """
    app = _faust_app(settings)
    _track(app, FACTS, settings, folds.facts, facts, clocks, progress)
    _track(app, BUDGET, settings, folds.budget, facts, clocks, progress)
    _probe(app, settings, progress)
    return app


def _faust_app(settings: TrackerSettings) -> faust.App:
    data = settings.data / "tracker"
    data.mkdir(parents=True, exist_ok=True)
    return faust.App(
        settings.tracker_group,
        broker=[f"kafka://{address.strip()}" for address in settings.bootstrap.split(",")],
        datadir=data,
        autodiscover=False,
        processing_guarantee="at_least_once",
        agent_supervisor=CrashingSupervisor,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.heartbeat_s,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=MAX_FETCH_BYTES,
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        producer_acks=-1,
        producer_max_batch_size=256 * 1024,
        producer_max_request_size=MAX_FETCH_BYTES,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )


def _track(
    app: faust.App,
    topic: Topic,
    settings: TrackerSettings,
    make_fold: Callable[[int], Fold],
    facts: FactLog,
    clocks: Mapping[str | None, Clock],
    progress: Progress,
) -> None:
    reader = LogReader(settings.bootstrap, topic.name, settings.tracker_group)
    limits = settings.invalid_limits(settings.tracker_max_invalid_in_a_row, settings.tracker_max_invalid_percent)
    partitions = OwnedPartitions(topic, reader, make_fold, limits)
    partitions.at_rebuilding = partial(progress.at_work, "rebuilt")
    publisher = TopicPublisher(lambda: app.producer, settings.publish_timeout_s, progress.came_through)
    quarantine = Quarantine(settings.data, settings.quarantine_bytes)
    note = StopNote(settings.data, "tracker", SystemClock())
    rejects = RejectKeeper(topic, facts, SystemClock(), quarantine, note)
    loop = FactLoop(topic, partitions, reader, publisher, rejects, lambda: app.consumer_generation_id)
    channel = app.topic(topic.name, schema=RawSchema())
    follow(app, channel, loop, Pace(settings.tracker_batch, settings.tracker_linger_s), progress)
    _own_what_is_assigned(app, topic, partitions)
    lag = partial(_lag, app, topic)
    watch = StallWatch(
        partitions, lag, lambda: loop.processing, partial(_deliver_from, app, topic), settings.tracker_patience_s
    )
    ticker = Ticker(partitions, facts, clocks, lambda owned: lag(owned) == 0)
    readiness = partial(_tell_readiness, topic, partitions, progress)
    _beat(app, settings.tracker_beat_s, readiness, watch.look, ticker.beat)


def _probe(app: faust.App, settings: TrackerSettings, progress: Progress) -> None:
    def partitions() -> list[int]:
        return [tp.partition for tp in app.consumer.assignment() if tp.topic == PROBES.name]

    async def send(partition: int, key: bytes, value: bytes, headers: Headers) -> None:
        await (await app.producer.send(PROBES.name, key, value, partition, None, headers))

    prober = Prober("tracker", progress, SystemClock(), partitions, send, after_share=1 / 3)
    follow_probes(app, app.topic(PROBES.name, schema=RawSchema()), prober)
    _beat(app, settings.tracker_beat_s, prober.beat, _spare_duty(app, progress))


def _spare_duty(app: faust.App, progress: Progress) -> Callable[[], Awaitable[None]]:
    """A group with more workers than partitions leaves some without any: those have nothing to prove."""
    is_spare = False

    async def assign(_: object, /, *args: Any, **__: Any) -> None:
        nonlocal is_spare
        is_spare = not args[0]

    async def tell() -> None:
        if is_spare:
            progress.came_through("spare")

    app.on_partitions_assigned.connect(assign, weak=False)
    return tell


async def _tell_readiness(topic: Topic, partitions: OwnedPartitions, progress: Progress) -> None:
    rebuilding = partitions.rebuilding()
    if not partitions.assigned():
        progress.waits(topic.name, "no partition is assigned to this worker")
    elif rebuilding:
        progress.waits(topic.name, f"the state of {len(rebuilding)} partitions is being rebuilt")
    else:
        progress.has(topic.name)


def _own_what_is_assigned(app: faust.App, topic: Topic, partitions: OwnedPartitions) -> None:
    def numbers(tps: set[TP]) -> set[int]:
        return {tp.partition for tp in tps if tp.topic == topic.name}

    async def assign(_: object, /, *args: Any, **__: Any) -> None:
        partitions.assign(numbers(args[0]))

    async def revoke(_: object, /, *args: Any, **__: Any) -> None:
        partitions.revoke(numbers(args[0]))

    app.on_partitions_assigned.connect(assign, weak=False)
    app.on_partitions_revoked.connect(revoke, weak=False)


def _beat(app: faust.App, every_s: float, *duties: Callable[[], Awaitable[None]]) -> None:
    async def beat() -> None:
        while not app.should_stop:
            await app.sleep(every_s)
            for duty in duties:
                await duty()

    app.task(beat)


async def _deliver_from(app: faust.App, topic: Topic, number: int, offset: int) -> None:
    # A rebalance may have taken the partition a moment ago; then it is no longer ours to move.
    with suppress(IllegalStateError):
        await app.consumer.seek_wait({TP(topic.name, number): offset})


def _lag(app: faust.App, topic: Topic, owned: OwnedPartition) -> int | None:
    """How many records of the last fetch's high watermark are not in the state; None while that is unknown."""
    tp = TP(topic.name, owned.number)
    end = app.consumer.highwater(tp) if tp in app.consumer.assignment() else None
    if end is None:
        return None
    lag = max(0, end - owned.next_offset)
    gauge("tracker_lag_records").labels(topic.name, str(owned.number)).set(lag)
    return lag
