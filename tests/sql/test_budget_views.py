"""The views of money: what a fault of a source blocks, where statements and single acts meet, maps, and the year's end."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from schemas.events.budget import BudgetAmendedV1, BudgetApprovedV1, BudgetPaidV1
from schemas.events.findings import FindingClearedV1
from services.adapters.clickhouse import Warehouse
from tests.sql.samples import NOW, budget_finding, event, insert, line_id, published, statement, tick

JANUARY, FEBRUARY = date(2024, 1, 31), date(2024, 2, 29)
LINE = {
    "jurisdiction": "kz",
    "level": "republican",
    "classification": "administrator",
    "code": "500",
    "name": "Treasury line",
    "fiscal_year": 2024,
    "unit": "thousand KZT",
}


def test_a_fault_of_one_line_blocks_that_line_in_that_period_only(warehouse: Warehouse) -> None:
    months = [statement(str(end), code=code, period_end=end) for code in ("226", "227") for end in (JANUARY, FEBRUARY)]
    faults = [budget_finding("cumulative_fell", FEBRUARY, "226"), budget_finding("over_plan", FEBRUARY, "226")]
    insert(warehouse, [*months, *faults], "a")
    found = warehouse.rows(
        "SELECT code, period_end, blocked, blocked_by, executed_of_approved, executed_of_period_plan, paid "
        "FROM budget_execution ORDER BY code, period_end"
    )
    free = {"blocked": False, "blocked_by": "", "executed_of_approved": 0.0805, "executed_of_period_plan": 0.805}
    held = {
        "blocked": True,
        "blocked_by": "budget.cumulative_fell budget.over_plan",
        "executed_of_approved": None,
        "executed_of_period_plan": None,
    }
    paid = {"paid": Decimal("80.5")}
    assert found == [
        {"code": "226", "period_end": JANUARY, **free, **paid},
        {"code": "226", "period_end": FEBRUARY, **held, **paid},
        {"code": "227", "period_end": JANUARY, **free, **paid},
        {"code": "227", "period_end": FEBRUARY, **free, **paid},
    ]


def test_a_fault_of_a_table_blocks_all_its_lines_and_no_other_table(warehouse: Warehouse) -> None:
    insert(
        warehouse,
        [
            statement(),
            statement(code="227"),
            statement(classification="function", code="1"),
            statement(code="227", period_end=FEBRUARY, version="2"),
            budget_finding("total_differs", JANUARY),
        ],
        "a",
    )
    found = warehouse.rows(
        "SELECT classification, code, toMonth(period_end) AS month FROM budget_execution WHERE blocked ORDER BY code"
    )
    assert [(row["classification"], row["code"], row["month"]) for row in found] == [
        ("administrator", "226", 1),
        ("administrator", "227", 1),
    ]


def test_a_note_blocks_nothing_and_a_cleared_fault_no_longer(warehouse: Warehouse) -> None:
    raised = budget_finding("cumulative_fell", JANUARY, "227")
    told = raised.data.model_dump()
    cleared = event(FindingClearedV1.model_validate(told), raised.subject, version="2")
    insert(
        warehouse,
        [statement(), statement(code="227"), budget_finding("renamed", JANUARY, "226", blocks=False), raised, cleared],
        "a",
    )
    assert warehouse.scalar("SELECT countIf(blocked) FROM budget_execution") == 0
    assert [row["code"] for row in warehouse.rows("SELECT code FROM budget_findings")] == ["budget.renamed"]


def test_a_finding_has_its_params_in_columns(warehouse: Warehouse) -> None:
    fault = budget_finding("cumulative_fell", FEBRUARY, "226", expected="120", seen="110", since="2024-02-29")
    insert(warehouse, [fault], "a")
    [found] = warehouse.rows(
        "SELECT blocks, table_id, line_id, line_code, period_end, expected, seen, since, measure FROM budget_findings"
    )
    assert found == {
        "blocks": True,
        "table_id": "kz/republican/administrator/-",
        "line_id": line_id("226"),
        "line_code": "226",
        "period_end": FEBRUARY,
        "expected": "120",
        "seen": "110",
        "since": "2024-02-29",
        "measure": "",
    }


def test_lines_of_a_tree_stand_beside_the_flat_tables(warehouse: Warehouse) -> None:
    path = ("II. EXPENDITURE", "Health")
    tree = statement(classification="tree", code="", name="Health", path=path)
    insert(warehouse, [statement(), tree], "a")
    found = warehouse.rows(
        "SELECT classification, path, depth, executed_of_approved FROM budget_execution ORDER BY depth"
    )
    assert [(row["classification"], row["path"], row["depth"]) for row in found] == [
        ("administrator", "", 0),
        ("tree", '["II. EXPENDITURE","Health"]', 2),
    ]


def test_single_acts_make_a_line_where_there_is_no_statement(warehouse: Warehouse) -> None:
    line = line_id("500")
    insert(
        warehouse,
        [
            event(BudgetApprovedV1(**LINE, approved_on=date(2024, 1, 1), amount=Decimal("100.25")), line),
            event(BudgetAmendedV1(**LINE, amended_on=date(2024, 3, 1), amount=Decimal(130)), line, version="2"),
            event(BudgetAmendedV1(**LINE, amended_on=date(2024, 2, 1), amount=Decimal(120)), line, version="3"),
            *(
                event(
                    BudgetPaidV1(**LINE, paid_on=date(2024, 2, day), amount=Decimal("10.000001"), reference=str(day)),
                    line,
                    version=str(day),
                    native_id=f"{line}/{day}",
                )
                for day in (5, 6)
            ),
        ],
        "a",
    )
    [found] = warehouse.rows("SELECT approved, adjusted, paid, payments, has_statement, known_to FROM budget_lines")
    assert found == {
        "approved": Decimal("100.25"),
        "adjusted": Decimal(130),
        "paid": Decimal("20.000002"),
        "payments": 2,
        "has_statement": False,
        "known_to": date(2024, 3, 1),
    }


def test_a_statement_stands_before_single_acts_and_what_nobody_said_is_null(warehouse: Warehouse) -> None:
    paid = BudgetPaidV1(**LINE, paid_on=JANUARY, amount=Decimal(7), reference="r")
    stated = BudgetPaidV1(**LINE | {"code": "226"}, paid_on=JANUARY, amount=Decimal(7), reference="r")
    insert(warehouse, [statement(), event(stated, line_id("226")), event(paid, line_id("500"))], "a")
    found = warehouse.rows("SELECT code, approved, adjusted, paid, payments FROM budget_lines ORDER BY code")
    assert found == [
        {"code": "226", "approved": Decimal(1000), "adjusted": Decimal(1000), "paid": Decimal("80.5"), "payments": 1},
        {"code": "500", "approved": None, "adjusted": None, "paid": Decimal(7), "payments": 1},
    ]


def test_periods_know_the_latest_of_their_table_and_their_age_by_the_clock(warehouse: Warehouse) -> None:
    again = datetime(2024, 3, 2, tzinfo=UTC)
    insert(warehouse, [published(JANUARY), published(FEBRUARY), published(JANUARY, at=again)], "a")
    assert warehouse.rows("SELECT age_days FROM budget_periods WHERE is_latest") == [{"age_days": None}]
    insert(warehouse, [tick(NOW)], "b")
    found = warehouse.rows(
        "SELECT period_end, is_latest, age_days, published_at FROM budget_periods ORDER BY period_end"
    )
    assert found == [
        {"period_end": JANUARY, "is_latest": False, "age_days": 30, "published_at": again},
        {"period_end": FEBRUARY, "is_latest": True, "age_days": 1, "published_at": NOW},
    ]


def test_the_map_has_administrators_only_and_no_share_for_blocked_ones(warehouse: Warehouse) -> None:
    insert(
        warehouse,
        [
            statement(),
            statement(code="227"),
            statement(code="0", is_total=True),
            statement(classification="function", code="1"),
            budget_finding("over_plan", JANUARY, "227"),
        ],
        "a",
    )
    found = warehouse.rows("SELECT code, month, executed_of_approved, blocked_by FROM budget_heat ORDER BY code")
    assert found == [
        {"code": "226", "month": 1, "executed_of_approved": 0.0805, "blocked_by": ""},
        {"code": "227", "month": 1, "executed_of_approved": None, "blocked_by": "budget.over_plan"},
    ]


@pytest.mark.parametrize(("faulty", "share"), [(None, 0.25), (date(2024, 11, 30), None), (date(2024, 12, 31), None)])
def test_the_rush_of_december_needs_two_sound_months(
    warehouse: Warehouse, faulty: date | None, share: float | None
) -> None:
    ends = {date(2024, 11, 30): "600", date(2024, 12, 31): "800"}
    months = [statement(str(end), period_end=end, paid=paid) for end, paid in ends.items()]
    faults = [budget_finding("cumulative_fell", faulty, "226")] if faulty is not None else []
    insert(warehouse, [*months, *faults], "a")
    [found] = warehouse.rows("SELECT december_share, paid_by_november FROM budget_year_end_rush")
    assert found == {"december_share": share, "paid_by_november": Decimal(600)}
