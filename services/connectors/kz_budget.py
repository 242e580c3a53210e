"""Budget execution of Kazakhstan, as the budget portal publishes it: CSV tables, or a data package of them.

A statement is cumulative from 1 January; rows are read in ``kz_budget_statement``, months closed in ``kz_budget_periods``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from schemas.envelope import Event
from schemas.events.budget import BudgetStatementV1
from services.connectors.base import (
    Artefact,
    ArtefactRejectedError,
    Notice,
    Opened,
    Reading,
    Record,
    Rejected,
    UsageError,
    check_files,
    content_version,
    open_artefact,
)
from services.connectors.kz_budget_package import is_package, open_package
from services.connectors.kz_budget_periods import REPEATED, SOURCE, Periods, months_touched, published_from
from services.connectors.kz_budget_statement import statement_of
from services.connectors.kz_budget_table import (
    Cells,
    FaultyRowError,
    Row,
    Table,
    cells_of,
    check_header,
    rows_of,
)
from services.connectors.kz_budget_text import table_text
from services.connectors.kz_budget_tree import paths_of
from services.domain.identity import Provenance, new_event


@dataclass(frozen=True, slots=True)
class KzBudget:
    """Reads tables as of ``read_at``, an aware instant, which is when their statements were observed.

    ``table`` says what CSV files are about; a ``datapackage.json`` says it itself and needs none.
    """

    read_at: datetime
    table: Table | None = None

    @property
    def source(self) -> str:
        """The prefix of its tables' ids."""
        return SOURCE

    def check(self, paths: Sequence[Path]) -> None:
        """See ``Connector.check``."""
        check_files(paths)
        for path in paths:
            if is_package(path) and self.table is not None:
                raise UsageError(f"{path} says itself what its tables are; leave --level, --by and --region out")
            if not is_package(path) and self.table is None:
                raise UsageError(f"{path} does not say which budget it is; give --level and --by (and --region)")

    def read(self, path: Path) -> Iterator[Reading]:
        """See ``Connector.read``."""
        if self.table is not None:
            yield from self._read_table(path, self.table, None)
            return
        try:
            package = open_package(path)
        except ArtefactRejectedError as unusable:
            yield unusable.rejected
            return
        for resource in package.resources:
            yield from self._read_table(path.parent / resource.path, resource.table, resource.rows)

    def _read_table(self, path: Path, table: Table, declared_rows: int | None) -> Iterator[Reading]:
        try:
            artefact = open_artefact(path)
            text, notices = table_text(artefact)
            header, rows = _header_and_rows(text)
            _check_header(artefact, header, table)
        except ArtefactRejectedError as unusable:
            yield unusable.rejected
            return
        yield Opened(path, len(rows))
        yield from notices
        periods = Periods(artefact.name, table)
        yield from _TableReader(self.read_at, artefact, table, periods).readings(rows)
        is_complete = declared_rows in (None, len(rows))
        if not is_complete:
            said = (
                f"{path.name} has {len(rows)} rows, and its data package declares {declared_rows}; "
                "which month they belong to is not known, so none is marked as published whole"
            )
            yield Notice(path.name, "row_count_differs", said)
        provenance = Provenance(uri=artefact.name, sha256=artefact.sha256)
        yield from periods.close(self.read_at, provenance, is_complete=is_complete)


@dataclass(frozen=True, slots=True)
class _TableReader:
    """Reads the rows of one table, telling ``periods`` what became of each."""

    read_at: datetime
    artefact: Artefact
    table: Table
    periods: Periods

    def readings(self, rows: Sequence[Row]) -> Iterator[Record | Rejected]:
        """One reading of each row, in the order of the file."""
        cut = [_cells_or_fault(row, self.table) for row in rows]
        paths = self._paths([cells for cells in cut if isinstance(cells, Cells)])
        seen: dict[tuple[str, date], tuple[int, BudgetStatementV1]] = {}
        for row, cells, months in zip(rows, cut, months_touched(rows), strict=True):
            try:
                if isinstance(cells, FaultyRowError):
                    raise cells
                yield self._record(cells, paths.get(row.line), seen)
            except FaultyRowError as faulty:
                self.periods.refused(months, row.line, faulty.code)
                reason = f"{self.artefact.name}, {faulty}"
                yield Rejected(self.artefact.name, str(row.line), faulty.field, faulty.code, reason, row.text.encode())

    def _paths(self, rows: Sequence[Cells]) -> Mapping[int, tuple[str, ...] | FaultyRowError]:
        return paths_of(rows) if self.table.classification == "tree" else {}

    def _record(
        self,
        cells: Cells,
        path: tuple[str, ...] | FaultyRowError | None,
        seen: dict[tuple[str, date], tuple[int, BudgetStatementV1]],
    ) -> Record:
        """What a row states.

        Raises: FaultyRowError.
        """
        if isinstance(path, FaultyRowError):
            raise path
        statement = statement_of(cells, self.table, path)
        if published_from(statement.period_end) > self.read_at:
            what = f"the month ending {statement.period_end} is not over yet; correct it"
            raise FaultyRowError("month_in_future", f"line {cells.row.line}: {what}", "month")
        line = self.table.line(statement)
        _refuse_repeated(cells, line, statement, seen)
        event = self._event(cells, line, statement)
        self.periods.stated(statement.period_end, statement.code, event, cells.row.line)
        return Record(f"{self.artefact.name}:{cells.row.line}", (event,))

    def _event(self, cells: Cells, line: str, statement: BudgetStatementV1) -> Event:
        return new_event(
            statement,
            source=f"{SOURCE}/{self.table.name}",
            subject=line,
            time=published_from(statement.period_end),
            observed_at=self.read_at,
            native_id=f"{line}@{statement.period_end}",
            version=content_version(statement),
            provenance=Provenance(
                uri=self.artefact.name, sha256=self.artefact.sha256, locator=f"line {cells.row.line}"
            ),
        )


def _header_and_rows(text: str) -> tuple[Row, list[Row]]:
    rows = list(rows_of(text))
    return (rows[0], rows[1:]) if rows else (Row(1, "", ends_file=True), [])


def _check_header(artefact: Artefact, header: Row, table: Table) -> None:
    """Refuse a whole table for its header.

    Raises: ArtefactRejectedError.
    """
    try:
        check_header(header, table)
    except FaultyRowError as faulty:
        reason = f"{artefact.name}, {faulty}"
        rejected = Rejected(artefact.name, "1", faulty.field, faulty.code, reason, artefact.content)
        raise ArtefactRejectedError(rejected) from faulty


def _cells_or_fault(row: Row, table: Table) -> Cells | FaultyRowError:
    try:
        return cells_of(row, table)
    except FaultyRowError as faulty:
        return faulty


def _refuse_repeated(
    cells: Cells, line: str, statement: BudgetStatementV1, seen: dict[tuple[str, date], tuple[int, BudgetStatementV1]]
) -> None:
    """The same line twice with other figures: neither can be trusted over the other, so the first stands."""
    number, first = seen.setdefault((line, statement.period_end), (cells.row.line, statement))
    if first != statement:
        named = f"code {statement.code}" if statement.path is None else repr(" > ".join(statement.path))
        raise cells.fault(
            "code", REPEATED, f"{named} of this month came before, on line {number}, with another content"
        )
