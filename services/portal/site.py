"""What every page and answer is made with: settings, reader, rule data, words, templates; and one page's own view.

Wiring only: no route and no query lives here.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from schemas.metrics import METRICS
from schemas.rulebook import Rulebook
from schemas.rules import Language, Rule
from services.adapters.clock import Clock
from services.adapters.home_state import HomeState, read_home_state
from services.adapters.stops import Stop, read_stops
from services.domain.explain import count_example
from services.portal import charts
from services.portal.phrases import Phrases
from services.portal.settings import PortalSettings
from services.portal.warehouse_reader import WarehouseReader
from services.portal.worlds import World, Worlds
from services.wording.names import Names
from services.wording.rule_words import Counted
from services.wording.words import LANGUAGES, all_words

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
Link = str | int | date | None


@dataclass(frozen=True, slots=True)
class Site:
    """The parts a running portal is made of; kept in ``app.state.site``."""

    settings: PortalSettings
    reader: WarehouseReader
    worlds: Worlds
    clock: Clock
    rulebook: Rulebook

    def home_state(self) -> HomeState:
        """What the home says about itself now."""
        return read_home_state(self.settings.data)

    def stops(self) -> list[Stop]:
        """The programs of the home that stand still at a limit."""
        return read_stops(self.settings.data)

    def names(self, language: Language) -> Names:
        """Names in one language."""
        return Names(all_words()[language], self.rulebook)

    def examples(self, rule: Rule) -> list[Counted]:
        """A rule's worked examples, counted now."""
        found = ((each, count_example(self.rulebook, rule, each)) for each in rule.examples)
        return [Counted(each, deadline.due_on, deadline.trace) for each, deadline in found]

    def origin(self, request: Request) -> str:
        """The address readers use, without a trailing slash."""
        return self.settings.public_url or str(request.base_url).rstrip("/")


def site_of(request: Request) -> Site:
    """The site that serves this request."""
    site = request.app.state.site
    if not isinstance(site, Site):
        raise AssertionError("create_app puts a Site into app.state.site")
    return site


@dataclass(frozen=True, slots=True)
class View(Phrases):
    """One page for one reader: its language, its world, and links that keep both."""

    site: Site
    request: Request
    world: World | None

    @property
    def simulation(self) -> str:
        """The name of the world shown; empty for the real one."""
        return self.world.simulation if self.world is not None else ""

    @property
    def zone(self) -> str:
        """The zone instants are shown in."""
        return self.world.zone if self.world is not None else "UTC"

    def href(self, path: str, **query: Link) -> str:
        """A link to a page of this language and world; empty parameters are left out."""
        return link(self.words.language, path, self.world, query)

    def api(self, path: str, **query: Link) -> str:
        """A link to the JSON API about this world."""
        kept = _query(self.world, query)
        return f"/api/v1{quote(path, safe='/:')}" + (f"?{kept}" if kept else "")

    def feed(self, name: str, **query: Link) -> str:
        """A link to a feed about this world, in this language."""
        return f"/feeds/{name}?{_query(self.world, {'lang': self.words.language, **query})}"

    def other_world(self, name: str) -> str:
        """The overview of another world."""
        return f"/{self.words.language}/?{urlencode({'world': name})}"

    def here(self, language: Language) -> str:
        """This same page in another language."""
        path, query = self.request.url.path, self.request.url.query
        if path.split("/")[1] not in LANGUAGES:
            return f"{quote(path, safe='/:')}?{urlencode({'lang': language})}"
        rest = path.split("/", 2)[2] if path.count("/") > 1 else ""
        return f"/{language}/{quote(rest, safe='/:')}" + (f"?{query}" if query else "")

    def instant(self, at: datetime | None) -> str:
        """An instant in the world's zone; a dash for none."""
        return self.words.instant(at, self.zone) if at is not None else "—"

    def age(self, at: datetime) -> str:
        """How long ago an instant was on this world's clock."""
        now = self.world.now if self.world is not None else None
        return self.words.duration(max(now - at, timedelta())) if now is not None else "—"

    def render(self, template: str, /, status: int = 200, **context: Any) -> HTMLResponse:
        """The page as an answer; ``context`` is what the template names."""
        always = {
            "v": self,
            "t": self.words,
            "names": self.names,
            "world": self.world,
            "languages": LANGUAGES,
            "status": status,
            "catching_up": self.site.home_state().catching_up,
        }
        page = environment().get_template(template).render(always | context)
        return HTMLResponse(page, status_code=status)


def view_of(request: Request, language: Language, world: str | None) -> View:
    """The view of a page. Raises: UnknownWorld, WarehouseAway."""
    site = site_of(request)
    return View(all_words()[language], site.names(language), site, request, site.worlds.choose(world))


def bare_view(request: Request, language: Language) -> View:
    """The view of a page that needs no warehouse: errors, and pages while it is away."""
    site = site_of(request)
    return View(all_words()[language], site.names(language), site, request, None)


def link(language: Language, path: str, world: World | None, query: Mapping[str, Link]) -> str:
    """``/ru/bodies/kz.gov?world=…``: every part quoted, the default world left out."""
    kept = _query(world, query)
    return f"/{language}{quote(path, safe='/:')}" + (f"?{kept}" if kept else "")


def _query(world: World | None, query: Mapping[str, Link]) -> str:
    chosen: dict[str, Link] = {} if world is None or world.is_default else {"world": world.simulation}
    named = [(name, str(value)) for name, value in (chosen | dict(query)).items() if value is not None]
    return urlencode([(name, value) for name, value in named if value or name == "world"])


def web_address(url: str) -> str | None:
    """A source's link if it may be followed: http or https with a host, nothing else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


@cache
def asset_version() -> str:
    """A short digest of the style sheet, so that browsers fetch a new one when it changed."""
    return hashlib.sha256((STATIC / "esep.css").read_bytes()).hexdigest()[:12]


@cache
def environment() -> Environment:
    """The templates: everything escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    tools: Mapping[str, Callable[..., object] | object] = {
        "asset_version": asset_version,
        "charts": charts,
        "code": Markup("<code>{}</code>").format,
        "metrics": METRICS,
        "web_address": web_address,
    }
    made.globals.update(tools)
    return made
