"""The web process of the embedded home: the public pages and the gateway in one server.

Only joining; pages are made in ``services.portal``, facts are taken in by ``services.gateway``.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import REGISTRY

from services.adapters.bootstrap import open_fact_log
from services.adapters.clock import Clock, ClockFileError, open_clock
from services.adapters.config import ConfigError
from services.adapters.factlog import FactLog, FactLogUnavailableError
from services.adapters.home_metrics import HomeCollector
from services.adapters.home_state import ServiceState
from services.adapters.logs import configure_logs, logger_of
from services.gateway.app import gateway_of, metrics_router
from services.gateway.problems import Problem
from services.gateway.routes import ingest_router
from services.gateway.server import serve
from services.gateway.settings import GatewaySettings, Port
from services.portal.app import create_app as create_portal
from services.portal.freshness import FreshnessCollector
from services.portal.settings import PortalSettings
from services.portal.site import Site

log = logger_of(__name__)


class WebSettings(GatewaySettings, PortalSettings):
    """The settings of both, and where both are served."""

    web_host: str = "127.0.0.1"
    web_port: Port = 8000


def create_app(settings: WebSettings, fact_log: FactLog, clock: Clock) -> FastAPI:
    """The portal's app with the gateway's routes in it. The caller closes ``fact_log``.

    Raises: ConfigError when the token file cannot be used.
    """
    app = create_portal(settings, clock)
    pages = list(app.router.routes)
    app.include_router(ingest_router(gateway_of(settings, fact_log, clock)))
    app.include_router(metrics_router())
    app.include_router(_readiness_router(fact_log))
    # In front of the pages: the address of a language, /{language}, would match /metrics first.
    app.router.routes[:] = [*app.router.routes[len(pages) :], *pages]
    return app


def _readiness_router(fact_log: FactLog) -> APIRouter:
    """/readyz: a fact sent now can be kept, what was kept can be read, and it reaches the pages."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    def ready(request: Request) -> Response:
        site: Site = request.app.state.site
        sink = site.home_state().services.get("sink")
        missing = list(_missing(fact_log, site, sink))
        far_end = None if sink is None or sink.came_through_at is None else sink.came_through_at.isoformat()
        if not missing:
            return JSONResponse({"status": "ready", "far_end_at": far_end})
        detail = f"waits for: {', '.join(missing)}; the operator finds the causes with esep status and in the log"
        members = {"waits_for": missing, "far_end_at": far_end}
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", detail, members=members).response()

    return router


def _missing(fact_log: FactLog, site: Site, sink: ServiceState | None) -> Iterator[str]:
    # Names only: the port is the public's, and a cause names files and addresses.
    try:
        fact_log.append([])
    except FactLogUnavailableError as error:
        log.error("fact log unavailable", reason=str(error))
        yield "log"
    if not site.reader.is_ready():
        yield "warehouse"
    if sink is not None and sink.standing != "working":
        yield "far end"


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped; 0 = stopped, 1 = log or address unusable, 2 = bad settings."""
    parser = argparse.ArgumentParser(prog="esep web", description="Pages, API and POST /v1/events in one server.")
    parser.add_argument("--host", help="address to listen on; default ESEP_WEB_HOST or 127.0.0.1")
    parser.add_argument("--port", type=int, help="port to listen on; default ESEP_WEB_PORT or 8000")
    parser.add_argument("--config", type=Path, help="YAML or JSON file with settings; the environment wins over it")
    parser.add_argument("--print-config", action="store_true", help="show the settings, secrets masked, and leave")
    arguments = parser.parse_args(argv)
    try:
        given = {"web_host": arguments.host, "web_port": arguments.port}
        settings = WebSettings.load(arguments.config, given)
        if arguments.print_config:
            sys.stdout.write(settings.shown())
            return 0
        configure_logs("web", level=settings.log_level, style=settings.log_format)
        return _serve(settings)
    except (ConfigError, ClockFileError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except FactLogUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _serve(settings: WebSettings) -> int:
    fact_log = open_fact_log(settings)
    try:
        app = create_app(settings, fact_log, open_clock(settings.simulation))
        REGISTRY.register(HomeCollector(settings.data))
        REGISTRY.register(FreshnessCollector(app.state.site.reader, app.state.site.worlds))
        return 0 if serve(app, settings.web_host, settings.web_port) else 1
    finally:
        fact_log.close()


if __name__ == "__main__":
    sys.exit(main())
