"""What one source may send: how much, how often, how many at once, and for how long; told by problems and counted."""

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from services.adapters.clock import FakeClock
from services.adapters.codec import encode
from services.adapters.config import ConfigError
from services.adapters.factlog import LogEntry, Outcome
from services.adapters.memory import MemoryFactLog
from services.adapters.telemetry import counter
from services.gateway import bodies
from services.gateway.app import gateway_of
from services.gateway.limits import Accounts, OverLimit, SourceLimits
from services.gateway.routes import Gateway, ingest_router
from services.gateway.settings import GatewaySettings
from services.gateway.tokens import TokenFile
from tests.adapters.samples import NOON, question
from tests.gateway.sending import BATCH, NDJSON, SINGLE, UK_TOKEN, post, problem

DEADLINE_S = 30.0
LIMITS = SourceLimits(events_per_request=5, events_per_second=2, burst=10, requests_at_once=2)


class StopWatch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.elapsed_s = 100.0

    def __call__(self) -> float:
        return self.elapsed_s


class SlowLog(MemoryFactLog):
    """A log that takes events when it is let; ``waiting`` says how many appends wait."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()
        self.waiting = threading.Semaphore(0)

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        self.waiting.release()
        assert self.let.wait(DEADLINE_S)
        return super().append(entries)


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """Two sources, one of them held short."""
    path = tmp_path / "tokens.json"
    grant = {"name": "uk", "sources": ["/sources"], "families": ["inquiries"]}
    limited = grant | {"limits": LIMITS.model_dump(exclude_none=True)}
    other = grant | {"name": "other"}
    path.write_text(json.dumps({_key(UK_TOKEN): limited, _key("other"): other}))
    return path


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.fixture
def watch() -> StopWatch:
    return StopWatch()


@pytest.fixture
def gateway(tokens: Path, fact_log: MemoryFactLog, watch: StopWatch) -> Gateway:
    found = gateway_of(GatewaySettings(gateway_tokens=tokens), fact_log, FakeClock(NOON))
    return replace(found, accounts=Accounts(watch))


@pytest.fixture
def client(gateway: Gateway) -> Iterator[TestClient]:
    with TestClient(app_of(gateway), raise_server_exceptions=False) as opened:
        yield opened


def app_of(gateway: Gateway) -> FastAPI:
    """A gateway's route alone."""
    app = FastAPI()
    app.include_router(ingest_router(gateway))
    return app


def lines(first: int, count: int) -> bytes:
    """Events, one a line."""
    return b"\n".join(encode(question(number)) for number in range(first, first + count))


def refusals(code: str) -> float:
    """How many requests were refused so far for this reason."""
    return counter("gateway_refusals_total").labels(code)._value.get()


def test_too_many_events_in_a_request_are_refused_whole(client: TestClient, fact_log: MemoryFactLog) -> None:
    before = refusals("too_many_events")
    response = post(client, lines(0, 6), NDJSON)
    told = problem(response)
    assert (response.status_code, told["code"]) == (413, "too_many_events")
    assert "may hold 5" in told["detail"]
    assert fact_log.entries == []
    assert refusals("too_many_events") == before + 1
    assert post(client, lines(0, 6), NDJSON, token="other").json()["accepted"] == 6


@pytest.mark.parametrize(
    ("media_type", "body"),
    [(NDJSON, b"1\n" * 2**19), (BATCH, b"[" + b"1," * 2**19 + b"1]")],
    ids=["ndjson", "batch"],
)
def test_of_a_body_of_far_too_many_events_only_one_too_many_is_built(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, media_type: str, body: bytes
) -> None:
    built: list[object] = []

    def counted(*parts: Any, **places: Any) -> bodies.Message:
        built.append(parts)
        return message(*parts, **places)

    message = bodies.Message
    monkeypatch.setattr(bodies, "Message", counted)
    response = post(client, body, media_type)
    assert (response.status_code, problem(response)["code"]) == (413, "too_many_events")
    assert len(built) == LIMITS.events_per_request + 1


def test_a_source_that_sends_too_fast_is_told_when_to_come_again(
    client: TestClient, fact_log: MemoryFactLog, watch: StopWatch
) -> None:
    assert post(client, lines(0, 5), NDJSON).status_code == 202
    assert post(client, lines(5, 4), NDJSON).status_code == 202

    before = refusals("rate_limited")
    response = post(client, lines(9, 5), NDJSON)
    told = problem(response)
    assert (response.status_code, told["code"]) == (429, "rate_limited")
    assert "2 events a second" in told["detail"]
    assert len(fact_log.entries) == 9, "all of a request or nothing"
    assert refusals("rate_limited") == before + 1

    watch.elapsed_s += int(response.headers["retry-after"])
    assert post(client, lines(9, 4), NDJSON).json()["accepted"] == 4


def test_a_source_without_anything_left_is_refused_before_its_body_is_read(
    gateway: Gateway, client: TestClient
) -> None:
    gateway.accounts.spend("uk", LIMITS, 10)
    response = client.post("/v1/events", content=_never(), headers={"authorization": f"Bearer {UK_TOKEN}"})
    assert response.status_code == 429


