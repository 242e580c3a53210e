"""The tools of the chaos suite break what they say they break: network, disk, schedule; and a report says what lines say."""

import errno
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

import pytest

from tests.chaos.campaign import Campaign
from tests.chaos.disk import mounted_disk
from tests.chaos.faults import faults_of
from tests.chaos.inputs import Inputs
from tests.chaos.proxy import Network
from tests.chaos.report import report
from tests.chaos.stacks import BROKERS, EMBEDDED
from tests.ports import free_port
from tests.running_home import until

ANSWER_S = 10.0
SILENCE_S = 0.3


@pytest.fixture
def network() -> Iterator[tuple[Network, int]]:
    """A network before a server that sends back what it gets, and the port clients use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(ANSWER_S)

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                Thread(target=_echo, args=(connection,), daemon=True).start()

        Thread(target=serve, daemon=True).start()
        port = free_port()
        network = Network(port, server.getsockname()[1])
        try:
            yield network, port
        finally:
            network.close()


def _echo(connection: socket.socket) -> None:
    with closing(connection), suppress(ConnectionError):
        while piece := connection.recv(1024):
            connection.sendall(piece)


def test_a_cut_network_swallows_and_a_mended_one_delivers(network: tuple[Network, int]) -> None:
    line, port = network
    with socket.create_connection(("127.0.0.1", port), ANSWER_S) as client:
        client.sendall(b"before")
        assert client.recv(100) == b"before"
        line.cut()
        client.settimeout(SILENCE_S)
        until(lambda: _is_swallowed(client), "nothing comes through", ANSWER_S)
        line.mend()
        client.settimeout(ANSWER_S)
        assert client.recv(100).startswith(b"during")


def test_a_reset_breaks_connections_old_and_new(network: tuple[Network, int]) -> None:
    line, port = network
    with socket.create_connection(("127.0.0.1", port), ANSWER_S) as client:
        client.sendall(b"before")
        assert client.recv(100) == b"before"
        line.reset()
        with pytest.raises(ConnectionError):
            client.recv(100)
    with pytest.raises(ConnectionError):
        _echoed(port)
    line.mend()
    until(lambda: _answers(port), "the network passes everything on again", ANSWER_S)


def _is_swallowed(client: socket.socket) -> bool:
    # The word travels through a pipe: until it has arrived, bytes may still come through.
    client.sendall(b"during")
    try:
        client.recv(100)
    except TimeoutError:
        return True
    return False


def _answers(port: int) -> bool:
    try:
        return _echoed(port) == b"after"
    except ConnectionError:
        return False


def _echoed(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), ANSWER_S) as client:
        client.sendall(b"after")
        return client.recv(100)


def test_a_full_disk_takes_nothing_and_a_freed_one_does_again(tmp_path: Path) -> None:
    with mounted_disk(tmp_path / "data", 32) as disk:
        if disk is None:
            pytest.skip("a disk that can be filled has to be mounted, which only root may")
        disk.fill()
        with pytest.raises(OSError, match="No space") as full, (tmp_path / "data" / "file").open("wb") as file:
            file.write(bytes(2**20))
        assert full.value.errno == errno.ENOSPC
        disk.free()
        (tmp_path / "data" / "file").write_bytes(bytes(2**20))
    with mounted_disk(tmp_path / "data", 32):
        assert (tmp_path / "data" / "file").stat().st_size == 2**20, "what it holds stays"


def campaign(broker: str, count: int, seed: str = "1") -> Campaign:
    return Campaign(broker, Path("unused"), Inputs([], "nothing"), count, seed, "v0")


@pytest.mark.parametrize("broker", BROKERS)
def test_a_campaign_makes_every_kind_and_the_same_ones_with_the_same_seed(broker: str) -> None:
    names = [fault.name for fault in campaign(broker, 64).schedule()]
    assert len(names) == 64
    assert set(names) == {fault.name for fault in faults_of(broker)}
    assert names == [fault.name for fault in campaign(broker, 64).schedule()]
    assert names != [fault.name for fault in campaign(broker, 64, "2").schedule()]
    assert names.count("warehouse_stopped") == 2


def test_every_fault_says_in_a_sentence_what_it_does() -> None:
    for broker in BROKERS:
        assert all(fault.course.__doc__ for fault in faults_of(broker))


def test_a_report_counts_faults_times_and_what_was_found() -> None:
    line = {
        "broker": EMBEDDED,
        "name": "sink_killed",
        "seed": "1",
        "at": "2026-11-22T01:00:00+00:00",
        "version": "v0",
        "data": "nothing",
        "records": 1_000,
        "repeated": 10,
        "checked": {"events": 900},
        "counts": {"lost": 0, "doubled": 0, "wrong": 0, "false claim": 0},
        "faults": [],
        "memory": {"before": {"sink": 100.0}, "during": {"sink": 101.0}},
        "notes": {"lag": {"sink": 1234}},
    }
    failed = line | {"counts": line["counts"] | {"lost": 1}, "faults": ["lost: it"]}
    lines = [
        {**line, "number": 0, "recover_s": 1.0},
        {**line, "number": 1, "recover_s": 3.0},
        {**failed, "number": 2, "recover_s": 9.0},
        {**line, "number": 3, "recover_s": 0.0, "name": "disk_full", "skipped": "no root", "memory": {"during": {}}},
    ]
    page = report(lines)
    assert "| Embedded home | 3 | 1,000 | 10 | 1 | 0 | 0 | 0 |" in page
    assert "| sink killed | 3 | 3.0 | 9.0 | 9.0 | 2 |" in page
    assert "| disk full | 0 | | | | skipped: no root |" in page
    assert "| sink killed | sink | 100 | 101 | 1,234 |" in page
    assert "- fault 3, sink killed: lost: it" in page
