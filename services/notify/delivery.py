"""Delivering a poll's alerts: every channel is served at its own pace, and every outcome is recorded before it counts.

Nothing here knows Kafka; what a crash leaves unrecorded is delivered again under the same event id.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.envelope import Event
from schemas.events.alerts import AlertRaisedV1
from services.adapters.clock import Clock
from services.adapters.factlog import FactLog, entries_of
from services.adapters.liveness import Progress
from services.adapters.logs import logger_of
from services.adapters.telemetry import counter
from services.adapters.webhooks import WebhookFailed
from services.notify.channels import Channel
from services.notify.routing import Ledger, data_of, delivery_of, to_send

LONGEST_PAUSE_S = 10.0

_log = logger_of(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a channel is tried, the first pause between tries, and how many alerts make a digest."""

    attempts: int
    backoff_s: float
    digest_over: int


class Notifier:
    """Tells the channels, and keeps the record of it."""

    def __init__(
        self,
        channels: Sequence[Channel],
        log: FactLog,
        ledger: Ledger,
        clocks: Mapping[str | None, Clock],
        patience: Patience,
        progress: Progress,
    ) -> None:
        """``clocks`` by world, None being the real one; ``ledger`` holds what was delivered before.

        ``progress`` is told of every hand-over, and excused while a receiver does not take one.
        """
        self._channels = channels
        self._facts = log
        self._ledger = ledger
        self._clocks = clocks
        self._patience = patience
        self._progress = progress

    async def deliver(self, alerts: Sequence[Event]) -> None:
        """Tell every channel what it is to get; returns when each outcome is recorded.

        Raises: FactLogUnavailableError; what was not recorded must be delivered again.
        """
        await asyncio.gather(*(self._serve(channel, alerts) for channel in self._channels))

    async def _serve(self, channel: Channel, alerts: Sequence[Event]) -> None:
        going = list(to_send(alerts, channel.name, self._ledger, self._now))
        _log.debug("alerts routed", channel=channel.name, alerts=len(alerts), going=len(going))
        for world in dict.fromkeys(alert.simulation for alert in going):
            await self._serve_world(channel, [alert for alert in going if alert.simulation == world])

    async def _serve_world(self, channel: Channel, going: Sequence[Event]) -> None:
        """One digest or single alerts; a digest never mixes what is invented with what is real."""
        if len(going) > self._patience.digest_over:
            await self._hand_over(channel, going, self._patience.attempts)
            return
        attempts = self._patience.attempts
        for alert in going:
            data = data_of(alert)
            if not isinstance(data, AlertRaisedV1) and not self._ledger.was_told(data.alert_id, channel.name):
                continue  # its raise did not get through just now
            taken = await self._hand_over(channel, [alert], attempts)
            # A channel that is down gets one try for each further alert, so that it holds up a poll for a bounded time.
            attempts = self._patience.attempts if taken else 1

    async def _hand_over(self, channel: Channel, alerts: Sequence[Event], attempts: int) -> bool:
        attempt = 1
        while True:
            try:
                await channel.send(alerts)
            except WebhookFailed as failure:
                self._progress.excuse()
                if failure.transient and attempt < attempts:
                    await asyncio.sleep(min(LONGEST_PAUSE_S, self._patience.backoff_s * 2.0 ** (attempt - 1)))
                    attempt += 1
                    continue
                _log.warning("alerts not delivered", channel=channel.name, alerts=len(alerts), reason=failure.reason)
                await self._record(channel, alerts, attempt, failure.reason)
                return False
            await self._record(channel, alerts, attempt, None)
            return True

    async def _record(self, channel: Channel, alerts: Sequence[Event], attempt: int, failed: str | None) -> None:
        deliveries = [
            delivery_of(alert, channel.name, attempt, self._now_or_real(alert.simulation), failed) for alert in alerts
        ]
        entries = [entry for delivery in deliveries for entry in entries_of(delivery)]
        await asyncio.to_thread(self._facts.append, entries)
        for delivery in deliveries:
            self._ledger.note(delivery)
        self._progress.came_through("delivered")
        state = "sent" if failed is None else "failed"
        counter("notify_deliveries_total").labels(channel.name, state).inc(len(deliveries))

    def _now(self, world: str | None) -> datetime | None:
        clock = self._clocks.get(world)
        return clock.now() if clock is not None else None

    def _now_or_real(self, world: str | None) -> datetime:
        return self._clocks.get(world, self._clocks[None]).now()
