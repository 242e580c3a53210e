"""Feeds: what is overdue as Atom, and coming due dates as iCalendar, for one world and, if asked, one body.

Both carry the world they speak of in every title.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from unicodedata import category
from uuid import NAMESPACE_URL, uuid5

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from schemas.events.states import Lifecycle
from schemas.rules import Language
from services.portal import parameters as p
from services.portal.listings import OBLIGATIONS, OVERDUE, Filter, Key, Listing
from services.portal.records import ObligationRecord, OverdueRecord
from services.portal.site import View, view_of

router: Final = APIRouter()
_MOST_ENTRIES: Final = 200
_MOST_DEADLINES: Final = 1000
_LINE_OCTETS: Final = 75
_FIRST_DUE: Final = Filter("due_on >= {first_due:Date32}")

InLanguage = Annotated[Language, Query(description="Language of the titles.")]


@router.get("/feeds/overdue.atom", response_class=Response)
def overdue_feed(request: Request, world: p.World = None, body: p.Body = None, lang: InLanguage = "kk") -> Response:
    """Overdue obligations as Atom, the latest to become late first."""
    view = view_of(request, lang, world)
    latest = Listing(
        name="overdue-feed",
        view=OVERDUE.view,
        model=OverdueRecord,
        keys=(Key("due_on", "Date32", descending=True), Key("obligation_id", "String")),
        filters=OVERDUE.filters,
    )
    query = latest.query(view.simulation, p.given(body=body), limit=_MOST_ENTRIES)
    records = view.site.reader.read(OverdueRecord, query)
    feed = _atom(view, request, records, body)
    return Response(feed, media_type="application/atom+xml; charset=utf-8")


@router.get("/feeds/deadlines.ics", response_class=Response)
def deadlines_feed(request: Request, world: p.World = None, body: p.Body = None, lang: InLanguage = "kk") -> Response:
    """Due dates of open obligations from today on, as all-day entries of a calendar."""
    view = view_of(request, lang, world)
    coming = Listing(
        name="deadlines-feed",
        view=OBLIGATIONS.view,
        model=ObligationRecord,
        keys=(Key("due_on", "Date32"), Key("obligation_id", "String")),
        filters=dict(OBLIGATIONS.filters) | {"first_due": _FIRST_DUE},
    )
    given = p.given(body=body, lifecycle=Lifecycle.OPEN)
    if view.world is not None and view.world.now is not None:
        given["first_due"] = view.world.now.date() - timedelta(days=1)
    query = coming.query(view.simulation, given, limit=_MOST_DEADLINES)
    calendar = "".join(_calendar(view, request, view.site.reader.read(ObligationRecord, query)))
    return Response(calendar, media_type="text/calendar; charset=utf-8")


def _atom(view: View, request: Request, records: Iterable[OverdueRecord], body: str | None) -> str:
    origin = view.site.origin(request)
    title = view.words("feed.overdue")
    if body is not None:
        title = view.words("feed.overdue_of", body=view.names.body(body))
    entries = [_entry(view, origin, record) for record in records]
    updated = view.world.now if view.world is not None and view.world.now is not None else _EPOCH
    return Markup(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{lang}">'
        "<title>{title}</title><id>{id}</id><updated>{updated}</updated>"
        '<link rel="self" href="{address}"/><link rel="alternate" href="{page}"/>'
        "<author><name>{author}</name></author>{entries}</feed>\n"
    ).format(
        lang=view.words.language,
        title=_marked(view, title),
        id=_urn("overdue", view.simulation, body or ""),
        updated=updated.isoformat(),
        address=origin + view.feed("overdue.atom", body=body),
        page=origin + view.href("/overdue", body=body),
        author=view.words("site.name"),
        entries=Markup("").join(entries),
    )


def _entry(view: View, origin: str, record: OverdueRecord) -> Markup:
    body = view.names.body(record.answerable, record.answerable_name)
    due = view.words.date(record.due_on) if record.due_on is not None else "—"
    return Markup(
        "<entry><title>{title}</title><id>{id}</id><updated>{updated}</updated>"
        '<link href="{page}"/><author><name>{body}</name></author><summary>{summary}</summary></entry>'
    ).format(
        title=_printable(_marked(view, view.names.title(record.title, record.rule_id, record.period))),
        id=_urn(record.simulation, record.obligation_id, str(record.due_on)),
        updated=(record.due_at or _EPOCH).isoformat(),
        page=origin + view.href(f"/obligations/{record.obligation_id}"),
        body=_printable(body),
        summary=_printable(view.words("feed.entry", due=due, body=body)),
    )


def _calendar(view: View, request: Request, records: Iterable[ObligationRecord]) -> Iterator[str]:
    origin = view.site.origin(request)
    stamp = (view.world.now if view.world is not None and view.world.now is not None else _EPOCH).astimezone(UTC)
    yield _line("BEGIN:VCALENDAR")
    yield _line("VERSION:2.0")
    yield _line("PRODID:-//Esep//deadlines//EN")
    yield _line(f"X-WR-CALNAME:{_text(_marked(view, view.words('feed.deadlines')))}")
    for record in records:
        if record.due_on is None:
            continue
        uid = uuid5(NAMESPACE_URL, f"esep:{record.simulation}:{record.obligation_id}")
        body = view.names.body(record.answerable, record.answerable_name)
        what = view.names.title(record.title, record.rule_id, record.period)
        yield _line("BEGIN:VEVENT")
        yield _line(f"UID:{uid}")
        yield _line(f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}")
        yield _line(f"DTSTART;VALUE=DATE:{record.due_on:%Y%m%d}")
        yield _line(f"DTEND;VALUE=DATE:{record.due_on + timedelta(days=1):%Y%m%d}")
        yield _line(f"SUMMARY:{_text(_marked(view, f'{body}: {what}'))}")
        yield _line(f"URL:{origin}{view.href(f'/obligations/{record.obligation_id}')}")
        yield _line("TRANSP:TRANSPARENT")
        yield _line("END:VEVENT")
    yield _line("END:VCALENDAR")


def _urn(*parts: str) -> str:
    """The same entry has the same id in every version of a feed."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, ':'.join(('esep', *parts)))}"


def _marked(view: View, title: str) -> str:
    simulated = view.world is not None and view.world.is_simulated
    return f"{view.words('world.title_mark')} {title}" if simulated else title


def _text(value: str) -> str:
    """A text value of iCalendar (RFC 5545 3.3.11)."""
    printable = _printable(value)
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        printable = printable.replace(plain, escaped)
    return printable


def _printable(value: str) -> str:
    """The text without control characters, which neither XML nor iCalendar may carry."""
    return "".join(letter for letter in value if letter == "\n" or category(letter) not in ("Cc", "Cs", "Cn"))


def _line(content: str) -> str:
    """A content line, folded at 75 octets without cutting a letter (RFC 5545 3.1)."""
    folded, used = "", 0
    for letter in content:
        size = len(letter.encode())
        if used + size > _LINE_OCTETS:
            folded, used = folded + "\r\n ", 1
        folded, used = folded + letter, used + size
    return folded + "\r\n"


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
