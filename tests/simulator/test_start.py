"""The simulated clock begins once, goes on where it stopped, and never returns to before an appended event."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.adapters.clock import ClockFileError, FakeClock, SimulatedClock
from services.adapters.config import ConfigError
from services.simulator import country
from services.simulator.start import Progress, prepare_clock

STARTED = datetime(2026, 11, 21, 9, tzinfo=UTC)
OPENS_AT = datetime(2026, 3, 31, 19, tzinfo=UTC)
"""Midnight of 1 April in Almaty."""
REAL_DAY = timedelta(seconds=4)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "simulation.json"


def test_the_first_start_opens_the_stage(file: Path) -> None:
    real = FakeClock(STARTED)
    prepare_clock(file, real)
    clock = SimulatedClock.load(file, real)
    assert (clock.name, clock.now()) == (country.SIMULATION, OPENS_AT)
    real.advance(REAL_DAY)
    assert clock.now() == OPENS_AT + timedelta(days=1)


def test_downtime_is_skipped(file: Path) -> None:
    real = FakeClock(STARTED)
    prepare_clock(file, real)
    real.advance(10 * REAL_DAY)
    stopped_at = SimulatedClock.load(file, real).now()
    Progress(stopped_at, stopped_at, seed=1).save(file)
    real.advance(timedelta(days=30))
    prepare_clock(file, real)
    resumed_at = SimulatedClock.load(file, real).now()
    assert stopped_at <= resumed_at <= stopped_at + timedelta(days=1)


def test_a_start_right_after_a_stop_does_not_run_ahead_of_the_clock(file: Path) -> None:
    real = FakeClock(STARTED)
    prepare_clock(file, real)
    real.advance(REAL_DAY)
    clock = SimulatedClock.load(file, real)
    Progress(clock.now(), clock.now(), seed=1).save(file)
    real.advance(REAL_DAY / 100)
    running_on = clock.now()
    prepare_clock(file, real)
    assert SimulatedClock.load(file, real).now() == running_on


@pytest.mark.parametrize("gone", [timedelta(0), timedelta(milliseconds=10), timedelta(hours=1), timedelta(hours=-5)])
def test_time_never_returns_to_before_what_was_saved(file: Path, gone: timedelta) -> None:
    """Not even when this machine's clock was set back while the home was down."""
    real = FakeClock(STARTED)
    prepare_clock(file, real)
    real.advance(3 * REAL_DAY)
    saved_at = SimulatedClock.load(file, real).now()
    Progress(saved_at, saved_at, seed=1).save(file)
    real.advance(gone)
    prepare_clock(file, real)
    assert SimulatedClock.load(file, real).now() >= saved_at


def test_a_home_killed_before_the_first_save_begins_again(file: Path) -> None:
    real = FakeClock(STARTED)
    prepare_clock(file, real)
    real.advance(timedelta(days=2))
    prepare_clock(file, real)
    assert SimulatedClock.load(file, real).now() <= OPENS_AT + timedelta(days=1)


def test_the_pace_is_a_setting(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESEP_SIMULATOR_DAY_S", "60")
    real = FakeClock(STARTED)
    prepare_clock(file, real)
    real.advance(timedelta(seconds=60))
    assert SimulatedClock.load(file, real).now() == OPENS_AT + timedelta(days=1)
    monkeypatch.setenv("ESEP_SIMULATOR_DAY_S", "0")
    with pytest.raises(ConfigError, match="ESEP_SIMULATOR_DAY_S"):
        prepare_clock(file, real)


def test_damaged_progress_is_said_so(file: Path) -> None:
    prepare_clock(file, FakeClock(STARTED))
    file.with_name("simulation.json.progress").write_text('{"clock_at": "yesterday"}')
    with pytest.raises(ClockFileError, match=r"simulation\.json\.progress.*delete it"):
        prepare_clock(file, FakeClock(STARTED))
