"""Accounts: bodies and one body, and regions.

Bodies stand in the order of their ids, never of their lateness.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from schemas.metrics import MINIMUM_N
from schemas.rules import Language
from services.portal import parameters as p
from services.portal.body_account import read_body
from services.portal.budget import periods, read_line
from services.portal.budget_records import BudgetExecutionRecord
from services.portal.listings import BODIES, OVERDUE
from services.portal.pages.budget import budget_choices
from services.portal.problems import NotFound
from services.portal.records import BodyRecord, OverdueRecord
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
        budgets=budget_choices(view, [period for period in found if period.level == "local"]),
    )
