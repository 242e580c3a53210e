"""Clocks: real, simulated and fake; and what a wrong clock file is told."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.adapters.clock import ClockFileError, FakeClock, SimulatedClock, SystemClock, open_clock

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_a_simulated_clock_runs_at_its_rate_from_its_epoch() -> None:
    real = FakeClock(NOON)
    clock = SimulatedClock(
        "kz-demo", real_epoch=NOON, simulated_epoch=datetime(2030, 1, 1, tzinfo=UTC), rate=1440, real=real
    )
    assert clock.now() == datetime(2030, 1, 1, tzinfo=UTC)
    real.advance(timedelta(minutes=3))
    assert clock.now() == datetime(2030, 1, 4, tzinfo=UTC)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    real = FakeClock(NOON)
    clock = SimulatedClock("kz-demo", real_epoch=NOON, simulated_epoch=NOON, rate=60.5, real=real)
    clock.save(tmp_path / "clock.json")
    assert SimulatedClock.load(tmp_path / "clock.json", real) == clock


def test_an_instant_in_another_zone_becomes_utc() -> None:
    clock = FakeClock(datetime(2026, 3, 3, 17, tzinfo=ZoneInfo("Asia/Almaty")))
    assert clock.now() == NOON
    assert clock.now().tzinfo is UTC


def test_a_fake_clock_refuses_a_naive_instant() -> None:
    with pytest.raises(ValueError, match="aware"):
        FakeClock(datetime(2026, 3, 3))  # noqa: DTZ001


def test_without_a_clock_file_time_is_real() -> None:
    clock = open_clock(None)
    assert isinstance(clock, SystemClock)
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": ""}, "field name"),
        ({"real_epoch": "yesterday"}, "field real_epoch must be an instant"),
        ({"simulated_epoch": "2026-01-01T00:00:00"}, "field simulated_epoch has no time zone"),
        ({"rate": 0}, "field rate"),
        ({"rate": True}, "field rate"),
        ({"rate": "fast"}, "field rate"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, changed: dict[str, object], says: str) -> None:
    right = {"name": "kz-demo", "real_epoch": NOON.isoformat(), "simulated_epoch": NOON.isoformat(), "rate": 60}
    path = tmp_path / "clock.json"
    path.write_text(json.dumps(right | changed))
    with pytest.raises(ClockFileError, match=f"clock.json: {says}"):
        SimulatedClock.load(path)


@pytest.mark.parametrize(
    ("content", "says"), [("{", "not JSON"), ("[]", "must be a JSON object"), (None, "not readable")]
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "clock.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ClockFileError, match=f"clock.json: {says}"):
        open_clock(path)
