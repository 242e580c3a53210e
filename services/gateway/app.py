"""The gateway as an app: its route, health and metrics.

Only wiring. ``services.web`` builds the embedded home's app from the same parts.
"""

from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from services.adapters.clock import Clock
from services.adapters.factlog import FactLog, FactLogUnavailableError
from services.adapters.logs import logger_of
from services.adapters.telemetry import METRICS_CONTENT_TYPE, exposition
from services.gateway.problems import Problem
from services.gateway.routes import RETRY_AFTER_S, Gateway, ingest_router
from services.gateway.settings import GatewaySettings
from services.gateway.tokens import TokenFile

log = logger_of(__name__)


def create_app(settings: GatewaySettings, fact_log: FactLog, clock: Clock) -> FastAPI:
    """The gateway alone: POST /v1/events, /healthz, /readyz, /metrics. The caller closes ``fact_log``.

    Raises: ConfigError when the token file cannot be used.
    """
    app = FastAPI(title="Esep gateway", openapi_url="/openapi.json", docs_url=None, redoc_url=None)
    app.include_router(ingest_router(gateway_of(settings, fact_log, clock)))
    app.include_router(_health_router(fact_log))
    app.include_router(metrics_router())
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(Exception, _bug)
    return app


def gateway_of(settings: GatewaySettings, fact_log: FactLog, clock: Clock) -> Gateway:
    """What the ingest route works with.

    Raises: ConfigError when the token file cannot be used.
    """
    return Gateway(settings, TokenFile(settings.gateway_tokens), fact_log, clock)


def metrics_router() -> APIRouter:
    """/metrics: this process's metrics in Prometheus text form."""
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    def metrics() -> Response:
        # In a thread: at home the other programs and the warehouse are asked for theirs.
        return Response(exposition(), media_type=METRICS_CONTENT_TYPE)

    return router


def _health_router(fact_log: FactLog) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> Response:
        """The fact log can be written."""
        return await run_in_threadpool(_readiness, fact_log)

    return router


def _readiness(fact_log: FactLog) -> Response:
    try:
        fact_log.append([])
    except FactLogUnavailableError as error:
        log.error("fact log unavailable", reason=str(error))
        headers = {"Retry-After": str(RETRY_AFTER_S)}
        detail = "the fact log cannot be written now; the operator finds the cause in the log of the gateway"
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", detail, headers=headers).response()
    return Response(b'{"status":"ready"}', media_type="application/json")


async def _http_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail = f"{status.description or status.phrase}; events are posted to /v1/events"
    return Problem(status, status.name.lower(), detail, headers=error.headers or {}).response()


async def _bug(_request: Request, _error: Exception) -> Response:
    # The server logs the traceback; the sender gets none of it.
    detail = "the gateway failed; the operator finds the cause in its log. Send the same request again later"
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", detail).response()
