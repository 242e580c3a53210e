"""Budget execution of Kazakhstan, as the budget portal publishes it: CSV tables, or a data package of them.

A statement is cumulative from 1 January; the table itself is read in ``kz_budget_table``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from schemas.envelope import Event
from schemas.events.budget import BudgetStatementV1
from services.adapters.validation_messages import faults_of
from services.connectors.base import (
    Artefact,
    ArtefactRejectedError,
    Notice,
    Opened,
    Reading,
    Record,
    Rejected,
    Skipped,
    UsageError,
    check_files,
    content_version,
    open_artefact,
    text_of,
)
from services.connectors.kz_budget_table import (
    TREE_UNSUPPORTED,
    FaultyRowError,
    Row,
    Table,
    check_header,
    rows_of,
    statement_of,
)
from services.domain.identity import Provenance, new_event

SOURCE: Final = "/sources/kz-budget"
ZONE: Final = ZoneInfo("Asia/Almaty")


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
            if _is_package(path) and self.table is not None:
                raise UsageError(f"{path} says itself what its tables are; leave --level, --by and --region out")
            if not _is_package(path) and self.table is None:
                raise UsageError(f"{path} does not say which budget it is; give --level and --by (and --region)")

    def read(self, path: Path) -> Iterator[Reading]:
        """See ``Connector.read``."""
        if self.table is not None:
            yield from self._read_table(path, self.table, None)
            return
        try:
            package = _open_package(path)
        except ArtefactRejectedError as unusable:
            yield unusable.rejected
            return
        for resource in package.resources:
            yield from self._read_resource(path, resource)

    def _read_resource(self, package: Path, resource: "_Resource") -> Iterator[Reading]:
        if resource.classification == "tree":
            yield Skipped(resource.path, TREE_UNSUPPORTED, f"{resource.path}: not yet supported: classification tree")
            return
        table = Table(resource.level, resource.classification, resource.region)
        yield from self._read_table(package.parent / resource.path, table, resource.rows)

    def _read_table(self, path: Path, table: Table, declared_rows: int | None) -> Iterator[Reading]:
        try:
            artefact = open_artefact(path)
            text, notices = text_of(artefact)
        except ArtefactRejectedError as unusable:
            yield unusable.rejected
            return
        header, rows = _split(text)
        try:
            check_header(header)
        except FaultyRowError as faulty:
            yield _refused_table(artefact, faulty)
            return
        yield Opened(path, len(rows))
        yield from notices
        if declared_rows is not None and declared_rows != len(rows):
            said = f"{path.name} has {len(rows)} rows, and its data package declares {declared_rows}"
            yield Notice(path.name, "row_count_differs", said)
        seen: dict[str, BudgetStatementV1] = {}
        for row in rows:
            yield self._reading(artefact, row, table, seen)

    def _reading(
        self, artefact: Artefact, row: Row, table: Table, seen: dict[str, BudgetStatementV1]
    ) -> Record | Rejected:
        try:
            statement = statement_of(row, table)
            if _published_from(statement) > self.read_at:
                text = f"line {row.line}: the month ending {statement.period_end} is not over yet; correct it"
                raise FaultyRowError("month_in_future", text, "month")
            _refuse_repeated(row, statement, seen)
        except FaultyRowError as faulty:
            return _rejected_row(artefact, row, faulty)
        return Record(f"{artefact.name}:{row.line}", (self._event(artefact, row, table, statement),))

    def _event(self, artefact: Artefact, row: Row, table: Table, statement: BudgetStatementV1) -> Event:
        subject = table.line(statement.code, statement.fiscal_year)
        return new_event(
            statement,
            source=f"{SOURCE}/{table.name}",
            subject=subject,
            time=_published_from(statement),
            observed_at=self.read_at,
            native_id=f"{subject}@{statement.period_end}",
            version=content_version(statement),
            provenance=Provenance(uri=artefact.name, sha256=artefact.sha256, locator=f"line {row.line}"),
        )


def table_of(level: str | None, by: str | None, region: str | None) -> Table | None:
    """The table that ``--level``, ``--by`` and ``--region`` describe; None when none of them is given.

    Raises: UsageError naming what is missing or unknown.
    """
    if level is None and by is None and region is None:
        return None
    if level is None or by is None:
        raise UsageError("--level and --by belong together: the CSV itself does not say which budget it is")
    if by == "tree":
        raise UsageError("--by tree: not yet supported: classification tree")
    try:
        described = _Description.model_validate({"level": level, "classification": by, "region": region})
    except ValidationError as error:
        fault = faults_of(error)[0]
        option = {"classification": "--by"}.get(fault.field, f"--{fault.field}")
        raise UsageError(f"{option} {fault.text}" if fault.field else fault.text) from error
    if described.classification == "tree":
        raise AssertionError("refused above")
    return Table(described.level, described.classification, described.region)


class _Description(BaseModel):
    """What a table is about."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    level: Literal["republican", "local"]
    classification: Literal["administrator", "function", "economic", "tree"]
    region: Annotated[str, StringConstraints(pattern=r"^KZ-[A-Z0-9]{1,3}$")] | None = None

    @model_validator(mode="after")
    def _regions_are_local(self) -> Self:
        if self.level == "republican" and self.region is not None:
            raise ValueError("the republican budget has no regions; leave the region out or say local")
        return self


