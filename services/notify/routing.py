"""Who is told what: pure decisions over alerts and the record of earlier deliveries.

No IO and no clock: the present is handed in, for each world its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.envelope import Event
from schemas.events.alerts import AlertClearedV1, AlertEvent, AlertRaisedV1
from schemas.events.deliveries import DeliveryEvent, DeliveryFailedV1, DeliverySentV1
from services.domain.derived import BACKFILL_AFTER
from services.domain.identity import new_event

SOURCE = "/notify"

NowOf = Callable[[str | None], datetime | None]
"""The present of a world (None the real one); None when this process has no clock of that world."""


@dataclass(slots=True)
class Ledger:
    """What every channel has been given: folded from delivery events, in any order, any number of times."""

    _settled: set[tuple[UUID, str]] = field(default_factory=set)
    _told: set[tuple[UUID, str]] = field(default_factory=set)

    def note(self, event: Event) -> None:
        """Take in one delivery event; any other says nothing about deliveries."""
        delivery = event.data
        if not isinstance(delivery, DeliveryEvent):
            return
        self._settled.add((delivery.alert_event_id, delivery.channel))
        if not isinstance(delivery, DeliveryFailedV1) and delivery.alert_event_type == AlertRaisedV1.type:
            self._told.add((delivery.alert_id, delivery.channel))

    def is_settled(self, alert: Event, channel: str) -> bool:
        """Whether this event was sent to the channel, or given up."""
        return (alert.id, channel) in self._settled

    def was_told(self, alert_id: UUID, channel: str) -> bool:
        """Whether the channel got this alert when it was raised."""
        return (alert_id, channel) in self._told


def to_send(alerts: Sequence[Event], channel: str, ledger: Ledger, now_of: NowOf) -> Iterator[Event]:
    """The alerts this channel is to get, in order, each once.

    A raised alert is sent unless it is backfill or its moment lies more than 72 hours back. What follows goes to whoever
    got the raise: an escalation within the same time, an end (done at last, or withdrawn) always.
    """
    going: set[UUID] = set()
    taken: set[UUID] = set()
    for alert in alerts:
        data = data_of(alert)
        if alert.id in taken or ledger.is_settled(alert, channel):
            continue
        told = data.alert_id in going or ledger.was_told(data.alert_id, channel)
        if isinstance(data, AlertRaisedV1):
            wanted = not data.backfill and _is_recent(alert, now_of)
        else:
            wanted = told and (isinstance(data, AlertClearedV1) or _is_recent(alert, now_of))
        if wanted:
            taken.add(alert.id)
            going.add(data.alert_id)
            yield alert


def data_of(alert: Event) -> AlertEvent:
    """The alert an event is about."""
    if not isinstance(alert.data, AlertEvent):
        raise AssertionError(f"{alert.type} is not an alert")
    return alert.data


def delivery_of(alert: Event, channel: str, attempt: int, at: datetime, failed: str | None) -> Event:
    """The record of one delivery; its id follows from alert event, channel and attempt."""
    data = data_of(alert)
    common = {
        "alert_id": data.alert_id,
        "alert_event_id": alert.id,
        "alert_event_type": alert.type,
        "channel": channel,
        "attempt": attempt,
    }
    outcome = {} if failed is None else {"reason": failed}
    kind = DeliverySentV1 if failed is None else DeliveryFailedV1
    return new_event(
        kind.model_validate(common | outcome),
        source=SOURCE,
        subject=str(data.alert_id),
        time=at,
        observed_at=at,
        native_id=f"{alert.id}/{channel}/{attempt}",
        version="1",
        simulation=alert.simulation,
    )


def _is_recent(alert: Event, now_of: NowOf) -> bool:
    now = now_of(alert.simulation)
    # Without that world's clock nobody can tell, and an old claim paged as news is worse than one only recorded.
    return now is not None and now - alert.time <= BACKFILL_AFTER
