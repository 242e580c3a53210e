"""Answers that say what is wrong, as RFC 9457 problem details.

Only the shape of answers; which status a fault gets is decided by the route.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import Response

from services.gateway.intake import Rejection

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: ``code`` is stable (``urn:esep:problem:<code>``), ``detail`` says what to do."""

    status: HTTPStatus
    code: str
    detail: str
    errors: Sequence[Mapping[str, Any]] = ()
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """The HTTP answer."""
        body = {
            "type": f"urn:esep:problem:{self.code}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
            **self.members,
            "errors": list(self.errors),
        }
        return Response(orjson.dumps(body), self.status.value, dict(self.headers), PROBLEM_JSON)


class ProblemError(Exception):
    """Stops the handling of a request with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def described(rejection: Rejection) -> dict[str, Any]:
    """One rejection as an item of ``errors[]``: where, code, field, reason, and the id when it is known."""
    message, fault = rejection.message, rejection.fault
    item = {
        "index": message.index,
        "line": message.line,
        "code": fault.code,
        "field": fault.field,
        "reason": fault.reason,
        "id": None if rejection.event_id is None else str(rejection.event_id),
    }
    return {name: value for name, value in item.items() if value is not None}
