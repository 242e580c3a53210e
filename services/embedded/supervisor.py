"""``esep up``: starts the programs of a home in order, restarts what ends, stops them all.

It holds no data: killing it, or anything it started, loses nothing that was accepted.
"""

import fcntl
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from types import FrameType

from services.adapters.clickhouse import WarehouseError, connect, migrate
from services.adapters.clock import SystemClock
from services.adapters.environment import new_incarnation
from services.adapters.factlog import FactLogUnavailableError, Outcome, entries_of
from services.adapters.journal import JournalFactLog
from services.adapters.kafka import TopicMismatchError, ensure_topics
from services.adapters.rulebook import load_rulebook
from services.adapters.startup import STOPPED_BY_LIMIT
from services.adapters.stops import forget_stops
from services.domain.releases import release_event
from services.embedded.home import NEEDS_THE_LOG, Home, programs
from services.embedded.processes import Child, ProcessFailed, end_leftovers, remember_pids
from services.embedded.readers import ReaderWatch, Say
from services.embedded.state import Cause, HomeRecord
from services.embedded.watch import SERVER_MISSES, HealthWatch, ask_health, ask_whether
from services.simulator.start import prepare_clock

READY_S = 60.0
WATCH_S = 0.2
TELL_EVERY_S = 1.0
LONGEST_PAUSE_S = 5.0
LIMIT_PAUSE_S = 30.0
QUIET_STOP_S = 3.0
"""A program that has gone quiet seldom hears that it should stop."""


class HomeBusy(RuntimeError):
    """Another ``esep up`` runs on this folder, or the port is taken; the message says what to do."""


