"""The only place where the time of day is read: real, simulated and fake clocks.

Everything else takes a ``Clock``; no service calls ``datetime.now`` itself.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tells the time as an aware UTC datetime."""

    def now(self) -> datetime: ...


class ClockFileError(Exception):
    """The file of a simulated clock is missing or wrong; the message says where and what to do."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FakeClock:
    """A clock for tests: it stands still until told otherwise."""

    at: datetime

    def __post_init__(self) -> None:
        self.set(self.at)

    def now(self) -> datetime:
        """The instant last set or advanced to, UTC."""
        return self.at

    def set(self, instant: datetime) -> None:
        """Move to an aware instant, in either direction.

        Raises: ValueError when the instant has no time zone.
        """
        if instant.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self.at = instant.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move on by a duration."""
        self.at += by


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """A clock that runs at ``rate`` from ``simulated_epoch``, counted from ``real_epoch``."""

    name: str
    real_epoch: datetime
    simulated_epoch: datetime
    rate: float
    real: Clock

    @classmethod
    def load(cls, path: Path, real: Clock | None = None) -> "SimulatedClock":
        """Read ``{"name", "real_epoch", "simulated_epoch", "rate"}`` from a JSON file.

        Raises: ClockFileError naming the file and the field.
        """
        try:
            described = json.loads(path.read_bytes())
        except OSError as error:
            raise ClockFileError(f"{path}: not readable ({error.strerror}); check ESEP_SIMULATION") from error
        except ValueError as error:
            raise ClockFileError(f"{path}: not JSON ({error}); write it again with the simulator") from error
        if not isinstance(described, dict):
            raise ClockFileError(f"{path}: must be a JSON object")
        return cls(
            name=_name(described, path),
            real_epoch=_instant(described, "real_epoch", path),
            simulated_epoch=_instant(described, "simulated_epoch", path),
            rate=_rate(described, path),
            real=real or SystemClock(),
        )

    def now(self) -> datetime:
        """The simulated instant, UTC."""
        return self.simulated_epoch + (self.real.now() - self.real_epoch) * self.rate

    def save(self, path: Path) -> None:
        """Write the file that ``load`` reads, whole or not at all."""
        described = {
            "name": self.name,
            "real_epoch": self.real_epoch.isoformat(),
            "simulated_epoch": self.simulated_epoch.isoformat(),
            "rate": self.rate,
        }
        draft = path.with_suffix(path.suffix + ".part")
        draft.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
        draft.replace(path)


def open_clock(simulation: Path | None) -> Clock:
    """The clock a service lives by: simulated when a clock file is configured, else the real one.

    Raises: ClockFileError when the file cannot be used.
    """
    return SystemClock() if simulation is None else SimulatedClock.load(simulation)


def _name(described: dict[str, object], path: Path) -> str:
    name = described.get("name")
    if not isinstance(name, str) or not name:
        raise ClockFileError(f'{path}: field name must be a non-empty string, such as "kz-demo"')
    return name


def _instant(described: dict[str, object], field: str, path: Path) -> datetime:
    try:
        instant = datetime.fromisoformat(str(described.get(field)))
    except ValueError as error:
        raise ClockFileError(f"{path}: field {field} must be an instant, as 2026-01-31T00:00:00+00:00") from error
    if instant.tzinfo is None:
        raise ClockFileError(f"{path}: field {field} has no time zone; add +00:00")
    return instant.astimezone(UTC)


def _rate(described: dict[str, object], path: Path) -> float:
    rate = described.get("rate")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1_000_000:
        raise ClockFileError(f"{path}: field rate must be a number above 0, at most 1000000")
    return float(rate)
