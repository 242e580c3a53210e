"""Many faults in a row on one stack, each followed by every check; it goes on where it was broken off.

One JSON line is kept per finished fault. What the faults are is in ``faults``, what is checked in ``checks``.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson

from services.adapters.clock import SystemClock
from tests.chaos import checks
from tests.chaos.checks import KINDS, Findings
from tests.chaos.disk import mounted_disk
from tests.chaos.faults import Fault, NotHere, faults_of
from tests.chaos.inputs import Inputs
from tests.chaos.rig import NotCaughtUp, Rig, prepared_plan, read_inputs, running_rig
from tests.running_home import NotInTime

DISK_MIB: Final = 4096
RESULTS: Final = "faults.jsonl"
LONG_EACH: Final = 2
"""How often a fault of a whole minute comes; the others share what is left."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Campaign:
    """Which faults, how many, on which data, and by which chance; ``esep verify`` runs after each, or after every so many."""

    broker: str
    folder: Path
    inputs: Inputs
    count: int
    seed: str
    version: str
    short: bool = False
    verify_every: int = 1

    def schedule(self) -> list[Fault]:
        """The faults in their order: every kind as often as any other, the long ones seldom."""
        kinds = faults_of(self.broker)
        chosen = [each for each in kinds if each.long for _ in range(1 if self.short else LONG_EACH)]
        others = [each for each in kinds if not each.long]
        chosen += [others[number % len(others)] for number in range(max(0, self.count - len(chosen)))]
        Random(f"{self.seed} {self.broker}").shuffle(chosen)
        return chosen[: self.count]

    def results(self) -> list[dict[str, Any]]:
        """The lines of the faults that are finished."""
        path = self.folder / RESULTS
        return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []

    def run(self, say: Say) -> bool:
        """Everything that is still to be done; whether nothing was lost, doubled, wrong or false."""
        say(f"{self.broker}: {self.count} faults, {len(self.results())} of them done; {self.inputs.title}")
        with running_rig(
            self.broker,
            self.folder,
            self.inputs.files,
            short=self.short,
            share=self._share(),
            prepare=lambda folder: mounted_disk(folder, DISK_MIB),
        ) as rig:
            for number, fault in enumerate(self.schedule()):
                if number >= len(self.results()):
                    self._keep(self._one(rig, number, fault), say)
            if not self._has_final():
                self._keep(self._to_the_end(rig), say)
        return all(not line["faults"] for line in self.results())

    def _share(self) -> int:
        """How much of the import each fault gets, so that the last one has some of it left."""
        path = self.folder / "import" / "total"
        if not path.exists():
            return 0
        return int(path.read_text()) // (self.count + self.count // 8 + 4 * LONG_EACH) + 1

    def _has_final(self) -> bool:
        return any(line["name"] == "end" for line in self.results())

    def _keep(self, line: dict[str, Any], say: Say) -> None:
        with (self.folder / RESULTS).open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")
        verdict = "held" if not line["faults"] else "FAILED: " + "; ".join(line["faults"][:3])
        recovered = "skipped: " + line["skipped"] if line.get("skipped") else f"back after {line['recover_s']:.1f} s"
        say(
            f"{self.broker} {line['number'] + 1}/{self.count} {line['name']}: {recovered}; {verdict} "
            f"({line['records']:,} records, {line['took_s']:.0f} s)"
        )

    def _one(self, rig: Rig, number: int, fault: Fault) -> dict[str, Any]:
        began = time.monotonic()
        rig.begin(number, Random(f"{self.seed} {self.broker} {number}"))
        rig.load_more()
        time.sleep(rig.random.uniform(0.1, 0.6 if self.short else 1.5))
        retries = rig.sender.retries
        found = Findings()
        try:
            self._make(rig, fault)
        except NotHere as reason:
            return self._line(rig, number, fault.name, began) | {"skipped": str(reason)}
        except NotInTime as late:
            found.take("healed", 1, [checks.Fault(checks.WRONG, f"{fault.name}: {late}")])
        healed = time.monotonic()
        line = {"recover_s": 0.0}
        try:
            rig.settle()
            rig.catch_up()
            line["recover_s"] = time.monotonic() - healed
        except NotCaughtUp as late:
            found.take("caught up", 1, [checks.Fault(checks.LOST, str(late))])
        rig.notes["requests repeated"] = rig.sender.retries - retries
        found.add(rig.check(verify=number % self.verify_every == 0))
        return self._line(rig, number, fault.name, began, found) | line

    def _make(self, rig: Rig, fault: Fault) -> None:
        course = fault.course(rig)
        next(course)
        time.sleep(rig.random.uniform(0.0, 0.3 if self.short else 1.0))
        for _ in course:
            raise AssertionError(f"{fault.name} yields once")

    def _to_the_end(self, rig: Rig) -> dict[str, Any]:
        """Import what is left, and hold the final state against the fold of the files."""
        began = time.monotonic()
        rig.begin(self.count, Random(self.seed))
        rig.load_more(10**9)
        rig.settle()
        if not rig.plan.finished():
            raise AssertionError("the import rests, and is not at its end")
        rig.catch_up()
        caught_up = time.monotonic()
        found = rig.check()
        found.add(checks.check_final(rig.final(), rig.stack.warehouse))
        return self._line(rig, self.count, "end", began, found) | {"recover_s": caught_up - began}

    def _line(self, rig: Rig, number: int, name: str, began: float, found: Findings | None = None) -> dict[str, Any]:
        found = found or Findings()
        fold = rig.reader.fold
        return {
            "broker": self.broker,
            "number": number,
            "name": name,
            "seed": self.seed,
            "at": SystemClock().now().isoformat(timespec="seconds"),
            "version": self.version,
            "data": self.inputs.title,
            "took_s": time.monotonic() - began,
            "recover_s": 0.0,
            "records": fold.records,
            "repeated": fold.repeated,
            "checked": dict(found.checked),
            "counts": {kind: found.count(kind) for kind in KINDS},
            "faults": [str(each) for each in found.faults[:20]],
            "memory": {"before": rig.memory.before, "during": rig.memory.during},
            "notes": rig.notes,
        }


def prepared(campaign: Campaign) -> Campaign:
    """The campaign, its inputs counted."""
    total = campaign.folder / "import" / "total"
    if not total.exists():
        plan = prepared_plan(campaign.folder / "import", campaign.inputs.files)
        total.write_text(str(len(read_inputs(plan))))
    return campaign


def lines_of(folders: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """The lines of several campaigns."""
    for folder in folders:
        path = folder / RESULTS
        if path.exists():
            yield from (orjson.loads(line) for line in path.read_bytes().splitlines())
