"""How the gateway answers when something else than an event is wrong: tokens, media types, the log, itself."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.adapters.clock import FakeClock
from services.adapters.codec import encode
from services.adapters.config import ConfigError
from services.adapters.factlog import LogEntry, Outcome
from services.adapters.memory import MemoryFactLog
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.gateway.tokens import WRITABLE_FAMILIES, TokenFile
from tests.adapters.samples import NOON, question
from tests.gateway.sending import SINGLE, UK_TOKEN, post, problem

EVENT = encode(question(1))


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ({}, "send a token"),
        ({"authorization": "Basic dXNlcjpwYXNz"}, "send a token"),
        ({"authorization": "Bearer "}, "send a token"),
        ({"authorization": "Bearer wrong"}, "not known"),
        ({"authorization": "Bearer Ключ".encode()}, "not known"),
    ],
)
def test_without_a_known_token_nobody_writes(
    client: TestClient, fact_log: MemoryFactLog, header: dict[str, str | bytes], says: str
) -> None:
    response = client.post("/v1/events", content=EVENT, headers={"content-type": SINGLE, **header})
    assert (response.status_code, problem(response)["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith('Bearer realm="esep"')
    assert says in problem(response)["detail"]
    assert fact_log.entries == []


def test_the_scheme_is_read_in_any_case(client: TestClient) -> None:
    headers = {"content-type": SINGLE, "authorization": f"bearer {UK_TOKEN}"}
    assert client.post("/v1/events", content=EVENT, headers=headers).status_code == 202


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/cloudevents+avro", f"{SINGLE}; charset=windows-1251"]
)
def test_another_media_type_is_refused_and_ours_are_named(client: TestClient, media_type: str) -> None:
    response = post(client, EVENT, media_type)
    assert (response.status_code, problem(response)["code"]) == (415, "media_type")
    assert "application/x-ndjson" in problem(response)["detail"]


def test_a_compressed_body_is_refused(client: TestClient) -> None:
    response = post(client, EVENT, **{"content-encoding": "gzip"})
    assert (response.status_code, problem(response)["code"]) == (415, "content_encoding")


def test_when_the_log_cannot_be_written_the_sender_comes_again(client: TestClient, fact_log: MemoryFactLog) -> None:
    fact_log.available = False
    response = post(client, EVENT)
    assert (response.status_code, problem(response)["code"]) == (503, "fact_log_unavailable")
    assert int(response.headers["retry-after"]) > 0
    not_ready = client.get("/readyz")
    assert (not_ready.status_code, problem(not_ready)["code"]) == (503, "not_ready")
    assert "switched off" not in not_ready.text
    assert client.get("/healthz").status_code == 200
    fact_log.available = True
    assert post(client, EVENT).json()["accepted"] == 1
    assert client.get("/readyz").json() == {"status": "ready"}


def test_a_bug_shows_no_traceback(settings: GatewaySettings) -> None:
    class Broken(MemoryFactLog):
        def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
            raise AssertionError("secret detail")

    client = TestClient(create_app(settings, Broken(), FakeClock(NOON)), raise_server_exceptions=False)
    response = post(client, EVENT)
    assert (response.status_code, problem(response)["code"]) == (500, "internal_error")
    assert "secret" not in response.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/events", 405), ("GET", "/nowhere", 404)])
def test_a_wrong_address_is_a_problem_too(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert "/v1/events" in problem(response)["detail"]


def test_what_was_taken_is_counted(client: TestClient) -> None:
    def counted(sample: str) -> float:
        lines = client.get("/metrics").text.splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith(sample))

    samples = ['gateway_events_total{outcome="accepted"}', 'gateway_events_total{outcome="duplicate"}']
    samples += ['gateway_events_total{outcome="rejected"}', 'gateway_requests_total{status="400"}']
    before = [counted(sample) for sample in samples]
    for body in (EVENT, EVENT, b"{"):
        post(client, body)
    assert [counted(sample) - earlier for sample, earlier in zip(samples, before, strict=True)] == [1, 1, 1, 1]


def test_a_token_is_given_and_taken_away_without_a_restart(client: TestClient, tokens: Path) -> None:
    grants = json.loads(tokens.read_text())
    new = {"name": "new", "sources": ["/sources"], "families": ["inquiries"]}
    grants[hashlib.sha256(b"new-token").hexdigest()] = new
    assert post(client, EVENT, token="new-token").status_code == 401
    tokens.write_text(json.dumps(grants))
    assert post(client, EVENT, token="new-token").status_code == 202
    tokens.write_text("{}")
    assert post(client, EVENT, token="new-token").status_code == 401
    tokens.unlink()
    assert post(client, EVENT).status_code == 401


def test_while_the_token_file_is_broken_nobody_is_let_in(client: TestClient, tokens: Path) -> None:
    sound = tokens.read_text()
    tokens.write_text("{broken: [")
    for _ in range(2):
        response = post(client, EVENT)
        assert (response.status_code, problem(response)["code"]) == (503, "tokens_unreadable")
    tokens.write_text(sound)
    os.utime(tokens, ns=(0, 0))
    assert post(client, EVENT).status_code == 202


@pytest.mark.parametrize(
    ("grant", "says"),
    [
        ({"families": ["clock"]}, "cannot be written from outside"),
        ({"families": ["obligations"]}, "cannot be written from outside"),
        ({"families": []}, "families"),
        ({"sources": ["uk"]}, r"sources\[0\] must have the form"),
        ({"scope": "all"}, "scope is not a known field"),
        ({"name": None}, "name must be a string"),
    ],
)
def test_a_wrong_grant_is_named(tmp_path: Path, grant: dict[str, object], says: str) -> None:
    right: dict[str, object] = {"name": "uk", "sources": ["/sources"], "families": ["inquiries"]}
    path = tmp_path / "tokens.json"
    path.write_text(json.dumps({"a" * 64: right | grant}))
    with pytest.raises(ConfigError, match=says):
        TokenFile(path)


def test_a_token_in_the_clear_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens.yaml"
    path.write_text("hunter2: {name: uk, sources: [/sources], families: [inquiries]}\n")
    with pytest.raises(ConfigError, match="must be the SHA-256 of a token"):
        TokenFile(path)


def test_ticks_and_derived_events_stay_ours() -> None:
    assert set(WRITABLE_FAMILIES) == {
        "acts",
        "appeals",
        "budget",
        "disputes",
        "inquiries",
        "petitions",
        "reports",
        "sources",
    }
