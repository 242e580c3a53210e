"""Events for tests of adapters and gateway: small, valid, one per number.

Nothing random: the same number is the same event.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

import orjson

from schemas.envelope import SCHEMA_BASE, Event
from schemas.events.budget import BudgetStatementV1
from schemas.events.inquiries import InquiryFiledV1
from schemas.events.registry import EventData
from schemas.events.sources import SourceObservedV1
from services.adapters.codec import encode

NAMESPACE: Final = UUID("5ed0044e-a5d6-5103-86b8-dff315b03ee0")
NOON: Final = datetime(2026, 3, 3, 12, tzinfo=UTC)


def question(number: int, *, title: str = "Prisons: Drinking Water", **envelope: Any) -> Event:
    """A question filed; the same number with another title is a conflict."""
    data = InquiryFiledV1(
        occurred_on=date(2026, 3, 3),
        kind="inquiry.written_question",
        jurisdiction="gb",
        rule="gb.wq.named_day",
        owed_by="gb.dept.54",
        owed_by_name="Ministry of Justice",
        title=title,
        reference=str(number),
    )
    return _event(data, f"gb.wq:{number}", number, **envelope)


def watermark(number: int, **envelope: Any) -> Event:
    """A source observed: broadcast to every partition."""
    return _event(SourceObservedV1(read_up_to=NOON, lag_s=60), "/sources/uk-written-questions", number, **envelope)


def statement(number: int, paid: str = "1250.75", **envelope: Any) -> Event:
    """A budget statement, with amounts."""
    two_thousand = Decimal("2000")
    data = BudgetStatementV1(
        jurisdiction="kz",
        level="republican",
        classification="administrator",
        code=str(number),
        name="Simulated administrator",
        fiscal_year=2026,
        unit="thousand KZT",
        period_end=date(2026, 2, 28),
        is_total=False,
        approved=two_thousand,
        specified=two_thousand,
        adjusted=two_thousand,
        period_plan_payments=two_thousand,
        period_plan_obligations=two_thousand,
        paid=Decimal(paid),
        obligations_taken=two_thousand,
    )
    return _event(data, f"kz/republican/administrator/-/2026/{number}", number, **envelope)


def message(event: Event, **changed: Any) -> bytes:
    """The bytes of an event with envelope attributes changed; ``data_<field>`` changes a field of its data."""
    content = orjson.loads(encode(event))
    for name, value in changed.items():
        if name.startswith("data_"):
            content["data"][name.removeprefix("data_")] = value
        else:
            content[name] = value
    return orjson.dumps(content)


def _event(data: EventData, about: str, number: int, **envelope: Any) -> Event:
    return Event(
        **{
            "id": uuid5(NAMESPACE, f"{data.type} {number}"),
            "source": "/sources/uk-written-questions/2026-03",
            "type": data.type,
            "subject": about,
            "time": NOON,
            "dataschema": SCHEMA_BASE + data.type,
            "observedat": NOON,
            "data": data,
            **envelope,
        }
    )
