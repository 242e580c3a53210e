"""Downloads: whole lists in the columns of the API, streamed, harmless in a spreadsheet."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from services.portal.downloads import cell, csv_pieces, lines
from services.portal.figures import Figure
from tests.portal.recorded_country import FORMULA, HOSTILE, SIMULATION
from tests.portal.test_api import LISTS


@pytest.mark.parametrize("path", LISTS)
def test_csv_holds_every_row_in_the_columns_of_the_api(portal: TestClient, path: str) -> None:
    listing, expected = LISTS[path]
    answer = portal.get(f"/api/v1/{path}?format=csv&limit=all")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert tuple(head) == listing.columns
    assert len(rows) == expected
    items = portal.get(f"/api/v1/{path}?limit=1000").json()["items"]
    first = listing.keys[-1].column
    assert [row[head.index(first)] for row in rows] == [str(item[first]) for item in items]


def test_csv_obeys_filters_limit_and_world(portal: TestClient) -> None:
    rows = portal.get("/api/v1/obligations?format=csv&limit=2&lifecycle=fulfilled").text.splitlines()
    assert len(rows) == 3
    simulated = portal.get(f"/api/v1/obligations?format=csv&limit=all&world={SIMULATION}").text.splitlines()
    assert len(simulated) == 3
    assert all(SIMULATION in row for row in simulated[1:])


def test_csv_defuses_formulas_and_keeps_hostile_text(portal: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(portal.get("/api/v1/obligations?format=csv&limit=all").text)))
    titles = {row["title"] for row in rows}
    assert f"'{FORMULA}" in titles
    assert FORMULA not in titles
    assert HOSTILE in titles


def test_figures_are_downloaded_too(portal: TestClient) -> None:
    head, *rows = csv.reader(io.StringIO(portal.get("/api/v1/metrics?format=csv&limit=all").text))
    assert tuple(head) == tuple(Figure.model_fields)
    assert len(rows) == len(portal.get("/api/v1/metrics?limit=1000").json()["items"])


def test_parquet_holds_the_same_rows(portal: TestClient) -> None:
    answer = portal.get("/api/v1/obligations?format=parquet&limit=all")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert (answer.content[:4], answer.content[-4:]) == (b"PAR1", b"PAR1")
    footer = answer.content[-8 - int.from_bytes(answer.content[-8:-4], "little") : -8]
    assert [name for name in LISTS["obligations"][0].columns if name.encode() not in footer] == []
    assert b"original" not in footer


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "true"),
        (-5, "-5"),
        ("-5.25", "-5.25"),
        ("-5+3", "'-5+3"),
        ("=1", "'=1"),
        ("+7 701", "'+7 701"),
        ("@a", "'@a"),
        ("\tx", "'\tx"),
        (["a"], '["a"]'),
    ],
)
def test_a_cell_is_what_it_says(value: object, written: str) -> None:
    assert cell(value) == written


@given(st.lists(st.lists(st.text() | st.integers() | st.none(), min_size=2, max_size=2)))
def test_csv_read_back_is_what_was_written(rows: list[list[object]]) -> None:
    written = b"".join(csv_pieces(("a", "b"), (json.dumps(row) for row in rows))).decode("utf-8", "surrogatepass")
    assert list(csv.reader(io.StringIO(written, newline=""))) == [["a", "b"], *([cell(v) for v in row] for row in rows)]


@given(st.binary(), st.integers(min_value=1, max_value=7))
def test_lines_do_not_depend_on_where_a_stream_is_cut(content: bytes, step: int) -> None:
    text = content.decode("latin-1").replace("\n\n", "\n").encode()
    pieces = [text[start : start + step] for start in range(0, len(text), step)]
    assert list(lines(pieces)) == [line for line in text.decode().split("\n") if line]
