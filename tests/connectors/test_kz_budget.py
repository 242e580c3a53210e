"""Budget tables of Kazakhstan: exact amounts, and every way a table, a row or a data package can be wrong.

The good rows around a bad one are read all the same.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.connectors.base import Notice, Opened, Record, Rejected, UsageError
from services.connectors.kz_budget_package import table_of
from services.connectors.kz_budget_table import Table
from tests.connectors.kz_tables import marked, row, statements, table
from tests.connectors.readings import ADMINISTRATORS, FIXTURES, PACKAGE, of_kind, only_rejection, read


def package(folder: Path, **changes: Any) -> Path:
    """A data package of one table of two rows, with some of the resource's fields changed."""
    table(folder, row(), row(code="902"))
    resource = {
        "path": "table.csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ";"},
        "level": "local",
        "classification": "administrator",
        "rows": 2,
    } | changes
    path = folder / "datapackage.json"
    path.write_text(json.dumps({"unit": "thousand KZT", "resources": [resource]}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("27035641895.529", "27035641895.529"),
        ("0.1", "0.1"),
        ("10.0", "10"),
        ("10", "10"),
        ("-82.149", "-82.149"),
        ("-0.0", "0"),
        ("999999999999999999999999.999999", "999999999999999999999999.999999"),
    ],
)
def test_amounts_are_what_was_written(tmp_path: Path, written: str, amount: str) -> None:
    (statement,) = statements(read(ADMINISTRATORS, table(tmp_path, row(sumrg=written))))
    assert statement.paid == Decimal(amount)
    assert statement.model_dump(mode="json")["paid"] == amount


@pytest.mark.parametrize(
    ("month", "ends"), [("02.2024", "2024-02-29"), ("02.2025", "2025-02-28"), ("12.2024", "2024-12-31")]
)
def test_a_period_ends_with_its_month(tmp_path: Path, month: str, ends: str) -> None:
    readings = read(ADMINISTRATORS, table(tmp_path, row(month=month)))
    (statement,) = statements(readings)
    assert (str(statement.period_end), statement.fiscal_year) == (ends, int(month[3:]))
    (record,) = of_kind(Record, readings)
    assert record.events[0].subject == f"kz/republican/administrator/-/{month[3:]}/901"


def test_the_total_is_the_row_of_code_zero(tmp_path: Path) -> None:
    found = statements(read(ADMINISTRATORS, table(tmp_path, row(code="0", name="Итого"), row())))
    assert [statement.is_total for statement in found] == [True, False]


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("96.26437326016607", "96.26437326016607"),
        ("100.0", "100"),
        ("0.0", "0"),
        ("-0.0", "0"),
        ("-8.2149", "-8.2149"),
        ("1e-05", "0.00001"),
        ("1.5E+3", "1500"),
        ("0.00000000000000000001", "0.00000000000000000001"),
        ("5.271333333333333e-06", "0.00000527133333333333"),
        ("-9.9999999999999999e-05", "-0.00009999999999999999"),
        ("1e-30", "0"),
        ("", None),
        ("nan", None),
        ("-inf", None),
    ],
)
def test_what_the_portal_computed_is_kept_to_twenty_decimals(tmp_path: Path, written: str, stated: str | None) -> None:
    changes = dict.fromkeys(("plgpsumrg", "plgsumrg", "obzsumrg"), written)
    (statement,) = statements(read(ADMINISTRATORS, table(tmp_path, row(**changes))))
    said = statement.model_dump(mode="json")
    assert {said[name] for name in said if name.startswith("stated_")} == {stated}


def test_each_computed_column_has_its_own_place(tmp_path: Path) -> None:
    changes = {"plgpsumrg": "1.0", "plgsumrg": "2.0", "obzsumrg": "3.0"}
    (statement,) = statements(read(ADMINISTRATORS, table(tmp_path, row(**changes))))
    found = (statement.stated_of_period_plan, statement.stated_of_adjusted, statement.stated_outstanding)
    assert found == (Decimal(1), Decimal(2), Decimal(3))


