"""Budgets for tests: small ones written by hand, and the real one of Kazakhstan where its files are to be had.

The real files are not part of the project; ``ESEP_SHARED_DATA`` names their folder.
"""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from schemas.events.budget import BudgetPeriodPublishedV1, BudgetStatementV1, Classification
from services.adapters.rulebook import load_rulebook
from services.connectors.kz_budget import KzBudget
from services.connectors.kz_budget_table import Table
from services.domain.budget.book import Book, BookId, Scope
from services.domain.budget.measures import CheckedBook
from services.domain.identity import new_event
from tests.connectors.readings import events_of
from tests.frame.tree import ROOT

READ_AT: Final = datetime(2026, 11, 21, tzinfo=UTC)
REAL: Final = Path(os.environ.get("ESEP_SHARED_DATA") or ROOT.parent / "shared" / "data") / "kz-budget"
needs_real_budget: Final = pytest.mark.skipif(
    not REAL.is_dir(), reason="no real budget; ESEP_SHARED_DATA names the folder above kz-budget"
)

TREE, FUNCTIONS = load_rulebook().pefa
"""The bases of the packaged data: the tree's is the published one, the table by function checks it."""


@cache
def real_republican() -> CheckedBook:
    """The republican budget, all four of its tables."""
    found: dict[BookId, Book] = {}
    for event in events_of(KzBudget(READ_AT).read(REAL / "datapackage.json")):
        data = event.data
        if isinstance(data, BudgetStatementV1 | BudgetPeriodPublishedV1) and data.level == "republican":
            id_ = BookId.of(event, data)
            found.setdefault(id_, Book(id_)).add(event)
    (book,) = found.values()
    return CheckedBook(book)


def end_of(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def scope_of(year: int, month: int, table: str = "administrator") -> Scope:
    """A month of a table."""
    return Scope(table, end_of(year, month))


def line(code: str, *path: str, is_total: bool = False, **figures: int | Decimal | str) -> dict[str, Any]:
    """What a statement says of one line; columns that are not given are 0, and a path makes it a line of a tree."""
    columns = dict.fromkeys(("approved", "specified", "adjusted", "paid", "obligations_taken"), Decimal())
    plans = dict.fromkeys(("period_plan_payments", "period_plan_obligations"), Decimal())
    given = {name: Decimal(value) for name, value in figures.items()}
    name = path[-1] if path else f"name of {code}"
    return columns | plans | given | {"code": code, "name": name, "path": path or None, "is_total": is_total}


class BookOnPaper:
    """A budget written month by month."""

    def __init__(self) -> None:
        self.book = Book(BookId(None, "kz", "republican", None))

    def month(
        self, year: int, month: int, lines: Iterable[dict[str, Any]], table: Classification = "administrator"
    ) -> "BookOnPaper":
        """A month published whole."""
        named = Table("republican", table)
        budget: dict[str, Any] = {
            "jurisdiction": "kz",
            "level": "republican",
            "classification": table,
            "fiscal_year": year,
        }
        written = list(lines)
        for each in written:
            data = BudgetStatementV1(unit="thousand KZT", period_end=end_of(year, month), **budget, **each)
            self._add(data, named.line(data))
        published = BudgetPeriodPublishedV1(**budget, period_end=end_of(year, month), lines=len(written))
        self._add(published, named.period(end_of(year, month)))
        return self

    def checked(self) -> CheckedBook:
        """It, to be measured."""
        return CheckedBook(self.book)

    def _add(self, data: BudgetStatementV1 | BudgetPeriodPublishedV1, subject: str) -> None:
        event = new_event(
            data,
            source="/on-paper",
            subject=subject,
            time=READ_AT,
            observed_at=READ_AT,
            native_id=f"{subject}@{data.period_end}",
            version="1",
        )
        self.book.add(event)