class Supervisor:
    """The running programs of one home."""

    def __init__(self, home: Home, say: Say) -> None:
        """Nothing is started yet; ``say`` shows one line of progress."""
        self._home = home
        self._say = _whatever_the_disk_does(say)
        self._children: dict[str, Child] = {}
        self._retry_at: dict[str, float] = {}
        self._record = HomeRecord(home.data / "state.json", SystemClock())
        self._health = HealthWatch()
        self._told_at = 0.0
        self._asked_to_stop = Flag()
        self._new_log = Flag()
        self._is_log_away = False

    def run(self) -> int:
        """Start everything, watch it until a signal comes, stop everything; returns the exit code.

        Raises: HomeBusy, ProcessFailed, WarehouseError, FactLogUnavailableError when the start fails.
        """
        self._home.logs.mkdir(parents=True, exist_ok=True)
        with _only_one(self._home.data), _signals(self._asked_to_stop):
            for stale in ("endpoints.json", "state.json"):
                (self._home.data / stale).unlink(missing_ok=True)
            forget_stops(self._home.data)
            for name in end_leftovers(self._pids_path, str(self._home.data)):
                self._say(f"ended {name}, left over from a home that was killed")
            # Only now: until they are ended, the pages of a killed home still hold the port.
            _refuse_taken_port(self._home.web_port)
            try:
                self._start()
                self._watch()
            finally:
                self._stop()
        return 0

    @property
    def _pids_path(self) -> Path:
        return self._home.data / "pids.json"

    def _start(self) -> None:
        started = time.monotonic()
        self._announce_rules()
        if self._home.demo:
            prepare_clock(self._home.clock_file, SystemClock())
        for name in ("warehouse", "broker"):
            self._launch(name)
        self._ready("warehouse")
        self._prepare_warehouse()
        self._launch("web")
        self._home.endpoints().write(self._home.data)
        self._ready("web")
        self._say(f"pages at {self._home.web_url}  ({time.monotonic() - started:.1f} s)")
        self._ready("broker")
        ensure_topics(self._home.bootstrap)
        for name in programs(self._home):
            if name not in self._children and not self._asked_to_stop.is_set():
                self._launch(name)
        self._record.write(catching_up=True)
        readers = ReaderWatch(self._home, self._record, self._say, self._new_log, self._asked_to_stop)
        Thread(target=readers.run, name="readers", daemon=True).start()

    def _announce_rules(self) -> None:
        """The rules of this release stand in the journal before anything is judged by them."""
        with closing(JournalFactLog(self._home.journal)) as journal:
            (outcome,) = journal.append(entries_of(release_event(load_rulebook(), SystemClock().now())))
        if outcome is Outcome.ACCEPTED:
            self._say("rules released: open obligations are judged by them from now on")

    def _prepare_warehouse(self) -> None:
        warehouse = connect(self._home.clickhouse_url)
        try:
            for name in migrate(warehouse):
                self._say(f"applied {name}")
        finally:
            warehouse.close()

    def _launch(self, name: str) -> None:
        self._retry_at.pop(name, None)
        program = programs(self._home)[name]
        self._children[name] = child = Child(program, self._home.logs)
        try:
            remember_pids(self._pids_path, {each: child.pid for each, child in self._children.items()})
        except OSError as refused:
            self._say(
                f"{name} runs, but it cannot be noted which process it is ({refused.strerror}); make room on the disk"
            )
        self._record.started(name, child.pid, program.health)
        if program.health is not None:
            self._health.follow(name, partial(ask_health, program.health))
        elif program.ready is not None:
            self._health.follow(name, ask_whether(program.ready), SERVER_MISSES)

    def _ready(self, name: str) -> None:
        began = time.monotonic()
        self._children[name].wait_ready(READY_S)
        self._say(f"{name} ready  ({time.monotonic() - began:.1f} s)")

    def _watch(self) -> None:
        while not self._asked_to_stop.wait(WATCH_S):
            for name in list(self._children):
                if self._is_log_away and name in NEEDS_THE_LOG:
                    continue
                if self._children[name].exit_code() is not None:
                    self._revive(name)
                elif (reason := self._health.quiet(name)) is not None:
                    self._end_quiet(name, reason)
            if time.monotonic() - self._told_at > TELL_EVERY_S:
                self._told_at = time.monotonic()
                self._record.write(told={name: self._health.told(name) for name in self._children})

    def _revive(self, name: str) -> None:
        """Start an ended program again; the more often it ended, the longer the pause before."""
        now = time.monotonic()
        if name not in self._retry_at:
            code = self._children[name].exit_code()
            self._health.forget(name)
            pause_s = min(LONGEST_PAUSE_S, 0.2 * 2.0 ** min(self._record.restarts(name), 8))
            # At a limit a person has to look; until then a new try would only read to the same place.
            self._retry_at[name] = now + (LIMIT_PAUSE_S if code == STOPPED_BY_LIMIT else pause_s)
            self._say(f"{name} ended (code {code}); starting it again")
        if now < self._retry_at[name]:
            return
        self._start_again(name, "ended", f"ended with code {self._children[name].exit_code()}")

    def _end_quiet(self, name: str, reason: str) -> None:
        """A program that runs and does nothing is ended, by force if need be, and started again at once."""
        self._say(f"{name} has gone quiet ({reason}); ending it and starting it again")
        self._health.forget(name)
        self._children[name].stop(within_s=QUIET_STOP_S)
        self._start_again(name, "quiet", reason)

    def _start_again(self, name: str, cause: Cause, reason: str) -> None:
        self._record.restarted(name, cause, reason)
        if name == "broker":
            self._restart_log()
        else:
            self._launch(name)
        self._record.write()

    def _restart_log(self) -> None:
        """The broker comes back empty: a new incarnation, and everybody who held positions in it begins anew.

        One that does not come back is ended and revived like any program; until it answers nobody who needs it is started.
        """
        self._is_log_away = True
        running = [name for name in NEEDS_THE_LOG if name in self._children]
        for name in running:
            self._health.forget(name)
        # All at once: without its broker each takes all the time it is given.
        with ThreadPoolExecutor(len(NEEDS_THE_LOG)) as stopping:
            list(stopping.map(lambda name: self._children[name].stop(), running))
        # They name offsets of the log that is gone.
        forget_stops(self._home.data)
        self._home.incarnation = new_incarnation()
        self._launch("broker")
        try:
            self._ready("broker")
            ensure_topics(self._home.bootstrap)
        except (ProcessFailed, FactLogUnavailableError, TopicMismatchError) as failure:
            self._say(f"broker did not come back; trying again ({failure})")
            self._health.forget("broker")
            self._children["broker"].stop()
            return
        self._is_log_away = False
        for name in NEEDS_THE_LOG:
            if name in self._children:
                self._record.restarted(name, "log", "the broker came back empty")
            self._launch(name)
        self._record.write(catching_up=True)
        self._new_log.set()

    def _stop(self) -> None:
        self._say("stopping")
        self._health.close()
        (self._home.data / "endpoints.json").unlink(missing_ok=True)
        order = ("simulator", "web", "notify", "relay", "tracker", "sink", "broker", "warehouse")
        for name in order:
            if name in self._children:
                self._children[name].stop()
        self._pids_path.unlink(missing_ok=True)
        self._say("stopped")


def _whatever_the_disk_does(say: Say) -> Say:
    """A line that cannot be shown, since it goes to a file on a full disk, ends nothing."""

    def told(line: str) -> None:
        with suppress(OSError):
            say(line)

    return told


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HomeBusy(
                f"another `esep up` already runs on {data}; stop it, or choose another folder with --data"
            ) from error
        yield


@contextmanager
def _signals(flag: Flag) -> Iterator[None]:
    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        flag.set()

    before = {number: signal.signal(number, request_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise HomeBusy(f"port {port} is taken by another program; choose another with --port") from error


__all__ = ["HomeBusy", "ProcessFailed", "Supervisor", "WarehouseError"]
