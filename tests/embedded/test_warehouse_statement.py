"""Statements are taken apart where ClickHouse takes them apart: verb, format, the beginning of inline data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.embedded.warehouse.errors import WarehouseRefusal
from services.embedded.warehouse.statement import read_statement


@pytest.mark.parametrize(
    ("sql", "verb", "output_format", "returns_rows"),
    [
        ("select 1", "SELECT", None, True),
        ("-- why\n/* how */ WITH 1 AS x SELECT x FORMAT JSON ;", "WITH", "JSON", True),
        ("(SELECT 1) FORMAT CSVWithNames", "(", "CSVWithNames", True),
        ("SELECT 1 FORMAT Native SETTINGS max_threads = 1", "SELECT", "Native", True),
        ("SELECT 1 SETTINGS max_threads = 1 FORMAT Native", "SELECT", "Native", True),
        ("SELECT format FROM t", "SELECT", None, True),
        ("SELECT 'FORMAT JSON'", "SELECT", None, True),
        ("SELECT (SELECT 1 FORMAT JSON)", "SELECT", None, True),
        ("SELECT 1 -- FORMAT JSON", "SELECT", None, True),
        ("CREATE TABLE t (a Int8) ENGINE = Memory", "CREATE", None, False),
        ("INSERT INTO t SELECT 1", "INSERT", None, False),
        ("INSERT INTO t (values) SELECT 1", "INSERT", None, False),
    ],
)
def test_a_statement_is_recognised(sql: str, verb: str, output_format: str | None, returns_rows: bool) -> None:
    statement = read_statement(sql.encode())
    assert (statement.verb, statement.output_format) == (verb, output_format)
    assert statement.returns_rows is returns_rows
    assert statement.insert is None


@pytest.mark.parametrize(
    ("text", "head", "settings", "data_format", "data"),
    [
        (b"INSERT INTO t FORMAT Native\n\x00';\xff", b"INSERT INTO t ", b"", "Native", b"\x00';\xff"),
        (b"insert into t (a, `b;`) format TSV \r\n1\n", b"insert into t (a, `b;`) ", b"", "TSV", b"1\n"),
        (b"INSERT INTO t FORMAT CSV 1,2", b"INSERT INTO t ", b"", "CSV", b"1,2"),
        (b"INSERT INTO t VALUES (1); x", b"INSERT INTO t ", b"", "Values", b" (1); x"),
        (
            b"INSERT INTO t SETTINGS async_insert=1 FORMAT JSONEachRow {}",
            *(b"INSERT INTO t ", b"SETTINGS async_insert=1 ", "JSONEachRow", b"{}"),
        ),
        (b"INSERT INTO t (format, values) VALUES(1)", b"INSERT INTO t (format, values) ", b"", "Values", b"(1)"),
        (b"INSERT INTO format FORMAT TSV\n1", b"INSERT INTO format ", b"", "TSV", b"1"),
    ],
)
def test_inline_data_are_parted_from_the_statement(
    text: bytes, head: bytes, settings: bytes, data_format: str, data: bytes
) -> None:
    insert = read_statement(text).insert
    assert insert is not None
    assert (insert.head, insert.settings, insert.data_format, insert.data) == (head, settings, data_format, data)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("", 62),
        ("  -- nothing\n", 62),
        (";", 62),
        ("SELECT 1; DROP TABLE t", 62),
        ("SELECT 1 INTO /* here */ OUTFILE 'x'", 358),
        ("INSERT INTO t FROM INFILE 'x' FORMAT TSV", 36),
    ],
)
def test_what_a_server_does_not_run_is_refused(sql: str, code: int) -> None:
    with pytest.raises(WarehouseRefusal) as refused:
        read_statement(sql.encode())
    assert refused.value.code == code


@given(st.lists(st.sampled_from(["'", '"', "`", "\\", "/*", "*/", "--", "\n", ";", "(", ")", "a", " ", "1", "é"])))
def test_every_text_is_either_read_or_refused(pieces: list[str]) -> None:
    text = "".join(pieces).encode()
    try:
        statement = read_statement(text)
    except WarehouseRefusal:
        return
    # Tokens are the text itself, in order, without overlap.
    assert all(text[token.start : token.end] == token.text for token in statement.tokens)
    assert all(one.end <= two.start for one, two in zip(statement.tokens, statement.tokens[1:], strict=False))
