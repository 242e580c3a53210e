"""Keeping what was not understood: a dead letter each, and a stop when there are too many in a row.

What is understood is decided by the codec and ``facts``; nothing is skipped before it is kept.
"""

import asyncio

from schemas.envelope import Event
from schemas.topics import Topic
from services.adapters.clock import Clock
from services.adapters.deadletters import dead_letter
from services.adapters.factlog import FactLog, entries_of
from services.adapters.logs import logger_of
from services.adapters.telemetry import counter
from services.tracker.facts import Reading, Rejected

SOURCE = "/tracker"

_log = logger_of(__name__)


class TooManyInvalidError(Exception):
    """One partition gave too many records in a row that are not understood: a fault of ours or of a writer."""


class RejectKeeper:
    """Turns the rejected records of one topic into dead letters in the facts log."""

    def __init__(self, topic: Topic, facts: FactLog, clock: Clock, max_in_a_row: int) -> None:
        self._topic = topic
        self._facts = facts
        self._clock = clock
        self._max_in_a_row = max_in_a_row

    async def keep(self, number: int, reading: Reading) -> None:
        """Return when every rejected record of a reading of partition ``number`` is kept.

        Raises: TooManyInvalidError, now and after each restart, until the release or the limit is another one;
        FactLogUnavailableError.
        """
        if not reading.rejected:
            return
        if reading.invalid_run >= self._max_in_a_row:
            raise TooManyInvalidError(
                f"{reading.invalid_run} records in a row of {self._topic.name}/{number} are not understood "
                f"(last: {reading.rejected[-1].fault}); see whether their writer or this tracker is of the wrong "
                "release, or raise ESEP_TRACKER_MAX_INVALID_IN_A_ROW to keep them all as dead letters"
            )
        letters = [self._letter(number, rejected) for rejected in reading.rejected]
        entries = [entry for letter in letters for entry in entries_of(letter)]
        await asyncio.to_thread(self._facts.append, entries)

    def _letter(self, number: int, rejected: Rejected) -> Event:
        fault, origin = rejected.fault, f"{self._topic.name}/{number}/{rejected.record.offset}"
        _log.warning("record not understood", origin=origin, code=fault.code, reason=fault.reason)
        counter("tracker_dead_letters_total").labels(fault.code).inc()
        return dead_letter(
            rejected.record.value or b"",
            code=fault.code,
            reason=fault.reason,
            origin=origin,
            field=fault.field,
            source=SOURCE,
            clock=self._clock,
        )
