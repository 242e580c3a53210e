"""A real import as a process: the code of ``esep import``, on a log that is paced and notes what was acknowledged.

It is killed, fails and is started again; what it may append, and in which order, its rig says by files.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson

from schemas.events.registry import event_types
from schemas.topics import topic_of
from services.adapters.bootstrap import open_fact_log
from services.adapters.clock import SystemClock
from services.adapters.config import Settings
from services.adapters.factlog import FactLog, FactLogUnavailableError, LogEntry, Outcome, by_event
from services.adapters.rulebook import load_rulebook
from services.connectors.base import Connector
from services.connectors.kz_budget import KzBudget
from services.connectors.uk_written_questions import UkWrittenQuestions
from services.importing.run import run_import

UK: Final = "uk-written-questions"
KZ: Final = "kz-budget"
SLICE_EVENTS: Final = 50
SLICE_S: Final = 0.05
LOOK_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Input:
    """One file to import, and the connector that reads it."""

    source: str
    path: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """What to import, and the folder of the files by which rig and importer speak.

    ``allowed``: how many events may be appended in all; ``shuffle``: present while batches are to be appended in another
    order; ``acknowledged``: one id a line; ``reached``: how many events were ever acknowledged; ``done``: a line per path.
    """

    folder: Path
    read_at: datetime
    inputs: tuple[Input, ...]

    def write(self) -> None:
        """Keep it for the importer, and for a rig that goes on."""
        inputs = [{"source": each.source, "path": str(each.path)} for each in self.inputs]
        (self.folder / "plan.json").write_bytes(orjson.dumps({"read_at": self.read_at, "inputs": inputs}))

    @classmethod
    def read(cls, folder: Path) -> "Plan":
        """The plan that lies in a folder."""
        found = orjson.loads((folder / "plan.json").read_bytes())
        inputs = tuple(Input(each["source"], Path(each["path"])) for each in found["inputs"])
        return cls(folder, datetime.fromisoformat(found["read_at"]), inputs)

    def connector(self, source: str) -> Connector:
        """The connector of a source; everything it reads was read at one and the same instant, also the second time."""
        if source == UK:
            rules = frozenset(load_rulebook().rules)
            return UkWrittenQuestions(read_at=self.read_at, observed_until=None, watermark=True, rules=rules)
        return KzBudget(read_at=self.read_at, table=None)

    def allow(self, events: int) -> None:
        """Let the import append up to this many events in all."""
        draft = self.folder / "allowed.part"
        draft.write_text(str(events))
        draft.replace(self.folder / "allowed")

    def allowed(self) -> int:
        """How many events may be appended in all."""
        return _number(self.folder / "allowed")

    def reached(self) -> int:
        """How many events of the inputs, counted from the first, were acknowledged."""
        return _number(self.folder / "reached")

    def done(self) -> dict[str, int]:
        """Events by path that was imported to its end."""
        path = self.folder / "done"
        lines = path.read_text().splitlines() if path.exists() else []
        return {name: int(count) for count, name in (line.split(" ", 1) for line in lines)}

    def finished(self) -> bool:
        """Whether every input was imported to its end."""
        return len(self.done()) == len(self.inputs)

    def acknowledged(self) -> set[str]:
        """The ids of the events that were acknowledged."""
        path = self.folder / "acknowledged"
        return set(path.read_text().split()) if path.exists() else set()

    @property
    def shuffle(self) -> Path:
        """Present while batches are appended in another order; holds the seed."""
        return self.folder / "shuffle"


class PacedLog:
    """A ``FactLog`` that appends in small slices, waits until it may, and notes what was acknowledged."""

    def __init__(self, log: FactLog, plan: Plan, start: int) -> None:
        """``start`` is how many events of the plan lie before the first append."""
        self._log = log
        self._plan = plan
        self._position = start
        self._reached = plan.reached()
        self._known = plan.acknowledged()

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        """See ``FactLog``; in the order the rig asks for, outcomes in the order given."""
        events = list(by_event(entries))
        order = self._order(events)
        outcomes: dict[int, Outcome] = {}
        for first in range(0, len(order), SLICE_EVENTS):
            piece = order[first : first + SLICE_EVENTS]
            self._wait(self._position + len(piece))
            found = self._log.append([entry for number in piece for entry in events[number]])
            outcomes.update(zip(piece, found, strict=True))
            self._note([str(events[number][0].event_id) for number in piece])
        return [outcomes[number] for number in range(len(events))]

    def close(self) -> None:
        """See ``FactLog``."""
        self._log.close()

    @property
    def position(self) -> int:
        """How many events of the plan have been appended."""
        return self._position

    def _order(self, events: Sequence[Sequence[LogEntry]]) -> list[int]:
        """The order to append in; what is broadcast vouches for what came before it, and stays behind it."""
        numbers = list(range(len(events)))
        if not self._plan.shuffle.exists() or any(_is_broadcast(event[0]) for event in events):
            return numbers
        random.Random(f"{self._plan.shuffle.read_text()} {self._position}").shuffle(numbers)
        return numbers

    def _wait(self, position: int) -> None:
        while self._plan.allowed() < position:
            time.sleep(LOOK_S)
        if position > self._reached:  # what was in the log before is read over as fast as it goes
            time.sleep(SLICE_S)

    def _note(self, ids: Sequence[str]) -> None:
        fresh = [each for each in ids if each not in self._known]
        self._known.update(fresh)
        self._position += len(ids)
        if fresh:
            _append(self._plan.folder / "acknowledged", "".join(f"{each}\n" for each in fresh))
        if self._position > self._reached:
            self._reached = self._position
            draft = self._plan.folder / "reached.part"
            draft.write_text(str(self._position))
            draft.replace(self._plan.folder / "reached")


def _is_broadcast(entry: LogEntry) -> bool:
    data = event_types()[orjson.loads(entry.value)["type"]]
    return data.family in topic_of(data).broadcast


def _append(path: Path, text: str) -> None:
    """Add whole lines; the torn last line of a killed predecessor is cut off first."""
    with path.open("ab+") as file:
        file.seek(0)
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
        os.write(file.fileno(), text.encode())


def _number(path: Path) -> int:
    return int(path.read_text()) if path.exists() else 0


def run(plan: Plan) -> None:
    """Import what is not done yet, each path as an import of its own.

    Raises: FactLogUnavailableError; run it again.
    """
    with closing(open_fact_log(Settings.load())) as log:
        for each in plan.inputs:
            done = plan.done()
            if str(each.path) in done:
                continue
            paced = PacedLog(log, plan, sum(done.values()))
            before = paced.position
            summary = run_import(plan.connector(each.source), [each.path], paced, SystemClock())
            if summary.rejected:
                raise AssertionError(f"{each.path}: {summary.rejected} records were rejected: {summary.rejections[0]}")
            _append(plan.folder / "done", f"{paced.position - before} {each.path}\n")


def main() -> int:
    """0 = everything is imported, 1 = the log took no more: start it again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    try:
        run(Plan.read(parser.parse_args().folder))
    except FactLogUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
