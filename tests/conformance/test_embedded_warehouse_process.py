"""The embedded warehouse as a process: what survives a kill, who may hold a folder, how it stops.

What it answers while it runs is in ``test_embedded_warehouse``.
"""

import socket
import subprocess
from pathlib import Path

from tests.homes import connected, running_warehouse, start_warehouse, warehouse_command

DEADLINE_S = 30


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    warehouse = start_warehouse(tmp_path / "warehouse")
    try:
        with connected(warehouse.url) as client:
            client.command("CREATE DATABASE esep")
            client.command("CREATE TABLE esep.kept (n UInt64) ENGINE = ReplacingMergeTree ORDER BY n")
            for first in range(0, 50_000, 10_000):
                client.insert("esep.kept", [[number] for number in range(first, first + 10_000)])
    finally:
        warehouse.kill()
    with running_warehouse(tmp_path / "warehouse") as url, connected(url) as client:
        assert client.query("SELECT uniqExact(n), max(n) FROM esep.kept").first_row == (50_000, 49_999)


def test_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    warehouse = start_warehouse(tmp_path / "warehouse")
    try:
        second = subprocess.run(
            warehouse_command(tmp_path / "warehouse"), capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )
    finally:
        assert warehouse.stop() == 0
    assert second.returncode == 1
    said = second.stderr.splitlines()[-1]
    holder = f"already open in process {warehouse.process.pid}"
    assert said.startswith(f"esep warehouse: {tmp_path / 'warehouse'}: ")
    assert holder in said
    assert "Traceback" not in second.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = str(holder.getsockname()[1])
        command = [*warehouse_command(tmp_path / "warehouse")[:-1], taken]
        second = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert second.returncode == 1
    assert f"port {taken} cannot be had" in second.stderr


def test_it_stops_on_a_signal_with_a_client_connected(tmp_path: Path) -> None:
    warehouse = start_warehouse(tmp_path / "warehouse")
    with connected(warehouse.url) as client:
        assert client.command("SELECT 1") == 1
        assert warehouse.stop() == 0
    assert not (tmp_path / "warehouse" / "status").exists()
