"""Accounts: bodies and one body, regions, and the budget by administrator.

Bodies stand in the order of their ids, never of their lateness.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from schemas.metrics import MINIMUM_N
from schemas.rules import Language
from services.portal import parameters as p
from services.portal.body_account import read_body
from services.portal.budget import BudgetPeriod, findings_of, periods, read_line, read_period
from services.portal.listings import BODIES, FINDINGS, OVERDUE
from services.portal.problems import NotFound
from services.portal.records import BodyRecord, BudgetExecutionRecord, FindingRecord, OverdueRecord
from services.portal.regions import read_regions
from services.portal.site import View, view_of

router: Final = APIRouter()
_MOST_BODIES: Final = 1000
_MOST_OVERDUE: Final = 20


@router.api_route("/{language}/bodies", methods=["GET", "HEAD"])
def bodies(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """Every body with what it owes, counted."""
    view = view_of(request, language, world)
    records = view.site.reader.read(BodyRecord, BODIES.query(view.simulation, {}, limit=_MOST_BODIES))
    return view.render("bodies.html", records=records)


@router.api_route("/{language}/bodies/{body_id}", methods=["GET", "HEAD"])
def body(
    request: Request, language: Language, body_id: Annotated[str, Path(max_length=120)], world: p.World = None
) -> HTMLResponse:
    """One body: what it owes, how timely it has been, how long its answers took, its budget of the year."""
    view = view_of(request, language, world)
    if view.world is None:
        raise AssertionError("view_of chooses a world")
    reader = view.site.reader
    account = read_body(reader, view.world, body_id)
    if account is None:
        raise NotFound("body", body_id)
    known = view.site.rulebook.bodies.get(body_id)
    overdue = reader.read(OverdueRecord, OVERDUE.query(view.simulation, {"body": body_id}, limit=_MOST_OVERDUE))
    return view.render(
        "body.html",
        b=account,
        overdue=overdue,
        successors=known.successors if known is not None else (),
        year=_latest_year(view, known.codes.get("budget_administrator") if known is not None else None),
        minimum_n=MINIMUM_N,
    )


def _latest_year(view: View, code: str | None) -> list[BudgetExecutionRecord]:
    """The administrator's lines of the latest year it has any, month by month."""
    if code is None:
        return []
    lines = read_line(view.site.reader, view.simulation, level="republican", code=code)
    latest = max((line.fiscal_year for line in lines), default=0)
    return [line for line in lines if line.fiscal_year == latest]


@router.api_route("/{language}/regions", methods=["GET", "HEAD"])
def regions(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """Obligations by region, and the way to local budgets."""
    view = view_of(request, language, world)
    found = periods(view.site.reader, view.simulation)
    return view.render(
        "regions.html",
        records=read_regions(view.site.reader, view.simulation),
        budgets=_budgets(view, [period for period in found if period.level == "local"]),
    )


@router.api_route("/{language}/budget", methods=["GET", "HEAD"])
def budget(
    request: Request,
    language: Language,
    world: p.World = None,
    of: Annotated[str | None, Query(max_length=20, description="jurisdiction/level/region")] = None,
    period: p.Since = None,
) -> HTMLResponse:
    """One period of one budget by administrator; the latest unless another is chosen."""
    view = view_of(request, language, world)
    found = periods(view.site.reader, view.simulation)
    budgets = _budgets(view, found)
    chosen = of if of in dict(budgets) else next((value for value, _ in budgets), None)
    own = [each for each in found if _key(each) == chosen]
    shown = next((each for each in own if each.period_end == period), own[0] if own else None)
    if shown is None:
        return view.render("budget.html", period=None)
    lines = read_period(view.site.reader, view.simulation, shown)
    raised = view.site.reader.read(FindingRecord, FINDINGS.query(view.simulation, {"state": "raised"}, limit=1000))
    return view.render(
        "budget.html",
        period=shown,
        budgets=budgets,
        chosen_budget=chosen,
        days=[each.period_end for each in own],
        lines=lines,
        findings=findings_of(raised, shown),
        observed_at=max((line.observed_at for line in lines), default=None),
    )


@router.api_route("/{language}/budget/{line_id:path}", methods=["GET", "HEAD"])
def budget_line(
    request: Request, language: Language, line_id: Annotated[str, Path(max_length=200)], world: p.World = None
) -> HTMLResponse:
    """One administrator month by month within its fiscal year."""
    view = view_of(request, language, world)
    year = read_line(view.site.reader, view.simulation, line_id=line_id)
    if not year:
        raise NotFound("budget line", line_id)
    return view.render("budget_line.html", year=year)


def _budgets(view: View, found: list[BudgetPeriod]) -> list[tuple[str, str]]:
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
