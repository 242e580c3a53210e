"""Which watermarks a file of observed changes may write: those its unbroken chain of snapshots vouches for.

Only snapshots are followed here; what the changes say is read in ``uk_change_file``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.connectors.base import Notice, Watermark
from services.connectors.uk_change_record import Change
from services.connectors.uk_question_source import london_date, watermark_of


@dataclass(slots=True)
class _Month:
    """Where the chain of one month stands; ``doubt`` is why it vouches for nothing any more."""

    previous: datetime
    at: datetime
    doubt: str | None = None


class Snapshots:
    """Follows the snapshots of every month, in the order of the lines.

    A snapshot vouches for its month once all its changes have been read, if the file has followed the month from before
    its first question and left nothing out since.
    """

    def __init__(self, name: str) -> None:
        """Of the file ``name``, of which nothing has been read."""
        self._name = name
        self._months: dict[str, _Month] = {}
        self._unread = 0

    def advance(self, change: Change) -> Iterator[Watermark]:
        """To be called before a line's facts are told: the watermark of the snapshot that this line leaves behind."""
        month = self._months.get(change.month)
        if month is None:
            begun = _Month(change.previous_snapshot, change.observed_at)
            if london_date(change.previous_snapshot) > change.month_begins_on:
                begun.doubt = f"the file begins at {_told(change.previous_snapshot)}, when the month had begun"
            self._months[change.month] = begun
        elif change.observed_at > month.at:
            yield from self._vouch(change.month, month)
            if change.previous_snapshot != month.at and not self._unread:
                month.doubt = month.doubt or f"it leaves out what changed after {_told(month.at)}"
            month.previous, month.at = change.previous_snapshot, change.observed_at
        elif (change.previous_snapshot, change.observed_at) != (month.previous, month.at):
            month.doubt = month.doubt or f"its lines leave the order of their snapshots at {_told(month.at)}"

    def unreadable(self) -> None:
        """A line could not be read: an answer may hide in it, so the file vouches for nothing any more."""
        self._unread += 1

    def finish(self) -> Iterator[Watermark | Notice]:
        """The watermarks of the last snapshots, and why there are none where there are none."""
        for name, month in sorted(self._months.items()):
            yield from self._vouch(name, month)
            if month.doubt is not None:
                yield self._withheld(f"{name}: {month.doubt}")
        if self._unread:
            yield self._withheld(f"{self._unread} of its records could not be read")

    def _vouch(self, name: str, month: _Month) -> Iterator[Watermark]:
        if month.doubt is None and not self._unread:
            yield watermark_of(name, month.at)

    def _withheld(self, why: str) -> Notice:
        text = f"{self._name}, {why}, so from there on nobody is called late on its word"
        return Notice(self._name, "watermark_withheld", text)


def _told(instant: datetime) -> str:
    return instant.isoformat(timespec="minutes")
