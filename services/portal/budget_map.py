"""Maps of money: administrators by month, and regions by what they have published.

A cell that is blocked, and a month that is not there, stay apart from a share of nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from schemas.pefa import PefaBase
from services.portal.budget import BudgetPeriod
from services.portal.listings import Query, Value
from services.portal.records import Money, Record, Simulation
from services.portal.warehouse_reader import WarehouseReader


class HeatCell(Record):
    """One administrator in one month: the share of its approved year that was paid, and what blocks it."""

    line_id: str
    simulation: Simulation
    code: str
    name: str
    jurisdiction: str
    level: str
    classification: str = "administrator"
    month: int
    period_end: date
    executed_of_approved: float | None
    blocked: bool
    blocked_by: str

    @property
    def step(self) -> int:
        """Which of the steps of the map its share falls into, 0 to 5."""
        return sum((self.executed_of_approved or 0) >= each for each in STEPS)


STEPS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One administrator over the months of a year; a month without a statement is None."""

    code: str
    last: HeatCell
    cells: Sequence[HeatCell | None]


class RegionPeriods(Record):
    """The periods a region has published of any table, with their ends in order."""

    region: str
    simulation: Simulation
    jurisdiction: str
    periods: int
    first: date
    last: date
    age_days: int | None
    ends: list[date]


class _Spent(Record):
    region: str
    period_end: date
    line_id: str
    unit: str
    approved: Money
    adjusted: Money
    paid: Money
    executed_of_approved: float | None
    blocked: bool
    blocked_by: str


@dataclass(frozen=True, slots=True)
class RegionBudget:
    """One region: what it published, what it spent by the end of the latest period, and the months that are missing."""

    region: str
    tables: RegionPeriods | None
    spent: _Spent | None
    gaps: Sequence[date]


def read_heat(reader: WarehouseReader, world: str, period: BudgetPeriod) -> list[HeatRow]:
    """The administrators of a budget and year in the order of their codes. Raises: WarehouseAway."""
    parameters: dict[str, Value] = {
        "world": world,
        "jurisdiction": period.jurisdiction,
        "level": period.level,
        "region": period.region,
        "fiscal_year": period.fiscal_year,
    }
    cells = reader.read(HeatCell, Query(_HEAT, parameters))
    return [_row(code, list(own)) for code, own in groupby(cells, key=lambda cell: cell.code)]


def _row(code: str, own: list[HeatCell]) -> HeatRow:
    by_month = {cell.month: cell for cell in own}
    return HeatRow(code, own[-1], [by_month.get(month) for month in range(1, 13)])


def read_region_budgets(
    reader: WarehouseReader, world: str, regions: Sequence[str], bases: Sequence[PefaBase]
) -> list[RegionBudget]:
    """Every region named, and every other one that published anything, by code.

    ``bases`` say which line of a tree is its expenditure. Raises: WarehouseAway.
    """
    tables = {row.region: row for row in reader.read(RegionPeriods, Query(_REGION_PERIODS, {"world": world}))}
    spent: dict[str, _Spent] = {}
    for base in bases:
        path = json.dumps(base.expenditure, ensure_ascii=False, separators=(",", ":"))
        asked: dict[str, Value] = {"world": world, "jurisdiction": base.jurisdiction, "path": path}
        spent |= {row.region: row for row in reader.read(_Spent, Query(_SPENT, asked))}
    return [
        RegionBudget(region, tables.get(region), spent.get(region), gaps(tables, region))
        for region in sorted({*regions, *tables})
    ]


def gaps(tables: Mapping[str, RegionPeriods], region: str) -> list[date]:
    """The months from January of the first year up to the latest period for which nothing was published."""
    own = tables.get(region)
    if own is None:
        return []
    published = {(end.year, end.month) for end in own.ends}
    months = ((year, month) for year in range(own.first.year, own.last.year + 1) for month in range(1, 13))
    upto = (own.last.year, own.last.month)
    return [date(year, month, 1) for year, month in months if (year, month) <= upto and (year, month) not in published]


_HEAT: Final = """
SELECT
    line_id, simulation, code, name, jurisdiction, level, month, period_end, executed_of_approved, blocked, blocked_by
FROM budget_heat
WHERE simulation = {world:String} AND jurisdiction = {jurisdiction:String} AND level = {level:String}
    AND region = {region:String} AND fiscal_year = {fiscal_year:UInt32}
ORDER BY code, month
LIMIT 20000
"""
_REGION_PERIODS: Final = """
SELECT
    region, simulation, jurisdiction, uniqExact(period_end) AS periods, min(period_end) AS first,
    max(period_end) AS last, min(age_days) AS age_days, arraySort(groupUniqArray(period_end)) AS ends
FROM budget_periods
WHERE simulation = {world:String} AND region != ''
GROUP BY region, simulation, jurisdiction
ORDER BY region
LIMIT 1000
"""
_SPENT: Final = """
SELECT
    region, period_end, line_id, unit, approved, adjusted, paid, executed_of_approved, blocked, blocked_by
FROM budget_execution
WHERE simulation = {world:String} AND jurisdiction = {jurisdiction:String} AND classification = 'tree'
    AND level = 'local' AND region != '' AND path = {path:String}
ORDER BY region, period_end DESC
LIMIT 1 BY region
"""
