"""A reading account asks queries and nothing else, however it spells what it asks."""

import pytest

from services.embedded.warehouse.errors import READONLY, WarehouseRefusal
from services.embedded.warehouse.reader import ReaderRules
from services.embedded.warehouse.statement import read_statement

RULES = ReaderRules.of(["file", "url", "s3", "numbers", "remoteSecure"], max_seconds=60)


def admit(sql: str, **settings: str) -> tuple[str, dict[str, str]]:
    admitted, under = RULES.admit(read_statement(sql.encode()), settings)
    return admitted.decode(), under


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "WITH 1 AS x SELECT x",
        "SELECT url, file FROM t WHERE file = 'file(1)' /* file( */ OR 1",
        "SELECT count() FROM numbers(10)",
        "SELECT arrayMap(x -> x + 1, [1]) FROM t FINAL FORMAT JSON",
        'SELECT {x:String}, `a b`, "c" FROM v(low = {n:UInt8})',
        "SELECT 'қазақ ‘text’ $$ \\' /* '",
        "EXPLAIN SELECT 1",
        "SHOW CREATE TABLE t",
    ],
)
def test_queries_are_admitted_as_they_are(sql: str) -> None:
    assert admit(sql) == (sql, {"max_execution_time": "60", "readonly": "1"})


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1)",
        "DROP TABLE t",
        "SET max_threads = 1",
        "KILL QUERY WHERE 1",
        "BACKUP TABLE t TO File('x')",
        "SELECT file('/etc/passwd')",
        "SELECT * FROM file ('/etc/passwd')",
        "SELECT * FROM file/**/('/etc/passwd')",
        "SELECT * FROM file -- \n ('/etc/passwd')",
        "SELECT * FROM `file`('/etc/passwd')",
        'SELECT * FROM "s3"(1)',
        "SELECT * FROM REMOTESECURE('x')",
        r"SELECT `fi\x6ce`('/etc/passwd')",
        "SELECT * APPLY file FROM t",
        "SELECT * APPLY(file) FROM t",
        "SELECT 1 // ' \n , file('/etc/passwd') -- '",
        "SELECT ‘'‘, file('/etc/passwd'), ‘'‘",
        "SELECT $a$'$a$, file('/etc/passwd'), $a$'$a$",
        "SELECT /* /* */ ' */ , file('/etc/passwd') /* ' */",
        "SELECT # '\n file('/etc/passwd') -- '",
        "SELECT 'open, file('/etc/passwd')",
        "SELECT 1 FORMAT Template SETTINGS format_template_row = '/etc/passwd'",
        "SELECT 1 SETTINGS max_memory_usage = 0",
        "SELECT 1 SETTINGS max_threads = 1, readonly = 0",
        r"SELECT 1 SETTINGS date_time_output_format = 'i\so'",
        "SELECT 1 SETTINGS max_execution_time = now()",
    ],
)
def test_everything_else_is_refused(sql: str) -> None:
    with pytest.raises(WarehouseRefusal) as refused:
        admit(sql)
    assert refused.value.code == READONLY


def test_settings_of_the_statement_become_settings_of_the_request() -> None:
    sql = "SELECT 1 SETTINGS max_execution_time = 2.5, date_time_output_format='iso', final=true FORMAT JSON"
    admitted, settings = admit(sql, max_threads="1", max_execution_time="9")
    assert admitted.split() == ["SELECT", "1", "FORMAT", "JSON"]
    assert settings == {
        "max_execution_time": "2.5",
        "date_time_output_format": "iso",
        "final": "1",
        "max_threads": "1",
        "readonly": "1",
    }


def test_settings_of_a_part_of_the_statement_are_left_to_the_engine() -> None:
    sql = "SELECT * FROM (SELECT 1 SETTINGS max_memory_usage = 0)"
    assert admit(sql)[0] == sql


@pytest.mark.parametrize("mode", ["1", "2"])
def test_a_client_may_ask_to_be_read_only(mode: str) -> None:
    assert admit("SELECT 1", readonly=mode)[1]["readonly"] == "1"


@pytest.mark.parametrize("settings", [{"readonly": "0"}, {"max_memory_usage": "0"}, {"format_schema": "x"}])
def test_settings_of_the_request_are_held_to_the_same_list(settings: dict[str, str]) -> None:
    with pytest.raises(WarehouseRefusal, match="Cannot modify"):
        admit("SELECT 1", **settings)


def test_a_client_is_told_which_settings_it_may_send() -> None:
    greeting = "SELECT name, value, readonly FROM system.settings LIMIT 10000\n FORMAT Native"
    assert admit(greeting)[1]["readonly"] == "2"
    assert admit(greeting.replace("system.settings", "system.settings, t"))[1]["readonly"] == "1"
