"""The loop of notify: fetch a poll of alerts, deliver and record it, and only then commit.

A poll is what arrives together, so that a storm becomes one digest. Nothing is committed automatically.
"""

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, Final, Protocol

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from schemas.envelope import Event
from schemas.events.alerts import AlertEvent
from services.adapters.codec import InvalidMessage, decode
from services.adapters.liveness import Progress
from services.adapters.logs import logger_of
from services.notify.delivery import Notifier

POLL_MS: Final = 500
GATHER_MS: Final = 200
GATHER_S: Final = 1.0
MAX_POLL_RECORDS: Final = 500
STOP_S: Final = 4.0
COMMIT_S: Final = 30.0

_log = logger_of(__name__)


class Consumer(Protocol):
    """The part of an aiokafka consumer that is used here."""

    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[Any, Sequence[Any]]: ...
    async def commit(self, offsets: Mapping[Any, int]) -> None: ...


class AlertLoop:
    """Moves alerts from a consumer to a notifier, at least once."""

    def __init__(self, consumer: Consumer, notifier: Notifier, progress: Progress) -> None:
        self._consumer = consumer
        self._notifier = notifier
        self._progress = progress

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; a delivery under way then gets a few seconds, and is repeated after the next start.

        Raises: FactLogUnavailableError, TimeoutError (commit), KafkaError: end the process, nothing uncommitted is lost.
        """
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                turn = asyncio.create_task(self._turn())
                await asyncio.wait({turn, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not turn.done():
                    await asyncio.wait({turn}, timeout=STOP_S)
                if turn.done():
                    turn.result()
                else:
                    turn.cancel()
                    await asyncio.wait({turn})
        finally:
            stopped.cancel()

    async def _turn(self) -> None:
        polled = await self._poll()
        if not polled:
            self._progress.came_through("polled")
            return
        alerts = [alert for place, record in polled if (alert := _parse(place, record)) is not None]
        with self._progress.at_work("delivered"):
            await self._notifier.deliver(alerts)
        offsets = {place: record.offset + 1 for place, record in polled}
        try:
            async with asyncio.timeout(COMMIT_S):
                await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            # Another notifier has the partitions now; it repeats what its ledger does not know.
            _log.warning("delivered, but not ours to commit", reason=str(error).splitlines()[0])

    async def _poll(self) -> list[tuple[TopicPartition, ConsumerRecord]]:
        """What has arrived, and what arrives right behind it: the fetches of one storm belong together."""
        polled = await self._fetch(POLL_MS, MAX_POLL_RECORDS)
        end = monotonic() + GATHER_S
        while polled and len(polled) < MAX_POLL_RECORDS and monotonic() < end:
            more = await self._fetch(GATHER_MS, MAX_POLL_RECORDS - len(polled))
            if not more:
                break
            polled += more
        return polled

    async def _fetch(self, timeout_ms: int, max_records: int) -> list[tuple[TopicPartition, ConsumerRecord]]:
        fetched = await self._consumer.getmany(timeout_ms=timeout_ms, max_records=max_records)
        return [(place, record) for place, records in fetched.items() for record in records]


def _parse(place: TopicPartition, record: ConsumerRecord) -> Event | None:
    """The alert of a record; None for anything else, which the sink keeps as a dead letter."""
    try:
        event = decode(record.value or b"")
    except InvalidMessage as fault:
        code = fault.code
    else:
        if isinstance(event.data, AlertEvent):
            return event
        code = "forbidden_family"
    _log.warning("not an alert", topic=place.topic, partition=place.partition, offset=record.offset, code=code)
    return None
