"""Trees of Kazakhstan's budget: rows are found by the names above them, since codes repeat and ids last one month.

A row whose place cannot be told is refused, and so is what hangs on it; figures beside it are read all the same.
"""

import hashlib
from pathlib import Path

import pytest

from services.connectors.base import Reading, Record, Rejected
from services.connectors.kz_budget import KzBudget
from services.connectors.kz_budget_table import Table
from tests.connectors.kz_tables import branch, marked, statements, tree
from tests.connectors.readings import READ_AT, of_kind, only_rejection, read

TREE = KzBudget(read_at=READ_AT, table=Table("republican", "tree"))
ROOT = branch(1, "II. ЗАТРАТЫ", code="2.0")
GROUP = branch(7, "Оборона", 1, 1, code="2.0")
OFFICE = branch(8, "Министерство примеров", 7, 2, code="208.0")


def places(readings: list[Reading]) -> list[str]:
    """Code and path of each statement."""
    return [f"{statement.code}: {' > '.join(statement.path or ())}" for statement in statements(readings)]


def subjects(readings: list[Reading]) -> list[str]:
    """The budget line of each statement."""
    return [record.events[0].subject for record in of_kind(Record, readings)]


def refused(readings: list[Reading]) -> list[tuple[str | None, str, str | None]]:
    """Line, code and column of each rejection."""
    return [(rejected.row, rejected.code, rejected.field) for rejected in of_kind(Rejected, readings)]


def test_a_row_is_found_by_the_names_above_it(tmp_path: Path) -> None:
    readings = read(TREE, tree(tmp_path, ROOT, GROUP, OFFICE))
    assert places(readings) == [
        "2: II. ЗАТРАТЫ",
        "2: II. ЗАТРАТЫ > Оборона",
        "208: II. ЗАТРАТЫ > Оборона > Министерство примеров",
    ]
    digest = hashlib.sha256("II. ЗАТРАТЫ\nОборона\nМинистерство примеров".encode()).hexdigest()[:16]
    assert subjects(readings)[2] == f"kz/republican/tree/-/2025/208-{digest}"
    assert marked(readings) == ["2025-01-31"]


def test_a_parent_may_come_after_its_children(tmp_path: Path) -> None:
    assert places(read(TREE, tree(tmp_path, OFFICE, GROUP, ROOT)))[0] == (
        "208: II. ЗАТРАТЫ > Оборона > Министерство примеров"
    )


def test_ids_count_within_their_month(tmp_path: Path) -> None:
    """What was row 7 in January is row 9 in February, and the line is the same."""
    february = {"month": "02.2025"}
    lines = (branch(7, "II. ЗАТРАТЫ", code="2.0", **february), branch(9, "Оборона", 7, 1, code="2.0", **february))
    found = subjects(read(TREE, tree(tmp_path, ROOT, GROUP, *lines)))
    assert found[:2] == found[2:]


@pytest.mark.parametrize(
    ("written", "code"), [("1.0", "1"), ("208.0", "208"), ("208", "208"), ("10.0", "10"), ("", "")]
)
def test_a_code_is_written_without_the_point_of_floats(tmp_path: Path, written: str, code: str) -> None:
    readings = read(TREE, tree(tmp_path, branch(1, "I. ДОХОДЫ", code=written)))
    (statement,) = statements(readings)
    assert statement.code == code
    assert subjects(readings)[0].startswith(f"kz/republican/tree/-/2025/{code or 'blank'}-")


@pytest.mark.parametrize("written", ["1.5", "1.00", "A", " ", "-1.0"])
def test_a_code_of_anything_else_is_refused(tmp_path: Path, written: str) -> None:
    readings = read(TREE, tree(tmp_path, branch(1, "I. ДОХОДЫ", code=written), GROUP))
    assert refused(readings) == [("2", "invalid_code", "code")]
    assert len(statements(readings)) == 1


def test_no_row_of_a_tree_is_a_total(tmp_path: Path) -> None:
    found = statements(read(TREE, tree(tmp_path, branch(1, "I. ДОХОДЫ", code="0.0"), ROOT.replace("1;", "2;", 1))))
    assert [statement.is_total for statement in found] == [False, False]


def test_names_with_other_spaces_are_the_same_place(tmp_path: Path) -> None:
    other = (branch(1, " II.  ЗАТРАТЫ ", month="02.2025"), branch(7, "Оборона\u00a0", 1, 1, month="02.2025"))
    found = subjects(read(TREE, tree(tmp_path, ROOT.replace("2.0;II", "1.0;II"), branch(7, "Оборона", 1, 1), *other)))
    assert found[:2] == found[2:]


