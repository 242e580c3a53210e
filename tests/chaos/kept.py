"""Programs that are started again whenever they end, as ``restart: unless-stopped`` does in deploy/compose.

Which programs there are is ``stacks``' business; nothing here knows what they do.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Final

from tests.kafka.server import ApacheKafka, ServerFailed
from tests.running_home import until

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
STEADY_S: Final = 10.0
STOP_S: Final = 15.0
LOOK_S: Final = 0.05


class Kept:
    """One program, kept running by a thread until it is held or closed. Exit code 0 means that it is done."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Nothing runs yet."""
        self.name = name
        self.restarts = -1
        self.done = Event()
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = Event()
        self._closed = Event()
        self._thread = Thread(target=self._keep, name=f"keep-{name}", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The process id of the present run; None while it does not run."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Keep it running from now on."""
        self._wanted.set()
        until(lambda: self.pid is not None or self.done.is_set(), f"{self.name} runs", 60)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, number)

    def let_go(self) -> None:
        """Do not start it again when it ends."""
        self._wanted.clear()

    def hold(self) -> None:
        """SIGKILL it and leave it down until ``start``."""
        self.let_go()
        self.signal(signal.SIGKILL)
        until(lambda: self.pid is None, f"{self.name} is down", STOP_S)

    def stop(self) -> None:
        """Ask it to stop, and leave it down; killed when it does not listen."""
        self._wanted.clear()
        self.signal(signal.SIGTERM)
        end = time.monotonic() + STOP_S
        while self.pid is not None and time.monotonic() < end:
            time.sleep(LOOK_S)
        self.signal(signal.SIGKILL)

    def close(self) -> None:
        """Stop it for good."""
        self.stop()
        self._closed.set()
        self._wanted.set()
        self._thread.join(STOP_S)

    def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            self._wanted.wait()
            if self._closed.is_set():
                return
            began = time.monotonic()
            self.restarts += 1
            code = self._run()
            if code == 0 and self._wanted.is_set():
                self.done.set()
                return
            if time.monotonic() - began > STEADY_S:
                pause_s = FIRST_PAUSE_S
            self._closed.wait(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    def _run(self) -> int:
        """Run it once, to its end; its exit code."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process.wait()


class KeptKafka(Kept):
    """An Apache Kafka, kept running; it may refuse to start while its disk is full."""

    def __init__(self, kafka: ApacheKafka, log: Path) -> None:
        self._kafka = kafka
        super().__init__("broker", (), {}, log)

    @property
    def pid(self) -> int | None:
        """See ``Kept``."""
        path = self._kafka.folder / "pid"
        try:
            return int(path.read_text(encoding="ascii")) if self._kafka.running() else None
        except (FileNotFoundError, ValueError):
            return None

    def _run(self) -> int:
        try:
            self._kafka.start()
        except (ServerFailed, OSError) as error:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(f"{error}\n")
            self._kafka.kill()
            return 1
        while self._kafka.running():
            time.sleep(LOOK_S)
        return 1
