"""``/healthz``, ``/readyz`` and ``/metrics`` of a process without a web server of its own, from a thread of its own.

The answer comes when the event loop is blocked too, and says so. What is healthy is decided in ``liveness``.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Event, Thread
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from services.adapters.config import ConfigError, Settings
from services.adapters.liveness import Progress, Standing
from services.adapters.logs import logger_of
from services.adapters.telemetry import METRICS_CONTENT_TYPE, exposition

ASK_EVERY_S: Final = 2.0
_log = logger_of(__name__)
_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """One request every two seconds is not worth a line."""


@contextmanager
def answering(
    settings: Settings, progress: Progress, *, broker_answers: Callable[[], bool] | None = None
) -> Iterator[int | None]:
    """Answer on ``ESEP_HEALTH_PORT`` until the block ends; gives the port, None when none is configured.

    While nothing comes through, ``broker_answers`` is asked again and again: as long as the broker is away from
    everybody, this process has an excuse, and afterwards it gets its full time again.
    Raises: ConfigError when the port cannot be had.
    """
    if settings.health_port is None:
        yield None
        return
    try:
        server = make_server(settings.health_host, settings.health_port, _app(progress), _Server, _Silent)
    except OSError as error:
        where = f"{settings.health_host}:{settings.health_port}"
        raise ConfigError(f"ESEP_HEALTH_PORT: {where} cannot be had ({error.strerror}); choose another port") from error
    done = Event()
    Thread(target=server.serve_forever, args=(0.2,), name="health", daemon=True).start()
    if broker_answers is not None:
        Thread(target=_look_for_excuses, args=(progress, broker_answers, done), name="excuses", daemon=True).start()
    try:
        yield server.server_port
    finally:
        done.set()
        server.shutdown()
        server.server_close()


def told(standing: Standing) -> dict[str, Any]:
    """A standing as it is told in JSON: the same words at every service."""
    return {
        "alive": standing.quiet is None,
        "ready": standing.ready,
        "stage": standing.stage,
        "came_through_at": standing.came_through_at.isoformat(timespec="milliseconds"),
        "silent_s": round(standing.silent_s, 1),
        "at_work": standing.at_work,
        "waits_for": dict(standing.waits_for),
    }


def _look_for_excuses(progress: Progress, broker_answers: Callable[[], bool], done: Event) -> None:
    while not done.wait(ASK_EVERY_S):
        if progress.silent_s > progress.quiet_after_s / 2 or "broker" in progress.standing().waits_for:
            with progress.in_doubt():
                _ask_for_an_excuse(progress, broker_answers)


def _ask_for_an_excuse(progress: Progress, broker_answers: Callable[[], bool]) -> None:
    try:
        answers = broker_answers()
    except Exception as error:  # noqa: BLE001  # a thread that ends here would blame everybody for the next outage
        _log.warning("asking whether the broker answers failed", error=type(error).__name__, reason=str(error))
        return
    if answers:
        progress.has("broker")
    else:
        progress.excuse()
        progress.waits("broker", "the broker answers nobody")


def _app(progress: Progress) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    def app(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        status, kind, body = _answer(environment.get("PATH_INFO", ""), progress)
        start(status, [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")])
        return [body]

    return app


def _answer(path: str, progress: Progress) -> tuple[str, str, bytes]:
    if path == "/metrics":
        return "200 OK", METRICS_CONTENT_TYPE, exposition()
    if path not in ("/healthz", "/readyz"):
        return _problem("404 Not Found", "not_found", "there are /healthz, /readyz and /metrics", {})
    standing = progress.standing()
    if standing.quiet is not None:
        return _problem("503 Service Unavailable", "quiet", standing.quiet, told(standing))
    if path == "/readyz" and standing.waits_for:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(standing.waits_for.items()))
        return _problem("503 Service Unavailable", "not_ready", reasons, told(standing))
    return "200 OK", _JSON, json.dumps(told(standing)).encode()


def _problem(status: str, code: str, detail: str, more: Mapping[str, Any]) -> tuple[str, str, bytes]:
    number, _, title = status.partition(" ")
    problem = {"type": f"urn:esep:problem:{code}", "title": title, "status": int(number), "detail": detail, **more}
    return status, _PROBLEM, json.dumps(problem).encode()
