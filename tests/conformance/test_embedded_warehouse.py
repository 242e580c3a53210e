"""The embedded warehouse behaves to ClickHouse's own HTTP client as a ClickHouse server does.

Over the wire only, against a process of its own. How statements are read and readers held back has tests beside these.
"""

import gzip
import http.client
import json
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from tests.homes import connected, running_warehouse

WRITER = "w-secret"
READER = "r-secret"
PASSWORDS = {"ESEP_WAREHOUSE_PASSWORD": WRITER, "ESEP_WAREHOUSE_READER_PASSWORD": READER}
DEADLINE_S = 30


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_warehouse(tmp_path_factory.mktemp("conformance") / "warehouse", PASSWORDS) as address:
        with connected(address, password=WRITER) as client:
            client.command("CREATE DATABASE esep")
        yield address


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with connected(url, password=WRITER) as client:
        client.database = "esep"
        yield client


def ask(
    url: str,
    body: bytes | str | Iterator[bytes] = b"",
    *,
    method: str = "POST",
    path: str = "/",
    headers: dict[str, str] | None = None,
    **parameters: str,
) -> tuple[http.client.HTTPResponse, bytes]:
    """One bare request, without any client library."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=DEADLINE_S)
    try:
        who = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": WRITER}
        target = f"{path}?{urlencode(parameters)}" if parameters else path
        sent = who | (headers or {})
        connection.request(method, target, body or None, sent, encode_chunked="Transfer-Encoding" in sent)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_it_greets_and_pings(url: str) -> None:
    for path in ("/", "/ping", "/replicas_status"):
        response, body = ask(url, method="GET", path=path)
        assert (response.status, body) == (200, b"Ok.\n")
    assert ask(url, method="HEAD", path="/ping")[0].status == 200
    assert ask(url, method="GET", path="/nowhere")[0].status == 404


def test_it_runs_in_utc(client: Client) -> None:
    assert client.query("SELECT timezone(), serverTimezone()").result_rows == [("UTC", "UTC")]


ALL_TYPES = """
CREATE TABLE all_types (
    id UUID, number UInt64, small Int8, money Decimal(38, 6), ratio Float64, yes Bool, text String,
    word LowCardinality(String), maybe Nullable(String), word_maybe LowCardinality(Nullable(String)),
    day Date32, day_maybe Nullable(Date32), at DateTime64(3, 'UTC'), at_maybe Nullable(DateTime64(3, 'UTC')),
    words Array(String), days Array(Date32), counts Map(String, UInt32), kind Enum8('a' = 1, 'b, (c' = 2)
) ENGINE = ReplacingMergeTree ORDER BY id
"""


def test_every_type_comes_back_as_it_was_inserted(client: Client) -> None:
    client.command(ALL_TYPES)
    almaty = datetime(2026, 7, 1, 12, 30, 0, 123000, timezone(timedelta(hours=5)))
    long_ago, last_day = datetime(1950, 1, 1, tzinfo=UTC), date(2299, 12, 31)
    full = [UUID(int=1), 2**64 - 1, -128, Decimal("12345678901234567890.123456"), 0.1, True, "Есеп 'x'\\\n\0"]
    full += ["қ", "", "w", date(1900, 1, 1), last_day, almaty, almaty, ["", "ә"], [last_day], {"k": 1}, "a"]
    bare = [UUID(int=2), 0, 127, Decimal("-0.000001"), -1e300, False, ""]
    bare += ["", None, None, date(1970, 1, 1), None, long_ago, None, [], [], {}, "b, (c"]
    rows: list[list[Any]] = [full, bare]
    client.insert("all_types", rows)
    read = client.query("SELECT * FROM all_types FINAL ORDER BY id")
    assert [list(row) for row in read.result_rows] == rows
    assert {value.tzinfo is not None for row in read.result_rows for value in row if isinstance(value, datetime)} == {
        True
    }


def test_the_newest_version_of_a_row_is_read(client: Client) -> None:
    client.command("CREATE TABLE versions (k String, v UInt64, x String) ENGINE = ReplacingMergeTree(v) ORDER BY k")
    for version, text in ((2, "new"), (1, "old"), (2, "new")):
        client.insert("versions", [["a", version, text]])
    assert client.query("SELECT v, x FROM versions FINAL").result_rows == [(2, "new")]


def test_databases_are_atomic_and_views_carry_their_comments(client: Client) -> None:
    client.command("CREATE VIEW seen (n UInt8 COMMENT 'a number') AS (SELECT 1::UInt8 AS n) COMMENT 'What was seen.'")
    client.command("CREATE OR REPLACE VIEW above AS SELECT number AS n FROM numbers(5) WHERE number > {low:UInt8}")
    found = client.query("SELECT engine FROM system.databases WHERE name = 'esep'").result_rows
    assert found == [("Atomic",)]
    assert client.query("SELECT comment FROM system.tables WHERE name = 'seen'").first_row == ("What was seen.",)
    assert client.query("SELECT comment FROM system.columns WHERE table = 'seen'").first_row == ("a number",)
    assert client.query("SELECT count() FROM above(low = 2)").first_row == (2,)


@pytest.mark.parametrize(
    "hostile",
    ["", "it's", "\\", "\\'; DROP TABLE x; --", "a\tb\nc\rd\0e", "{x:String}", "'/*", "”“’", "🏛 қ", "%s%%", " "],
)
def test_parameters_arrive_as_they_were_sent(client: Client, hostile: str) -> None:
    many = [hostile, "x", hostile]
    sql = "SELECT {s:String}, {n:Nullable(String)}, {a:Array(String)}, length({long:String})"
    # The long one makes the client send a form instead of URL parameters.
    for filler in ("", "x'\r\n\\" * 20_000):
        parameters = {"s": hostile, "n": None, "a": many, "long": filler}
        assert client.query(sql, parameters=parameters).result_rows == [(hostile, None, many, len(filler))]


def test_parameters_keep_their_types(client: Client) -> None:
    given = {"m": Decimal("0.1"), "d": date(2026, 2, 28), "t": datetime(2026, 1, 1, 5, tzinfo=UTC), "i": "versions"}
    client.command("CREATE TABLE IF NOT EXISTS versions (k String) ENGINE = Memory")
    sql = "SELECT {m:Decimal(18, 6)}, {d:Date32}, {t:DateTime64(3, 'UTC')}, count() > -1 FROM {i:Identifier}"
    assert client.query(sql, parameters=given).result_rows == [(given["m"], given["d"], given["t"], True)]


def test_one_token_is_stored_once(client: Client) -> None:
    client.command(
        "CREATE TABLE tokens (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100"
    )
    rows = [[number] for number in range(1000)]
    for token in ("first", "first", "second"):
        summary = client.insert("tokens", rows, settings={"insert_deduplication_token": token, "async_insert": 0})
        assert summary.written_rows == 1000
    assert client.query("SELECT count() FROM tokens").first_row == (2000,)


@pytest.mark.parametrize("coding", ["lz4", "zstd", "gzip", None])
def test_every_coding_is_spoken_both_ways(url: str, coding: str | None) -> None:
    with connected(url, password=WRITER, compress=coding or False, database="esep") as client:
        client.command(f"CREATE TABLE coded_{coding} (n UInt64, s String) ENGINE = MergeTree ORDER BY n")
        rows = [[number, f"row {number}"] for number in range(20_000)]
        client.insert(f"coded_{coding}", rows)
        read = client.query(f"SELECT n, s FROM coded_{coding} ORDER BY n").result_rows
    assert [list(row) for row in read] == rows


@pytest.mark.parametrize(
    ("sql", "code", "name", "status"),
    [
        ("SELECT * FROM nothing_here", 60, "UNKNOWN_TABLE", 404),
        ("SELEC 1", 62, "SYNTAX_ERROR", 400),
        ("SELECT 1; SELECT 2", 62, "SYNTAX_ERROR", 400),
        ("SELECT 1 SETTINGS no_such_setting = 1", 115, "UNKNOWN_SETTING", 404),
        ("SELECT throwIf(1)", 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", 500),
        ("SELECT 1 INTO OUTFILE 'x'", 358, "INTO_OUTFILE_NOT_ALLOWED", 500),
        (
            "SELECT sum(number) FROM numbers(1000000000000) SETTINGS max_execution_time = 0.2",
            159,
            "TIMEOUT_EXCEEDED",
            408,
        ),
        ("INSERT INTO system.one FORMAT TSV\n", 108, "NO_DATA_TO_INSERT", 500),
    ],
)
def test_errors_are_clickhouse_errors(url: str, client: Client, sql: str, code: int, name: str, status: int) -> None:
    response, body = ask(url, sql)
    assert response.status == status
    assert response.headers["X-ClickHouse-Exception-Code"] == str(code)
    assert body.decode().startswith(f"Code: {code}. DB::Exception: ")
    with pytest.raises(DatabaseError) as failed:
        client.command(sql)
    assert (failed.value.code, failed.value.name) == (code, name)


def test_settings_come_in_the_url(url: str) -> None:
    _, body = ask(url, "SELECT getSetting('max_threads'), getSetting('async_insert')", max_threads="3", session_id="s")
    assert body == b"3\tfalse\n"
    response, _ = ask(url, "SELECT number FROM numbers(1000)", max_result_rows="10", result_overflow_mode="throw")
    assert response.headers["X-ClickHouse-Exception-Code"] == "396"
    response, _ = ask(url, "CREATE DATABASE not_made", readonly="1")
    assert response.headers["X-ClickHouse-Exception-Code"] == "164"
    # Of one request nothing is left for the next.
    assert ask(url, "SELECT getSetting('max_threads')")[1] != b"3\n"


def test_get_reads_and_does_not_write(url: str) -> None:
    response, body = ask(url, method="GET", query="SELECT 1 AS x", default_format="JSONEachRow", max_threads="1")
    assert (response.status, body) == (200, b'{"x":1}\n')
    response, _ = ask(url, method="GET", query="CREATE DATABASE not_made")
    assert response.headers["X-ClickHouse-Exception-Code"] == "164"


def test_the_statement_may_be_parted_between_url_and_body(url: str) -> None:
    assert ask(url, "+ 2 AS x FORMAT CSVWithNames", query="SELECT {a:UInt8}", param_a="1")[1] == b'"x"\n3\n'
    ask(url, "CREATE TABLE esep.parted (n UInt8, s String) ENGINE = MergeTree ORDER BY n")
    lines = b'{"n":1,"s":"a;b"}\n\n{"n":2,"s":"\\u0000"}\n'
    bodies: list[tuple[bytes | Iterator[bytes], dict[str, str]]] = [
        (lines, {}),
        (gzip.compress(lines), {"Content-Encoding": "gzip"}),
        (zlib.compress(lines), {"Content-Encoding": "deflate"}),
        (iter((lines[:5], lines[5:])), {"Transfer-Encoding": "chunked"}),
    ]
    for body, headers in bodies:
        response, said = ask(url, body, headers=headers, query="INSERT INTO parted FORMAT JSONEachRow", database="esep")
        assert response.status == 200, said
        assert json.loads(response.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    ask(url, "INSERT INTO parted (n, s) VALUES (3, 'x;\n\ny'), ({n:UInt8} + 1, 'z');", database="esep", param_n="3")
    ask(url, "INSERT INTO parted SELECT 5, 'five'", database="esep")
    assert ask(url, "SELECT n, count() FROM esep.parted GROUP BY n ORDER BY n")[1] == b"1\t4\n2\t4\n3\t1\n4\t1\n5\t1\n"


@pytest.mark.parametrize(
    ("output_format", "content_type", "expected"),
    [
        ("JSONEachRow", "application/x-ndjson", b'{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n'),
        ("CSVWithNames", "text/csv", b'"a","b"\n1,"x"\n2,"y"\n'),
        ("TabSeparated", "text/tab-separated-values", b"1\tx\n2\ty\n"),
    ],
)
def test_text_formats(url: str, output_format: str, content_type: str, expected: bytes) -> None:
    sql = f"SELECT a, b FROM values('a UInt8, b String', (1, 'x'), (2, 'y')) FORMAT {output_format}"
    response, body = ask(url, sql, query_id="my-query")
    assert body == expected
    assert response.headers["Content-Type"].startswith(content_type)
    assert response.headers["X-ClickHouse-Format"] == output_format
    assert response.headers["X-ClickHouse-Query-Id"] == "my-query"


def test_json_and_parquet(client: Client) -> None:
    whole = json.loads(client.raw_query("SELECT 1 AS a, 'x' AS b", fmt="JSON"))
    assert (whole["data"], whole["rows"]) == ([{"a": 1, "b": "x"}], 1)
    parquet = client.raw_query("SELECT number FROM numbers(1000)", fmt="Parquet")
    assert parquet[:4] == parquet[-4:] == b"PAR1"


@pytest.mark.parametrize("rows", [0, 1, 400_000])
def test_a_stream_is_one_file(client: Client, rows: int) -> None:
    sql = f'SELECT number AS n, \'a "quoted", name\' AS `s, "t"` FROM numbers({rows}) ORDER BY n'
    with client.raw_stream(sql, fmt="CSVWithNames") as stream:
        lines = stream.read().splitlines()
    assert lines[0] == b'"n","s, ""t"""'
    assert [line.split(b",")[0] for line in lines[1:]] == [b"%d" % number for number in range(rows)]


