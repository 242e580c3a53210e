"""Probes of a service that nothing comes through to: sent through its own connection, awaited in its own loop.

When and to which partition is decided here; how it is sent is the service's own way to the broker.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from time import monotonic
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from schemas.envelope import SCHEMA_BASE, Event
from schemas.events.probes import Prober as ProberName
from schemas.events.probes import ProbeSentV1
from schemas.topics import PROBES
from services.adapters.clock import Clock
from services.adapters.codec import InvalidMessage, decode, encode
from services.adapters.factlog import headers_of_type
from services.adapters.liveness import Progress
from services.adapters.logs import logger_of
from services.adapters.telemetry import counter, histogram

SEND_TIMEOUT_S: Final = 20.0

Headers = list[tuple[str, bytes]]
Send = Callable[[int, bytes, bytes, Headers], Awaitable[object]]
"""Sends (partition, key, value, headers) to ``PROBES`` and returns when the broker has it."""

_NAMESPACE: Final = uuid5(NAMESPACE_URL, SCHEMA_BASE + ProbeSentV1.type)
_log = logger_of(__name__)


class Prober:
    """Sends a probe when nothing came through for a share of the patience; one at a time."""

    def __init__(
        self,
        name: ProberName,
        progress: Progress,
        clock: Clock,
        partitions: Callable[[], Collection[int]],
        send: Send,
        *,
        after_share: float,
        elapsed_s: Callable[[], float] = monotonic,
    ) -> None:
        """``partitions`` are those of ``PROBES`` that this process reads at the moment."""
        self._name = name
        self._progress = progress
        self._clock = clock
        self._partitions = partitions
        self._send = send
        self._after_s = progress.quiet_after_s * after_share
        self._elapsed_s = elapsed_s
        self._turn = 0
        self._underway: asyncio.Task[None] | None = None
        self._sent: tuple[str, float] | None = None

    async def beat(self) -> None:
        """Send a probe if it is time; returns at once, whatever the broker does."""
        waiting = self._underway is not None and not self._underway.done()
        if waiting or self._progress.silent_s < self._after_s:
            return
        if self._sent is not None and self._elapsed_s() - self._sent[1] < self._after_s:
            return
        numbers = sorted(self._partitions())
        if not numbers:
            return
        self._turn += 1
        number = numbers[self._turn % len(numbers)]
        self._underway = asyncio.create_task(self._probe(number), name=f"probe of {PROBES.name}/{number}")
        self._underway.add_done_callback(_told)

    def came_out(self, raw: bytes | None) -> None:
        """A message of ``PROBES`` has come out here, whoever sent it; what is not a probe is the sink's to keep."""
        self._progress.came_through("probe")
        try:
            event = decode(raw or b"")
        except InvalidMessage:
            return
        if self._sent is not None and str(event.id) == self._sent[0]:
            histogram("probe_seconds").observe(self._elapsed_s() - self._sent[1])
            counter("probes_total").labels("came_out").inc()

    async def _probe(self, partition: int) -> None:
        event = self._event(partition)
        self._sent = str(event.id), self._elapsed_s()
        key, headers = str(partition).encode(), list(headers_of_type(event.type))
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await self._send(partition, key, encode(event), headers)

    def _event(self, partition: int) -> Event:
        now = self._clock.now()
        data = ProbeSentV1(sent_by=self._name)
        return Event(
            id=uuid5(_NAMESPACE, f"probe\n{self._name}\n{partition}\n{now.isoformat()}"),
            source=f"/{self._name}",
            type=data.type,
            subject=f"probe:{partition}",
            time=now,
            dataschema=SCHEMA_BASE + data.type,
            observedat=now,
            data=data,
        )


def _told(task: "asyncio.Task[None]") -> None:
    """Whatever the transport raised is only told: a probe that cannot be sent is what probes are for."""
    if task.cancelled():
        return
    error = task.exception()
    counter("probes_total").labels("sent" if error is None else "not_sent").inc()
    if error is not None:
        _log.warning("probe not sent", probe=task.get_name(), error=type(error).__name__, reason=str(error))
