"""One budget line: its year month by month beside the year before, who it came from and went to, and its forecast.

What a figure means and whether there is one is decided by the domain and the views; here it is read and put together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.bodies import Body
from services.domain.budget.book import Scope
from services.domain.budget.forecast import Forecast, forecast, rest_of_year
from services.domain.budget.measures import ADMINISTRATOR_CODE, Break, NotComputable, succession
from services.portal.budget import MonthAndBefore, beside_year_before, read_line
from services.portal.budget_books import BudgetOf, read_book
from services.portal.budget_listings import BUDGET_EXECUTION, BUDGET_FINDINGS
from services.portal.budget_records import BudgetExecutionRecord, BudgetFindingRecord
from services.portal.warehouse_reader import WarehouseReader

_MOST_FINDINGS: Final = 200
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class Turn:
    """A break in the series: what ``before`` had, ``after`` has; each with its latest line, None without one."""

    of: Break
    before: BudgetExecutionRecord | None
    after: BudgetExecutionRecord | None


@dataclass(frozen=True, slots=True)
class LineAccount:
    """A line in its fiscal year. ``latest`` is its last statement; ``forecast`` is None where none is made for it."""

    latest: BudgetExecutionRecord
    months: Sequence[MonthAndBefore]
    findings: Sequence[BudgetFindingRecord]
    turns: Sequence[Turn]
    forecast: Forecast | NotComputable | None


def read_account(reader: WarehouseReader, world: str, line_id: str, bodies: Mapping[str, Body]) -> LineAccount | None:
    """The account of a line; None when nothing was stated of it. Raises: WarehouseAway."""
    year = read_line(reader, world, line_id=line_id)
    if not year:
        return None
    latest = year[-1]
    before = read_line(reader, world, line_id=in_year_before(line_id, latest.fiscal_year))
    query = BUDGET_FINDINGS.query(world, {"line": line_id}, limit=_MOST_FINDINGS)
    findings = reader.read(BudgetFindingRecord, query)
    return LineAccount(
        latest=latest,
        months=beside_year_before([*year, *before], latest.fiscal_year),
        findings=sorted(findings, key=lambda each: (each.period_end or date.max, each.code)),
        turns=_turns(reader, world, latest, bodies),
        forecast=_forecast(reader, world, latest),
    )


def in_year_before(line_id: str, year: int) -> str:
    """The id the same code or path has in the year before."""
    return line_id.replace(f"/{year}/", f"/{year - 1}/", 1)


def _forecast(reader: WarehouseReader, world: str, line: BudgetExecutionRecord) -> Forecast | NotComputable | None:
    """Only lines of flat tables are forecast, and only while their year is not over."""
    if line.classification == "tree" or line.is_total or line.period_end.month == _DECEMBER:
        return None
    budget = BudgetOf(world, line.jurisdiction, line.level, line.region)
    book = read_book(reader, budget, (line.classification,), (line.period_end.month, _DECEMBER))
    rest = rest_of_year(book.checked, Scope(line.classification, line.period_end))
    return rest if isinstance(rest, NotComputable) else forecast(book.checked, rest, line.code)


def _turns(reader: WarehouseReader, world: str, line: BudgetExecutionRecord, bodies: Mapping[str, Body]) -> list[Turn]:
    """The breaks an administrator of the republican budget took part in, the oldest first."""
    if (line.level, line.classification) != ("republican", "administrator"):
        return []
    own = next((body for body in bodies.values() if _code(body) == line.code), None)
    if own is None or own.jurisdiction != line.jurisdiction:
        return []
    chain = succession(bodies.values(), own.id)
    codes = {link.body: link.code for link in chain.links}
    latest = (
        {body: _latest(reader, world, line, code) if code is not None else None for body, code in codes.items()}
        if chain.breaks
        else {}
    )
    return [Turn(each, latest.get(each.before), latest.get(each.after)) for each in chain.breaks]


def _code(body: Body) -> str | None:
    return body.codes.get(ADMINISTRATOR_CODE)


def _latest(
    reader: WarehouseReader, world: str, like: BudgetExecutionRecord, code: str
) -> BudgetExecutionRecord | None:
    given = {
        "jurisdiction": like.jurisdiction,
        "level": like.level,
        "classification": like.classification,
        "code": code,
    }
    found = reader.read(BudgetExecutionRecord, BUDGET_EXECUTION.query(world, given, limit=1))
    return found[0] if found else None