def test_an_error_in_the_middle_of_a_stream_is_seen(url: str, client: Client) -> None:
    sql = "SELECT throwIf(number = 3000000), toString(number) FROM numbers(10000000)"
    with pytest.raises(ClickHouseError, match="throwIf"), client.query_row_block_stream(sql) as blocks:
        for _ in blocks:
            pass
    with pytest.raises(http.client.IncompleteRead):
        ask(url, sql)


def test_many_write_and_read_at_once(url: str) -> None:
    with connected(url, password=WRITER, database="esep") as client:
        client.command("CREATE TABLE busy (writer UInt8, n UInt32) ENGINE = MergeTree ORDER BY (writer, n)")

    def write(writer: int) -> None:
        with connected(url, password=WRITER, database="esep") as client:
            for batch in range(10):
                client.insert("busy", [[writer, batch * 100 + number] for number in range(100)])

    def read(_: int) -> bool:
        with connected(url, password=WRITER, database="esep") as client:
            counts = [client.query("SELECT count() FROM busy").first_row[0] for _ in range(20)]
        return counts == sorted(counts) and all(count % 100 == 0 for count in counts)

    with ThreadPoolExecutor(8) as pool:
        writes, reads = pool.map(write, range(4)), pool.map(read, range(4))
        list(writes)
        assert all(reads)
    with connected(url, password=WRITER, database="esep") as client:
        assert client.query("SELECT uniqExact(writer, n), count() FROM busy").first_row == (4000, 4000)


