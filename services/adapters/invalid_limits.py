"""When too much of a partition is not understood: in a row, or as a share of its last records.

Pure: a count of records, no clock, so that reading the same log again stops at the same record. What is done then is
not decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

UNLIMITED: Final = 0
"""A limit of 0 is none: everything that is not understood is kept as a dead letter."""


@dataclass(frozen=True, slots=True)
class InvalidLimits:
    """How much of one partition may be invalid: ``in_a_row`` records, ``percent`` of the last ``window`` records.

    The share is judged once ``at_least`` of them were seen. 0 lifts a limit.
    """

    in_a_row: int
    percent: int = UNLIMITED
    window: int = 1_000
    at_least: int = 200

    @property
    def remembered(self) -> int:
        """How many records back a judgement may look."""
        return max(self.window, self.in_a_row)


@dataclass(frozen=True, slots=True)
class Breach:
    """By how much a limit is passed: ``invalid`` records in a row, or of the last ``of``."""

    invalid: int
    of: int | None = None

    def __str__(self) -> str:
        return f"{self.invalid} in a row" if self.of is None else f"{self.invalid} of the last {self.of}"


@dataclass(slots=True)
class InvalidTally:
    """What was seen of one partition last. One bit a record, the newest lowest: a thousand records are 125 bytes."""

    limits: InvalidLimits
    in_a_row: int = 0
    seen: int = 0
    _bits: int = 0

    @property
    def invalid(self) -> int:
        """How many of the last ``seen`` records were invalid."""
        return self._bits.bit_count()

    def after(self, invalid: Sequence[bool]) -> "tuple[InvalidTally, tuple[int, Breach] | None]":
        """The tally after these further records, in log order; the first of them that passed a limit, by its index."""
        tally = InvalidTally(self.limits, self.in_a_row, self.seen, self._bits)
        breach = None
        for index, is_invalid in enumerate(invalid):
            tally.count(is_invalid=is_invalid)
            # Only a record that is itself invalid can pass a limit.
            if is_invalid and breach is None:
                passed = tally.passed()
                breach = None if passed is None else (index, passed)
        return tally, breach

    def count(self, *, is_invalid: bool) -> None:
        """Take in one more record."""
        window = self.limits.window
        self.in_a_row = self.in_a_row + 1 if is_invalid else 0
        self.seen = min(self.seen + 1, window)
        self._bits = ((self._bits << 1) | is_invalid) & ((1 << window) - 1)

    def passed(self) -> Breach | None:
        """Which limit is passed now; None while none is."""
        limits = self.limits
        if limits.in_a_row != UNLIMITED and self.in_a_row >= limits.in_a_row:
            return Breach(self.in_a_row)
        share_counts = limits.percent != UNLIMITED and self.seen >= min(limits.at_least, limits.window)
        if share_counts and 100 * self.invalid > limits.percent * self.seen:
            return Breach(self.invalid, self.seen)
        return None


class TooManyInvalidError(Exception):
    """One partition gave too much that is not understood: a fault of ours or of a writer. Nothing of it is filed.

    ``setting`` is the beginning of the variables that lift the limit (``ESEP_SINK``), ``code`` the last fault's.
    """

    def __init__(self, place: tuple[str, int, int], breach: Breach, *, code: str, setting: str) -> None:
        self.topic, self.partition, self.offset = place
        self.breach = breach
        self.code = code
        self.setting = setting
        super().__init__(
            f"too much of {self.topic}/{self.partition} is not understood: {breach} (offset {self.offset}: {code}); "
            "see whether their writer or this program is of the wrong release; to keep them all as dead letters, set "
            f"{setting}_MAX_INVALID_IN_A_ROW=0 and {setting}_MAX_INVALID_PERCENT=0 until they are read"
        )