def test_a_name_is_the_one_the_source_writes_with_single_spaces(tmp_path: Path) -> None:
    written = (" Музей  примеров ", "ГУ Музей примеров", "Музей\u00a0примеров", "МУЗЕЙ примеров")
    lines = [row(name=name, month=f"0{number}.2025") for number, name in enumerate(written, start=1)]
    readings = read(ADMINISTRATORS, table(tmp_path, *lines))
    assert [statement.name for statement in statements(readings)] == [
        "Музей примеров",
        "ГУ Музей примеров",
        "Музей примеров",
        "МУЗЕЙ примеров",
    ]
    assert len({record.events[0].subject for record in of_kind(Record, readings)}) == 1


def test_another_writing_of_the_same_amount_is_the_same_fact(tmp_path: Path) -> None:
    plain, padded = (read(ADMINISTRATORS, table(tmp_path, row(sumrg=written))) for written in ("412.5", "412.500"))
    assert of_kind(Record, plain)[0].events[0].id == of_kind(Record, padded)[0].events[0].id


def test_a_changed_amount_is_a_new_fact_about_the_same_line(tmp_path: Path) -> None:
    before, after = (
        of_kind(Record, read(ADMINISTRATORS, table(tmp_path, row(sumrg=written))))[0].events[0]
        for written in ("412.5", "412.6")
    )
    assert before.subject == after.subject
    assert before.id != after.id


@pytest.mark.parametrize(
    ("bad", "code", "field", "said"),
    [
        (row(sumrg="412,5"), "invalid_amount", "sumrg", "column 9 (sumrg): '412,5' is not an amount; the decimal sign"),
        (row(utv="1e5"), "invalid_amount", "utv", "column 4 (utv)"),
        (row(obz="1 000.0"), "invalid_amount", "obz", "column 10 (obz): '1 000.0' is not an amount; write thousands"),
        (row(obz="1\u00a0000"), "invalid_amount", "obz", "write thousands without spaces"),
        (row(obz="1\u202f000"), "invalid_amount", "obz", "write thousands without spaces"),
        (row(plgpsumrg="96,3"), "invalid_share", "plgpsumrg", "column 12 (plgpsumrg): '96,3' is not a number; the dec"),
        (row(plgsumrg="нет"), "invalid_share", "plgsumrg", "column 13 (plgsumrg)"),
        (row(obzsumrg="1e30"), "invalid_data", "stated_outstanding", "must be below"),
        (row(plg="nan"), "invalid_amount", "plg", "'nan'"),
        (row(plgo="1.1234567"), "invalid_amount", "plgo", "at most six"),
        (row(utch=""), "missing_value", "utch", "is empty"),
        (row(month="13.2024"), "invalid_month", "month", "column 18 (month): '13.2024' is not a month"),
        (row(month="00.2024"), "invalid_month", "month", "write MM.YYYY"),
        (row(month="2024-12"), "invalid_month", "month", "write MM.YYYY"),
        (row(month="06.2025"), "month_in_future", "month", "2025-06-30 is not over yet"),
        (row(code="901.0"), "invalid_code", "code", "'901.0' is not a code of digits"),
        (row(code="90A"), "invalid_code", "code", "'90A' is not a code of digits"),
        (row(name=" "), "invalid_data", "name", "at least 1"),
        (row(name="Министерство; примеров"), "wrong_column_count", None, "19 cells for 18 columns"),
        (row(name='"Министерство'), "invalid_csv", None, "close the quote"),
        ("\n", "wrong_column_count", None, "0 cells for 18 columns"),
        (row(code="903", sumrg="11.0"), "repeated_line", "code", "code 903 of this month came before, on line 2"),
    ],
)
def test_a_bad_row_is_refused_alone(tmp_path: Path, bad: str, code: str, field: str | None, said: str) -> None:
    readings = read(ADMINISTRATORS, table(tmp_path, row(code="903"), bad, row(code="904")))
    rejected = only_rejection(readings)
    assert (rejected.code, rejected.field, rejected.row) == (code, field, "3")
    assert rejected.reason.startswith("table.csv, line 3")
    assert said in rejected.reason
    assert rejected.original == bad.encode()
    assert [statement.code for statement in statements(readings)] == ["903", "904"]


def test_the_same_row_twice_is_no_fault(tmp_path: Path) -> None:
    assert len(of_kind(Record, read(ADMINISTRATORS, table(tmp_path, row(), row())))) == 2


