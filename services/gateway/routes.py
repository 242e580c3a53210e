"""POST /v1/events: from an HTTP request to a receipt or a problem.

Authentication, limits and statuses are here; what events mean to the log is in ``intake``.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from time import monotonic
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from services.adapters.clock import Clock
from services.adapters.codec import MAX_EVENT_BYTES
from services.adapters.config import ConfigError
from services.adapters.factlog import FactLog, FactLogUnavailableError
from services.adapters.logs import logger_of
from services.adapters.quarantine import Quarantine
from services.adapters.telemetry import counter, histogram
from services.gateway.bodies import FORMS, BodyForm, Message, UndecodableBodyError, form_of, messages_in
from services.gateway.intake import Receipt, Rejection, take_in
from services.gateway.limits import Accounts, OverLimit
from services.gateway.problems import Problem, ProblemError, described
from services.gateway.settings import GatewaySettings
from services.gateway.tokens import Grant, TokenFile

log = logger_of(__name__)

RETRY_AFTER_S = 5
_MEDIA_TYPES = ", ".join(FORMS)
_SINGLE_STATUS = {
    "invalid_utf8": HTTPStatus.BAD_REQUEST,
    "invalid_json": HTTPStatus.BAD_REQUEST,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "id_conflict": HTTPStatus.CONFLICT,
}
_OPENAPI: dict[str, Any] = {
    "requestBody": {"required": True, "content": {media_type: {} for media_type in FORMS}},
    "security": [{"bearer": []}],
}


@dataclass(frozen=True, slots=True)
class Gateway:
    """What the route works with."""

    settings: GatewaySettings
    tokens: TokenFile
    fact_log: FactLog
    clock: Clock
    accounts: Accounts = field(default_factory=lambda: Accounts(monotonic))

    @property
    def _quarantine(self) -> Quarantine:
        return Quarantine(self.settings.data, self.settings.quarantine_bytes)

    async def handle(self, request: Request) -> Response:
        """Answer one request in time; every failure is a problem, never a traceback."""
        answering = asyncio.create_task(self._answered(request))
        done, _ = await asyncio.wait({answering}, timeout=self.settings.gateway_request_timeout_s)
        # One that takes longer goes on, and keeps its place among the sender's requests: a thread cannot be stopped.
        response = answering.result() if done else _refusal(_unavailable("request_timeout", "this took too long"))
        counter("gateway_requests_total").labels(str(response.status_code)).inc()
        return response

    async def _answered(self, request: Request) -> Response:
        try:
            grant = self._authenticated(request)
            with self.accounts.request(grant.name, grant.limits):
                self.accounts.spend(grant.name, grant.limits, 1)
                form = _announced_form(request)
                body = await self._body(request, form, grant)
                with histogram("gateway_request_seconds").time():
                    receipt = await run_in_threadpool(self._take_in, form, body, grant)
            return _answer(form, receipt)
        except OverLimit as error:
            return _refusal(_over_limit(error))
        except ProblemError as error:
            return _refusal(error)

    def _authenticated(self, request: Request) -> Grant:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthenticated("send a token: Authorization: Bearer <token>", 'Bearer realm="esep"')
        try:
            grant = self.tokens.grant_of(token.strip())
        except ConfigError as error:
            log.error("token file unusable", reason=str(error))
            raise _unavailable("tokens_unreadable", "tokens cannot be checked now") from error
        if grant is None:
            challenge = 'Bearer realm="esep", error="invalid_token"'
            raise _unauthenticated("this token is not known here; ask the operator for one", challenge)
        return grant

    async def _body(self, request: Request, form: BodyForm, grant: Grant) -> bytes:
        limit = MAX_EVENT_BYTES if form is BodyForm.SINGLE else self.settings.gateway_batch_bytes
        limit = min(limit, grant.limits.request_bytes or limit)
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            raise _too_large(limit)
        body = bytearray()
        try:
            async with asyncio.timeout(self.settings.gateway_body_timeout_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > limit:
                        raise _too_large(limit)
        except TimeoutError as error:
            detail = f"the body did not arrive within {self.settings.gateway_body_timeout_s:g} s; send it again"
            raise _problem(HTTPStatus.REQUEST_TIMEOUT, "body_timeout", detail) from error
        except ClientDisconnect as error:
            raise _problem(HTTPStatus.BAD_REQUEST, "disconnected", "the sender went away") from error
        return bytes(body)

    def _refuse_too_many(self, messages: Sequence[Message], grant: Grant) -> None:
        most = grant.limits.events_per_request
        if len(messages) > most:
            detail = f"too many events; a request with this token may hold {most}, so send them in several"
            raise _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many_events", detail)
        # One was paid for when the request came.
        self.accounts.spend(grant.name, grant.limits, len(messages) - 1)

    def _take_in(self, form: BodyForm, body: bytes, grant: Grant) -> Receipt:
        try:
            messages = messages_in(form, body, at_most=grant.limits.events_per_request + 1)
            self._refuse_too_many(messages, grant)
            receipt = take_in(messages, grant, self.fact_log, self.clock, self._quarantine)
        except UndecodableBodyError as error:
            raise _problem(HTTPStatus.BAD_REQUEST, error.code, error.reason) from error
        except FactLogUnavailableError as error:
            log.error("fact log unavailable", reason=str(error))
            raise _unavailable("fact_log_unavailable", "the fact log cannot be written now") from error
        _count(receipt)
        log.info(
            "events taken in",
            token=grant.name,
            accepted=receipt.accepted,
            duplicate=receipt.duplicate,
            rejected=len(receipt.rejections),
        )
        return receipt


def ingest_router(gateway: Gateway) -> APIRouter:
    """The gateway's one route, to be included in any app."""
    router = APIRouter()

    @router.post("/v1/events", status_code=202, tags=["events"], openapi_extra=_OPENAPI, response_class=Response)
    async def post_events(request: Request) -> Response:
        """Hand in one CloudEvent, a batch of them, or NDJSON; each is answered for."""
        return await gateway.handle(request)

    return router


