"""A whole embedded home for tests: started as a user would, stopped by its own process id.

Every wait is for a condition and has an end; nothing sleeps for a fixed time.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import free_port

START_S = 90.0


class NotInTime(AssertionError):
    """A condition did not become true; the message says which."""


def until(condition: Callable[[], Any], what: str, timeout_s: float = 60.0) -> Any:  # whatever it gave
    """The first truthy answer of ``condition``; fails naming ``what`` when time is up."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise NotInTime(f"not within {timeout_s:.0f} s: {what}")


@dataclass
class RunningHome:
    """One ``esep up`` and the commands a user would give it."""

    data: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def esep(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one command against this home."""
        done = _esep(arguments, self.data)
        if check and done.returncode != 0:
            raise AssertionError(f"esep {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *arguments: str) -> Any:  # whatever the command prints
        return json.loads(self.esep(*arguments, "--json").stdout)

    def query(self, sql: str) -> list[dict[str, Any]]:
        return list(self.json("query", sql)["data"])

    def pids(self) -> dict[str, int]:
        services = json.loads((self.data / "state.json").read_text())["services"]
        return {name: service["pid"] for name, service in services.items()}

    def caught_up(self) -> bool:
        state = self.data / "state.json"
        return state.exists() and not json.loads(state.read_text())["catching_up"]

    def kill(self, name: str) -> int:
        """SIGKILL one of the home's programs; returns the pid it had."""
        pid = self.pids()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_supervisor(self) -> None:
        """SIGKILL the supervisor alone: what it started goes on, and the next start has to clear it up."""
        self.process.kill()
        self.process.wait()

    def kill_everything(self) -> None:
        """SIGKILL the supervisor and every program of the home, as a power cut would."""
        pids = self.pids()
        self.process.kill()
        self.process.wait()
        for pid in pids.values():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def logs(self) -> str:
        """The ends of all logs, for a failure message."""
        folder = self.data / "logs"
        return "\n".join(
            f"== {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in sorted(folder.glob("*.log"))
        )


@contextmanager
def running_home(data: Path, *arguments: str) -> Iterator[RunningHome]:
    """``esep up`` on a folder until the block ends; the page answers when the block begins."""
    port = free_port()
    command = [sys.executable, "-m", "services.cli", "up", "--data", str(data), "--port", str(port), *arguments]
    data.mkdir(parents=True, exist_ok=True)
    (data / "state.json").unlink(missing_ok=True)  # of a home that was killed: it says nothing about this one
    with (data / "up.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    home = RunningHome(data, port, process)
    try:
        until(lambda: _answering(home), "the home's page answers", START_S)
        yield home
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            home.kill_everything()
            raise


def _answering(home: RunningHome) -> bool:
    if home.process.poll() is not None:
        raise AssertionError(
            f"esep up ended with {home.process.returncode}\n{(home.data / 'up.log').read_text()}\n{home.logs()}"
        )
    return (home.data / "state.json").exists() and (home.data / "endpoints.json").exists()


def _esep(arguments: Sequence[str], data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", *arguments, "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
