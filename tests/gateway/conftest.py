"""A gateway with a log in memory, a clock that stands still, and three tokens."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.adapters.clock import FakeClock
from services.adapters.memory import MemoryFactLog
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from tests.adapters.samples import NOON
from tests.gateway.sending import DEMO_TOKEN, UK_TOKEN

GRANTS = {
    UK_TOKEN: {
        "name": "uk",
        "sources": ["/sources/uk-written-questions"],
        "families": ["inquiries", "sources"],
    },
    DEMO_TOKEN: {"name": "demo", "sources": ["/simulator"], "families": ["inquiries"], "simulation": "gb-demo"},
}


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.json"
    path.write_text(json.dumps({hashlib.sha256(token.encode()).hexdigest(): grant for token, grant in GRANTS.items()}))
    return path


@pytest.fixture
def settings(tokens: Path) -> GatewaySettings:
    return GatewaySettings(gateway_tokens=tokens, gateway_batch_bytes=4 * 1024 * 1024)


@pytest.fixture
def fact_log() -> MemoryFactLog:
    return MemoryFactLog()


@pytest.fixture
def client(settings: GatewaySettings, fact_log: MemoryFactLog) -> Iterator[TestClient]:
    with TestClient(create_app(settings, fact_log, FakeClock(NOON)), raise_server_exceptions=False) as opened:
        yield opened
