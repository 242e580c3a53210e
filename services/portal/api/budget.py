"""Money: budget lines, execution, what is wrong with the tables, and PEFA's indicators with their inputs.

Each names its listing or its reader and its filters, nothing more.
"""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from services.portal import parameters as p
from services.portal.api.answers import DOWNLOADS, ListAnswer, Listed
from services.portal.budget_listings import BUDGET_EXECUTION, BUDGET_FINDINGS, BUDGET_LINES
from services.portal.budget_pefa import read_pefa
from services.portal.budget_records import (
    BudgetExecutionRecord,
    BudgetFindingRecord,
    BudgetLineRecord,
    PefaScore,
    PefaYear,
)
from services.portal.records import Instant, Simulation
from services.portal.site import site_of

router: Final = APIRouter()


class PefaAnswer(BaseModel):
    """PEFA indicators year by year with the rows they were computed from, and over three years. Own arithmetic."""

    model_config = ConfigDict(frozen=True)

    simulation: Simulation
    as_of: Instant | None
    standing: str = "own arithmetic, not an official score"
    items: list[PefaYear]
    scores: list[PefaScore]


@router.get("/budget/lines", response_model=ListAnswer[BudgetLineRecord], responses=DOWNLOADS)
def lines(listed: Listed, filters: p.LineFilters) -> ListAnswer[BudgetLineRecord] | Response:
    """Budget statements: every line and period as last observed, cumulative from 1 January, the latest period first."""
    return listed.answer(BUDGET_LINES, filters.given())


@router.get("/budget/execution", response_model=ListAnswer[BudgetExecutionRecord], responses=DOWNLOADS)
def execution(listed: Listed, filters: p.LineFilters) -> ListAnswer[BudgetExecutionRecord] | Response:
    """The same lines with their shares. A share is null where there is nothing to divide by, and on blocked lines."""
    return listed.answer(BUDGET_EXECUTION, filters.given())


@router.get("/budget/findings", response_model=ListAnswer[BudgetFindingRecord], responses=DOWNLOADS)
def findings(
    listed: Listed,
    finding: p.FindingCode = None,
    blocks: p.Blocked = None,
    level: p.Level = None,
    classification: p.Classification = None,
    region: p.Region = None,
    period_end: p.PeriodEnd = None,
    code: p.BudgetCode = None,
) -> ListAnswer[BudgetFindingRecord] | Response:
    """Faults of budget tables that still stand, the latest changed first. They speak of sources, never of conduct."""
    given = p.given(
        finding=finding,
        blocks=blocks,
        level=level,
        classification=classification,
        region=region,
        period_end=period_end,
        code=code,
    )
    return listed.answer(BUDGET_FINDINGS, given)


@router.get("/budget/pefa")
def pefa(request: Request, world: p.World = None, year: p.FiscalYear = None) -> PefaAnswer:
    """PI-1, PI-2.1, PI-2.2 and PI-3.1 per year: value or reason, inputs and rows used. Own arithmetic, no official score."""
    site = site_of(request)
    chosen = site.worlds.choose(world)
    sheet = read_pefa(site.reader, chosen.simulation, site.rulebook.pefa)
    items = [item for item in sheet.years if year is None or item.fiscal_year == year]
    return PefaAnswer(simulation=chosen.simulation, as_of=chosen.now, items=items, scores=list(sheet.scores))
