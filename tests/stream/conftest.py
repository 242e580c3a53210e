"""A broker of its own for each test that needs one: the embedded home's, empty, with every topic or none."""

import subprocess
from collections.abc import Iterator
from contextlib import closing

import pytest

from services.adapters.kafka import ensure_topics
from services.embedded.broker import broker_command, wait_until_ready
from tests.ports import free_port
from tests.stream.trackers import Log


@pytest.fixture
def empty_broker() -> Iterator[str]:
    """The address of a broker without any topic."""
    port = free_port()
    broker = subprocess.Popen(broker_command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        bootstrap = f"127.0.0.1:{port}"
        wait_until_ready(bootstrap, timeout_s=20)
        yield bootstrap
    finally:
        broker.kill()
        broker.wait(10)


@pytest.fixture
def log(empty_broker: str) -> Iterator[Log]:
    """The log of a broker with every declared topic, all empty."""
    ensure_topics(empty_broker)
    with closing(Log(empty_broker)) as opened:
        yield opened
