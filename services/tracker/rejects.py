"""Keeping what was not understood: a dead letter each, and a stop when there are too many.

What is understood is decided by the codec and ``facts``; nothing is skipped before it is kept.
"""

import asyncio
from collections.abc import Sequence

from schemas.envelope import Event
from schemas.topics import Topic, partitions_for
from services.adapters.clock import Clock
from services.adapters.codec import InvalidMessage
from services.adapters.deadletters import dead_letter
from services.adapters.factlog import FactLog, entries_of
from services.adapters.invalid_limits import InvalidTally, TooManyInvalidError
from services.adapters.logs import logger_of
from services.adapters.quarantine import Quarantine
from services.adapters.stops import StopNote
from services.adapters.telemetry import counter, gauge
from services.tracker.facts import Reading, Rejected
from services.tracker.reader import Record

SOURCE = "/tracker"
SETTING = "ESEP_TRACKER"

_log = logger_of(__name__)


class RejectKeeper:
    """Turns the rejected records of one topic into dead letters in the facts log."""

    def __init__(self, topic: Topic, facts: FactLog, clock: Clock, quarantine: Quarantine, note: StopNote) -> None:
        self._topic = topic
        self._facts = facts
        self._clock = clock
        self._quarantine = quarantine
        self._note = note

    async def keep(self, number: int, reading: Reading) -> None:
        """Return when every rejected record of a reading of partition ``number`` is kept.

        Raises: TooManyInvalidError with nothing kept, now and after each restart, until the release or the limit is
        another one; FactLogUnavailableError.
        """
        if reading.too_many is not None:
            rejected, breach = reading.too_many
            place = self._topic.name, number, rejected.record.offset
            error = TooManyInvalidError(place, breach, code=rejected.fault.code, setting=SETTING)
            self._note.write(error)
            raise error
        if reading.rejected:
            await asyncio.to_thread(self._keep, number, reading.rejected)

    async def keep_refused(self, number: int, reading: Reading, refused: Sequence[int]) -> None:
        """Return when every message at these places of a reading, whose id stood for another content, is kept.

        Of a broadcast message every partition refuses its own copy; the first partition keeps it, and the record goes by
        the order there.
        Raises: FactLogUnavailableError.
        """
        understood = [(reading.records[place], reading.events[place]) for place in refused]
        ours = [(rec, event) for rec, event in understood if partitions_for(event.data, event.subject)[0] == number]
        if ours:
            await asyncio.to_thread(self._keep_refused, number, ours)

    def passed(self, number: int, tally: InvalidTally, next_offset: int) -> None:
        """Tell how much of a partition is not understood, now that it was brought through up to ``next_offset``."""
        gauge("tracker_invalid_records").labels(self._topic.name, str(number)).set(tally.invalid)
        self._note.passed(self._topic.name, number, next_offset)

    def _keep(self, number: int, rejected: Sequence[Rejected]) -> None:
        letters = [self._letter(number, each) for each in rejected]
        self._facts.append([entry for letter in letters for entry in entries_of(letter)])

    def _keep_refused(self, number: int, refused: Sequence[tuple[Record, Event]]) -> None:
        letters = [self._letter(number, Rejected(record, _conflict(event)), event) for record, event in refused]
        self._facts.append([entry for letter in letters for entry in entries_of(letter)])

    def _letter(self, number: int, rejected: Rejected, refused: Event | None = None) -> Event:
        fault, origin = rejected.fault, f"{self._topic.name}/{number}/{rejected.record.offset}"
        # Reason and field may quote what somebody wrote, so they stand in the dead letter only.
        _log.warning(
            "record not understood",
            topic=self._topic.name,
            partition=number,
            offset=rejected.record.offset,
            event_id=None if refused is None else str(refused.id),
            code=fault.code,
        )
        counter("tracker_dead_letters_total").labels(fault.code).inc()
        return dead_letter(
            rejected.record.value or b"",
            code=fault.code,
            reason=fault.reason,
            origin=origin,
            field=fault.field,
            source=SOURCE,
            clock=self._clock,
            quarantine=self._quarantine,
            simulation=None if refused is None else refused.simulation,
            refused=refused,
        )


def _conflict(event: Event) -> InvalidMessage:
    reason = f"id {event.id} stands for what came with it before in this log; a changed record needs a new id"
    return InvalidMessage("id_conflict", reason, "id")
