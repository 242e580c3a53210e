"""Books of budgets as the domain computes with them, put together from the warehouse with the findings that stand.

Nothing is checked again and nothing is computed here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from schemas.envelope import Event
from schemas.events.budget import BudgetEvent, BudgetPeriodPublishedV1, BudgetStatementV1
from services.domain.budget.book import Book, BookId, Figures, Scope, figures_of
from services.domain.budget.checks import Finding
from services.domain.budget.measures import CheckedBook
from services.domain.identity import derived_id, wrap
from services.portal.listings import Query, Value
from services.portal.records import Instant, Money, Record, Simulation
from services.portal.warehouse_reader import WarehouseReader

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class BudgetOf:
    """One budget of one world; ``region`` is empty for a budget that is no region's."""

    world: str
    jurisdiction: str
    level: str
    region: str = ""

    @property
    def parameters(self) -> dict[str, Value]:
        """What a query about it is bound to."""
        return {"world": self.world, "jurisdiction": self.jurisdiction, "level": self.level, "region": self.region}

    @property
    def book_id(self) -> BookId:
        """The same budget as the domain names it."""
        return BookId(self.world or None, self.jurisdiction, self.level, self.region or None)


class _Statement(Record):
    line_id: str
    classification: str
    code: str
    name: str
    path: str
    fiscal_year: int
    period_end: date
    unit: str
    is_total: bool
    approved: Money
    specified: Money
    adjusted: Money
    period_plan_payments: Money
    period_plan_obligations: Money
    paid: Money
    obligations_taken: Money
    observed_at: Instant


class _Published(Record):
    classification: str
    fiscal_year: int
    period_end: date
    lines: int
    source_id: str
    published_at: Instant


class _Blocking(Record):
    code: str
    classification: str
    period_end: date
    line_id: str
    measure: str


class _Budget(Record):
    simulation: Simulation
    jurisdiction: str
    level: str
    region: str


@dataclass(frozen=True, slots=True)
class ReadBook:
    """A book of some months with the unit of its amounts, empty when it has no statement."""

    checked: CheckedBook
    unit: str


def budgets(reader: WarehouseReader, world: str) -> list[BudgetOf]:
    """Every budget with a published period, republican ones first. Raises: WarehouseAway."""
    rows = reader.read(_Budget, Query(_BUDGETS, {"world": world}))
    return [BudgetOf(row.simulation, row.jurisdiction, row.level, row.region) for row in rows]


def read_book(
    reader: WarehouseReader, budget: BudgetOf, classifications: Sequence[str], months: Sequence[int]
) -> ReadBook:
    """The statements of these months of every year, all publications, and the findings that block.

    Raises: WarehouseAway.
    """
    book = Book(budget.book_id)
    published = _read(reader, _Published, _PUBLISHED, budget, classifications)
    ends = {Scope(row.classification, row.period_end): row for row in published}
    for row in published:
        book.add(_published(budget, row))
    statements = _read(reader, _Statement, _STATEMENTS, budget, classifications, months)
    for statement in statements:
        whole = ends.get(Scope(statement.classification, statement.period_end))
        # What stands is what readers see, also while its source is publishing the period anew.
        seen_at = statement.observed_at if whole is None else min(statement.observed_at, whole.published_at)
        book.add(_stated(budget, statement, seen_at))
    blocking = _read(reader, _Blocking, _BLOCKING, budget, classifications, months)
    named = _read(reader, _Statement, _NAMED, budget, classifications) if blocking else []
    unit = next((row.unit for row in statements), "")
    lines = {row.line_id: figures_of(row.line_id, _data(row, _where(budget))) for row in named}
    return ReadBook(CheckedBook(book, _findings(book, blocking, lines)), unit)