def _announced_form(request: Request) -> BodyForm:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_encoding", "send the body uncompressed")
    form = form_of(request.headers.get("content-type", ""))
    if form is None:
        detail = f"Content-Type must be one of {_MEDIA_TYPES}, in UTF-8"
        raise _problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media_type", detail)
    return form


def _answer(form: BodyForm, receipt: Receipt) -> Response:
    errors = [described(rejection) for rejection in receipt.rejections]
    counts = {
        "accepted": receipt.accepted,
        "duplicate": receipt.duplicate,
        "rejected": len(errors),
        "ids": [str(event_id) for event_id in receipt.ids],
    }
    if receipt.ids:
        return Response(orjson.dumps(counts | {"errors": errors}), HTTPStatus.ACCEPTED, media_type="application/json")
    if form is BodyForm.SINGLE:
        fault = receipt.rejections[0].fault
        return Problem(_status_of(receipt.rejections[0]), fault.code, fault.reason, errors, counts).response()
    detail = (
        f"none of the {len(errors)} events was taken; errors[] says why for each, and they are kept as dead letters"
    )
    forbidden = all(_status_of(rejection) is HTTPStatus.FORBIDDEN for rejection in receipt.rejections)
    status, code = (
        (HTTPStatus.FORBIDDEN, "all_forbidden") if forbidden else (HTTPStatus.UNPROCESSABLE_ENTITY, "all_rejected")
    )
    return Problem(status, code, detail, errors, counts).response()


def _status_of(rejection: Rejection) -> HTTPStatus:
    if rejection.fault.code.startswith("forbidden_"):
        return HTTPStatus.FORBIDDEN
    return _SINGLE_STATUS.get(rejection.fault.code, HTTPStatus.UNPROCESSABLE_ENTITY)


def _count(receipt: Receipt) -> None:
    events = counter("gateway_events_total")
    events.labels("accepted").inc(receipt.accepted)
    events.labels("duplicate").inc(receipt.duplicate)
    events.labels("rejected").inc(len(receipt.rejections))
    for rejection in receipt.rejections:
        counter("gateway_rejected_total").labels(rejection.fault.code).inc()


def _refusal(error: ProblemError) -> Response:
    counter("gateway_refusals_total").labels(error.problem.code).inc()
    return error.problem.response()


def _over_limit(error: OverLimit) -> ProblemError:
    headers = {"Retry-After": str(ceil(error.retry_after_s))}
    detail = f"{error.detail}; nothing of this request was taken, send it again later"
    return ProblemError(Problem(HTTPStatus.TOO_MANY_REQUESTS, error.code, detail, headers=headers))


def _problem(status: HTTPStatus, code: str, detail: str) -> ProblemError:
    return ProblemError(Problem(status, code, detail))


def _unauthenticated(detail: str, challenge: str) -> ProblemError:
    headers = {"WWW-Authenticate": challenge}
    return ProblemError(Problem(HTTPStatus.UNAUTHORIZED, "unauthenticated", detail, headers=headers))


def _too_large(limit: int) -> ProblemError:
    detail = f"the body may have at most {limit} bytes; send events in smaller batches"
    # The rest of the body is not read, so the connection cannot carry another request.
    headers = {"Connection": "close"}
    return ProblemError(Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", detail, headers=headers))


def _unavailable(code: str, cause: str) -> ProblemError:
    detail = f"{cause}; send the same request again, nothing is counted twice"
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return ProblemError(Problem(HTTPStatus.SERVICE_UNAVAILABLE, code, detail, headers=headers))