def test_a_row_without_its_parent_is_refused_with_what_hangs_on_it(tmp_path: Path) -> None:
    readings = read(TREE, tree(tmp_path, ROOT, branch(7, "Оборона", 5, 1), OFFICE, branch(9, "Образование", 1, 1)))
    assert refused(readings) == [("3", "missing_parent", "parent_id"), ("4", "missing_parent", "parent_id")]
    first, second = of_kind(Rejected, readings)
    assert first.reason == (
        "table.csv, line 3, column 19 (parent_id): "
        "no row that can be read in 01.2025 has the id '5'; fetch the table again"
    )
    assert "has the id '5', which line 3 above it names" in second.reason
    assert places(readings) == ["2: II. ЗАТРАТЫ", "1: II. ЗАТРАТЫ > Образование"]
    assert marked(readings) == []


def test_a_parent_with_a_bad_figure_still_is_a_place(tmp_path: Path) -> None:
    readings = read(TREE, tree(tmp_path, ROOT, branch(7, "Оборона", 1, 1, sumrg="1,5"), OFFICE))
    assert refused(readings) == [("3", "invalid_amount", "sumrg")]
    assert "column 9 (sumrg)" in only_rejection(readings).reason
    assert places(readings)[1] == "208: II. ЗАТРАТЫ > Оборона > Министерство примеров"


def test_two_rows_of_one_id_leave_their_children_without_a_place(tmp_path: Path) -> None:
    readings = read(TREE, tree(tmp_path, ROOT, GROUP, branch(7, "Образование", 1, 1), OFFICE))
    assert refused(readings) == [("4", "repeated_id", "id"), ("5", "ambiguous_parent", "parent_id")]
    repeated, child = of_kind(Rejected, readings)
    assert "line 4, column 1 (id): '7' is the id of line 3 too" in repeated.reason
    assert "'7' is the id of lines 3 and 4" in child.reason
    assert len(statements(readings)) == 2


def test_a_circle_of_parents_is_refused(tmp_path: Path) -> None:
    readings = read(TREE, tree(tmp_path, ROOT, branch(7, "Оборона", 8, 1), OFFICE))
    assert refused(readings) == [("3", "invalid_parent", "parent_id"), ("4", "invalid_parent", "parent_id")]


@pytest.mark.parametrize(
    ("line", "code", "field", "said"),
    [
        (branch(9, "Оборона", 1, 2), "invalid_level", "level", "'2', though its parents make it level 1"),
        (branch(9, "Оборона", 1, 1, id="x"), "invalid_id", "id", "'x' is not a whole number"),
        (branch(9, "Оборона", 1, 1, parent_id="1.5"), "invalid_parent_id", "parent_id", "'1.5' is not a whole"),
        (branch(9, " ", 1, 1), "invalid_data", "name", "at least 1"),
    ],
)
def test_a_row_out_of_place_is_refused_alone(tmp_path: Path, line: str, code: str, field: str, said: str) -> None:
    readings = read(TREE, tree(tmp_path, ROOT, line, GROUP, OFFICE))
    assert refused(readings) == [("3", code, field)]
    assert said in only_rejection(readings).reason
    assert len(statements(readings)) == 3


def test_one_path_with_two_codes_is_two_lines(tmp_path: Path) -> None:
    found = subjects(read(TREE, tree(tmp_path, ROOT, GROUP, branch(9, "Оборона", 1, 1, code="3.0"))))
    assert len(set(found)) == 3
    assert found[1].rpartition("-")[2] == found[2].rpartition("-")[2]


def test_one_line_with_two_figures_is_refused_the_second_time(tmp_path: Path) -> None:
    again = branch(9, "Оборона", 1, 1, code="2.0", sumrg="11.0")
    readings = read(TREE, tree(tmp_path, ROOT, GROUP, again))
    assert refused(readings) == [("4", "repeated_line", "code")]
    assert "'II. ЗАТРАТЫ > Оборона' of this month came before, on line 3" in only_rejection(readings).reason


def test_a_tree_that_stands_twice_is_refused_where_it_differs(tmp_path: Path) -> None:
    """The same ids name the same places, so the first tree stands whole."""
    readings = read(TREE, tree(tmp_path, ROOT, GROUP, OFFICE, ROOT, GROUP, OFFICE.replace(";10.0;", ";11.0;")))
    assert refused(readings) == [("7", "repeated_line", "code")]
    assert len(statements(readings)) == 5


def test_a_tree_that_comes_again_with_other_ids_does_not_spoil_the_first(tmp_path: Path) -> None:
    """One more row, and the portal counts all the others on; the parents of each tree are its own."""
    later = (
        branch(7, "Образование", 1, 1, code="1.0"),
        branch(8, "Оборона", 1, 1, code="2.0", sumrg="11.0"),
        branch(9, "Министерство примеров", 8, 2, code="208.0"),
    )
    readings = read(TREE, tree(tmp_path, ROOT, GROUP, OFFICE, ROOT, *later))
    assert refused(readings) == [("7", "repeated_line", "code")]
    assert places(readings)[3:] == [
        "2: II. ЗАТРАТЫ",
        "1: II. ЗАТРАТЫ > Образование",
        "208: II. ЗАТРАТЫ > Оборона > Министерство примеров",
    ]
    assert marked(readings) == []
