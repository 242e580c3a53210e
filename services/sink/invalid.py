"""What the sink remembers of the validity of each partition, and when that is too much.

Nothing is remembered of a partition until something in it is not understood; then what came before it is read again,
so that a restart or a rebalance does not begin to count anew. No broker and no warehouse here.
"""

from dataclasses import dataclass

from services.adapters.codec import InvalidMessage
from services.adapters.invalid_limits import InvalidLimits, InvalidTally, TooManyInvalidError
from services.adapters.stops import StopNote
from services.adapters.telemetry import gauge
from services.sink.batch import LogRestartedError

SETTING = "ESEP_SINK"

Place = tuple[str, int]


@dataclass(slots=True)
class _Watched:
    """One partition, read again from ``start``, ``next`` being the next offset of it.

    What comes before ``known_to`` was dealt with, and only counted; ``counted`` leaves out what Esep wrote itself.
    """

    tally: InvalidTally
    start: int
    next: int
    known_to: int
    counted: int = 0


class InvalidWatch:
    """The partitions of one sink in which something was not understood since they were assigned."""

    def __init__(self, limits: InvalidLimits, note: StopNote) -> None:
        self._limits = limits
        self._note = note
        self._watched: dict[Place, _Watched] = {}

    def begin(self, place: Place, offset: int) -> int | None:
        """From where to read again before the invalid record at ``offset`` can be judged; None when nothing is missing.

        How much of the log is our own, and not counted, is known only when it was read: when too few records were
        counted it is read again from twice as far.
        """
        watched = self._watched.get(place)
        back = self._limits.remembered
        if watched is not None:
            if offset != watched.known_to or watched.start == 0 or watched.counted >= back:
                return None
            back = 2 * (offset - watched.start)
        start = max(0, offset - back)
        self._watched[place] = _Watched(InvalidTally(self._limits), start, next=start, known_to=offset)
        return start if offset else None

    def count(self, at: tuple[str, int, int], fault: InvalidMessage | None, *, is_own: bool = False) -> bool:
        """Count one record, unless Esep wrote it itself; true when it was dealt with before and is only counted again.

        Raises: TooManyInvalidError, its note written, when it is a new one and passes a limit; LogRestartedError.
        """
        topic, partition, offset = at
        watched = self._watched.get((topic, partition))
        if watched is None:
            return False
        if offset < watched.next:
            raise LogRestartedError(
                f"{topic}/{partition} gave offset {offset} before {watched.next}: the log began anew"
            )
        tally, watched.next = watched.tally, offset + 1
        if not is_own:
            tally.count(is_invalid=fault is not None)
            watched.counted += 1
        if offset < watched.known_to:
            return True
        gauge("sink_invalid_records").labels(topic, str(partition)).set(tally.invalid)
        breach = None if fault is None else tally.passed()
        if fault is not None and breach is not None:
            error = TooManyInvalidError(at, breach, code=fault.code, setting=SETTING)
            self._note.write(error)
            raise error
        return False

    def passed(self, place: Place, next_offset: int) -> None:
        """A partition is written and committed up to ``next_offset``."""
        self._note.passed(*place, next_offset)

    def forget(self) -> None:
        """The partitions are somebody else's now."""
        self._watched.clear()
