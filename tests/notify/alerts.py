"""Alerts and channels for the tests of notify. Nothing random: the same number is the same alert."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from schemas.envelope import Event
from schemas.events.alerts import AlertClearedV1, AlertEscalatedV1, AlertEvent, AlertRaisedV1
from schemas.events.deliveries import DeliveryEvent, DeliveryFailedV1
from services.adapters.codec import decode
from services.adapters.memory import MemoryFactLog
from services.adapters.webhooks import WebhookFailed
from services.domain.identity import wrap

NAMESPACE = UUID("0f0b7a52-3a43-5b1c-8a0c-5f5f5f5f5f5f")
NOW = datetime(2026, 3, 10, 6, tzinfo=UTC)
DUE_AT = datetime(2026, 3, 10, 0, tzinfo=UTC)


def raised(number: int, **changed: Any) -> Event:
    """Alert ``number`` raised at NOW; ``ago``, ``backfill`` and ``simulation`` change that."""
    return _alert(AlertRaisedV1, number, **changed)


def escalated(number: int, **changed: Any) -> Event:
    """Alert ``number`` escalated; the tracker marks what lies 72 hours behind its due instant as backfill."""
    return _alert(AlertEscalatedV1, number, **{"backfill": True, **changed})


def cleared(number: int, **changed: Any) -> Event:
    """Alert ``number`` cleared."""
    return _alert(AlertClearedV1, number, **{"backfill": True, **changed}, reason="claim_withdrawn")


def alert_id(number: int) -> UUID:
    return uuid5(NAMESPACE, str(number))


def _alert(
    kind: type[AlertEvent],
    number: int,
    *,
    ago: timedelta = timedelta(0),
    backfill: bool = False,
    simulation: str | None = None,
    **more: str,
) -> Event:
    data = kind(
        alert_id=alert_id(number),
        severity="warning",
        obligation_id=f"{simulation or 'gb'}.wq:{number}",
        kind="inquiry.written_question",
        owed_by="gb.dept.54",
        owed_by_name="Ministry of Justice",
        title=f"Question {number}",
        rule="gb.wq.named_day",
        due_on=date(2026, 3, 9),
        due_at=DUE_AT,
        backfill=backfill,
        **more,
    )
    return wrap(
        data,
        id_=uuid5(NAMESPACE, f"{kind.type} {number} {simulation}"),
        source="/tracker",
        subject=str(data.alert_id),
        time=NOW - ago,
        observed_at=NOW - ago,
        simulation=simulation,
    )


class RecordingChannel:
    """A channel that keeps what it was given; ``failures`` are raised first, one per try."""

    def __init__(self, name: str = "record", failures: Sequence[WebhookFailed] = ()) -> None:
        self.name = name
        self.taken: list[list[Event]] = []
        self.tries = 0
        self._failures = list(failures)

    async def send(self, alerts: Sequence[Event]) -> None:
        self.tries += 1
        if self._failures:
            raise self._failures.pop(0)
        self.taken.append(list(alerts))

    async def close(self) -> None:
        """Nothing to close."""

    def got(self) -> list[UUID]:
        return [alert.id for alerts in self.taken for alert in alerts]


def recorded(log: MemoryFactLog) -> list[Event]:
    """The delivery events of a log, in order."""
    return [event for entry in log.entries if isinstance((event := decode(entry.value)).data, DeliveryEvent)]


def summary(log: MemoryFactLog) -> list[tuple[str, UUID, int, str | None]]:
    """(channel, alert event, attempt, reason of failure) of each delivery."""
    found = []
    for event in recorded(log):
        data = event.data
        assert isinstance(data, DeliveryEvent)
        reason = data.reason if isinstance(data, DeliveryFailedV1) else None
        found.append((data.channel, data.alert_event_id, data.attempt, reason))
    return found
