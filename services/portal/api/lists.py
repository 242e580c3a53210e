"""Lists: obligations, overdue, bodies, alerts, findings, sources, dead letters.

Each names its listing and its filters, nothing more.
"""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from services.portal import parameters as p
from services.portal.api.answers import DOWNLOADS, ListAnswer, Listed
from services.portal.dead_letters import LetterCount, read_counts
from services.portal.listings import (
    ALERTS,
    BODIES,
    DEAD_LETTERS,
    FINDINGS,
    OBLIGATIONS,
    OVERDUE,
    SOURCES,
)
from services.portal.records import (
    AlertRecord,
    BodyRecord,
    DeadLetterRecord,
    FindingRecord,
    ObligationRecord,
    OverdueRecord,
    Simulation,
    SourceRecord,
)
from services.portal.site import site_of

router: Final = APIRouter()


@router.get("/obligations", response_model=ListAnswer[ObligationRecord], responses=DOWNLOADS)
def obligations(listed: Listed, filters: p.OwedFilters) -> ListAnswer[ObligationRecord] | Response:
    """Obligations, the latest filed first. `since` bounds the day of filing."""
    return listed.answer(OBLIGATIONS, filters.given())


@router.get("/overdue", response_model=ListAnswer[OverdueRecord], responses=DOWNLOADS)
def overdue(
    listed: Listed,
    body: p.Body = None,
    kind: p.Kind = None,
    jurisdiction: p.Jurisdiction = None,
    timeliness: p.InTimeliness = None,
) -> ListAnswer[OverdueRecord] | Response:
    """Open obligations publicly claimed to be late, the longest overdue first."""
    given = p.given(body=body, kind=kind, jurisdiction=jurisdiction, timeliness=timeliness)
    return listed.answer(OVERDUE, given)


@router.get("/bodies", response_model=ListAnswer[BodyRecord], responses=DOWNLOADS)
def bodies(listed: Listed, jurisdiction: p.Jurisdiction = None) -> ListAnswer[BodyRecord] | Response:
    """What each body owes now, counted; in the order of their ids."""
    return listed.answer(BODIES, p.given(jurisdiction=jurisdiction))


@router.get("/alerts", response_model=ListAnswer[AlertRecord], responses=DOWNLOADS)
def alerts(
    listed: Listed,
    state: p.State = None,
    severity: p.Severity = None,
    body: p.Body = None,
    since: p.Since = None,
) -> ListAnswer[AlertRecord] | Response:
    """Alerts as they stand, the latest changed first. `since` bounds the day of the last change (UTC)."""
    return listed.answer(ALERTS, p.given(state=state, severity=severity, body=body, since=since))


@router.get("/findings", response_model=ListAnswer[FindingRecord], responses=DOWNLOADS)
def findings(
    listed: Listed,
    state: p.State = None,
    severity: p.Severity = None,
    source: p.SourceId = None,
    code: p.Code = None,
) -> ListAnswer[FindingRecord] | Response:
    """Faults of sources and records, the latest changed first; they say nothing about a body's conduct."""
    return listed.answer(FINDINGS, p.given(state=state, severity=severity, source=source, code=code))


@router.get("/sources", response_model=ListAnswer[SourceRecord], responses=DOWNLOADS)
def sources(listed: Listed) -> ListAnswer[SourceRecord] | Response:
    """How far each source has been read completely."""
    return listed.answer(SOURCES, {})


class LetterCounts(BaseModel):
    """Every code that occurs in one world."""

    model_config = ConfigDict(frozen=True)

    simulation: Simulation
    items: tuple[LetterCount, ...]


@router.get("/dead-letter-codes")
def dead_letter_codes(request: Request, world: p.World = None) -> LetterCounts:
    """How much was not understood, by code, the most frequent first."""
    site = site_of(request)
    name = site.worlds.choose(world).simulation
    return LetterCounts(simulation=name, items=tuple(read_counts(site.reader, name)))


@router.get("/dead-letters", response_model=ListAnswer[DeadLetterRecord], responses=DOWNLOADS)
def dead_letters(listed: Listed, code: p.Code = None) -> ListAnswer[DeadLetterRecord] | Response:
    """What arrived and was not understood, the latest first. The messages themselves are not published."""
    return listed.answer(DEAD_LETTERS, p.given(code=code))
