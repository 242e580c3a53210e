"""Senders that stall or go away in the middle of a body: an answer within the deadline, nothing stored."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
import pytest
from starlette.requests import Request

from services.adapters.clock import FakeClock
from services.adapters.memory import MemoryFactLog
from services.gateway.app import gateway_of
from services.gateway.settings import GatewaySettings
from tests.adapters.samples import NOON
from tests.gateway.sending import SINGLE, UK_TOKEN

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


def stalling() -> Receive:
    """Half a body, then silence."""
    parts = iter([{"type": "http.request", "body": b'{"specversion"', "more_body": True}])

    async def receive() -> MutableMapping[str, Any]:
        part = next(parts, None)
        if part is None:
            await asyncio.Event().wait()
        assert part is not None
        return part

    return receive


def leaving() -> Receive:
    """Half a body, then the connection is gone."""
    said: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    parts = iter(said)

    async def receive() -> MutableMapping[str, Any]:
        return next(parts)

    return receive


@pytest.mark.parametrize(
    ("sender", "status", "code"), [(stalling, 408, "body_timeout"), (leaving, 400, "disconnected")]
)
def test_half_a_body_is_no_event(
    settings: GatewaySettings, sender: Callable[[], Receive], status: int, code: str
) -> None:
    fact_log = MemoryFactLog()
    impatient = settings.model_copy(update={"gateway_body_timeout_s": 0.05})
    gateway = gateway_of(impatient, fact_log, FakeClock(NOON))
    headers = {"content-type": SINGLE, "authorization": f"Bearer {UK_TOKEN}"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/events",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    response = asyncio.run(asyncio.wait_for(gateway.handle(Request(scope, sender())), 30))
    assert (response.status_code, orjson.loads(bytes(response.body))["code"]) == (status, code)
    assert fact_log.entries == []
