"""How the embedded broker is started, and that its start is noticed at once.

What it does as a broker is in ``test_brokers``, with Apache Kafka beside it.
"""

import socket
import subprocess
from collections.abc import Iterator

import pytest

from services.embedded.broker import (
    BrokerNotReady,
    broker_command,
    is_ready,
    wait_until_ready,
)
from tests.conformance.brokers import running_broker
from tests.ports import free_port


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    with running_broker() as broker:
        yield broker.bootstrap


def test_the_command_listens_on_the_loopback_only_and_keeps_its_log_in_memory() -> None:
    binary, *arguments = broker_command(19092)
    assert subprocess.run([binary, "--version"], capture_output=True, check=True, timeout=10).stdout
    assert arguments == [
        "broker",
        *("--listener-url", "tcp://127.0.0.1:19092"),
        *("--advertised-listener-url", "tcp://127.0.0.1:19092"),
        *("--storage-engine", "memory://tansu/"),
    ]


def test_a_running_broker_is_ready(bootstrap: str) -> None:
    assert is_ready(bootstrap)
    wait_until_ready(bootstrap, 5)


def test_a_free_port_is_not_ready() -> None:
    address = f"127.0.0.1:{free_port()}"
    assert not is_ready(address)
    with pytest.raises(BrokerNotReady, match=address):
        wait_until_ready(address, 0.2)


def test_a_port_that_accepts_and_says_nothing_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not is_ready(f"127.0.0.1:{silent.getsockname()[1]}")
