"""Events for the warehouse tests: every type from ``schemas/examples``, and small worlds with known answers.

Data only; what they must look like in the views is written in the tests.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from schemas.envelope import Event
from schemas.events.budget import BudgetPeriodPublishedV1, BudgetStatementV1
from schemas.events.clock import ClockTickV1
from schemas.events.findings import FindingRaisedV1
from schemas.events.obligations import HoldingSpan, ObligationChangedV1, TraceStep
from schemas.events.registry import EventData
from schemas.rows.mapping import to_rows
from schemas.rows.tables import Row
from services.adapters.clickhouse import Warehouse
from services.adapters.codec import content_digest, decode, encode
from services.domain.identity import new_event
from tests.contracts.examples import VALID

NOW = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)


def every_type() -> list[Event]:
    """One or more events of every registered type."""
    return [decode(path.read_bytes()) for path in VALID]


def event(data: EventData, subject: str, *, version: str = "1", at: datetime = NOW, **more: Any) -> Event:
    """An event about ``subject`` that happened and was observed at one instant."""
    named = {"source": "/tests", "native_id": f"{subject}/{data.type}", "observed_at": at} | more
    return new_event(data, subject=subject, version=version, time=at, **named)


def snapshot(number: int, **changes: Any) -> ObligationChangedV1:
    """An open, claimed late question of January 2024, unless changed."""
    usual: dict[str, Any] = {
        "version": 1,
        "kind": "inquiry.written_question",
        "jurisdiction": "gb",
        "rule": "gb.wq.named_day",
        "rule_version": 1,
        "force": "standing_order",
        "confidence": "verified",
        "source_id": "/sources/uk-written-questions/2024-01",
        "owed_by": "gb.dept.54",
        "owed_by_name": "Ministry of Justice",
        "owed_to": None,
        "title": f"Question {number}",
        "reference": str(number),
        "region": None,
        "url": None,
        "period": None,
        "filed_on": date(2024, 1, 15),
        "basis_on": date(2024, 1, 18),
        "due_on": date(2024, 1, 18),
        "due_at": datetime(2024, 1, 19, tzinfo=UTC),
        "closed_on": None,
        "holding_answered_on": None,
        "delay_days": None,
        "lifecycle": "open",
        "timeliness": "late",
        "claim": "publishable",
        "withheld_reason": None,
        "extended": False,
        "paused": False,
        "transferred": False,
        "facts": 1,
        "spans": (HoldingSpan(body="gb.dept.54", name="Ministry of Justice", from_on=date(2024, 1, 15)),),
        "trace": (TraceStep(code="named_day", on=date(2024, 1, 18)),),
    }
    return ObligationChangedV1.model_validate(usual | changes)


def obligation(number: int, *, simulation: str | None = None, **changes: Any) -> Event:
    """A snapshot event of obligation ``gb.wq:<number>``."""
    data = snapshot(number, **changes)
    return event(data, f"gb.wq:{number}", version=str(data.version), simulation=simulation)


def tick(at: datetime = NOW, simulation: str | None = None) -> Event:
    """A tick of one clock."""
    name = f"{simulation or 'real'}:0:{at.isoformat()}"
    return event(ClockTickV1(at=at), "tick:0", at=at, native_id=name, simulation=simulation)


def statement(version: str = "1", *, observed_at: datetime = NOW, **changes: Any) -> Event:
    """A statement of one administrator of the republican budget of Kazakhstan, January 2024, in thousand tenge."""
    usual: dict[str, Any] = {
        "jurisdiction": "kz",
        "level": "republican",
        "classification": "administrator",
        "code": "226",
        "name": "Ministry of Healthcare",
        "fiscal_year": 2024,
        "unit": "thousand KZT",
        "period_end": date(2024, 1, 31),
        "is_total": False,
        "approved": "1000",
        "specified": "1000",
        "adjusted": "1000",
        "period_plan_payments": "100",
        "period_plan_obligations": "500",
        "paid": "80.5",
        "obligations_taken": "400.25",
    }
    data = BudgetStatementV1.model_validate(usual | changes)
    line = line_id(data.code, data.fiscal_year, data.classification)
    return event(data, line, version=version, observed_at=observed_at, at=NOW - timedelta(days=1))


def line_id(code: str, year: int = 2024, classification: str = "administrator") -> str:
    """The id of a line of the republican budget of Kazakhstan."""
    return f"kz/republican/{classification}/-/{year}/{code}"


def published(period_end: date, classification: str = "administrator", *, at: datetime = NOW) -> Event:
    """A period of a republican table, published whole."""
    where: dict[str, Any] = {"jurisdiction": "kz", "level": "republican", "classification": classification}
    data = BudgetPeriodPublishedV1(**where, fiscal_year=period_end.year, period_end=period_end, lines=2)
    return event(data, f"{classification}/{period_end}", version=at.isoformat(), at=at)


def budget_finding(check: str, period_end: date, code: str = "", *, blocks: bool = True, **params: str) -> Event:
    """A finding of the republican table by administrator, of one line of it where a code is given."""
    line = {"line_id": line_id(code, period_end.year), "code": code, "name": f"Line {code}"} if code else {}
    where = {"jurisdiction": "kz", "level": "republican", "classification": "administrator", "region": ""}
    data = FindingRaisedV1(
        code=f"budget.{check}",
        severity="error" if blocks else "info",
        source_id="/sources/tests",
        params=where | {"period_end": period_end.isoformat()} | line | params,
    )
    return event(data, f"finding:budget.{check}:{line.get('line_id', 'table')}:{period_end:%Y-%m}")


def budget_year() -> list[Event]:
    """A line over the turn of a year's end, its periods, and a finding: something for every view of money."""
    ends = (date(2023, 11, 30), date(2023, 12, 31))
    return [
        *(statement(end.isoformat(), period_end=end, fiscal_year=2023) for end in ends),
        *(published(end) for end in ends),
        budget_finding("renamed", ends[1], "226", blocks=False),
    ]


def rows_of(events: Iterable[Event]) -> list[Row]:
    """What the sink would store for these events."""
    return [row for each in events for row in to_rows(each, body=encode(each).decode(), sha256=content_digest(each))]


def insert(warehouse: Warehouse, events: Sequence[Event], token: str) -> None:
    """Store events as the sink does: one block per table, each with a token of its own."""
    rows = sorted(rows_of(events), key=lambda row: row.table)
    for table, block in groupby(rows, key=lambda row: row.table):
        warehouse.insert(list(block), f"{token}:{table}")
