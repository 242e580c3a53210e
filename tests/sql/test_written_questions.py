"""Written questions by month of tabling: counted on invented cases, and on three real months as they were computed before.

The days of the calendar are those the release has; the real months are skipped where they are absent.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from schemas.envelope import Event
from services.adapters.calendar_days import TABLE, days_of
from services.adapters.clickhouse import Warehouse, migrate
from services.adapters.rulebook import load_rulebook
from services.connectors.base import Record
from services.domain.identity import new_event
from services.domain.snapshots import Standing, judge
from tests.connectors.uk_engine import UK
from tests.connectors.uk_observed_changes import DATA
from tests.sql.samples import NOW, insert, obligation

MONTHS = DATA / "uk-written-questions" / "full"

needs_real_data = pytest.mark.skipif(not MONTHS.is_dir(), reason="no real data; ESEP_SHARED_DATA names their folder")


def answered(number: int, on: date, **changes: Any) -> Event:
    """A named-day question of Monday 15 January 2024, due on the 18th, answered on a day."""
    done = {"lifecycle": "fulfilled", "closed_on": on, "timeliness": "in_time", "claim": "none"}
    return obligation(number, **done | changes)


def ordinary(number: int, on: date | None, **changes: Any) -> Event:
    """An ordinary question, set down for 17 January, answered on a day or still open."""
    named_nothing = {"rule": "gb.wq.ordinary", "basis_on": None, "due_on": None, "due_at": None}
    formal = named_nothing | {"set_down_for": date(2024, 1, 17), "timeliness": "no_legal_deadline", "claim": "none"}
    closed = {"lifecycle": "fulfilled", "closed_on": on} if on is not None else {}
    return obligation(number, **formal | closed | changes)


def by_rule(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """The rows of one month, by rule."""
    return {row["rule_id"]: row for row in warehouse.rows("SELECT * FROM written_questions_by_month")}


def test_the_day_for_answer_and_lapses_told_apart(warehouse: Warehouse) -> None:
    late = {"timeliness": "fulfilled_late", "claim": "publishable"}
    insert(
        warehouse,
        [
            answered(1, date(2024, 1, 18)),
            answered(2, date(2024, 1, 19), **late),
            answered(3, date(2024, 1, 30), **late),
            obligation(4, lifecycle="lapsed", closed_on=date(2024, 2, 1)),
            obligation(5),
            obligation(6, lifecycle="withdrawn", timeliness="not_due", claim="none"),
            obligation(7, lifecycle="retracted", timeliness="not_due", claim="none"),
            obligation(8, kind="inquiry.oral_question"),
        ],
        "a",
    )
    row = by_rule(warehouse)["gb.wq.named_day"]
    assert row["month"] == date(2024, 1, 1)
    counts = ("n", "answered", "lapsed", "unanswered", "answered_after_day", "lapsed_after_day")
    assert [row[name] for name in counts] == [5, 3, 1, 1, 2, 1]
    assert row["after_day_share"] == pytest.approx(3 / 5)
    assert row["after_day_share_of_answered"] == pytest.approx(2 / 3)


def test_the_formal_day_of_an_ordinary_question_is_its_day(warehouse: Warehouse) -> None:
    insert(warehouse, [ordinary(1, date(2024, 1, 17)), ordinary(2, date(2024, 1, 18)), ordinary(3, None)], "a")
    row = by_rule(warehouse)["gb.wq.ordinary"]
    assert (row["n"], row["answered"], row["answered_after_day"], row["unanswered"]) == (3, 2, 1, 1)


def test_weekdays_leave_out_weekends_and_english_holidays(warehouse: Warehouse) -> None:
    """Tabled on Thursday 21 December 2023: Christmas Day, Boxing Day and New Year's Day do not count."""
    tabled = {"filed_on": date(2023, 12, 21)}
    insert(
        warehouse,
        [
            answered(1, date(2023, 12, 21), **tabled),
            answered(2, date(2024, 1, 2), **tabled),
            answered(3, date(2024, 1, 3), **tabled),
            answered(4, date(2024, 1, 4), **tabled),
            obligation(5, **tabled),
        ],
        "a",
    )
    row = by_rule(warehouse)["gb.wq.named_day"]
    assert (row["within_5_weekdays"], row["within_7_weekdays"], row["uncounted"]) == (2, 4, 0)
    assert row["median_weekdays"] == pytest.approx(5.5)
    assert row["within_5_weekdays_share"] == pytest.approx(2 / 5)
    assert row["within_5_weekdays_share_of_answered"] == pytest.approx(2 / 4)
    assert row["within_7_weekdays_share"] == pytest.approx(4 / 5)


