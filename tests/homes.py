"""The embedded home's warehouse for tests: started as a process of its own, stopped by its process id.

What it holds is the test's business; nothing here knows a table. The broker's like is in ``tests.conformance.brokers``.
"""

import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from services.adapters.environment import child_environment

READY_S = 30.0
STOP_S = 20.0


@dataclass(frozen=True)
class WarehouseProcess:
    """A running warehouse: where it answers, and the process."""

    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it as a power cut would: at once, without a word."""
        self.process.kill()
        self._collect()

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return self._collect()

    def _collect(self) -> int:
        code = self.process.wait(STOP_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def warehouse_command(path: Path) -> list[str]:
    """The command line of a warehouse over a folder, on any free port."""
    return [sys.executable, "-m", "services.embedded.warehouse", "--path", str(path), "--port", "0"]


def start_warehouse(path: Path, passwords: Mapping[str, str] | None = None) -> WarehouseProcess:
    """A warehouse over ``path``, answering; the caller stops it. What it says goes to ``<path>.log``.

    ``passwords``: ESEP_WAREHOUSE_PASSWORD (account ``default``), ESEP_WAREHOUSE_READER_PASSWORD (``reader``).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    log_path = path.with_name(path.name + ".log")
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            warehouse_command(path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=child_environment(passwords or {}),
        )
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], READY_S)
    line = process.stdout.readline().decode() if readable else ""
    started = WarehouseProcess(line.rpartition(" ")[2].strip(), process)
    if not line.startswith("warehouse ready on "):
        started.kill()
        said = log_path.read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"the warehouse over {path} did not become ready:\n{said}")
    return started


@contextmanager
def running_warehouse(path: Path, passwords: Mapping[str, str] | None = None) -> Iterator[str]:
    """The URL (http://127.0.0.1:port) of a warehouse over ``path``, which runs as long as the context."""
    started = start_warehouse(path, passwords)
    try:
        yield started.url
    finally:
        started.stop()


@contextmanager
def connected(url: str, user: str = "default", password: str = "", **options: Any) -> Iterator[Client]:
    """ClickHouse's own HTTP client on a running warehouse; instants come back aware."""
    client = clickhouse_connect.get_client(
        host="127.0.0.1",
        port=urlsplit(url).port or 0,
        username=user,
        password=password,
        autogenerate_session_id=False,
        tz_mode="aware",
        query_retries=0,
        **options,
    )
    try:
        yield client
    finally:
        client.close()
