"""The money of the made-up country: statements of several tables, periods published whole, and faults of their source.

Small figures with known answers; what pages and answers must make of them is written in the tests.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zlib import crc32

from schemas.envelope import Event
from schemas.events.budget import BudgetPeriodPublishedV1, BudgetStatementV1
from schemas.events.findings import FindingRaisedV1
from schemas.events.registry import EventData
from services.domain.identity import new_event

SEEN_AT: Final = datetime(2026, 5, 20, 6, 0, tzinfo=UTC)
SOURCE: Final = "/sources/kz-budget/test"
HOSTILE_NAME: Final = "<script>alert('money')</script>{{ 7*7 }}"

FEBRUARY, MARCH, APRIL = date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)
LINE: Final = "kz/republican/administrator/-/2026/226"
BLOCKED_LINE: Final = "kz/republican/administrator/-/2026/227"
ENDED_LINE: Final = "kz/republican/administrator/-/2023/249"
EXPENDITURE: Final = ("II. ЗАТРАТЫ",)
REVENUE: Final = ("I. ДОХОДЫ",)


def money() -> list[Event]:
    """Everything the sources have said about money."""
    return [*_administrators(), *_reorganised(), *_tree(), *_region(), *_faults()]


def statement(code: str, period_end: date, approved: str, paid: str, plan: str = "0", **more: Any) -> Event:
    """A statement of one line, in thousand tenge: an administrator of the republican budget unless told otherwise."""
    path = more.get("path")
    usual: dict[str, Any] = {
        "jurisdiction": "kz",
        "level": "republican",
        "classification": "administrator",
        "code": code,
        "name": path[-1] if path else f"Administrator {code}",
        "fiscal_year": period_end.year,
        "unit": "thousand KZT",
        "period_end": period_end,
        "is_total": code == "0",
        "approved": approved,
        "specified": approved,
        "adjusted": approved,
        "period_plan_payments": plan,
        "period_plan_obligations": plan,
        "paid": paid,
        "obligations_taken": paid,
    }
    data = BudgetStatementV1.model_validate(usual | more)
    key = f"{code}-{crc32(repr(path).encode()):08x}" if path else code
    line = f"kz/{data.level}/{data.classification}/{data.region or '-'}/{data.fiscal_year}/{key}"
    return _event(data, line, period_end.isoformat())


def _event(data: EventData, subject: str, version: str) -> Event:
    return new_event(
        data,
        source=SOURCE,
        subject=subject,
        time=SEEN_AT,
        observed_at=SEEN_AT,
        native_id=f"{subject}/{data.type}",
        version=version,
    )


def _published(period_end: date, classification: str = "administrator", region: str | None = None) -> Event:
    where: dict[str, Any] = {
        "jurisdiction": "kz",
        "level": "local" if region else "republican",
        "classification": classification,
        "region": region,
    }
    data = BudgetPeriodPublishedV1(**where, fiscal_year=period_end.year, period_end=period_end, lines=2)
    return _event(data, f"{classification}/{region}", period_end.isoformat())


def _administrators() -> Iterator[Event]:
    """Three months of the year, one of them wholly at fault, and the same April a year before."""
    yield statement("0", FEBRUARY, "3000000000", "300000000")
    yield statement("226", FEBRUARY, "2000000000", "250000000")
    yield statement("0", MARCH, "3000000000", "600000000.5")
    yield statement("226", MARCH, "2000000000", "500000000")
    yield statement("0", APRIL, "3000000000", "900000000", plan="1000000000")
    yield statement("226", APRIL, "2000000000", "700000000", plan="800000000")
    yield statement("227", APRIL, "1000000000", "100000000", plan="300000000")
    yield statement("666", APRIL, "10", "5", name=HOSTILE_NAME)
    yield statement("777", APRIL, "0", "1000")
    yield statement("226", date(2025, 4, 30), "1500000000", "600000000")
    for end in (date(2025, 4, 30), FEBRUARY, MARCH, APRIL):
        yield _published(end)


def _reorganised() -> Iterator[Event]:
    """A body that ended, and one that got a part of what it had."""
    yield statement("249", date(2023, 8, 31), "2000", "900")
    yield statement("249", date(2023, 9, 30), "2000", "0", adjusted="0")
    yield statement("228", date(2023, 9, 30), "0", "950", adjusted="1800")


def _tree() -> Iterator[Event]:
    """Two completed years of a tree: 120 of 100 and 99 of 100 spent, and a year that has only begun."""
    for year, paid in ((2024, ("70", "50")), (2025, ("50", "49"))):
        end = date(year, 12, 31)
        yield statement("2", end, "100", str(sum(map(Decimal, paid))), classification="tree", path=EXPENDITURE)
        for name, part, approved in zip(("Health", "Обслуживание долга"), paid, ("60", "40"), strict=True):
            yield statement("1", end, approved, part, classification="tree", path=(*EXPENDITURE, name))
        yield statement("1", end, "100", "102", classification="tree", path=(*REVENUE, "Taxes"))
        yield _published(end, "tree")
    yield _published(date(2026, 3, 31), "tree")


def _region() -> Iterator[Event]:
    """A region that left one month out."""
    for end, paid in ((date(2026, 1, 31), "10"), (date(2026, 3, 31), "40")):
        region = {"level": "local", "region": "KZ-71", "classification": "tree"}
        yield statement("2", end, "200", paid, path=EXPENDITURE, **region)
        yield _published(end, "tree", "KZ-71")


def _faults() -> Iterator[Event]:
    yield _fault("period_plan_missing", FEBRUARY, lines="1")
    yield _fault("cumulative_fell", APRIL, "227", expected="120000000", seen="100000000", difference="-20000000")
    yield _fault("renamed", APRIL, "666", severity="info", expected="Administrator 666", seen=HOSTILE_NAME)


def _fault(check: str, period_end: date, code: str = "", severity: Any = "error", **params: str) -> Event:
    table = "kz/republican/administrator/-"
    line_id = f"{table}/{period_end.year}/{code}"
    line = {"line_id": line_id, "code": code, "name": f"Administrator {code}"} if code else {}
    where = {"jurisdiction": "kz", "level": "republican", "classification": "administrator", "region": ""}
    data = FindingRaisedV1(
        code=f"budget.{check}",
        severity=severity,
        source_id=SOURCE,
        params=where | {"period_end": period_end.isoformat()} | line | params,
    )
    return _event(data, f"finding:budget.{check}:{line_id if code else table}:{period_end:%Y-%m}", "1")
