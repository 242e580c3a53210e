"""The loop appends what is due, once, whatever happened to its progress or its log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.adapters.clock import FakeClock
from services.adapters.codec import decode
from services.adapters.factlog import FactLogUnavailableError, entries_of
from services.adapters.memory import MemoryFactLog
from services.simulator import country
from services.simulator.loop import AnotherWorldError, Simulator
from services.simulator.plan import planned
from services.simulator.start import Progress

SEED = 5
OPENS_AT = datetime(2026, 3, 31, 19, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "simulation.json"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(OPENS_AT)


def append_all(simulator: Simulator) -> None:
    while simulator.append_due():
        continue


def due_by(instant: datetime) -> set[UUID]:
    found: set[UUID] = set()
    for event in planned(SEED, country.BEGINS_ON):
        if event.observedat > instant:
            return found
        found.add(event.id)
    raise AssertionError("the plan ended early")


def in_log(log: MemoryFactLog) -> set[UUID]:
    return {entry.event_id for entry in log.entries}


def test_it_appends_what_has_been_read_by_now_and_nothing_more(file: Path, clock: FakeClock) -> None:
    log = MemoryFactLog()
    simulator = Simulator(log, clock, file, SEED)
    append_all(simulator)
    assert in_log(log) == due_by(OPENS_AT)
    for _ in range(8):
        clock.advance(timedelta(hours=5))
        append_all(simulator)
    assert in_log(log) == due_by(clock.now())


def test_begun_again_it_adds_nothing_and_goes_on(file: Path, clock: FakeClock) -> None:
    log = MemoryFactLog()
    append_all(Simulator(log, clock, file, SEED))
    entries = list(log.entries)
    append_all(Simulator(log, clock, file, SEED))
    assert log.entries == entries
    clock.advance(timedelta(days=2))
    append_all(Simulator(log, clock, file, SEED))
    assert in_log(log) == due_by(clock.now())


def test_without_its_progress_it_plans_everything_again_and_adds_nothing(file: Path, clock: FakeClock) -> None:
    log = MemoryFactLog()
    append_all(Simulator(log, clock, file, SEED))
    entries = list(log.entries)
    file.with_name("simulation.json.progress").unlink()
    append_all(Simulator(log, clock, file, SEED))
    assert log.entries == entries


def test_progress_is_saved_before_the_journal_has_the_events(file: Path, clock: FakeClock) -> None:
    log = MemoryFactLog()
    log.available = False
    simulator = Simulator(log, clock, file, SEED)
    with pytest.raises(FactLogUnavailableError):
        simulator.append_due()
    saved = Progress.read(file)
    assert saved is not None
    assert saved.clock_at == clock.now()
    assert saved.appended_until == country.at(country.BEGINS_ON), "what was not appended is planned again"
    log.available = True
    append_all(simulator)
    assert in_log(log) == due_by(OPENS_AT)


def test_a_failed_append_keeps_the_order(file: Path, clock: FakeClock) -> None:
    log = MemoryFactLog()
    simulator = Simulator(log, clock, file, SEED)
    append_all(simulator)
    clock.advance(timedelta(days=1))
    log.available = False
    with pytest.raises(FactLogUnavailableError):
        simulator.append_due()
    log.available = True
    append_all(simulator)
    instants = [decode(entry.value).observedat for entry in log.entries]
    assert instants == sorted(instants)


def test_two_countries_are_not_mixed(file: Path, clock: FakeClock) -> None:
    append_all(Simulator(MemoryFactLog(), clock, file, SEED))
    with pytest.raises(AnotherWorldError, match="begun with seed 5, not 6"):
        Simulator(MemoryFactLog(), clock, file, SEED + 1)


def test_what_was_told_first_stands(file: Path, clock: FakeClock) -> None:
    """A later release may plan a day otherwise; the journal keeps what it has and the simulation goes on."""
    log = MemoryFactLog()
    first = next(planned(SEED, country.BEGINS_ON))
    otherwise = first.model_copy(update={"time": first.time - timedelta(hours=1)})
    log.append(entries_of(otherwise))
    append_all(Simulator(log, clock, file, SEED))
    assert in_log(log) == due_by(OPENS_AT)
    assert [e.value for e in log.entries if e.event_id == first.id] == [e.value for e in entries_of(otherwise)]
