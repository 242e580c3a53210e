"""PEFA indicators of the republican budgets, from the statements of December: the figures, their inputs and rows.

The arithmetic is the domain's, which lines its terms mean stands in the rule data.
"""

from collections.abc import Sequence
from typing import Final

from schemas.pefa import PefaBase
from services.domain.budget.measures import NotComputable
from services.domain.budget.pefa import DIMENSIONS, YEARS, Ratio, Score, ratio, score
from services.portal.budget_books import BudgetOf, ReadBook, budgets, read_book
from services.portal.budget_records import Head, PefaScore, PefaYear
from services.portal.records import Record
from services.portal.warehouse_reader import WarehouseReader

_DECEMBER: Final = 12


class PefaSheet(Record):
    """Every indicator of every year that has a published period, the latest year first, and the scores of three years."""

    years: tuple[PefaYear, ...]
    scores: tuple[PefaScore, ...]


def read_pefa(reader: WarehouseReader, world: str, bases: Sequence[PefaBase]) -> PefaSheet:
    """``bases`` say which lines the terms mean, one for each jurisdiction. Raises: WarehouseAway."""
    years: list[PefaYear] = []
    scores: list[PefaScore] = []
    for budget in budgets(reader, world):
        base = next((each for each in bases if each.jurisdiction == budget.jurisdiction), None)
        if base is None or budget.level != "republican":
            continue
        tables = [name for name in (base.classification, base.economic) if name is not None]
        book = read_book(reader, budget, tables, (_DECEMBER,))
        published = {scope.period_end.year for scope in book.checked.book.published}
        years += [
            _year(budget, book, name, year, ratio(book.checked, base, name, year))
            for year in sorted(published, reverse=True)
            for name in DIMENSIONS
        ]
        completed = [
            scope.period_end.year for scope in book.checked.book.published if scope.period_end.month == _DECEMBER
        ]
        if completed:
            scores += [_score(budget, score(book.checked, base, name, max(completed))) for name in DIMENSIONS]
    return PefaSheet(years=tuple(years), scores=tuple(scores))


def _year(budget: BudgetOf, book: ReadBook, indicator: str, year: int, found: Ratio | NotComputable) -> PefaYear:
    computed = found if isinstance(found, Ratio) else None
    reason = found if isinstance(found, NotComputable) else None
    heads = computed.heads if computed is not None else ()
    return PefaYear(
        simulation=budget.world,
        jurisdiction=budget.jurisdiction,
        level=budget.level,
        indicator=indicator,
        fiscal_year=year,
        percent=computed.percent if computed is not None else None,
        reason=reason.reason if reason is not None else "",
        findings=reason.findings if reason is not None else (),
        approved=computed.approved if computed is not None else None,
        paid=computed.paid if computed is not None else None,
        unit=book.unit,
        rows=tuple(head.line_id for head in heads),
        heads=tuple(
            Head(line_id=head.line_id, name=head.name, approved=head.approved, paid=head.paid, expected=head.expected)
            for head in heads
        ),
    )


def _score(budget: BudgetOf, found: Score) -> PefaScore:
    last = max(found.years)
    return PefaScore(
        simulation=budget.world,
        jurisdiction=budget.jurisdiction,
        level=budget.level,
        indicator=found.dimension,
        first_year=last - YEARS + 1,
        last_year=last,
        letter=found.letter,
        best=found.best,
        worst=found.worst,
    )
