"""Budget execution for readers: which periods there are, one period by administrator, one line over its year.

Amounts stay in the unit of the source; a share exists only where the source has something to divide by.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from services.portal.listings import BUDGET_EXECUTION, Query, Value
from services.portal.records import BudgetExecutionRecord, FindingRecord, Money, Record, Simulation
from services.portal.warehouse_reader import WarehouseReader

_MOST_LINES: Final = 1000


class BudgetPeriod(Record):
    """One published period of one level of one jurisdiction (and region, for local budgets)."""

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


def periods(reader: WarehouseReader, world: str) -> list[BudgetPeriod]:
    """Every published period, newest first. Raises: WarehouseAway."""
    return reader.read(BudgetPeriod, Query(_PERIODS, {"world": world}))


def latest_total(reader: WarehouseReader, world: str) -> list[BudgetTotal]:
    """The newest total of every republican budget. Raises: WarehouseAway."""
    return reader.read(BudgetTotal, Query(_LATEST_TOTAL, {"world": world}))


def read_period(reader: WarehouseReader, world: str, period: BudgetPeriod) -> list[BudgetExecutionRecord]:
    """The administrators of one period, the total first, then by code. Raises: WarehouseAway."""
    given: dict[str, Value] = {
        "jurisdiction": period.jurisdiction,
        "level": period.level,
        "region": period.region,
        "period_end": period.period_end,
        "fiscal_year": period.fiscal_year,
    }
    query = BUDGET_EXECUTION.query(world, given, limit=_MOST_LINES)
    lines = reader.read(BudgetExecutionRecord, query)
    return sorted(lines, key=lambda line: (not line.is_total, line.code))


def read_line(
    reader: WarehouseReader,
    world: str,
    *,
    line_id: str | None = None,
    level: str | None = None,
    code: str | None = None,
) -> list[BudgetExecutionRecord]:
    """The statements of one line, or of one administrator over all years, oldest first. Raises: WarehouseAway."""
    given = {name: value for name, value in (("line", line_id), ("level", level), ("code", code)) if value is not None}
    lines = reader.read(BudgetExecutionRecord, BUDGET_EXECUTION.query(world, given, limit=_MOST_LINES))
    return sorted(lines, key=lambda line: line.period_end)


def unit_scale(unit: str) -> tuple[int, str]:
    """How a unit is shown: divide by this many, and call it that (a key of the messages)."""
    return _SCALES[unit]


def findings_of(findings: Sequence[FindingRecord], period: BudgetPeriod) -> list[FindingRecord]:
    """Those findings that speak about the sources or lines of this period of this budget."""
    about = f"{period.jurisdiction}/{period.level}/"
    ended = period.period_end.isoformat()
    return [
        finding
        for finding in findings
        if (finding.code.startswith("budget") or about in finding.finding_id)
        and finding.params.get("period_end", ended) == ended
    ]


_SCALES: Final = {
    "thousand KZT": (1_000_000, "units.billion_kzt"),
    "KZT": (1_000_000_000, "units.billion_kzt"),
    "GBP": (1_000_000, "units.million_gbp"),
    "EUR": (1_000_000, "units.million_eur"),
}

_PERIODS: Final = """
SELECT DISTINCT jurisdiction, level, region, fiscal_year, period_end
FROM budget_execution
WHERE simulation = {world:String}
ORDER BY jurisdiction, level DESC, region, period_end DESC, fiscal_year DESC
LIMIT 5000
"""

_LATEST_TOTAL: Final = """
SELECT
    simulation, jurisdiction, level, region, period_end, unit,
    approved, adjusted, paid, executed_of_approved, executed_of_period_plan
FROM budget_execution
WHERE simulation = {world:String} AND level = 'republican' AND is_total
ORDER BY period_end DESC
LIMIT 1 BY jurisdiction
"""
