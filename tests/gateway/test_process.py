"""The gateway and the web process as programs: they start, keep what they acknowledged, and stop when asked."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from starlette.testclient import TestClient

from schemas.topics import FACTS
from services.adapters.clock import FakeClock
from services.adapters.codec import encode
from services.adapters.journal import JournalFactLog
from services.adapters.kafka import ensure_topics
from services.adapters.memory import MemoryFactLog
from services.gateway.__main__ import main
from services.web import WebSettings, create_app
from tests.adapters.samples import NOON, question
from tests.conformance.brokers import read_back
from tests.gateway.sending import NDJSON, SINGLE, UK_TOKEN, post, problem
from tests.kafka.server import ApacheKafka
from tests.ports import free_port

DEADLINE_S = 30.0


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@contextmanager
def running_gateway(log: Path | str, tokens: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """``python -m services.gateway``, ready; ``log`` is a journal or where Kafka answers. Killed when the block ends."""
    environment = os.environ | {
        "ESEP_JOURNAL" if isinstance(log, Path) else "ESEP_KAFKA_BOOTSTRAP": str(log),
        "ESEP_GATEWAY_TOKENS": str(tokens),
        "ESEP_GATEWAY_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "services.gateway"], env=environment)
    try:
        _await_ready(f"http://127.0.0.1:{port}/readyz", process)
        yield process
    finally:
        process.kill()
        process.wait(DEADLINE_S)


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        assert process.poll() is None, f"the gateway ended with {process.returncode}"
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"{url} was not ready in time")


def send(port: int, body: bytes, media_type: str = SINGLE) -> httpx.Response:
    """POST to a running gateway."""
    headers = {"content-type": media_type, "authorization": f"Bearer {UK_TOKEN}"}
    return httpx.post(f"http://127.0.0.1:{port}/v1/events", content=body, headers=headers, timeout=DEADLINE_S)


def test_what_was_acknowledged_survives_kill_9(journal: Path, tokens: Path) -> None:
    port = free_port()
    with running_gateway(journal, tokens, port) as process:
        events = [question(number) for number in range(500)]
        assert send(port, b"\n".join(map(encode, events)), NDJSON).json()["accepted"] == 500
        process.kill()
    log = JournalFactLog(journal)
    assert [row.entry.event_id for row in log.read_from(0, 1000)] == [event.id for event in events]
    log.close()


@pytest.mark.needs_java
def test_what_was_acknowledged_survives_kill_9_of_gateway_and_kafka(apache_kafka: ApacheKafka, tokens: Path) -> None:
    ensure_topics(apache_kafka.bootstrap)
    port = free_port()
    events = [question(number) for number in range(500)]
    with running_gateway(apache_kafka.bootstrap, tokens, port) as process:
        assert send(port, b"\n".join(map(encode, events)), NDJSON).json()["accepted"] == 500
        process.kill()
        apache_kafka.kill()
    apache_kafka.start_again()
    kept = read_back(apache_kafka.bootstrap, FACTS, len(events))
    assert sorted(record.value for record in kept) == sorted(map(encode, events))


def test_it_stops_when_asked(journal: Path, tokens: Path) -> None:
    port = free_port()
    with running_gateway(journal, tokens, port) as process:
        assert send(port, encode(question(1))).status_code == 202
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0


def test_a_taken_address_is_an_exit_code(journal: Path, tokens: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment = os.environ | {
            "ESEP_JOURNAL": str(journal),
            "ESEP_GATEWAY_PORT": str(taken.getsockname()[1]),
        }
        done = subprocess.run(
            [sys.executable, "-m", "services.gateway"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_log_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ESEP_JOURNAL", "ESEP_KAFKA_BOOTSTRAP", "ESEP_GATEWAY_TOKENS"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    assert "ESEP_KAFKA_BOOTSTRAP" in capsys.readouterr().err


def test_the_settings_can_be_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ESEP_CLICKHOUSE_URL", "http://esep:hunter2@localhost:8123/")
    assert main(["--print-config"]) == 0
    shown = capsys.readouterr().out
    assert "gateway_port: 8001" in shown
    assert "hunter2" not in shown


def test_the_web_process_takes_facts_beside_the_pages(tokens: Path) -> None:
    """The pages' own addresses, such as /{language}, do not stand before the gateway's."""
    fact_log = MemoryFactLog()
    settings = WebSettings(clickhouse_url="http://127.0.0.1:1/", gateway_tokens=tokens)
    with TestClient(create_app(settings, fact_log, FakeClock(NOON)), raise_server_exceptions=False) as client:
        assert post(client, encode(question(1))).json()["accepted"] == 1
        assert "gateway_events_total" in client.get("/metrics").text
        assert client.get("/healthz").status_code == 200
        assert client.get("/", follow_redirects=False).is_redirect
        assert "/v1/events" in client.get("/api/openapi.json").json()["paths"]
    assert len(fact_log.entries) == 1


def test_the_web_process_names_what_is_missing_and_nothing_of_our_insides(tokens: Path, tmp_path: Path) -> None:
    fact_log = MemoryFactLog()
    fact_log.available = False
    sink = {
        "pid": 1,
        "started_at": NOON,
        "answers": True,
        "alive": True,
        "waits_for": {"warehouse": f"{tmp_path} is not there"},
        "last_reason": f"{tmp_path} was not there",
    }
    (tmp_path / "state.json").write_bytes(orjson.dumps({"services": {"sink": sink}}))
    settings = WebSettings(clickhouse_url="http://127.0.0.1:1/esep", gateway_tokens=tokens, data=tmp_path)
    with TestClient(create_app(settings, fact_log, FakeClock(NOON)), raise_server_exceptions=False) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, problem(answer)["code"]) == (503, "not_ready")
    assert problem(answer)["waits_for"] == ["log", "warehouse", "far end"]
    for inside in (str(tmp_path), "127.0.0.1", "switched off"):
        assert inside not in answer.text
