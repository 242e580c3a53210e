"""The channels alerts go to: the log, always, and webhooks.

A channel tries once; when to try again, and what is recorded, is decided in ``delivery``.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from schemas.envelope import Event
from services.adapters.codec import encode
from services.adapters.logs import logger_of
from services.adapters.webhooks import Webhook, WebhookClient, load_webhooks
from services.notify.routing import data_of
from services.notify.settings import NotifySettings

LOG = "log"

_log = logger_of(__name__)


class Channel(Protocol):
    """Takes one alert, or several of one world as a digest."""

    @property
    def name(self) -> str:
        """What delivery records call it."""
        ...

    async def send(self, alerts: Sequence[Event]) -> None:
        """Hand over one alert, or a digest of several; taken when it returns.

        Raises: WebhookFailed.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class LogChannel:
    """Writes an alert, or a digest, as one line of this process's log."""

    name = LOG

    async def send(self, alerts: Sequence[Event]) -> None:
        """Log one line; what is simulated says so first."""
        label = "SIMULATED " if alerts[0].simulation is not None else ""
        if len(alerts) > 1:
            by_state = Counter(_state(alert) for alert in alerts)
            _log.warning(f"{label}alerts, in one digest", alerts=len(alerts), **by_state)
            return
        (alert,) = alerts
        data = data_of(alert)
        _log.warning(
            f"{label}alert {_state(alert)}",
            alert_id=str(data.alert_id),
            severity=data.severity,
            obligation_id=data.obligation_id,
            owed_by=data.owed_by,
            title=data.title,
            rule=data.rule,
            due_on=data.due_on.isoformat(),
            simulation=alert.simulation,
        )

    async def close(self) -> None:
        """Nothing to let go of."""


class WebhookChannel:
    """Posts the alert's CloudEvent as it is, its simulation label included; a digest as a CloudEvents batch."""

    def __init__(self, webhook: Webhook, client: WebhookClient) -> None:
        self.name = webhook.name
        self._client = client

    async def send(self, alerts: Sequence[Event]) -> None:
        """Post one event or one batch.

        Raises: WebhookFailed.
        """
        encoded = [encode(alert) for alert in alerts]
        if len(encoded) == 1:
            await self._client.post(encoded[0], "application/cloudevents+json")
        else:
            await self._client.post(b"[" + b",".join(encoded) + b"]", "application/cloudevents-batch+json")

    async def close(self) -> None:
        """Close kept connections."""
        await self._client.close()


def open_channels(settings: NotifySettings) -> list[Channel]:
    """The log and every configured webhook.

    Raises: ConfigError for a webhook that cannot be used.
    """
    channels: list[Channel] = [LogChannel()]
    if settings.notify_webhooks is None:
        return channels
    loopback = settings.allows_loopback
    for webhook in load_webhooks(settings.notify_webhooks, loopback=loopback, taken_names={LOG}):
        client = WebhookClient(webhook, loopback=loopback, timeout_s=settings.notify_timeout_s)
        channels.append(WebhookChannel(webhook, client))
    return channels


def _state(alert: Event) -> str:
    """raised, escalated or cleared."""
    return alert.type.split(".")[2]
