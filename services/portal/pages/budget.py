"""Money: the national picture, one line, the map by month, regions, faults of the sources, and PEFA's indicators.

Faults come first on every page; a line under one of them is shown with its amounts and never ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from schemas.rules import Language
from services.portal import parameters as p
from services.portal.budget import (
    BudgetPeriod,
    periods,
    read_findings,
    read_period,
    read_totals,
)
from services.portal.budget_account import read_account
from services.portal.budget_checks import CHECKS, FindingCount, read_counts
from services.portal.budget_listings import BUDGET_FINDINGS
from services.portal.budget_map import STEPS, read_heat, read_region_budgets
from services.portal.budget_pefa import read_pefa
from services.portal.budget_records import BudgetFindingRecord
from services.portal.pages.budget_charts import months_chart
from services.portal.problems import NotFound
from services.portal.site import View, view_of

router: Final = APIRouter()
_ROWS: Final = 100

Of = Annotated[str | None, Query(max_length=20, description="jurisdiction/level/region")]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The budgets there are, the one chosen, and its periods, the newest first."""

    budgets: Sequence[tuple[str, str]]
    key: str | None
    periods: Sequence[BudgetPeriod]


@router.api_route("/{language}/budget", methods=["GET", "HEAD"])
def budget(
    request: Request, language: Language, world: p.World = None, of: Of = None, period: p.Since = None
) -> HTMLResponse:
    """One budget by month and by administrator; the latest period unless another is chosen."""
    view = view_of(request, language, world)
    chosen = _chosen(view, of)
    shown = next((each for each in chosen.periods if each.period_end == period), next(iter(chosen.periods), None))
    if shown is None:
        return view.render("budget.html", period=None)
    reader = view.site.reader
    lines = read_period(reader, view.simulation, shown)
    months = read_totals(reader, view.simulation, shown)
    found = read_findings(reader, view.simulation, shown)
    return view.render(
        "budget.html",
        period=shown,
        chosen=chosen,
        lines=lines,
        months=months,
        chart=months_chart(view, "budget", months, shown.fiscal_year) if months else None,
        table_findings=[each for each in found if not each.line_id],
        line_findings=_counted(found),
        observed_at=max((line.observed_at for line in lines), default=None),
    )


@router.api_route("/{language}/budget/heat", methods=["GET", "HEAD"])
def heat(
    request: Request, language: Language, world: p.World = None, of: Of = None, year: p.FiscalYear = None
) -> HTMLResponse:
    """Administrators by month: what share of the approved year was paid."""
    view = view_of(request, language, world)
    chosen = _chosen(view, of)
    years = sorted({each.fiscal_year for each in chosen.periods}, reverse=True)
    shown = next((each for each in chosen.periods if each.fiscal_year == year), next(iter(chosen.periods), None))
    rows = read_heat(view.site.reader, view.simulation, shown) if shown is not None else []
    codes = sorted({code for row in rows for cell in row.cells if cell is not None for code in cell.blocked_by.split()})
    return view.render(
        "budget_heat.html",
        period=shown,
        chosen=chosen,
        years=years,
        rows=rows,
        letters={code: chr(ord("a") + index) for index, code in enumerate(codes)},
        steps=STEPS,
        months=[date(shown.fiscal_year, month, 1) for month in range(1, 13)] if shown is not None else [],
    )