def test_a_package_reads_all_its_tables() -> None:
    readings = read(PACKAGE, FIXTURES / "kz_budget/datapackage.json")
    assert [(opened.path.name, opened.records) for opened in of_kind(Opened, readings)] == [
        ("administrators.csv", 6),
        ("region_functions.csv", 2),
        ("tree.csv", 6),
    ]
    sources = {record.events[0].source for record in of_kind(Record, readings)}
    assert sources == {
        f"/sources/kz-budget/{name}" for name in ("republican-administrator", "local-function-kz-10", "republican-tree")
    }


def test_a_package_and_its_table_give_the_same_facts(tmp_path: Path) -> None:
    (record, _) = of_kind(Record, read(PACKAGE, package(tmp_path, level="republican")))
    (alone, _) = of_kind(Record, read(ADMINISTRATORS, tmp_path / "table.csv"))
    assert record == alone


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"path": "../table.csv"}, "resources[0].path", "must have the form"),
        ({"path": "a/../../table.csv"}, "resources[0].path", "must stay inside"),
        ({"path": "/tmp/table.csv"}, "resources[0].path", "must have the form"),
        ({"level": "regional"}, "resources[0].level", "'republican' or 'local'"),
        ({"classification": "programme"}, "resources[0].classification", "must be"),
        ({"encoding": "windows-1251"}, "resources[0].encoding", "must be 'utf-8'"),
        ({"dialect": {"delimiter": ","}}, "resources[0].dialect.delimiter", "must be ';'"),
        ({"region": "Abai"}, "resources[0].region", "must have the form"),
        ({"level": "republican", "region": "KZ-10"}, "resources[0]", "has no regions"),
    ],
)
def test_a_package_that_is_wrong_is_refused_whole(
    tmp_path: Path, change: dict[str, Any], field: str, said: str
) -> None:
    readings = read(PACKAGE, package(tmp_path, **change))
    rejected = only_rejection(readings)
    assert readings == [rejected]
    assert (rejected.code, rejected.field) == ("invalid_package", field)
    assert said in rejected.reason


def test_a_package_of_another_unit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "datapackage.json"
    path.write_text('{"unit": "mln KZT", "resources": []}', encoding="utf-8")
    assert only_rejection(read(PACKAGE, path)).field == "unit"


def test_a_missing_table_is_one_rejection_and_the_rest_is_read(tmp_path: Path) -> None:
    path = package(tmp_path)
    described = json.loads(path.read_text(encoding="utf-8"))
    described["resources"].insert(0, described["resources"][0] | {"path": "gone.csv"})
    path.write_text(json.dumps(described), encoding="utf-8")
    readings = read(PACKAGE, path)
    assert [rejected.code for rejected in of_kind(Rejected, readings)] == ["unreadable_file"]
    assert len(statements(readings)) == 2


def test_a_table_shorter_than_declared_is_told(tmp_path: Path) -> None:
    readings = read(PACKAGE, package(tmp_path, rows=3))
    (notice,) = of_kind(Notice, readings)
    assert notice.code == "row_count_differs"
    assert "has 2 rows, and its data package declares 3" in notice.text
    assert "none is marked as published whole" in notice.text
    assert marked(readings) == []


def test_the_command_must_say_what_a_csv_is_about(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give --level and --by"):
        PACKAGE.check([table(tmp_path, row())])
    with pytest.raises(UsageError, match="says itself"):
        ADMINISTRATORS.check([package(tmp_path)])


@pytest.mark.parametrize(
    ("level", "by", "region", "said"),
    [
        ("republican", None, None, "--level and --by belong together"),
        (None, "function", None, "--level and --by belong together"),
        ("regional", "function", None, "--level must be 'republican' or 'local'"),
        ("local", "programme", None, "--by must be"),
        ("local", "function", "10", "--region must have the form"),
        ("republican", "function", "KZ-10", "has no regions"),
    ],
)
def test_options_that_describe_no_table(level: str | None, by: str | None, region: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        table_of(level, by, region)


def test_options_that_describe_a_table() -> None:
    assert table_of(None, None, None) is None
    assert table_of("local", "function", "KZ-10") == Table("local", "function", "KZ-10")
    assert table_of("republican", "tree", None) == Table("republican", "tree")