def _findings(
    book: Book, blocking: Iterable[_Blocking], lines: Mapping[str, Figures]
) -> dict[Scope, tuple[Finding, ...]]:
    """The findings of every published period, none for a period without any, so that none is computed anew."""
    found: dict[Scope, tuple[Finding, ...]] = dict.fromkeys(book.published, ())
    for row in blocking:
        scope = Scope(row.classification, row.period_end)
        line = lines[row.line_id] if row.line_id else None
        params = {"measure": row.measure} if row.measure else {}
        found[scope] = (*found.get(scope, ()), Finding(row.code, "error", line, params, blocks=True))
    return found


def _data(row: _Statement, where: dict[str, Any]) -> BudgetStatementV1:
    stated = row.model_dump(exclude={"line_id", "observed_at", "path"})
    return BudgetStatementV1.model_validate({**where, **stated, "path": json.loads(row.path) if row.path else None})


def _where(budget: BudgetOf) -> dict[str, Any]:
    return {"jurisdiction": budget.jurisdiction, "level": budget.level, "region": budget.region or None}


def _stated(budget: BudgetOf, row: _Statement, seen_at: Instant) -> Event:
    return _event(budget, _data(row, _where(budget)), row.line_id, seen_at, row.period_end.isoformat())


def _published(budget: BudgetOf, row: _Published) -> Event:
    said = row.model_dump(include={"classification", "fiscal_year", "period_end", "lines"})
    data = BudgetPeriodPublishedV1.model_validate({**_where(budget), **said})
    return _event(budget, data, row.classification, row.published_at, row.period_end.isoformat(), row.source_id)


def _event(
    budget: BudgetOf, data: BudgetEvent, subject: str, at: Instant, period: str, source: str = "/warehouse"
) -> Event:
    id_ = derived_id(subject, data.type, period)
    simulation = budget.world or None
    return wrap(data, id_=id_, source=source, subject=subject, time=at, observed_at=at, simulation=simulation)


def _read(
    reader: WarehouseReader,
    model: type[RecordT],
    sql: str,
    budget: BudgetOf,
    classifications: Sequence[str],
    months: Sequence[int] = (),
) -> list[RecordT]:
    asked: dict[str, Value] = {"classifications": " ".join(classifications), "months": " ".join(map(str, months))}
    named = {name: value for name, value in (budget.parameters | asked).items() if f"{{{name}:" in sql}
    return reader.read(model, Query(sql, named))


_BUDGETS: Final = """
SELECT DISTINCT simulation, jurisdiction, level, region
FROM budget_periods
WHERE simulation = {world:String}
ORDER BY jurisdiction, level DESC, region
LIMIT 1000
"""
_OF_THE_BUDGET: Final = """
simulation = {world:String} AND jurisdiction = {jurisdiction:String} AND level = {level:String}
    AND region = {region:String} AND has(splitByChar(' ', {classifications:String}), classification)
"""
_IN_THE_MONTHS: Final = "has(splitByChar(' ', {months:String}), toString(toMonth(period_end)))"
_COLUMNS: Final = ", ".join(_Statement.model_fields)
_STATEMENTS: Final = f"SELECT {_COLUMNS} FROM budget_statements WHERE {_OF_THE_BUDGET} AND {_IN_THE_MONTHS}"  # noqa: S608
_PUBLISHED: Final = f"SELECT {', '.join(_Published.model_fields)} FROM budget_periods WHERE {_OF_THE_BUDGET}"  # noqa: S608
_BLOCKING: Final = f"""
SELECT code, classification, assumeNotNull(period_end) AS period_end, line_id, measure
FROM budget_findings WHERE {_OF_THE_BUDGET} AND blocks AND budget_findings.period_end IS NOT NULL AND {_IN_THE_MONTHS}
"""  # noqa: S608
_NAMED: Final = f"""
SELECT {_COLUMNS} FROM budget_statements
WHERE {_OF_THE_BUDGET} AND line_id IN (
    SELECT line_id FROM budget_findings WHERE {_OF_THE_BUDGET} AND blocks AND line_id != '')
ORDER BY period_end LIMIT 1 BY line_id
"""  # noqa: S608
