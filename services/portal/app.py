"""The portal as an application: routes, words, rule data and the reader, put together.

Wiring only; ``create_app`` touches neither the warehouse nor the network.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from services.adapters.clock import Clock, SystemClock
from services.adapters.config import ConfigError
from services.adapters.rulebook import load_rulebook
from services.portal import budget_package, data_package, feeds, problems
from services.portal.api import budget, figures, lists, single
from services.portal.pages import accounts, background, front, letters, owed
from services.portal.pages import budget as budget_pages
from services.portal.security import SecurityHeaders
from services.portal.settings import PortalSettings
from services.portal.site import STATIC, Site, asset_version, site_of
from services.portal.warehouse_reader import WarehouseReader
from services.portal.worlds import Worlds
from services.wording.words import all_words

_DESCRIPTION: Final = (
    "What a government owes its parliament and its public, and what is late: the records behind the pages. "
    "Every answer is about one world, the real one or one simulation, and says which; rows repeat it in `simulation`. "
    "Dates are local legal dates, instants are UTC. An empty text means that the source does not say. "
    "Money is a decimal string in the unit of its row. In CSV, text that a spreadsheet would run as a formula begins "
    "with an apostrophe. Errors are problem+json (RFC 9457)."
)


def create_app(settings: PortalSettings, clock: Clock | None = None) -> FastAPI:
    """The portal over the warehouse that ``settings.clickhouse_url`` names.

    ``clock`` tells the real world's time while no tick has been recorded.
    Raises: ConfigError without a warehouse; WordsError or RulesInvalid when catalogues or rule data cannot be used.
    """
    if settings.clickhouse_url is None:
        raise ConfigError("the portal needs a warehouse: set ESEP_CLICKHOUSE_URL, or ESEP_DATA of a running home")
    reader = WarehouseReader(settings.clickhouse_url, settings.warehouse_timeout_s)
    real = clock or SystemClock()
    rulebook = load_rulebook()
    site = Site(
        settings=settings,
        reader=reader,
        worlds=Worlds(reader, rulebook.rules, real),
        clock=real,
        rulebook=rulebook,
    )
    all_words()
    asset_version()
    app = FastAPI(
        title="Esep",
        version="1",
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_closing(reader),
    )
    app.state.site = site
    _add_routes(app)
    problems.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(SecurityHeaders)
    return app


def _add_routes(app: FastAPI) -> None:
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(_health)
    for module in (lists, budget, single, figures):
        app.include_router(module.router, prefix="/api/v1", responses=_PROBLEMS)
    for public in (feeds, data_package, budget_package):
        app.include_router(public.router, responses=_PROBLEMS)
    for pages in (background, letters, owed, accounts, budget_pages, front):
        app.include_router(pages.router, include_in_schema=False)


_PROBLEMS: Final[dict[int | str, dict[str, object]]] = {
    code: {"description": meaning, "content": {"application/problem+json": {}}}
    for code, meaning in (
        ("4XX", "400: a parameter is wrong; 404: there is no such thing or world."),
        (503, "The warehouse is away; try again."),
    )
}
_health = APIRouter(include_in_schema=False)


@_health.api_route("/healthz", methods=["GET", "HEAD"])
async def alive() -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@_health.api_route("/readyz", methods=["GET", "HEAD"])
def ready(request: Request) -> Response:
    """The warehouse answers and has its views; 503 otherwise."""
    is_ready = site_of(request).reader.is_ready()
    return JSONResponse({"status": "ready" if is_ready else "warehouse away"}, status_code=200 if is_ready else 503)


def _closing(reader: WarehouseReader) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        reader.close()

    return lifespan