def _never() -> Iterator[bytes]:
    yield b"{"


def test_one_source_does_not_use_up_what_another_may_send(client: TestClient) -> None:
    for first in (0, 5):
        post(client, lines(first, 5), NDJSON)
    assert post(client, encode(question(1))).status_code == 429
    assert post(client, encode(question(1)), token="other").status_code == 202


def test_more_than_the_burst_never_comes_together_however_long_the_pause(watch: StopWatch) -> None:
    accounts = Accounts(watch)
    watch.elapsed_s += 10**6
    accounts.spend("uk", LIMITS, 10)
    with pytest.raises(OverLimit) as over:
        accounts.spend("uk", LIMITS, 1)
    assert over.value.retry_after_s == pytest.approx(0.5)


def test_other_limits_count_at_once_and_what_was_spent_stays_spent(watch: StopWatch) -> None:
    accounts = Accounts(watch)
    accounts.spend("uk", LIMITS, 9)
    wider = LIMITS.model_copy(update={"burst": 100})
    with pytest.raises(OverLimit):
        accounts.spend("uk", wider, 2)
    watch.elapsed_s += 50
    accounts.spend("uk", wider, 100)


def test_so_many_requests_at_once_and_no_more(tokens: Path) -> None:
    log = SlowLog()
    gateway = Gateway(GatewaySettings(gateway_tokens=tokens), TokenFile(tokens), log, FakeClock(NOON))

    async def work() -> None:
        transport = httpx.ASGITransport(app_of(gateway))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            held = [asyncio.create_task(_post(client, number)) for number in range(2)]
            for _ in held:
                assert await asyncio.to_thread(log.waiting.acquire, timeout=DEADLINE_S)
            third = await _post(client, 3)
            assert (third.status_code, third.json()["code"]) == (429, "too_many_at_once")
            assert int(third.headers["retry-after"]) >= 1
            log.let.set()
            assert [(await each).status_code for each in held] == [202, 202]
            assert (await _post(client, 3)).status_code == 202

    asyncio.run(asyncio.wait_for(work(), DEADLINE_S))
    assert len(log.entries) == 3


def test_an_answer_comes_in_time_and_the_same_request_again_is_a_duplicate(tokens: Path) -> None:
    """The log is slow, not gone: what it takes after the answer is known when the sender repeats."""
    log = SlowLog()
    settings = GatewaySettings(gateway_tokens=tokens, gateway_request_timeout_s=0.2)
    gateway = Gateway(settings, TokenFile(tokens), log, FakeClock(NOON))

    async def work() -> None:
        transport = httpx.ASGITransport(app_of(gateway))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            late = await _post(client, 1)
            assert (late.status_code, late.json()["code"]) == (503, "request_timeout")
            assert int(late.headers["retry-after"]) > 0
            assert gateway.accounts._accounts["uk"].running == 1, "it goes on, and keeps its place"
            log.let.set()
            again = await _post(client, 1)
            assert (again.status_code, again.json()["duplicate"]) == (202, 1)
            assert gateway.accounts._accounts["uk"].running == 0

    asyncio.run(asyncio.wait_for(work(), DEADLINE_S))
    assert len(log.entries) == 1


async def _post(client: httpx.AsyncClient, number: int) -> httpx.Response:
    headers = {"content-type": SINGLE, "authorization": f"Bearer {UK_TOKEN}"}
    return await client.post("/v1/events", content=encode(question(number)), headers=headers)


def test_a_source_may_be_held_to_smaller_bodies(tokens: Path, client: TestClient) -> None:
    grants = orjson.loads(tokens.read_bytes())
    grants[_key("other")]["limits"] = {"request_bytes": 1024}
    tokens.write_text(json.dumps(grants))
    response = post(client, lines(0, 5), NDJSON, token="other")
    assert (response.status_code, problem(response)["code"]) == (413, "too_large")
    assert "1024 bytes" in problem(response)["detail"]


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"events_per_request": 0}, "limits.events_per_request"),
        ({"events_per_minute": 10}, "limits.events_per_minute is not a known field"),
        ({"burst": 10}, "burst is below events_per_request"),
    ],
)
def test_wrong_limits_are_named(tmp_path: Path, limits: dict[str, Any], says: str) -> None:
    path = tmp_path / "tokens.json"
    grant = {"name": "uk", "sources": ["/sources"], "families": ["inquiries"], "limits": limits}
    path.write_text(json.dumps({"a" * 64: grant}))
    with pytest.raises(ConfigError, match=says):
        TokenFile(path)


def test_what_is_rejected_is_counted_by_its_code(client: TestClient) -> None:
    rejected = counter("gateway_rejected_total").labels("id_conflict")
    before = rejected._value.get()
    post(client, encode(question(1)))
    post(client, encode(question(1, title="Another title")))
    assert rejected._value.get() == before + 1
