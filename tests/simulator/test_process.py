"""The simulator as a process: killed in the middle and started again, it loses nothing and repeats nothing."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from schemas.envelope import Event
from services.adapters.clock import SystemClock
from services.adapters.codec import decode
from services.adapters.journal import JournalFactLog
from services.simulator import country
from services.simulator.plan import planned
from services.simulator.settings import SimulatorSettings
from services.simulator.start import Progress, prepare_clock
from tests.running_home import until

SEED = SimulatorSettings().simulator_seed


@contextmanager
def simulator(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A simulator at two days a second on the journal of ``folder``, until the block ends."""
    environment = os.environ | {
        "ESEP_JOURNAL": str(folder / "journal.sqlite3"),
        "ESEP_SIMULATION": str(folder / "simulation.json"),
        "ESEP_DATA": str(folder),
        "ESEP_SIMULATOR_DAY_S": "0.5",
    }
    with (folder / "simulator.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "services.simulator"], env=environment, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def simulated_days(folder: Path) -> int:
    """How many days of the live simulation are certainly in the journal."""
    saved = Progress.read(folder / "simulation.json")
    return (saved.appended_until - country.at(country.OPENS_ON)).days if saved is not None else -1


def test_killed_twice_it_leaves_a_journal_without_gap_and_without_repetition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESEP_SIMULATOR_DAY_S", "0.5")
    reached = 0
    for _ in range(2):
        prepare_clock(tmp_path / "simulation.json", SystemClock())
        with simulator(tmp_path) as process:
            goal = reached + 2
            until(lambda goal=goal: simulated_days(tmp_path) >= goal, f"day {goal} is simulated")
            process.kill()
        reached = simulated_days(tmp_path)
    prepare_clock(tmp_path / "simulation.json", SystemClock())
    with simulator(tmp_path) as process:
        until(lambda: simulated_days(tmp_path) >= reached + 2, "simulated after the kills")
        process.terminate()
        assert process.wait(20) == 0

    journal = JournalFactLog(tmp_path / "journal.sqlite3")
    rows = journal.read_from(0, 100_000)
    journal.close()
    instants = [decode(row.entry.value).observedat for row in rows]
    assert instants == sorted(instants), "simulated time never went back"
    expected = [event.id for event in planned_until(instants[-1])]
    found = Counter((row.entry.event_id, row.entry.partition) for row in rows)
    assert {event_id for event_id, _ in found} == set(expected)
    assert max(found.values()) == 1


def planned_until(instant: datetime) -> Iterator[Event]:
    for event in planned(SEED, country.BEGINS_ON):
        if event.observedat > instant:
            return
        yield event


def test_settings_that_cannot_be_used_are_said_so(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ESEP_")}
    done = subprocess.run(
        [sys.executable, "-m", "services.simulator"],
        env=environment | {"ESEP_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "ESEP_JOURNAL" in done.stderr
    assert "Traceback" not in done.stderr
