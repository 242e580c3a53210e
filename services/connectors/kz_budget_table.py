"""One table of Kazakhstan's budget portal: its CSV, read strictly, row by row, into budget statements.

Which budget the table is about the CSV does not say; the caller does. Nothing is summed, mended or rounded here.
"""

import calendar
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from pydantic import ValidationError

from schemas.events.budget import BudgetStatementV1
from services.adapters.validation_messages import faults_of

SEPARATOR: Final = ";"
TOTAL_CODE: Final = "0"
UNIT: Final = "thousand KZT"

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
TREE_UNSUPPORTED: Final = "unsupported_classification"
TREE_COLUMNS: Final = (*COLUMNS[:-1], "parentCode", "parent_id", "month")

# Not read: id (unique within a month only), what is computed from other columns (obzsumrg, plgpsumrg, plgsumrg),
# and the state of the portal's grid (level, isLeaf, loaded, expanded).
MEASURES: Final = {
    "approved": "utv",
    "specified": "utch",
    "adjusted": "plg",
    "period_plan_payments": "plgp",
    "period_plan_obligations": "plgo",
    "paid": "sumrg",
    "obligations_taken": "obz",
}

_AMOUNT: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,31})(?:\.[0-9]{1,6})?")
_CODE: Final = re.compile(r"[0-9]{1,10}")
_MONTH: Final = re.compile(r"([0-9]{2})\.([0-9]{4})")
_MAX_LINES: Final = 20
"""Lines one row may span through quoted line breaks; beyond, a quote was left open."""


@dataclass(frozen=True, slots=True)
class Table:
    """Which budget a table is about; ``region`` is an ISO 3166-2 code, None for the country as a whole."""

    level: Literal["republican", "local"]
    classification: Literal["administrator", "function", "economic"]
    region: str | None = None

    @property
    def name(self) -> str:
        """The table's part of its source's id."""
        return "-".join(part.lower() for part in (self.level, self.classification, self.region) if part)

    def line(self, code: str, year: int) -> str:
        """The id of a budget line of this table."""
        return f"kz/{self.level}/{self.classification}/{self.region or '-'}/{year}/{code}"


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


def rows_of(text: str) -> Iterator[Row]:
    """The rows of a CSV, header first; a quote that is never closed spoils its own line only."""
    lines = io.StringIO(text, newline="").readlines()
    start = 0
    while start < len(lines):
        end = _end_of_row(lines, start)
        yield Row(start + 1, "".join(lines[start:end]), end == len(lines))
        start = end


def check_header(row: Row) -> None:
    """Refuse a table that has other columns, naming the first one that differs.

    Raises: FaultyRowError.
    """
    columns = tuple(_cells(row))
    if columns == COLUMNS:
        return
    if columns == TREE_COLUMNS:
        raise FaultyRowError(TREE_UNSUPPORTED, "line 1: not yet supported: classification tree")
    if len(columns) == 1:
        raise FaultyRowError("wrong_separator", f"line 1: one column only; the separator must be {SEPARATOR!r}")
    for number, (found, wanted) in enumerate(zip(columns, COLUMNS, strict=False), start=1):
        if found != wanted:
            reason = f"line 1, column {number}: {found!r} where {wanted!r} belongs; the table has other columns"
            raise FaultyRowError("wrong_header", reason, wanted)
    raise FaultyRowError("wrong_header", f"line 1: {len(columns)} columns, not the {len(COLUMNS)} of this table")


def statement_of(row: Row, table: Table) -> BudgetStatementV1:
    """What one row states.

    Raises: FaultyRowError naming line and column.
    """
    cells = _named_cells(row)
    month_end = _month_end(row, cells["month"])
    try:
        return BudgetStatementV1(
            jurisdiction="kz",
            level=table.level,
            classification=table.classification,
            region=table.region,
            code=_code(row, cells["code"]),
            name=" ".join(cells["name"].split()),
            fiscal_year=month_end.year,
            unit=UNIT,
            period_end=month_end,
            is_total=cells["code"] == TOTAL_CODE,
            **{measure: _amount(row, cells[column], column) for measure, column in MEASURES.items()},
        )
    except ValidationError as error:
        fault = faults_of(error)[0]
        raise FaultyRowError("invalid_data", f"line {row.line}: {fault.field}: {fault.text}", fault.field) from error


def _end_of_row(lines: Sequence[str], start: int) -> int:
    quotes = 0
    for end in range(start, min(start + _MAX_LINES, len(lines))):
        quotes += lines[end].count('"')
        if quotes % 2 == 0:
            return end + 1
    return start + 1


def _cells(row: Row) -> list[str]:
    try:
        return next(csv.reader([row.text], delimiter=SEPARATOR, strict=True))
    except csv.Error as error:
        raise FaultyRowError("invalid_csv", f"line {row.line}: {error}; close the quote or double it") from error


def _named_cells(row: Row) -> dict[str, str]:
    cells = _cells(row)
    if len(cells) != len(COLUMNS):
        if row.is_cut:
            reason = f"line {row.line}: the file ends in the middle of the line; fetch it again"
            raise FaultyRowError("truncated_row", reason, COLUMNS[min(len(cells), len(COLUMNS)) - 1])
        reason = f"line {row.line}: {len(cells)} cells for {len(COLUMNS)} columns"
        raise FaultyRowError("wrong_column_count", reason)
    return dict(zip(COLUMNS, cells, strict=True))


def _code(row: Row, written: str) -> str:
    if not _CODE.fullmatch(written):
        raise _faulty_cell(row, "code", "invalid_code", f"{written!r} is not a code of digits")
    return written


def _month_end(row: Row, written: str) -> date:
    month = _MONTH.fullmatch(written)
    if month is None or not 1 <= int(month[1]) <= 12 or not 1990 <= int(month[2]) <= 2100:
        advice = "the file ends here; fetch it again" if row.is_cut else "write MM.YYYY"
        raise _faulty_cell(row, "month", "invalid_month", f"{written!r} is not a month; {advice}")
    year, number = int(month[2]), int(month[1])
    return date(year, number, calendar.monthrange(year, number)[1])


def _amount(row: Row, written: str, column: str) -> Decimal:
    if not written:
        raise _faulty_cell(row, column, "missing_value", "is empty; nothing is assumed, so write the amount")
    if not _AMOUNT.fullmatch(written):
        advice = "the decimal sign is a point" if "," in written else "write digits, and at most six after the point"
        raise _faulty_cell(row, column, "invalid_amount", f"{written!r} is not an amount; {advice}")
    # Without the zeros at its end, so that an export which writes 5.0 for 5 states nothing new.
    digits = written.rstrip("0").rstrip(".") if "." in written else written
    return Decimal("0" if digits == "-0" else digits)


def _faulty_cell(row: Row, column: str, code: str, what: str) -> FaultyRowError:
    number = COLUMNS.index(column) + 1
    return FaultyRowError(code, f"line {row.line}, column {number} ({column}): {what}", column)