@router.api_route("/{language}/budget/regions", methods=["GET", "HEAD"])
def regions(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """What the regions have published of their budgets, what they spent, and which months are missing."""
    view = view_of(request, language, world)
    jurisdictions = {period.jurisdiction for period in periods(view.site.reader, view.simulation)}
    known = [each.id for each in view.site.rulebook.regions.values() if each.jurisdiction in jurisdictions]
    found = read_region_budgets(view.site.reader, view.simulation, known, view.site.rulebook.pefa)
    return view.render("budget_regions.html", regions=found)


@router.api_route("/{language}/budget/findings", methods=["GET", "HEAD"])
def findings(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """Every check with what it has found, those that block first."""
    view = view_of(request, language, world)
    counts = {each.code: each for each in read_counts(view.site.reader, view.simulation)}
    silent = [code for code in CHECKS if code not in counts]
    return view.render("budget_findings.html", counts=list(counts.values()), silent=silent)


@router.api_route("/{language}/budget/findings/{code}", methods=["GET", "HEAD"])
def finding(
    request: Request,
    language: Language,
    code: Annotated[str, Path(max_length=60)],
    world: p.World = None,
    cursor: p.Cursor = None,
) -> HTMLResponse:
    """One check: what it looks for, a worked example, and what it has found."""
    view = view_of(request, language, world)
    if code not in CHECKS:
        raise NotFound("check of budgets", code)
    after = BUDGET_FINDINGS.resume(cursor) if cursor is not None else ()
    query = BUDGET_FINDINGS.query(view.simulation, {"finding": code}, after=after, limit=_ROWS + 1)
    found = view.site.reader.read(BudgetFindingRecord, query)
    return view.render(
        "budget_finding.html",
        code=code,
        blocks=CHECKS[code],
        findings=found[:_ROWS],
        next_cursor=BUDGET_FINDINGS.cursor(found[_ROWS - 1]) if len(found) > _ROWS else None,
        has_previous=cursor is not None,
    )


@router.api_route("/{language}/budget/pefa", methods=["GET", "HEAD"])
def pefa(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """PEFA's indicators of budget reliability, with the rows they were computed from."""
    view = view_of(request, language, world)
    sheet = read_pefa(view.site.reader, view.simulation, view.site.rulebook.pefa)
    years = sorted({each.fiscal_year for each in sheet.years}, reverse=True)
    indicators = list(dict.fromkeys(each.indicator for each in sheet.years))
    by_place = {(each.indicator, each.fiscal_year): each for each in sheet.years}
    return view.render(
        "budget_pefa.html", sheet=sheet, years=years, indicators=indicators, at=lambda *place: by_place[place]
    )


@router.api_route("/{language}/budget/{line_id:path}", methods=["GET", "HEAD"])
def line(
    request: Request, language: Language, line_id: Annotated[str, Path(max_length=200)], world: p.World = None
) -> HTMLResponse:
    """One line month by month within its fiscal year, beside the year before."""
    view = view_of(request, language, world)
    account = read_account(view.site.reader, view.simulation, line_id, view.site.rulebook.bodies)
    if account is None:
        raise NotFound("budget line", line_id)
    chart = months_chart(view, "line", account.months, account.latest.fiscal_year, account.turns)
    return view.render("budget_line.html", a=account, last=account.latest, chart=chart)


def _chosen(view: View, of: str | None) -> Chosen:
    found = periods(view.site.reader, view.simulation)
    budgets = budget_choices(view, found)
    key = of if of in dict(budgets) else next((value for value, _ in budgets), None)
    return Chosen(budgets, key, [each for each in found if _key(each) == key])


def _counted(findings: Sequence[BudgetFindingRecord]) -> list[FindingCount]:
    """The findings about single lines of one period, counted by check; those that block first."""
    of_lines = [each for each in findings if each.line_id]
    codes = dict.fromkeys((each.code, each.blocks) for each in of_lines)
    return [
        FindingCount(code=code, blocks=blocks, n=sum((each.code, each.blocks) == (code, blocks) for each in of_lines))
        for code, blocks in codes
    ]


def budget_choices(view: View, found: Sequence[BudgetPeriod]) -> list[tuple[str, str]]:
    """The budgets these periods are of, as values of a form with their names."""
    named: dict[str, str] = {}
    for period in found:
        if period.level == "republican":
            name = view.words("budget.republican")
        elif period.region:
            name = view.words("budget.local_of", region=view.names.region(period.region))
        else:
            name = view.words("budget.local")
        named.setdefault(_key(period), name)
    return list(named.items())


def _key(period: BudgetPeriod) -> str:
    return f"{period.jurisdiction}/{period.level}/{period.region}"
