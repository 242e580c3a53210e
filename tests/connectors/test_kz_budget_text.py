"""The file a budget table comes in: encodings, separators, headers, and the many ways a download breaks off.

A file that cannot be read is refused whole, and says what it looks like; otherwise only what is broken is.
"""

from pathlib import Path

import pytest

from services.connectors.base import Notice
from services.connectors.kz_budget import KzBudget
from services.connectors.kz_budget_table import Table
from tests.connectors.kz_tables import HEADER, TREE_HEADER, marked, row, statements, table
from tests.connectors.readings import ADMINISTRATORS, READ_AT, of_kind, only_rejection, read

TREE = KzBudget(read_at=READ_AT, table=Table("republican", "tree"))


@pytest.mark.parametrize(
    ("cut", "code", "field"),
    [
        (";0;True;Tr", "truncated_row", "loaded"),
        ("01.20", "invalid_month", "month"),
        ("Минист", "truncated_row", "name"),
    ],
)
def test_a_file_that_breaks_off_says_so(tmp_path: Path, cut: str, code: str, field: str) -> None:
    line = row(code="902")
    broken = line[: line.index(cut) + len(cut)]
    readings = read(ADMINISTRATORS, table(tmp_path, row(), broken))
    rejected = only_rejection(readings)
    assert (rejected.code, rejected.field) == (code, field)
    assert "fetch it again" in rejected.reason
    assert len(statements(readings)) == 1


def test_a_file_that_breaks_off_within_a_letter_is_read_up_to_there(tmp_path: Path) -> None:
    path = table(tmp_path, row(month="01.2025"), row(month="02.2025"))
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex("примеров".encode()) + 3])
    readings = read(ADMINISTRATORS, path)
    rejected = only_rejection(readings)
    assert (rejected.code, rejected.field, rejected.row) == ("truncated_row", "name", "3")
    assert len(statements(readings)) == 1


def test_a_file_cut_between_two_rows_is_known_by_nothing_but_its_package(tmp_path: Path) -> None:
    assert marked(read(ADMINISTRATORS, table(tmp_path, row()))) == ["2025-01-31"]


def test_a_last_line_without_its_end_is_whole_all_the_same(tmp_path: Path) -> None:
    assert len(statements(read(ADMINISTRATORS, table(tmp_path, row(), row(code="902").rstrip())))) == 2


def test_windows_line_ends_are_line_ends(tmp_path: Path) -> None:
    text = (row() + row(code="902")).replace("\n", "\r\n")
    path = table(tmp_path, text, header=HEADER.replace("\n", "\r\n"))
    assert len(statements(read(ADMINISTRATORS, path))) == 2


@pytest.mark.parametrize(
    ("header", "code", "field", "said"),
    [
        (HEADER.replace(";", ","), "wrong_separator", None, "the separator must be ';', not ','"),
        (HEADER.replace(";", "\t"), "wrong_separator", None, "not '\\t'"),
        (TREE_HEADER, "wrong_classification", None, "these are the columns of a tree"),
        (HEADER.replace("sumrg;obz", "paid;obz"), "wrong_header", "sumrg", "column 9: 'paid' where 'sumrg' belongs"),
        (HEADER.replace(";month", ""), "wrong_header", None, "17 columns, not the 18"),
        (HEADER.replace(";month", ";month;note"), "wrong_header", None, "19 columns, not the 18"),
        ("", "wrong_header", None, "0 columns"),
    ],
)
def test_another_header_refuses_the_table(tmp_path: Path, header: str, code: str, field: str | None, said: str) -> None:
    lines = [row()] if header else []
    readings = read(ADMINISTRATORS, table(tmp_path, *lines, header=header))
    rejected = only_rejection(readings)
    assert readings == [rejected]
    assert (rejected.code, rejected.field) == (code, field)
    assert rejected.reason.startswith("table.csv, line 1")
    assert said in rejected.reason


def test_a_flat_table_is_no_tree(tmp_path: Path) -> None:
    rejected = only_rejection(read(TREE, table(tmp_path, row())))
    assert (rejected.code, rejected.row) == ("wrong_classification", "1")
    assert "the columns of a flat table" in rejected.reason


@pytest.mark.parametrize(
    ("encoding", "line", "said"),
    [
        ("cp1251", "2", "table.csv, line 2, byte 7: not UTF-8; it looks like windows-1251, so save the file as UTF-8"),
        ("cp866", "2", "it looks like DOS 866"),
        ("koi8-r", "2", "it looks like KOI8-R"),
        ("utf-16", "1", "table.csv, line 1: not UTF-8; it looks like UTF-16"),
        ("utf-16-le", "1", "it looks like UTF-16"),
        ("utf-16-be", "1", "it looks like UTF-16"),
    ],
)
def test_another_encoding_refuses_the_table_and_is_named(tmp_path: Path, encoding: str, line: str, said: str) -> None:
    readings = read(ADMINISTRATORS, table(tmp_path, row(), encoding=encoding))
    rejected = only_rejection(readings)
    assert readings == [rejected]
    assert (rejected.code, rejected.row) == ("invalid_utf8", line)
    assert said in rejected.reason


@pytest.mark.parametrize("damaged", [row(name="M*seum"), row(name="M*seum") + row() * 20])
def test_a_damaged_byte_is_not_taken_for_an_encoding(tmp_path: Path, damaged: str) -> None:
    path = table(tmp_path, damaged)
    path.write_bytes(path.read_bytes().replace(b"M*seum", b"M\xc1seum"))
    assert only_rejection(read(ADMINISTRATORS, path)).reason.endswith("not UTF-8; save the file as UTF-8")


def test_a_byte_order_mark_is_taken_off_and_told(tmp_path: Path) -> None:
    readings = read(ADMINISTRATORS, table(tmp_path, row(), encoding="utf-8-sig"))
    assert len(statements(readings)) == 1
    assert [notice.code for notice in of_kind(Notice, readings)] == ["byte_order_mark"]
