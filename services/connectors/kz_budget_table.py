"""One table of Kazakhstan's budget portal: which budget it is about, its columns, and its CSV cut into rows and cells.

Which budget the table is about the CSV does not say; the caller does. What cells mean is in ``kz_budget_statement``.
"""

import calendar
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.events.budget import BudgetStatementV1, Classification, Level

SEPARATOR: Final = ";"

COLUMNS: Final = (
    "id",
    "code",
    "name",
    "utv",
    "utch",
    "plg",
    "plgp",
    "plgo",
    "sumrg",
    "obz",
    "obzsumrg",
    "plgpsumrg",
    "plgsumrg",
    "level",
    "isLeaf",
    "loaded",
    "expanded",
    "month",
)
TREE_COLUMNS: Final = (*COLUMNS[:-1], "parentCode", "parent_id", "month")

_MONTH: Final = re.compile(r"([0-9]{2})\.([0-9]{4})")
_MAX_LINES: Final = 20
"""Lines one row may span through quoted line breaks; beyond, a quote was left open."""


@dataclass(frozen=True, slots=True)
class Table:
    """Which budget a table is about; ``region`` is an ISO 3166-2 code, None for the country as a whole."""

    level: Level
    classification: Classification
    region: str | None = None

    @property
    def name(self) -> str:
        """The table's part of its source's id."""
        return "-".join(part.lower() for part in (self.level, self.classification, self.region) if part)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it must have, in their order."""
        return TREE_COLUMNS if self.classification == "tree" else COLUMNS

    def year(self, year: int) -> str:
        """The id of a year of this table, which the ids of its lines and months begin with."""
        return f"kz/{self.level}/{self.classification}/{self.region or '-'}/{year}"

    def period(self, period_end: date) -> str:
        """The id of a month of this table, which no line can have: behind the slash there are codes only."""
        return f"{self.year(period_end.year)}-{period_end:%m}"

    def line(self, statement: BudgetStatementV1) -> str:
        """The id of the budget line a statement is about; in a tree, its code and a digest of its path."""
        if statement.path is None:
            return f"{self.year(statement.fiscal_year)}/{statement.code}"
        # Names have single spaces only, so a line break cannot be part of one.
        digest = hashlib.sha256("\n".join(statement.path).encode()).hexdigest()
        return f"{self.year(statement.fiscal_year)}/{statement.code or 'blank'}-{digest[:16]}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file: the number of its first line (from 1) and its text, line end included."""

    line: int
    text: str
    ends_file: bool

    @property
    def is_cut(self) -> bool:
        """Whether it is the last and lacks its line end, as when a download broke off."""
        return self.ends_file and not self.text.endswith(("\n", "\r"))


class FaultyRowError(Exception):
    """A row, or the header, that cannot be taken; the message names line and column."""

    def __init__(self, code: str, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.field = field


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one row, by the names of their columns."""

    row: Row
    by_column: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.by_column[column]

    def fault(self, column: str, code: str, what: str) -> FaultyRowError:
        """What is wrong with one cell."""
        number = list(self.by_column).index(column) + 1
        return FaultyRowError(code, f"line {self.row.line}, column {number} ({column}): {what}", column)


def rows_of(text: str) -> Iterator[Row]:
    """The rows of a CSV, header first; a quote that is never closed spoils its own line only."""
    lines = io.StringIO(text, newline="").readlines()
    start = 0
    while start < len(lines):
        end = _end_of_row(lines, start)
        yield Row(start + 1, "".join(lines[start:end]), end == len(lines))
        start = end


def check_header(row: Row, table: Table) -> None:
    """Refuse a table that has other columns, naming the first one that differs.

    Raises: FaultyRowError.
    """
    found, wanted = tuple(_split(row)), table.columns
    if found == wanted:
        return
    if found in (COLUMNS, TREE_COLUMNS):
        kind = "flat table" if table.classification == "tree" else "tree"
        reason = (
            f"line 1: these are the columns of a {kind}; it is said to be by {table.classification}, so correct that"
        )
        raise FaultyRowError("wrong_classification", reason)
    if len(found) == 1:
        likely = next((each for each in (",", "\t", "|") if each in row.text), None)
        seen = f", not {likely!r}" if likely else ""
        raise FaultyRowError("wrong_separator", f"line 1: one column only; the separator must be {SEPARATOR!r}{seen}")
    for number, (name, right) in enumerate(zip(found, wanted, strict=False), start=1):
        if name != right:
            reason = f"line 1, column {number}: {name!r} where {right!r} belongs; the table has other columns"
            raise FaultyRowError("wrong_header", reason, right)
    raise FaultyRowError("wrong_header", f"line 1: {len(found)} columns, not the {len(wanted)} of this table")


def cells_of(row: Row, table: Table) -> Cells:
    """One row cut into its cells.

    Raises: FaultyRowError when there are more or fewer than the table has columns.
    """
    cells, columns = _split(row), table.columns
    if len(cells) == len(columns):
        return Cells(row, dict(zip(columns, cells, strict=True)))
    if row.is_cut:
        reason = f"line {row.line}: the file ends in the middle of the line; fetch it again"
        raise FaultyRowError("truncated_row", reason, columns[min(len(cells), len(columns)) - 1])
    raise FaultyRowError("wrong_column_count", f"line {row.line}: {len(cells)} cells for {len(columns)} columns")


def months_of(row: Row) -> frozenset[date]:
    """The last days of the months that its lines end with, even if it cannot be read otherwise; empty when none does.

    They are several when two stray quotes made one row of what was many.
    """
    cells = (line.rpartition(SEPARATOR)[2].strip().strip('"') for line in row.text.splitlines())
    return frozenset(filter(None, map(last_day_of, cells)))


def last_day_of(written: str) -> date | None:
    """The last day of a month written ``MM.YYYY``; None when it is no month."""
    month = _MONTH.fullmatch(written)
    if month is None or not 1 <= int(month[1]) <= 12 or not 1990 <= int(month[2]) <= 2100:
        return None
    year, number = int(month[2]), int(month[1])
    return date(year, number, calendar.monthrange(year, number)[1])


def _end_of_row(lines: Sequence[str], start: int) -> int:
    quotes = 0
    for end in range(start, min(start + _MAX_LINES, len(lines))):
        quotes += lines[end].count('"')
        if quotes % 2 == 0:
            return end + 1
    return start + 1


def _split(row: Row) -> list[str]:
    try:
        return next(csv.reader([row.text], delimiter=SEPARATOR, strict=True))
    except csv.Error as error:
        raise FaultyRowError("invalid_csv", f"line {row.line}: {error}; close the quote or double it") from error
