"""Budget execution for readers: which periods there are, one period by administrator, one line over its year, totals.

Amounts stay in the unit of the source; a share exists only where the source has something to divide by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.portal.budget_listings import BUDGET_EXECUTION, BUDGET_FINDINGS
from services.portal.budget_records import BudgetExecutionRecord, BudgetFindingRecord
from services.portal.listings import Query, Value
from services.portal.records import Money, Record, Simulation
from services.portal.warehouse_reader import WarehouseReader

_MOST_LINES: Final = 1000
_MOST_FINDINGS: Final = 1000


class BudgetPeriod(Record):
    """One period of one level of one jurisdiction (and region, for local budgets)."""

    jurisdiction: str
    level: str
    region: str
    fiscal_year: int
    period_end: date


class BudgetTotal(Record):
    """The total line of the latest period of a level: approved, paid, and the share of it."""

    simulation: Simulation
    jurisdiction: str
    level: str
    region: str
    period_end: date
    unit: str
    approved: Money
    adjusted: Money
    paid: Money
    executed_of_approved: float | None
    executed_of_period_plan: float | None


@dataclass(frozen=True, slots=True)
class MonthAndBefore:
    """One month of a line, and the same month of the year before; None where the source has no statement."""

    month: date
    line: BudgetExecutionRecord | None
    before: BudgetExecutionRecord | None


def periods(reader: WarehouseReader, world: str) -> list[BudgetPeriod]:
    """Every period of the budgets by administrator, newest first. Raises: WarehouseAway."""
    return reader.read(BudgetPeriod, Query(_PERIODS, {"world": world}))


def latest_total(reader: WarehouseReader, world: str) -> list[BudgetTotal]:
    """The newest total of every republican budget. Raises: WarehouseAway."""
    return reader.read(BudgetTotal, Query(_LATEST_TOTAL, {"world": world}))


def read_period(reader: WarehouseReader, world: str, period: BudgetPeriod) -> list[BudgetExecutionRecord]:
    """The administrators of one period, the total first, then by code. Raises: WarehouseAway."""
    given = _of(period) | {"period_end": period.period_end, "fiscal_year": period.fiscal_year}
    query = BUDGET_EXECUTION.query(world, given, limit=_MOST_LINES)
    lines = reader.read(BudgetExecutionRecord, query)
    return sorted(lines, key=lambda line: (not line.is_total, line.code))


def read_totals(reader: WarehouseReader, world: str, period: BudgetPeriod) -> list[MonthAndBefore]:
    """The total of a budget month by month against the year before, January first. Raises: WarehouseAway."""
    given = _of(period) | {"is_total": True}
    found: list[BudgetExecutionRecord] = []
    for year in (period.fiscal_year, period.fiscal_year - 1):
        query = BUDGET_EXECUTION.query(world, given | {"fiscal_year": year}, limit=_MOST_LINES)
        found += reader.read(BudgetExecutionRecord, query)
    return beside_year_before(found, period.fiscal_year)


def read_line(
    reader: WarehouseReader,
    world: str,
    *,
    line_id: str | None = None,
    level: str | None = None,
    code: str | None = None,
) -> list[BudgetExecutionRecord]:
    """The statements of one line, or of one administrator over all years, oldest first. Raises: WarehouseAway."""
    asked = {"line": line_id, "level": level, "code": code}
    given: dict[str, Value] = {name: value for name, value in asked.items() if value is not None}
    if line_id is None:
        given["classification"] = "administrator"
    lines = reader.read(BudgetExecutionRecord, BUDGET_EXECUTION.query(world, given, limit=_MOST_LINES))
    return sorted(lines, key=lambda line: line.period_end)


def read_findings(
    reader: WarehouseReader, world: str, period: BudgetPeriod, classification: str = "administrator"
) -> list[BudgetFindingRecord]:
    """The faults of one period of one table that still stand, those that block first. Raises: WarehouseAway."""
    given = _of(period) | {"classification": classification, "period_end": period.period_end}
    found = reader.read(BudgetFindingRecord, BUDGET_FINDINGS.query(world, given, limit=_MOST_FINDINGS))
    return sorted(found, key=lambda each: (not each.blocks, each.line_id != "", each.code, each.line_code))


def beside_year_before(lines: Sequence[BudgetExecutionRecord], year: int) -> list[MonthAndBefore]:
    """Months of a year that it or the year before has a statement for, in order."""
    own = {line.period_end.month: line for line in lines if line.fiscal_year == year}
    before = {line.period_end.month: line for line in lines if line.fiscal_year == year - 1}
    return [
        MonthAndBefore(date(year, month, 1), own.get(month), before.get(month)) for month in sorted(own.keys() | before)
    ]


def unit_scale(unit: str) -> tuple[int, str]:
    """How a unit is shown: divide by this many, and call it that (a key of the messages)."""
    return _SCALES[unit]


def _of(period: BudgetPeriod) -> dict[str, Value]:
    return {
        "jurisdiction": period.jurisdiction,
        "level": period.level,
        "region": period.region,
        "classification": "administrator",
    }


_SCALES: Final = {
    "thousand KZT": (1_000_000, "units.billion_kzt"),
    "KZT": (1_000_000_000, "units.billion_kzt"),
    "GBP": (1_000_000, "units.million_gbp"),
    "EUR": (1_000_000, "units.million_eur"),
}

_PERIODS: Final = """
SELECT DISTINCT jurisdiction, level, region, fiscal_year, period_end
FROM budget_statements
WHERE simulation = {world:String} AND classification = 'administrator'
ORDER BY jurisdiction, level DESC, region, period_end DESC, fiscal_year DESC
LIMIT 5000
"""

_LATEST_TOTAL: Final = """
SELECT
    simulation, jurisdiction, level, region, period_end, unit,
    approved, adjusted, paid, executed_of_approved, executed_of_period_plan
FROM budget_execution
WHERE simulation = {world:String} AND level = 'republican' AND classification = 'administrator' AND is_total
ORDER BY period_end DESC
LIMIT 1 BY jurisdiction
"""
