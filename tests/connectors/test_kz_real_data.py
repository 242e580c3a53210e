"""Budget tables of Kazakhstan against real files, when they are there: counts and sums that were checked by other means.

The files are not part of the project: ``ESEP_SHARED_DATA`` names their folder; without it these tests are skipped.
"""

import csv
import json
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from schemas.events.budget import BudgetStatementV1
from services.adapters.clock import FakeClock
from services.adapters.memory import MemoryFactLog
from services.connectors.base import Reading, Record
from services.connectors.kz_budget import KzBudget
from services.connectors.kz_budget_table import Table
from services.importing.run import run_import
from tests.connectors.kz_tables import markers, statements
from tests.connectors.readings import of_kind
from tests.frame.tree import ROOT

READ_AT: Final = datetime(2026, 11, 21, tzinfo=UTC)
DATA: Final = Path(os.environ.get("ESEP_SHARED_DATA") or ROOT.parent / "shared" / "data") / "kz-budget"
PACKAGE: Final = DATA / "datapackage.json"
KZ: Final = KzBudget(read_at=READ_AT)
BILLION: Final = 1_000_000
"""In thousand KZT."""

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no real data; ESEP_SHARED_DATA names their folder")


@pytest.fixture(scope="module")
def republican_tree() -> list[Reading]:
    """The republican budget from section to administrator, read once."""
    tree = KzBudget(read_at=READ_AT, table=Table("republican", "tree"))
    return list(tree.read(DATA / "republican_tree.csv"))


def at_year_end(readings: list[Reading], year: int, *path: str) -> BudgetStatementV1:
    """The one statement of a line of a tree for a whole year."""
    (found,) = (
        statement
        for statement in statements(readings)
        if statement.path == path and statement.period_end == date(year, 12, 31)
    )
    return found


@pytest.mark.timeout(400)
def test_every_row_of_every_table_is_read_and_nothing_twice() -> None:
    log = MemoryFactLog()
    first = run_import(KZ, [PACKAGE], log, FakeClock(READ_AT))
    declared = {each["path"]: each["rows"] for each in json.loads(PACKAGE.read_text(encoding="utf-8"))["resources"]}
    assert len(declared) == 8
    assert {Path(file).name: counts.read for file, counts in first.files.items()} == declared
    assert (first.read, first.accepted, first.total.duplicate, first.rejected) == (34307, 34307, 0, 0)
    assert dict(first.facts) == {
        "esep.budget.statement.v1": 34307,
        "esep.budget.period_published.v1": 213,
        "esep.report.found.v1": 27,
        "esep.source.observed.v1": 1,
    }
    assert [notice.text for notice in first.notices] == [
        "local_by_administrator.csv: codes that one month only knows: 365 (03.2025, line 4860)"
    ]
    stored = len(log.entries)
    on_another_day = replace(KZ, read_at=READ_AT + timedelta(days=40))
    again = run_import(on_another_day, [PACKAGE], log, FakeClock(on_another_day.read_at))
    assert (again.accepted, again.total.duplicate, again.rejected, len(log.entries)) == (0, 34307, 0, stored)


def test_every_month_is_marked_with_its_rows(republican_tree: list[Reading]) -> None:
    rows = Counter(str(statement.period_end) for statement in statements(republican_tree))
    said = [event.data.model_dump(mode="json") for event in markers(republican_tree)]
    assert [(each["period_end"], each["lines"]) for each in said] == sorted(rows.items())
    assert (len(said), sum(rows.values())) == (27, 9462)


@pytest.mark.parametrize(
    ("year", "section", "approved", "adjusted", "paid"),
    [
        (2023, "I. ДОХОДЫ", "17543.3", None, "19038.0"),
        (2024, "I. ДОХОДЫ", "20194.8", None, "19624.0"),
        (2023, "II. ЗАТРАТЫ", "20578.7", "21647.5", "21547.8"),
        (2024, "II. ЗАТРАТЫ", "23316.2", "23478.3", "23106.6"),
    ],
)
def test_the_sections_are_those_that_were_published(
    republican_tree: list[Reading], year: int, section: str, approved: str, adjusted: str | None, paid: str
) -> None:
    found = at_year_end(republican_tree, year, section)
    assert round(found.approved / BILLION, 1) == Decimal(approved)
    assert round(found.paid / BILLION, 1) == Decimal(paid)
    assert adjusted is None or round(found.adjusted / BILLION, 1) == Decimal(adjusted)
    assert not found.is_total


def test_functional_groups_stand_under_the_expenditure(republican_tree: list[Reading]) -> None:
    found = at_year_end(republican_tree, 2024, "II. ЗАТРАТЫ", "Оборона")
    assert [round(amount / BILLION, 1) for amount in (found.approved, found.adjusted, found.paid)] == [
        Decimal(figure) for figure in ("1187.6", "1130.7", "1038.5")
    ]


def test_a_line_of_a_tree_keeps_its_id_through_a_year(republican_tree: list[Reading]) -> None:
    (subject,) = {
        record.events[0].subject
        for record, statement in zip(of_kind(Record, republican_tree), statements(republican_tree), strict=True)
        if statement.path == ("II. ЗАТРАТЫ", "Оборона") and statement.fiscal_year == 2024
    }
    assert subject.startswith("kz/republican/tree/-/2024/2-")


def test_no_tree_has_two_rows_of_one_place_in_a_month(republican_tree: list[Reading]) -> None:
    places = Counter((statement.path, statement.period_end) for statement in statements(republican_tree))
    assert set(places.values()) == {1}
    assert max(len(path or ()) for path, _ in places) == 5


def test_the_total_of_2024() -> None:
    table = KzBudget(read_at=READ_AT, table=Table("republican", "administrator"))
    (total,) = (
        statement
        for statement in statements(table.read(DATA / "republican_by_administrator.csv"))
        if statement.is_total and statement.period_end == date(2024, 12, 31)
    )
    assert total.paid == Decimal("27035641895.529")
    assert total.approved == Decimal("27000467208.0")
    assert total.code == "0"


def test_what_the_portal_computed_is_what_it_wrote(republican_tree: list[Reading]) -> None:
    """Exactly, but for what lies beyond twenty decimals; and the figures it was computed from give it again."""
    with (DATA / "republican_tree.csv").open(encoding="utf-8", newline="") as file:
        written = [row["plgpsumrg"] for row in csv.DictReader(file, delimiter=";")]
    for statement, share in zip(statements(republican_tree), written, strict=True):
        assert statement.stated_of_period_plan is not None
        assert abs(statement.stated_of_period_plan - Decimal(share)) < Decimal("1e-20")
        if statement.period_plan_payments:
            computed = statement.paid / statement.period_plan_payments * 100
            assert float(computed) == pytest.approx(float(share), rel=1e-12), statement.path
