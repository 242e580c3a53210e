"""When something is wrong: problem+json for programs, a page in style and in the reader's language for people.

No traceback, no SQL and no address of a server leaves here.
"""

from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from schemas.rules import Language
from services.portal.listings import BadCursor
from services.portal.security import EVERYWHERE
from services.portal.site import bare_view
from services.portal.warehouse_reader import WarehouseAway
from services.portal.worlds import UnknownWorld
from services.wording.words import LANGUAGES, preferred

_log = structlog.get_logger(__name__)
_RETRY_AFTER_S: Final = "30"
_FOR_PROGRAMS: Final = ("/api/", "/feeds/", "/data/", "/v1/", "/healthz", "/readyz")


class NotFound(LookupError):
    """There is nothing under this id; ``what`` and ``id`` say what was looked for."""

    def __init__(self, what: str, id_: str) -> None:
        super().__init__(f"there is no {what} {id_!r} in this world")


class BadParameter(ValueError):
    """Parameters that do not go together; the text says what to do."""


def install(app: FastAPI) -> None:
    """Answer every error of the app."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(BadCursor, _bad_request)
    app.add_exception_handler(BadParameter, _bad_request)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(UnknownWorld, _unknown_world)
    app.add_exception_handler(WarehouseAway, _away)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _server)


def language_of(request: Request) -> Language:
    """The language of a page's address, else the one the browser prefers."""
    first = request.url.path.split("/")[1] if request.url.path.count("/") else ""
    named = next((language for language in LANGUAGES if language == first), None)
    return named or preferred(request.headers.get("accept-language"))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(fault["loc"][0] == "path" for fault in error.errors()):
        return _answer(request, 404, "not_found", "there is no such address")
    faults = [
        (".".join(str(part) for part in fault["loc"][1:]), str(fault["msg"]).removeprefix("Value error, "))
        for fault in error.errors()
    ]
    detail = "; ".join(f"{name}: {message}" for name, message in faults)
    return _answer(request, 400, "bad_request", detail, [{"name": name, "reason": reason} for name, reason in faults])


def _bad_request(request: Request, error: Exception) -> Response:
    return _answer(request, 400, "bad_request", str(error))


def _not_found(request: Request, error: Exception) -> Response:
    return _answer(request, 404, "not_found", str(error))


def _unknown_world(request: Request, error: Exception) -> Response:
    return _answer(request, 404, "unknown_world", str(error))


def _away(request: Request, error: Exception) -> Response:
    answer = _answer(request, 503, "away", "the warehouse is not answering; try again in a minute")
    answer.headers["Retry-After"] = _RETRY_AFTER_S
    return answer


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = "not_found" if error.status_code in (404, 405) else "bad_request"
    answer = _answer(request, error.status_code, kind, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _server(request: Request, error: Exception) -> Response:
    _log.error("request failed", path=request.url.path, exc_info=error)
    answer = _answer(request, 500, "server", "a fault on our side; it has been recorded")
    # This answer is given outside of every middleware.
    answer.headers.update(EVERYWHERE)
    return answer


def _answer(
    request: Request, status: int, kind: str, detail: str, faults: list[dict[str, str]] | None = None
) -> Response:
    if request.url.path.startswith(_FOR_PROGRAMS):
        body: dict[str, object] = {"type": f"urn:esep:problem:{kind}", "status": status, "detail": detail}
        body["title"] = kind.replace("_", " ")
        if faults:
            body["parameters"] = faults
        return JSONResponse(body, status_code=status, media_type="application/problem+json")
    view = bare_view(request, language_of(request))
    shown = detail if kind == "bad_request" else ""
    return view.render("error.html", status=status, kind=kind, detail=shown)
