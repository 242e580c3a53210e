"""The simulated clock's beginning and its return after a stop: time goes on where it stopped, the downtime is skipped.

Files only; the supervisor calls ``prepare_clock`` before anything that reads the clock is started.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from services.adapters.clock import Clock, ClockFileError, SimulatedClock
from services.simulator import country
from services.simulator.settings import SimulatorSettings

DAY_S: Final = 86_400
UNSAVED_S: Final = 2.0
"""Real seconds that may have passed unsaved before a kill: the tracker's last ticks lie in them."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the simulation had come: its time, up to when its events are in the journal, and its seed."""

    clock_at: datetime
    appended_until: datetime
    seed: int

    def save(self, clock_file: Path) -> None:
        """Write ``<clock file>.progress``, whole or not at all."""
        path = _progress_path(clock_file)
        draft = path.with_suffix(path.suffix + ".part")
        described = {
            "clock_at": self.clock_at.isoformat(),
            "appended_until": self.appended_until.isoformat(),
            "seed": self.seed,
        }
        draft.write_text(json.dumps(described) + "\n", encoding="utf-8")
        draft.replace(path)

    @classmethod
    def read(cls, clock_file: Path) -> "Progress | None":
        """What was saved last; none before the first save.

        Raises: ClockFileError for a damaged file.
        """
        path = _progress_path(clock_file)
        try:
            saved = json.loads(path.read_bytes())
            clock_at, appended_until = (datetime.fromisoformat(saved[f]) for f in ("clock_at", "appended_until"))
            return cls(clock_at, appended_until, int(saved["seed"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ClockFileError(
                f"{path}: not usable ({error}); delete it, and the simulation begins its day again"
            ) from error


def prepare_clock(path: Path, real: Clock) -> None:
    """Write the clock file: a new clock at the first start, later one that goes on where the old one stopped.

    Simulated time never falls behind an event the simulator has appended; the pace is the setting's of now.
    Raises: ConfigError, ClockFileError.
    """
    rate = DAY_S / SimulatorSettings.load().simulator_day_s
    SimulatedClock(country.SIMULATION, real.now(), _resume_at(path, real), rate, real).save(path)


def _resume_at(path: Path, real: Clock) -> datetime:
    if not path.exists():
        return country.at(country.OPENS_ON)
    stopped = SimulatedClock.load(path, real)
    progress = Progress.read(path)
    reached = progress.clock_at if progress is not None else stopped.simulated_epoch
    unsaved = timedelta(seconds=UNSAVED_S * stopped.rate)
    return max(reached, min(stopped.now(), reached + unsaved))


def _progress_path(clock_file: Path) -> Path:
    return clock_file.with_suffix(clock_file.suffix + ".progress")
