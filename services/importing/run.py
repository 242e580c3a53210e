"""One import: readings of a connector into a fact log, in batches, rejections as dead letters.

It may be broken off and repeated at any time: ids are deterministic, so what was stored counts as duplicate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schemas.envelope import Event
from schemas.events.verbs import Filed
from services.adapters.clock import Clock
from services.adapters.codec import encode
from services.adapters.deadletters import dead_letter
from services.adapters.factlog import FactLog, Outcome, entries_of
from services.adapters.quarantine import Quarantine
from services.connectors.base import Connector, Notice, Opened, Record, Rejected, Tally, Watermark
from services.importing.progress import ImportProgress, SilentProgress
from services.importing.summary import Summary

BATCH_EVENTS: Final = 500


@dataclass(frozen=True, slots=True)
class _Pending:
    """A reading on its way to the log, with the events it becomes there."""

    file: str
    reading: Record | Rejected | Watermark
    events: tuple[Event, ...]


def run_import(
    connector: Connector,
    paths: Sequence[Path],
    fact_log: FactLog,
    clock: Clock,
    progress: ImportProgress | None = None,
    quarantine: Quarantine | None = None,
) -> Summary:
    """Read every path and append what it states; what is returned has been stored durably.

    Raises: UsageError before anything is read; FactLogUnavailableError when the log takes no more, after which the
    same import may be run again.
    """
    connector.check(paths)
    run = _Import(connector, fact_log, clock, progress or SilentProgress(), quarantine)
    for path in paths:
        run.take(path)
    return run.finish()


class _Import:
    """The state of one import: what waits for the log, and the account so far."""

    def __init__(
        self,
        connector: Connector,
        fact_log: FactLog,
        clock: Clock,
        progress: ImportProgress,
        quarantine: Quarantine | None,
    ) -> None:
        self._connector = connector
        self._fact_log = fact_log
        self._clock = clock
        self._progress = progress
        self._quarantine = quarantine
        self._summary = Summary()
        self._filed: set[str] = set()
        self._waiting: list[_Pending] = []
        self._waiting_events = 0

    def take(self, path: Path) -> None:
        """Read one path; full batches go to the log on the way."""
        file = str(path)
        for reading in self._connector.read(path):
            if isinstance(reading, Opened):
                file = str(reading.path)
                self._summary.of(file)
                self._progress.opened(reading.path, reading.records)
            elif isinstance(reading, Notice):
                self._summary.notices.append(reading)
            elif isinstance(reading, Tally):
                self._summary.kinds.update(reading.kinds)
            else:
                self._wait(_Pending(file, reading, self._events_of(reading)))

    def finish(self) -> Summary:
        """Store what still waits; the account."""
        self._flush()
        self._summary.obligations = len(self._filed)
        return self._summary

    def _events_of(self, reading: Record | Rejected | Watermark) -> tuple[Event, ...]:
        match reading:
            case Record():
                return reading.events
            case Watermark():
                return (reading.event,)
            case Rejected():
                return (self._dead_letter(reading),)

    def _wait(self, pending: _Pending) -> None:
        self._waiting.append(pending)
        self._waiting_events += len(pending.events)
        if self._waiting_events >= BATCH_EVENTS:
            self._flush()

    def _flush(self) -> None:
        batch, self._waiting, self._waiting_events = self._waiting, [], 0
        if not batch:
            return
        outcomes = iter(self._append([event for pending in batch for event in pending.events]))
        conflicts: list[Event] = []
        for pending in batch:
            conflicts += self._account(pending, [(event, next(outcomes)) for event in pending.events])
        self._append(conflicts)
        self._progress.advanced(sum(1 for pending in batch if not isinstance(pending.reading, Watermark)))

    def _append(self, events: Sequence[Event]) -> list[Outcome]:
        return self._fact_log.append([entry for event in events for entry in entries_of(event)]) if events else []

    def _account(self, pending: _Pending, results: Sequence[tuple[Event, Outcome]]) -> list[Event]:
        """Count one reading by what the log said of it; the dead letters of its conflicts."""
        reading = pending.reading
        if isinstance(reading, Rejected):
            self._summary.reject(pending.file, reading)
            return []
        accepted = [event for event, outcome in results if outcome is Outcome.ACCEPTED]
        for event in accepted:
            self._summary.facts[event.type] += 1
            if isinstance(event.data, Filed):
                self._filed.add(event.subject)
        origin = reading.origin if isinstance(reading, Record) else reading.event.source
        conflicts = [_conflict(origin, event) for event, outcome in results if outcome is Outcome.CONFLICT]
        if conflicts:
            self._summary.reject(pending.file, conflicts[0])
        elif isinstance(reading, Record):
            self._summary.accept(pending.file, new=bool(accepted))
        return [self._dead_letter(conflict) for conflict in conflicts]

    def _dead_letter(self, rejected: Rejected) -> Event:
        return dead_letter(
            rejected.original,
            code=rejected.code,
            reason=rejected.reason,
            origin=rejected.origin,
            field=rejected.field,
            source=self._connector.source,
            clock=self._clock,
            quarantine=self._quarantine,
        )


def _conflict(origin: str, event: Event) -> Rejected:
    reason = f"{origin}: event {event.id} ({event.type}) is in the log already, saying something else"
    return Rejected(origin, None, "id", "id_conflict", reason, encode(event))
