"""The simulator's loop: what the plan says has been read by now goes into the journal, in order.

Progress is saved before and after each append: before, so that the clock can never return to a time earlier than an
appended event; after, so that a restart plans again whatever may be missing. Planned again, events are duplicates.
"""

from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Final

from schemas.envelope import Event
from services.adapters.clock import Clock, SystemClock
from services.adapters.factlog import FactLog, FactLogUnavailableError, Outcome, entries_of
from services.adapters.liveness import Progress as Liveness
from services.adapters.logs import logger_of
from services.domain.deadlines import local_date
from services.simulator import country
from services.simulator.plan import planned
from services.simulator.start import Progress

BATCH_EVENTS: Final = 1_000
REPEATED_DAYS: Final = timedelta(days=1)

_log = logger_of(__name__)


class AnotherWorldError(Exception):
    """The journal holds a simulation with another seed; two invented countries must not be mixed."""


class Simulator:
    """Appends one simulated country to one journal."""

    def __init__(
        self, log: FactLog, clock: Clock, clock_file: Path, seed: int, progress: Liveness | None = None
    ) -> None:
        """Goes on where the progress beside ``clock_file`` says.

        Raises: AnotherWorldError, ClockFileError.
        """
        saved = Progress.read(clock_file)
        if saved is not None and saved.seed != seed:
            raise AnotherWorldError(
                f"this folder's simulation was begun with seed {saved.seed}, not {seed}; "
                "set ESEP_SIMULATOR_SEED to it, or use another folder"
            )
        self._log = log
        self._clock = clock
        self._clock_file = clock_file
        self._seed = seed
        self._progress = progress or Liveness(SystemClock())
        self._appended_until = saved.appended_until if saved is not None else country.at(country.BEGINS_ON)
        first_day = local_date(self._appended_until, country.ZONE) - REPEATED_DAYS
        self._planned = planned(seed, first_day)
        self._waiting: deque[Event] = deque()

    def run(self, stop: Flag, beat_s: float) -> None:
        """Append what is due, again and again, until ``stop`` is set; after the last simulated day there is only waiting."""
        while not stop.is_set():
            try:
                with self._progress.at_work("appended"):
                    more = self.append_due()
                self._progress.has("log")
            except FactLogUnavailableError as error:
                self._progress.waits("log", str(error))
                self._progress.excuse()
                _log.warning("events not appended, trying again", reason=str(error))
                more = False
            if not more:
                stop.wait(beat_s)

    def append_due(self) -> bool:
        """Append the next events that have been read by now; True when more are due.

        Raises: FactLogUnavailableError; the same events are appended next time then.
        """
        now = self._clock.now()
        self._save(now)
        batch = self._take(now)
        try:
            outcomes = self._log.append([entry for event in batch for entry in entries_of(event)])
        except FactLogUnavailableError:
            self._waiting.extendleft(reversed(batch))
            raise
        more = len(batch) == BATCH_EVENTS
        self._appended_until = batch[-1].observedat if more else now
        self._save(now)
        conflicts = outcomes.count(Outcome.CONFLICT)
        if conflicts:
            _log.warning("planned otherwise by an earlier release; what was told first stands", events=conflicts)
        return more

    def _take(self, now: datetime) -> list[Event]:
        batch: list[Event] = []
        while len(batch) < BATCH_EVENTS:
            event = self._waiting.popleft() if self._waiting else next(self._planned, None)
            if event is None:
                break
            if event.observedat > now:
                self._waiting.appendleft(event)
                break
            batch.append(event)
        return batch

    def _save(self, now: datetime) -> None:
        Progress(now, self._appended_until, self._seed).save(self._clock_file)
