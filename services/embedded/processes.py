"""Child processes of the embedded home: start, watch, stop, and clear up after a killed supervisor.

One process at a time; which ones there are, and in what order, is ``home``'s and ``supervisor``'s business.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.adapters.environment import child_environment

LOG_LIMIT_BYTES = 10 * 1024 * 1024


class ProcessFailed(RuntimeError):
    """A process did not become ready; the message names it and its log."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: ``ready`` tells whether it serves, ``health`` is where it tells how it does; ``stop_s`` is how long
    it may take to stop.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    stop_s: float = 10.0
    health: str | None = None


class Child:
    """One running program. It is in its own session, so that Ctrl-C reaches the supervisor alone."""

    def __init__(self, program: Program, logs: Path) -> None:
        """Start the program; its output goes to ``<logs>/<name>.log``."""
        self.program = program
        self.log_path = logs / f"{program.name}.log"
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The process id of the present run."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until it serves.

        Raises: ProcessFailed when it ended, or did not serve in time.
        """
        end = time.monotonic() + timeout_s
        while self.program.ready is not None and not self.program.ready():
            if self.exit_code() is not None:
                raise ProcessFailed(
                    f"{self.program.name} ended with code {self.exit_code()}; see {self.log_path}\n{self.tail()}"
                )
            if time.monotonic() > end:
                raise ProcessFailed(
                    f"{self.program.name} was not ready after {timeout_s:.0f} s; see {self.log_path}\n{self.tail()}"
                )
            time.sleep(0.05)

    def stop(self, within_s: float | None = None) -> None:
        """Ask it to stop, wait its time (``stop_s`` unless told otherwise), then end it."""
        if self.exit_code() is None:
            self._process.terminate()
        try:
            self._process.wait(self.program.stop_s if within_s is None else within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def tail(self, lines: int = 5) -> str:
        """The last lines of its log, for a message."""
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _start(self) -> subprocess.Popen[bytes]:
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_LIMIT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                self.program.command,
                env=child_environment(self.program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def remember_pids(path: Path, pids: Mapping[str, int]) -> None:
    """Write which processes belong to this home, whole or not at all.

    Raises: OSError when the disk refuses; what it said before stands then.
    """
    write_whole(path, json.dumps(dict(pids)).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file by another content, or leave it as it was.

    Raises: OSError.
    """
    draft = path.with_suffix(".part")
    draft.write_bytes(content)
    draft.replace(path)


def end_leftovers(path: Path, mark: str) -> list[str]:
    """End processes of an earlier supervisor that was killed; the names of those ended.

    A process is ours only when its command line or environment still carries ``mark`` (this home's data folder).
    """
    try:
        pids = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    ended = [name for name, pid in pids.items() if isinstance(pid, int) and _is_ours(pid, mark) and _end(pid)]
    path.unlink(missing_ok=True)
    return ended


def _is_ours(pid: int, mark: str) -> bool:
    try:
        described = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        found = subprocess.run(["ps", "-E", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
        described = found.stdout
    return mark.encode() in described


def _end(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    end = time.monotonic() + 10
    while time.monotonic() < end and Path(f"/proc/{pid}").exists():
        time.sleep(0.02)
    return True
