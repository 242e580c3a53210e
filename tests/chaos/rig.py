"""One stack under load, and the oracle beside it: what faults are injected into and checks are made on.

The load is a real import and a steady sender; what goes wrong, and when, is ``faults``' and ``campaign``'s business.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event as Flag
from threading import Thread
from typing import Any, Final

from kafka.errors import KafkaError

from schemas.envelope import Event
from services.adapters.clickhouse import WarehouseError
from services.adapters.clock import SystemClock
from services.adapters.environment import child_environment
from services.adapters.factlog import FactLogUnavailableError, LogEntry
from services.adapters.journal import JournalFactLog
from services.adapters.kafka import KafkaFactLog
from services.importing.run import run_import
from tests.chaos import checks
from tests.chaos.checks import Findings
from tests.chaos.disk import Disk
from tests.chaos.importer import Input, Plan
from tests.chaos.kept import Kept
from tests.chaos.oracle import FinalState, LogReader, collecting, final_state
from tests.chaos.sender import Sender
from tests.chaos.stacks import Stack, open_stack

CAUGHT_UP_S: Final = 600.0
LOOK_S: Final = 0.25
SAMPLE_S: Final = 0.5
SENDER_PAUSE_S: Final = 0.15


class NotCaughtUp(AssertionError):
    """What was accepted was not all processed in time; the message says what is missing."""


@dataclass(slots=True)
class Memory:
    """Resident memory of some programs over time, in MiB: the highest before and during an outage."""

    before: dict[str, float] = field(default_factory=dict)
    during: dict[str, float] = field(default_factory=dict)


@dataclass
class Rig:
    """A running stack with an importer, a sender and an oracle. ``random`` is this fault's own chance."""

    stack: Stack
    folder: Path
    plan: Plan
    importer: Kept
    sender: Sender
    reader: LogReader
    inputs: Sequence[Event]
    short: bool
    share: int
    disk: Disk | None = None
    random: Random = field(default_factory=Random)
    memory: Memory = field(default_factory=Memory)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def released(self) -> list[Event]:
        """The releases of rules that the log holds."""
        return list(self.reader.fold.releases.values())

    def begin(self, number: int, random: Random) -> None:
        """A new fault, with a chance of its own and nothing noted yet."""
        self.random, self.memory, self.notes = random, Memory(), {"fault": number}

    def outage_s(self, long_s: float = 60.0) -> float:
        """How long something stays away: shorter in a test."""
        return min(long_s, 3.0) if self.short else long_s

    def load_more(self, events: int | None = None) -> None:
        """Let the import go on by a share, and the sender send."""
        self.plan.allow(max(self.plan.allowed(), self.plan.reached()) + (self.share if events is None else events))
        self.sender.go()

    def append(self, entries: Sequence[LogEntry]) -> None:
        """Write into the log, as a service would; repeated until it takes it."""
        end = time.monotonic() + CAUGHT_UP_S
        while True:
            try:
                log = self._fact_log()
                try:
                    log.append(entries)
                    return
                finally:
                    log.close()
            except FactLogUnavailableError:
                if time.monotonic() > end:
                    raise

    def _fact_log(self) -> JournalFactLog | KafkaFactLog:
        journal = self.stack.journal
        return JournalFactLog(journal) if journal is not None else KafkaFactLog(self.stack.bootstrap)

    def settle(self) -> None:
        """Return when the import has come to where it may, and the sender rests.

        Raises: AssertionError when they do not in time.
        """
        self.sender.pause(CAUGHT_UP_S)
        end = time.monotonic() + CAUGHT_UP_S
        while not self._import_rests():
            if time.monotonic() > end:
                raise NotCaughtUp(f"the import stands at {self.plan.reached()} of {self.plan.allowed()} events")
            time.sleep(LOOK_S)

    def _import_rests(self) -> bool:
        # A slice is appended whole or not at all, so the import stops less than a slice before what it may.
        return self.plan.finished() or self.plan.reached() + 50 > self.plan.allowed()

    def catch_up(self) -> None:
        """Return when the warehouse holds as much as the log leads to.

        Raises: NotCaughtUp, naming counts.
        """
        end = time.monotonic() + CAUGHT_UP_S
        must: Mapping[str, int] = {}
        found: Mapping[str, int] = {}
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                self.reader.read_on(self.stack.bootstrap)
                must = checks.counts_of(self.reader.fold)
                found = checks.counts(self.stack.warehouse)
                # A tick may have come in between.
                if found == must and not self.reader.read_on(self.stack.bootstrap):
                    return
            except (WarehouseError, KafkaError, FactLogUnavailableError, OSError) as error:
                self.notes["last trouble"] = str(error)[:200]
            # Looking costs the warehouse some of the time it needs to catch up.
            time.sleep(max(LOOK_S, 2 * (time.monotonic() - began)))
        raise NotCaughtUp(f"within {CAUGHT_UP_S:.0f} s the warehouse did not come to {must}; it says {dict(found)}")

    def check(self, *, verify: bool = True) -> Findings:
        """Every check of one moment; the load must rest. ``esep verify`` runs beside the others."""
        with ThreadPoolExecutor(1) as beside:
            said = beside.submit(checks.verify, self.stack) if verify else None
            acknowledged = self.plan.acknowledged() | {str(event.id) for event in self.sender.accepted()}
            found = checks.check(self.reader.fold, acknowledged, checks.look(self.stack.warehouse))
            if said is not None:
                found.add(said.result())
        return found

    def final(self) -> FinalState:
        """What must stand once everything is imported: from the files and the sender alone."""
        ticks = [(number, tick) for number, found in self.reader.fold.ticks.items() for tick in found.values()]
        return final_state([*self.inputs, *self.sender.accepted()], ticks, self.released)

    @contextmanager
    def watching(self, names: Sequence[str], into: dict[str, float]) -> Iterator[None]:
        """Note the highest resident memory (MiB) of some programs while the block runs."""
        ended = Flag()

        def sample() -> None:
            while not ended.wait(SAMPLE_S):
                for name in names:
                    pid = self.stack.pid(name)
                    into[name] = max(into.get(name, 0.0), resident_mib(pid) if pid is not None else 0.0)

        thread = Thread(target=sample, name="memory", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def resident_mib(pid: int) -> float:
    """Resident memory of a process; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def read_inputs(plan: Plan) -> list[Event]:
    """The events of every input file, in the import's order."""
    log, events = collecting()
    for each in plan.inputs:
        run_import(plan.connector(each.source), [each.path], log, SystemClock())
    return events


def prepared_plan(folder: Path, inputs: Sequence[Input]) -> Plan:
    """The plan of a folder, as it was or made now."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "plan.json").exists():
        Plan(folder, SystemClock().now(), tuple(inputs)).write()
    return Plan.read(folder)


@contextmanager
def running_rig(
    broker: str,
    folder: Path,
    inputs: Sequence[Input],
    *,
    short: bool,
    share: int,
    prepare: Callable[[Path], AbstractContextManager[Disk | None]] | None = None,
) -> Iterator[Rig]:
    """A stack under load in a folder, going on where an earlier rig of that folder stopped; the load rests at first."""
    plan = prepared_plan(folder / "import", inputs)
    events = read_inputs(plan)
    with ExitStack() as ending:
        disk = ending.enter_context(prepare(folder / "stack" / "data")) if prepare is not None else None
        stack = open_stack(broker, folder / "stack")
        ending.callback(stack.close)
        stack.start()
        importer = Kept(
            "importer",
            [sys.executable, "-m", "tests.chaos.importer", str(plan.folder)],
            child_environment(stack.environment),
            plan.folder / "importer.log",
        )
        ending.callback(importer.close)
        if not plan.finished():
            importer.start()
        sender = Sender(stack.gateway, plan.folder, plan.read_at.date(), SENDER_PAUSE_S)
        ending.callback(sender.close)
        yield Rig(stack, folder, plan, importer, sender, LogReader(stack.journal), events, short, share, disk)
