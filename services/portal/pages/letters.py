"""Messages that were not understood: the list by code, and one of them. What they said is never shown here."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from schemas.rules import Language
from services.portal import parameters as p
from services.portal.dead_letters import read_counts, read_letter
from services.portal.listings import DEAD_LETTERS
from services.portal.problems import NotFound
from services.portal.records import DeadLetterRecord
from services.portal.site import view_of

router: Final = APIRouter()
_ROWS: Final = 50


@router.api_route("/{language}/dead-letters", methods=["GET", "HEAD"])
def letters(
    request: Request, language: Language, world: p.World = None, code: p.Code = None, cursor: p.Cursor = None
) -> HTMLResponse:
    """What was not understood, the latest first; all of it, or that of one code."""
    view = view_of(request, language, world)
    reader, given = view.site.reader, p.given(code=code)
    after = DEAD_LETTERS.resume(cursor) if cursor is not None else ()
    found = reader.read(DeadLetterRecord, DEAD_LETTERS.query(view.simulation, given, after=after, limit=_ROWS + 1))
    return view.render(
        "dead_letters.html",
        counts=read_counts(reader, view.simulation),
        chosen=code,
        dead_letters=found[:_ROWS],
        next_cursor=DEAD_LETTERS.cursor(found[_ROWS - 1]) if len(found) > _ROWS else None,
        has_previous=cursor is not None,
    )


@router.api_route("/{language}/dead-letters/{letter_id}", methods=["GET", "HEAD"])
def letter(request: Request, language: Language, letter_id: UUID, world: p.World = None) -> HTMLResponse:
    """One message that was not understood."""
    view = view_of(request, language, world)
    found = read_letter(view.site.reader, view.simulation, letter_id)
    if found is None:
        raise NotFound("dead letter", str(letter_id))
    return view.render("dead_letter.html", letter=found)
