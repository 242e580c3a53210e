"""Lists as SQL: only constant names in it, every value bound, cursors that come back as they went."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal.budget_listings import BUDGET_EXECUTION, BUDGET_FINDINGS, BUDGET_LINES
from services.portal.listings import (
    ALERTS,
    BODIES,
    DEAD_LETTERS,
    FINDINGS,
    OBLIGATIONS,
    OVERDUE,
    SOURCES,
    TIMELINESS,
    BadCursor,
)
from services.portal.records import FindingRecord

ALL = (
    OBLIGATIONS,
    OVERDUE,
    BODIES,
    SOURCES,
    FINDINGS,
    ALERTS,
    DEAD_LETTERS,
    BUDGET_LINES,
    BUDGET_EXECUTION,
    BUDGET_FINDINGS,
    TIMELINESS,
)
FINDING = FindingRecord(
    finding_id="finding:a'b",
    simulation="",
    code="record.x",
    severity="warning",
    source_id="/sources/x",
    params="{}",
    state="raised",
    raised_at=datetime(2026, 1, 1, tzinfo=UTC),
    changed_at=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
)


def test_no_value_is_ever_part_of_the_sql() -> None:
    query = OBLIGATIONS.query("w'orld", {"body": "b'ody"}, after=(date(2026, 1, 1), "i'd"), limit=5)
    assert "'" not in query.sql
    assert query.parameters == {
        "world": "w'orld",
        "body": "b'ody",
        "after_0": date(2026, 1, 1),
        "after_1": "i'd",
        "row_limit": 5,
    }


def test_an_order_continues_strictly_after_its_last_row() -> None:
    sql = TIMELINESS.query("", {}, after=("a",) * 4).sql
    assert "(month < {after_0:Date32}) OR (month = {after_0:Date32} AND jurisdiction > {after_1:String})" in sql
    assert sql.endswith("ORDER BY month DESC, jurisdiction, rule_id, kind")


def test_every_list_names_its_columns_and_orders_by_some_of_them() -> None:
    for listing in ALL:
        assert {key.column for key in listing.keys} <= set(listing.columns)
        assert "simulation" in listing.columns
        assert "original" not in listing.columns


def test_an_unknown_filter_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        SOURCES.query("", {"body": "x"})


def test_a_cursor_comes_back_as_it_went() -> None:
    assert FINDINGS.resume(FINDINGS.cursor(FINDING)) == (FINDING.changed_at, "finding:a'b")
    assert ALERTS.resume(
        "WyJhbGVydHMiLCAiMjAyNi0wMS0wMVQwMDowMDowMCswMDowMCIsICIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDEiXQ"
    ) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        UUID(int=1),
    )


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadCursor, match="another list"):
        DEAD_LETTERS.resume(FINDINGS.cursor(FINDING))


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_garbage_is_a_bad_cursor_and_nothing_worse(garbage: str) -> None:
    for listing in ALL:
        with pytest.raises(BadCursor):
            listing.resume(garbage)