def test_an_endless_query_holds_up_nobody(url: str) -> None:
    endless = "SELECT sum(number) /* endless */ FROM system.numbers"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, url, endless, max_execution_time=str(DEADLINE_S))
        running = "SELECT count() FROM system.processes WHERE query LIKE '%endless%' AND query_id != queryID()"
        while ask(url, running)[1] == b"0\n":
            assert not answer.done()
        assert ask(url, method="GET", path="/ping")[1] == b"Ok.\n"
        assert ask(url, "SELECT 1")[1] == b"1\n"
        assert not answer.done()
        ask(url, "KILL QUERY WHERE query LIKE '%endless%' AND query_id != queryID() SYNC")
        response, _ = answer.result(DEADLINE_S)
    assert response.headers["X-ClickHouse-Exception-Code"] == "394"


@pytest.mark.parametrize(("user", "password"), [("default", "wrong"), ("reader", WRITER), ("nobody", ""), ("", "")])
def test_a_wrong_password_opens_nothing(url: str, user: str, password: str) -> None:
    response, body = ask(url, "SELECT 1", headers={"X-ClickHouse-User": user, "X-ClickHouse-Key": password})
    assert response.status == 403
    assert response.headers["X-ClickHouse-Exception-Code"] == "516"
    assert body.decode().startswith(f"Code: 516. DB::Exception: {user}: Authentication failed")