class _Dialect(BaseModel):
    """How the CSV of a resource is written."""

    delimiter: Literal[";"]


class _Resource(_Description):
    """One table of a data package; ``rows`` is how many it says it has."""

    path: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_./-]*$", max_length=200)]
    encoding: Literal["utf-8"]
    dialect: _Dialect
    rows: Annotated[int, Field(ge=0)] | None = None

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, path: str) -> str:
        if ".." in PurePosixPath(path).parts:
            raise ValueError("must stay inside the data package's folder")
        return path


class _Package(BaseModel):
    """A Frictionless data package of budget tables."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    unit: Literal["thousand KZT"]
    resources: Annotated[tuple[_Resource, ...], Field(min_length=1)]


def _open_package(path: Path) -> _Package:
    artefact = open_artefact(path)
    text, _ = text_of(artefact)
    try:
        return _Package.model_validate_json(text)
    except ValidationError as error:
        fault = faults_of(error)[0]
        reason = f"{artefact.name}: {fault.field}: {fault.text}" if fault.field else f"{artefact.name}: {fault.text}"
        rejected = Rejected(artefact.name, None, fault.field or None, "invalid_package", reason, artefact.content)
        raise ArtefactRejectedError(rejected) from error


def _is_package(path: Path) -> bool:
    return path.suffix == ".json"


def _split(text: str) -> tuple[Row, list[Row]]:
    rows = list(rows_of(text))
    return (rows[0], rows[1:]) if rows else (Row(1, "", ends_file=True), [])


def _refused_table(artefact: Artefact, faulty: FaultyRowError) -> Skipped | Rejected:
    reason = f"{artefact.name}, {faulty}"
    if faulty.code == TREE_UNSUPPORTED:
        return Skipped(artefact.name, faulty.code, reason)
    return Rejected(artefact.name, "1", faulty.field, faulty.code, reason, artefact.content)


def _rejected_row(artefact: Artefact, row: Row, faulty: FaultyRowError) -> Rejected:
    reason = f"{artefact.name}, {faulty}"
    return Rejected(artefact.name, str(row.line), faulty.field, faulty.code, reason, row.text.encode())


def _refuse_repeated(row: Row, statement: BudgetStatementV1, seen: dict[str, BudgetStatementV1]) -> None:
    """The same line twice with other figures: neither can be trusted over the other, so the first stands."""
    line = f"{statement.code}@{statement.period_end}"
    if seen.setdefault(line, statement) != statement:
        text = f"line {row.line}: code {statement.code} of this month came before with another content"
        raise FaultyRowError("repeated_line", text, "code")


def _published_from(statement: BudgetStatementV1) -> datetime:
    """The first instant after the period, in UTC: before it the statement cannot have been made."""
    day_after = statement.period_end + timedelta(days=1)
    return datetime.combine(day_after, time.min, ZONE).astimezone(UTC)