def test_nothing_is_said_of_days_the_calendar_does_not_cover(warehouse: Warehouse) -> None:
    insert(warehouse, [answered(1, date(2024, 1, 18)), answered(2, date(2050, 1, 18))], "a")
    row = by_rule(warehouse)["gb.wq.named_day"]
    assert row["uncounted"] == 1
    shares = [name for name in row if "weekdays_share" in name]
    assert [row[name] for name in (*shares, "median_weekdays")] == [None] * 5


def test_without_an_answer_there_is_no_share_of_answers(warehouse: Warehouse) -> None:
    insert(warehouse, [obligation(1)], "a")
    row = by_rule(warehouse)["gb.wq.named_day"]
    assert [row[name] for name in ("after_day_share_of_answered", "median_weekdays")] == [None, None]
    assert row["within_5_weekdays_share"] == 0


def test_days_are_those_of_the_calendars(warehouse: Warehouse) -> None:
    for calendar in load_rulebook().calendars.values():
        query = "SELECT day, working, name FROM calendar_days WHERE calendar = {id:String} ORDER BY day"
        stored = [tuple(row.values()) for row in warehouse.rows(query, {"id": calendar.id})]
        assert stored == days_of(calendar), calendar.id


def test_migrating_again_mends_days_and_writes_nothing_else(warehouse: Warehouse) -> None:
    rows = f"SELECT count() FROM {TABLE}"
    days = warehouse.scalar(rows)
    migrate(warehouse)
    assert warehouse.scalar(rows) == days
    warehouse.command(f"INSERT INTO {TABLE} VALUES ('gb.england', '2024-01-02', false, 'An invented holiday')")
    migrate(warehouse)
    mended = "SELECT working, name FROM calendar_days WHERE calendar = 'gb.england' AND day = '2024-01-02'"
    assert warehouse.rows(mended) == [{"working": True, "name": ""}]


def judged(month: str) -> Sequence[Event]:
    """The snapshots of a real month's questions, judged without a clock: none of these figures needs one."""
    found = []
    for record in UK.read(MONTHS / f"{month}.json.gz"):
        if isinstance(record, Record):
            subject = record.events[0].subject
            stands = judge(record.events, load_rulebook(), Standing())
            assert stands is not None
            found.append(
                new_event(
                    stands.snapshot,
                    source="/tests",
                    subject=subject,
                    time=NOW,
                    observed_at=NOW,
                    native_id=subject,
                    version="1",
                )
            )
    return found


@needs_real_data
def test_the_three_real_months_are_as_computed_before(warehouse: Warehouse) -> None:
    """Shares in percent, rounded as published; ``None`` where that computation gave no figure."""
    for month in ("2023-12", "2024-07", "2024-08"):
        insert(warehouse, judged(month), month)
    rows = warehouse.rows("SELECT * FROM written_questions_by_month ORDER BY month, rule_id")
    counts = ("n", "answered", "answered_after_day", "lapsed_after_day", "median_weekdays")
    assert [(f"{row['month']:%Y-%m}", row["rule_id"], *(row[name] for name in counts)) for row in rows] == [
        ("2023-12", "gb.wq.named_day", 1092, 1090, 222, 2, 4),
        ("2023-12", "gb.wq.ordinary", 1897, 1892, 1707, 5, 6),
        ("2024-07", "gb.wq.named_day", 585, 585, 98, 0, 3),
        ("2024-07", "gb.wq.ordinary", 2122, 2120, 1885, 0, 6),
        ("2024-08", "gb.wq.named_day", 137, 137, 30, 0, 4),
        ("2024-08", "gb.wq.ordinary", 867, 867, 867, 0, 6),
    ]
    assert [percent(row, "after_day_share", "after_day_share_of_answered") for row in rows] == [
        [20.5, 20.4],
        [90.2, 90.2],
        [16.8, 16.8],
        [88.8, 88.9],
        [21.9, 21.9],
        [100.0, 100.0],
    ]
    within = [f"within_{days}_weekdays_share{of}" for days in (5, 7) for of in ("", "_of_answered")]
    assert [percent(row, *within) for row in rows if row["rule_id"] == "gb.wq.ordinary"] == [
        [37.6, 37.7, 76.0, 76.2],
        [23.1, 23.2, 66.6, 66.7],
        [12.3, 12.3, 86.3, 86.3],
    ]


def percent(row: dict[str, Any], *names: str) -> list[float]:
    """Fractions as percent with one decimal."""
    return [round(row[name] * 100, 1) for name in names]
