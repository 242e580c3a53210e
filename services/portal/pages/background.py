"""What stands behind the figures: rules, sources and data quality, definitions, the status of the record, the API.

Nothing here is computed; the API's own description is read from the app.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from schemas.events.states import Claim, Lifecycle, Timeliness, WithheldReason
from schemas.metrics import MINIMUM_N
from schemas.rules import Language
from services.portal import parameters as p
from services.portal.dead_letters import read_counts
from services.portal.listings import FINDINGS, SOURCES
from services.portal.problems import NotFound, language_of
from services.portal.records import FindingRecord, SourceRecord
from services.portal.running import behind_of, running_of
from services.portal.site import View, bare_view, view_of
from services.portal.status import read_status
from services.portal.warehouse_reader import WarehouseAway
from services.wording.rule_pages import CHECK_COMMAND, RECOUNTED_BY
from services.wording.rule_words import account_of

router: Final = APIRouter()
_MOST_SOURCES: Final = 1000
_MOST_FINDINGS: Final = 200
_VOCABULARIES: Final[Mapping[str, Sequence[str]]] = {
    "timeliness": tuple(Timeliness),
    "lifecycle": tuple(Lifecycle),
    "claim": tuple(Claim),
    "withheld_reasons": tuple(WithheldReason),
}


@router.api_route("/{language}/rules", methods=["GET", "HEAD"])
def rules(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """Every rule in its newest version."""
    view = view_of(request, language, world)
    newest = [versions[-1] for _, versions in sorted(view.site.rulebook.rules.items())]
    return view.render("rules.html", rules=newest)


@router.api_route("/{language}/rules/{rule_id}", methods=["GET", "HEAD"])
def rule(
    request: Request, language: Language, rule_id: Annotated[str, Path(max_length=120)], world: p.World = None
) -> HTMLResponse:
    """One rule, all its versions, the newest first."""
    view = view_of(request, language, world)
    versions = view.site.rulebook.rules.get(rule_id)
    if not versions:
        raise NotFound("rule", rule_id)
    accounts = [account_of(version, view.site.examples(version), view.names) for version in versions]
    return view.render("rule.html", accounts=accounts, recounted_by=RECOUNTED_BY, check_command=CHECK_COMMAND)


@router.api_route("/{language}/data", methods=["GET", "HEAD"])
def data(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """Sources, findings that still hold, what was not understood, and downloads."""
    view = view_of(request, language, world)
    reader, name = view.site.reader, view.simulation
    return view.render(
        "data.html",
        sources=_sources(view),
        findings=reader.read(FindingRecord, FINDINGS.query(name, {"state": "raised"}, limit=_MOST_FINDINGS)),
        letter_counts=read_counts(reader, name),
    )


@router.api_route("/{language}/about", methods=["GET", "HEAD"])
def about(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """What Esep promises, and what every figure and word means."""
    view = view_of(request, language, world)
    return view.render("about.html", minimum_n=MINIMUM_N, words_of=_VOCABULARIES.__getitem__)


@router.api_route("/{language}/status", methods=["GET", "HEAD"])
def status(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """What the pages are made from, and how current it is."""
    try:
        view = view_of(request, language, world)
        return _status(view)
    except WarehouseAway:
        # Just then it matters who waits for what; this is known without the warehouse.
        view = bare_view(request, language)
        home = view.site.home_state()
        context = {"services": running_of(home), "lag": behind_of(home)}
        return view.render("status_away.html", HTTPStatus.SERVICE_UNAVAILABLE, **context)


def _status(view: View) -> HTMLResponse:
    if view.world is None:
        raise AssertionError("view_of chooses a world")
    record = read_status(view.site.reader, view.world, home=view.site.home_state(), stopped=view.site.stops())
    return view.render("status.html", s=record, sources=_sources(view))


@router.api_route("/api/docs", methods=["GET", "HEAD"])
def api_reader(request: Request, lang: Language | None = None) -> HTMLResponse:
    """The API, told from its own OpenAPI description; needs no warehouse and no script."""
    view = bare_view(request, lang or language_of(request))
    return view.render("api_docs.html", spec=request.app.openapi(), type_of=type_of, marked=marked)


def marked(text: str) -> Markup:
    """Text whose parts in backticks become code; everything is escaped."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
    )


def type_of(schema: Mapping[str, object]) -> str:
    """A JSON schema in a few words."""
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(alternatives, list):
        return " or ".join(type_of(each) for each in alternatives)
    if isinstance(schema.get("enum"), list):
        return " | ".join(str(value) for value in _list(schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return f"list of {type_of(_mapping(schema['items']))}"
    named = schema.get("format") or schema.get("type") or schema.get("const") or "any"
    return str(named)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _sources(view: View) -> list[SourceRecord]:
    return view.site.reader.read(SourceRecord, SOURCES.query(view.simulation, {}, limit=_MOST_SOURCES))