@pytest.mark.parametrize("name", ["query_id", "default_format"])
def test_no_header_can_be_slipped_into_an_answer(url: str, name: str) -> None:
    response, _ = ask(url, "SELECT 1", **{name: "x\r\nX-Slipped: in"})
    assert response.status == 400
    assert "X-Slipped" not in response.headers


def test_a_web_page_is_not_answered(url: str) -> None:
    for headers in ({"Origin": "https://example.org"}, {"Host": "rebound.example.org"}, {"Host": "["}):
        assert ask(url, "SELECT 1", headers=headers)[0].status == 400
    port = urlsplit(url).port
    assert ask(url, "SELECT 1", headers={"Host": f"localhost:{port}"})[0].status == 200


def test_a_body_too_large_or_broken_off_is_not_run(url: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=DEADLINE_S)
    connection.putrequest("POST", f"/?user=default&password={WRITER}")
    connection.putheader("Content-Length", str(300 * 1024 * 1024))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    response, _ = ask(url, "SELECT 1", headers={"Content-Encoding": "gzip"})
    assert response.headers["X-ClickHouse-Exception-Code"] == "117"
    response, _ = ask(url, gzip.compress(b"CREATE DATABASE not_made")[:-9], headers={"Content-Encoding": "gzip"})
    assert response.headers["X-ClickHouse-Exception-Code"] == "117"
    assert ask(url, "SELECT count() FROM system.databases WHERE name = 'not_made'")[1] == b"0\n"


