"""Who is told what: news once, corrections to whoever got the claim, old stories to nobody."""

from datetime import datetime, timedelta

import pytest

from schemas.envelope import Event
from services.notify.routing import Ledger, delivery_of, to_send
from tests.notify.alerts import NOW, cleared, escalated, raised

LONG_AGO = timedelta(hours=73)


def now_of(world: str | None) -> datetime | None:
    return {None: NOW, "kz-demo": NOW}.get(world)


def ledger(*deliveries: Event) -> Ledger:
    known = Ledger()
    for delivery in deliveries:
        known.note(delivery)
    return known


def sent(alert: Event, channel: str = "a") -> Event:
    return delivery_of(alert, channel, 1, NOW, None)


def failed(alert: Event, channel: str = "a") -> Event:
    return delivery_of(alert, channel, 4, NOW, "timeout")


def going(*alerts: Event, known: Ledger | None = None) -> list[Event]:
    return list(to_send(alerts, "a", known or Ledger(), now_of))


def test_a_new_alert_is_sent_once() -> None:
    assert going(raised(1), raised(1)) == [raised(1)]
    assert going(raised(1), known=ledger(sent(raised(1)))) == []
    assert going(raised(1), known=ledger(sent(raised(1), "b"))) == [raised(1)]


def test_what_was_given_up_is_not_tried_again() -> None:
    assert going(raised(1), known=ledger(failed(raised(1)))) == []


def test_backfill_and_old_moments_page_nobody() -> None:
    assert going(raised(1, backfill=True)) == []
    assert going(raised(1, ago=LONG_AGO)) == []
    assert going(raised(1, ago=timedelta(hours=72))) == [raised(1, ago=timedelta(hours=72))]


def test_without_the_clock_of_its_world_nothing_is_news() -> None:
    assert going(raised(1, simulation="kz-demo")) == [raised(1, simulation="kz-demo")]
    assert going(raised(1, simulation="elsewhere")) == []


@pytest.mark.parametrize("follow", [escalated(1), cleared(1)])
def test_what_follows_goes_to_whoever_got_the_raise(follow: Event) -> None:
    assert going(follow) == []
    assert going(follow, known=ledger(failed(raised(1)))) == []
    assert going(follow, known=ledger(sent(raised(1), "b"))) == []
    assert going(follow, known=ledger(sent(raised(1)))) == [follow]
    assert going(raised(1), follow) == [raised(1), follow]
    assert going(raised(1, backfill=True), follow) == []


def test_a_withdrawal_is_announced_however_late_an_escalation_is_not() -> None:
    told = ledger(sent(raised(1)))
    assert going(cleared(1, ago=LONG_AGO), known=told) == [cleared(1, ago=LONG_AGO)]
    assert going(escalated(1, ago=LONG_AGO), known=told) == []


def test_a_delivery_has_one_id_for_alert_channel_and_attempt() -> None:
    first = delivery_of(raised(1), "a", 1, NOW, None)
    assert delivery_of(raised(1), "a", 1, NOW + LONG_AGO, None).id == first.id
    others = [
        delivery_of(raised(2), "a", 1, NOW, None),
        delivery_of(raised(1), "b", 1, NOW, None),
        delivery_of(raised(1), "a", 2, NOW, None),
        delivery_of(cleared(1), "a", 1, NOW, None),
    ]
    assert len({first.id, *(other.id for other in others)}) == 5
    assert delivery_of(raised(1, simulation="kz-demo"), "a", 1, NOW, None).simulation == "kz-demo"
