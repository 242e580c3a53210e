"""``esep up``: starts the programs of a home in order, restarts what ends, stops them all.

It holds no data: killing it, or anything it started, loses nothing that was accepted.
"""

import fcntl
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from types import FrameType

import orjson

from services.adapters.clickhouse import WarehouseError, connect, migrate
from services.adapters.clock import SystemClock
from services.adapters.environment import new_incarnation
from services.adapters.factlog import Outcome, entries_of
from services.adapters.journal import JournalFactLog
from services.adapters.kafka import ensure_topics
from services.adapters.progress import GROUPS, ProgressUnknownError, committed, journal_ends, lag
from services.adapters.rulebook import load_rulebook
from services.domain.releases import release_event
from services.embedded.home import NEEDS_THE_LOG, Home, programs
from services.embedded.processes import Child, ProcessFailed, end_leftovers, remember_pids
from services.simulator.start import prepare_clock

READY_S = 60.0
WATCH_S = 0.2
CATCH_UP_EVERY_S = 0.5
SAY_EVERY_S = 2.0
LONGEST_PAUSE_S = 5.0

Say = Callable[[str], None]


class HomeBusy(RuntimeError):
    """Another ``esep up`` runs on this folder, or the port is taken; the message says what to do."""


class Supervisor:
    """The running programs of one home."""

    def __init__(self, home: Home, say: Say) -> None:
        """Nothing is started yet; ``say`` shows one line of progress."""
        self._home = home
        self._say = say
        self._children: dict[str, Child] = {}
        self._retry_at: dict[str, float] = {}
        self._restarts: dict[str, int] = {}
        self._asked_to_stop = Flag()
        self._catching_up = True

    def run(self) -> int:
        """Start everything, watch it until a signal comes, stop everything; returns the exit code.

        Raises: HomeBusy, ProcessFailed, WarehouseError, FactLogUnavailableError when the start fails.
        """
        self._home.logs.mkdir(parents=True, exist_ok=True)
        with _only_one(self._home.data), _signals(self._asked_to_stop):
            _refuse_taken_port(self._home.web_port)
            for stale in ("endpoints.json", "state.json"):
                (self._home.data / stale).unlink(missing_ok=True)
            for name in end_leftovers(self._pids_path, str(self._home.data)):
                self._say(f"ended {name}, left over from a home that was killed")
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
        self._note_state(catching_up=True)
        Thread(target=self._follow_catch_up, name="catch-up", daemon=True).start()

    def _follow_catch_up(self) -> None:
        """Say how far the readers are behind what the journal held when the home started, until they are not."""
        ends = journal_ends(self._home.journal)
        said_at, said = time.monotonic(), -1
        while not self._asked_to_stop.wait(CATCH_UP_EVERY_S):
            try:
                behind = [lag(name, ends, committed(self._home.bootstrap, group)) for name, group in GROUPS.items()]
            except ProgressUnknownError:
                continue
            records = sum(sum(each.values()) for each in behind)
            if records == 0:
                self._note_state(catching_up=False)
                self._say("caught up: everything accepted so far is judged and on the pages")
                return
            if records != said and time.monotonic() - said_at > SAY_EVERY_S:
                self._say(f"catching up: {records:,} records to read")
                said_at, said = time.monotonic(), records

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
        self._children[name] = Child(programs(self._home)[name], self._home.logs)
        remember_pids(self._pids_path, {each: child.pid for each, child in self._children.items()})

    def _ready(self, name: str) -> None:
        began = time.monotonic()
        self._children[name].wait_ready(READY_S)
        self._say(f"{name} ready  ({time.monotonic() - began:.1f} s)")

    def _watch(self) -> None:
        while not self._asked_to_stop.wait(WATCH_S):
            for name in list(self._children):
                if self._children[name].exit_code() is not None:
                    self._revive(name)

    def _revive(self, name: str) -> None:
        """Start an ended program again; the more often it ended, the longer the pause before."""
        now = time.monotonic()
        count = self._restarts.get(name, 0)
        if name not in self._retry_at:
            code = self._children[name].exit_code()
            self._retry_at[name] = now + min(LONGEST_PAUSE_S, 0.2 * 2.0 ** min(count, 8))
            self._say(f"{name} ended (code {code}); starting it again")
        if now < self._retry_at[name]:
            return
        del self._retry_at[name]
        self._restarts[name] = count + 1
        if name == "broker":
            self._restart_log()
        else:
            self._launch(name)
        self._note_state()

    def _restart_log(self) -> None:
        """The broker comes back empty: a new incarnation, and everybody who held positions in it begins anew."""
        for name in NEEDS_THE_LOG:
            if name in self._children:
                self._children[name].stop()
        self._home.incarnation = new_incarnation()
        self._launch("broker")
        self._ready("broker")
        ensure_topics(self._home.bootstrap)
        for name in NEEDS_THE_LOG:
            self._launch(name)
        self._note_state(catching_up=True)
        Thread(target=self._follow_catch_up, name="catch-up", daemon=True).start()

    def _note_state(self, catching_up: bool | None = None) -> None:
        """Restarts and whether the home is catching up, for the pages and ``esep status``."""
        if catching_up is not None:
            self._catching_up = catching_up
        state = {
            "restarts": self._restarts,
            "pids": {name: child.pid for name, child in self._children.items()},
            "catching_up": self._catching_up,
        }
        path = self._home.data / "state.json"
        draft = path.with_suffix(".part")
        draft.write_bytes(orjson.dumps(state))
        draft.replace(path)

    def _stop(self) -> None:
        self._say("stopping")
        (self._home.data / "endpoints.json").unlink(missing_ok=True)
        order = ("simulator", "web", "notify", "relay", "tracker", "sink", "broker", "warehouse")
        for name in order:
            if name in self._children:
                self._children[name].stop()
        self._pids_path.unlink(missing_ok=True)
        self._say("stopped")


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