def test_the_reader_reads_and_nothing_else(url: str, client: Client) -> None:
    client.command("CREATE TABLE read_only (n UInt8) ENGINE = ReplacingMergeTree ORDER BY n")
    client.insert("read_only", [[1], [2]])
    with connected(url, "reader", READER, database="esep", settings={"readonly": 2}) as reader:
        sql = "SELECT n FROM read_only FINAL ORDER BY n SETTINGS max_execution_time = 5, max_threads = 1"
        assert reader.query(sql).result_rows == [(1,), (2,)]
        assert reader.query(
            "SELECT getSetting('max_execution_time')", settings={"max_execution_time": 7}
        ).first_row == (7,)
        assert reader.command("SHOW TABLES LIKE 'read_only'") == "read_only"
        for refused in (
            "INSERT INTO read_only VALUES (3)",
            "DROP TABLE read_only",
            "SET readonly = 0",
            "SYSTEM FLUSH LOGS",
            "SELECT 1 SETTINGS readonly = 0",
            "SELECT 1 SETTINGS max_memory_usage = 0",
            "SELECT * FROM file('/etc/hostname', 'TSV', 'a String')",
            "SELECT * FROM default.`/etc/hostname`",
            "KILL QUERY WHERE 1",
        ):
            with pytest.raises(DatabaseError) as failed:
                reader.command(refused)
            assert failed.value.code == 164, refused
    assert client.query("SELECT count() FROM read_only").first_row == (2,)
