"""A tampered row in each view is named there: in the rows below a view, or in what the view makes of them."""

from pathlib import Path

import pytest

from schemas.rows.views import VIEW_KEYS
from services.adapters.clickhouse import Warehouse, sql_files
from services.verify.catalogue import FIGURES, NOT_RECOUNTED, STORED_VIEWS
from services.verify.differences import Difference
from services.verify.recheck import _with_their_cause
from services.verify.report import Report
from tests.verify.worlds import verified

IN_ROWS = {
    "events": ("events_rows UPDATE body = replaceOne(body, 'question', 'query') WHERE subject = 'gb.wq:3'", "body"),
    "clocks": ("ticks_rows UPDATE at = at + INTERVAL 1 DAY WHERE 1", "now_at"),
    "sources": ("source_watermarks_rows UPDATE lag_s = 1 WHERE 1", "lag_s"),
    "calendar_days": (
        "calendar_days_rows UPDATE name = 'a feast' WHERE calendar = 'gb.england' AND day = '2024-01-06'",
        "name",
    ),
    "obligations": ("obligations_rows UPDATE title = 'X' WHERE obligation_id = 'gb.wq:3'", "title"),
    "deadline_events": ("deadline_events_rows UPDATE due_on = due_on + 1 WHERE obligation_id = 'gb.wq:3'", "due_on"),
    "alert_events": ("alert_events_rows UPDATE severity = 'mild' WHERE obligation_id = 'gb.wq:3'", "severity"),
    "finding_events": ("finding_events_rows UPDATE params = '{}' WHERE 1", "params"),
    "deliveries": ("deliveries_rows UPDATE channel = 'nobody' WHERE 1", "channel"),
    "dead_letters": ("dead_letters_rows UPDATE reason = 'none' WHERE 1", "reason"),
    "refused_contents": (
        "dead_letters_rows UPDATE refused_id = '00000000-0000-0000-0000-000000000001', refused_sha256 = 'ab' WHERE 1",
        "nothing in the truth leads to it",
    ),
    "budget_statements": ("budget_statements_rows UPDATE paid = approved WHERE 1", "paid"),
}
"""View -> a change of one stored row, and what must be said of it."""

IN_VIEWS = {
    "alerts": "'mild' AS severity",
    "findings": "changed_at + INTERVAL 1 DAY AS changed_at",
    "timeline": "concat(source, 'x') AS source",
    "bodies": "total + 1 AS total",
    "overdue": "days_late + 1 AS days_late",
    "daily_flow": "filed + 1 AS filed",
    "timeliness_by_month": "n + 1 AS n",
    "written_questions_by_month": "median_weekdays + 0.5 AS median_weekdays",
    "budget_periods": "age_days + 1 AS age_days",
    "budget_lines": "payments + 1 AS payments",
    "budget_findings": "concat(lines, '0') AS lines",
    "budget_execution": "paid AS commitments_outstanding",
    "budget_heat": "paid AS adjusted",
    "budget_year_end_rush": "NOT blocked AS blocked",
}
"""Figure -> a wrong definition of one column of its view; none of these is read by another view."""


@pytest.fixture(scope="module")
def honest(world: tuple[Path, Warehouse]) -> Report:
    return verified(*world)


@pytest.fixture(scope="module")
def wrong_views(world: tuple[Path, Warehouse], honest: Report) -> Report:
    """What is found when every figure is defined wrongly."""
    assert honest.holds, honest.differences[:5]
    journal, warehouse = world
    files = {file.name.partition("_")[2].removesuffix(".sql"): file for file in sql_files("views")}
    for view, wrong in IN_VIEWS.items():
        text = files[view].text.rstrip().removesuffix(";").rpartition("COMMENT '")[0]
        warehouse.command(text.replace(f"VIEW {view} AS", f"VIEW honest_{view} AS", 1))
        warehouse.command(f"CREATE OR REPLACE VIEW {view} AS SELECT * REPLACE ({wrong}) FROM honest_{view}")
    report = verified(journal, warehouse)
    for view in IN_VIEWS:
        for statement in files[view].statements():
            warehouse.command(statement)
    return report


@pytest.fixture(scope="module")
def wrong_rows(world: tuple[Path, Warehouse], wrong_views: Report) -> Report:
    """What is found when a row below every view is changed; it comes last, since nothing takes it back."""
    journal, warehouse = world
    for change, _ in IN_ROWS.values():
        warehouse.command(f"ALTER TABLE {change} SETTINGS mutations_sync = 2")
    return verified(journal, warehouse)


def test_an_honest_world_holds_and_leaves_no_view_empty_but_refusals(honest: Report) -> None:
    assert honest.differences == ()
    assert [view for view, rows in honest.views.items() if rows == 0] == ["refused_contents"]
    assert all(topic.expected == topic.stored > 0 for topic in honest.topics.values()), honest.topics
    assert sum(day.expected for day in honest.days) == honest.events


@pytest.mark.parametrize("view", IN_VIEWS)
def test_a_wrong_view_is_named(view: str, wrong_views: Report) -> None:
    column = IN_VIEWS[view].rpartition(" ")[2]
    named = [each for each in wrong_views.differences if each.view == view and f"column {column} " in each.what]
    assert named
    assert not any(each.follows for each in named)


@pytest.mark.parametrize("view", IN_ROWS)
def test_a_changed_row_is_named(view: str, wrong_rows: Report) -> None:
    said = IN_ROWS[view][1]
    assert [each for each in wrong_rows.differences if each.view == view and said in each.what and not each.follows]


def test_figures_that_repeat_a_wrong_row_say_so(wrong_rows: Report) -> None:
    assert any(each.view == "budget_execution" and each.follows for each in wrong_rows.differences)
    assert wrong_rows.first_of("events") is not None


def test_what_only_follows_is_dropped_once_its_cause_is_gone() -> None:
    cause = Difference("obligations", "1", "column title is 'X'")
    figure = Difference("bodies", "1", "column total is 1", follows=True)
    assert _with_their_cause((cause, figure)) == (cause, figure)
    assert _with_their_cause((figure,)) == ()


def test_no_view_is_forgotten() -> None:
    views = {file.name.partition("_")[2].removesuffix(".sql") for file in sql_files("views")}
    assert views == {*STORED_VIEWS, *FIGURES, *NOT_RECOUNTED}
    assert views == VIEW_KEYS.keys()
    assert IN_ROWS.keys() == set(STORED_VIEWS)
    assert IN_VIEWS.keys() == FIGURES.keys()


@pytest.mark.parametrize("view", VIEW_KEYS)
def test_the_key_of_a_view_is_one(view: str, world: tuple[Path, Warehouse], honest: Report) -> None:
    columns = ", ".join(VIEW_KEYS[view])
    twice = world[1].rows(f"SELECT {columns} FROM {view} GROUP BY {columns} HAVING count() > 1")
    assert twice == []
