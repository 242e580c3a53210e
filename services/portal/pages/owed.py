"""What is owed: all obligations, the overdue ones, and one of them with its whole history.

Filters come as checked parameters; an address with a value nobody knows is refused in words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from schemas.events.states import Lifecycle, Timeliness
from schemas.rules import Language
from services.portal import parameters as p
from services.portal.listings import BODIES, OBLIGATIONS, OVERDUE, Listing, Query, Value
from services.portal.obligation_history import read_obligation
from services.portal.overview import Counted
from services.portal.problems import NotFound
from services.portal.records import BodyRecord, ObligationRecord, Record
from services.portal.site import View, view_of
from services.portal.spreads import lateness
from services.wording.trace_words import tell

router: Final = APIRouter()
ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of a filter form; without options it is a date."""

    name: str
    options: Sequence[tuple[str, str]] | None
    chosen: str


@router.api_route("/{language}/obligations", methods=["GET", "HEAD"])
def obligations(
    request: Request, language: Language, filters: p.OwedFilters, world: p.World = None, cursor: p.Cursor = None
) -> HTMLResponse:
    """Obligations, narrowed by their axes, body and kind."""
    view = view_of(request, language, world)
    since = filters.since.isoformat() if filters.since is not None else ""
    choices = [
        _code_choice(view, "lifecycle", Lifecycle, filters.lifecycle),
        _code_choice(view, "timeliness", Timeliness, filters.timeliness),
        _body_choice(view, filters.body),
        _kind_choice(view, filters.kind),
        Choice("since", None, since),
    ]
    return _list_page(view, "obligations.html", OBLIGATIONS, filters.given(), cursor, choices=choices)


@router.api_route("/{language}/overdue", methods=["GET", "HEAD"])
def overdue(
    request: Request,
    language: Language,
    world: p.World = None,
    body: p.Body = None,
    kind: p.Kind = None,
    timeliness: p.InTimeliness = None,
    cursor: p.Cursor = None,
) -> HTMLResponse:
    """Open obligations publicly claimed to be late, the longest overdue first."""
    view = view_of(request, language, world)
    given = p.given(body=body, kind=kind, timeliness=timeliness)
    conditions = "".join(f" AND {OVERDUE.filters[name].condition}" for name in given)
    choices = [
        _body_choice(view, body),
        _kind_choice(view, kind),
        _code_choice(view, "timeliness", (Timeliness.LATE, Timeliness.VERY_LATE), timeliness),
    ]
    buckets = lateness(view.site.reader, view.simulation, conditions, dict(given))
    return _list_page(view, "overdue.html", OVERDUE, given, cursor, choices=choices, buckets=buckets)


@router.api_route("/{language}/obligations/{obligation_id:path}", methods=["GET", "HEAD"])
def obligation(
    request: Request, language: Language, obligation_id: Annotated[str, Path(max_length=200)], world: p.World = None
) -> HTMLResponse:
    """One obligation: where it stands, why its date is its date, and what happened."""
    view = view_of(request, language, world)
    found = read_obligation(view.site.reader, view.simulation, obligation_id)
    if found is None:
        raise NotFound("obligation", obligation_id)
    return view.render(
        "obligation.html",
        d=found,
        verdict=view.verdict(found),
        trace=tell(found.trace, view.words, view.names),
        timeline=[view.told(entry) for entry in found.timeline],
    )


def _list_page(
    view: View,
    template: str,
    listing: Listing[ObligationRecord],
    given: dict[str, Value],
    cursor: str | None,
    **more: Any,
) -> HTMLResponse:
    after = listing.resume(cursor) if cursor is not None else ()
    reader = view.site.reader
    total = reader.read(Counted, listing.count(view.simulation, given))[0].n
    found = reader.read(listing.model, listing.query(view.simulation, given, after=after, limit=ROWS + 1))
    return view.render(
        template,
        records=found[:ROWS],
        total=total,
        query={name: _written(value) for name, value in given.items()},
        next_cursor=listing.cursor(found[ROWS - 1]) if len(found) > ROWS else None,
        has_previous=cursor is not None,
        filter_path=f"/{listing.name}",
        **more,
    )


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _code_choice(view: View, name: str, codes: Iterable[str], chosen: str | None) -> Choice:
    return Choice(name, [(code, view.words.code(name, code)) for code in codes], chosen or "")


def _body_choice(view: View, chosen: str | None) -> Choice:
    bodies = view.site.reader.read(BodyRecord, BODIES.query(view.simulation, {}, limit=1000))
    options = sorted((view.names.body(body.owed_by, body.owed_by_name), body.owed_by) for body in bodies)
    return Choice("body", [(ident, name) for name, ident in options], chosen or "")


class _Kind(Record):
    kind: str


def _kind_choice(view: View, chosen: str | None) -> Choice:
    query = Query(
        "SELECT DISTINCT kind FROM timeliness_by_month WHERE simulation = {world:String} ORDER BY kind LIMIT 200",
        {"world": view.simulation},
    )
    kinds = [row.kind for row in view.site.reader.read(_Kind, query)]
    return Choice("kind", [(kind, view.names.kind(kind)) for kind in kinds], chosen or "")
