"""Every view says what it means, runs on nothing and on something, and gives the figures its comment promises."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from schemas.envelope import Event
from schemas.events.alerts import AlertClearedV1, AlertEscalatedV1, AlertEvent, AlertRaisedV1
from schemas.events.findings import FindingClearedV1, FindingRaisedV1
from schemas.events.inquiries import InquiryAnsweredV1
from schemas.events.sources import SourceObservedV1
from services.adapters.clickhouse import Warehouse, sql_files
from tests.sql.samples import NOW, budget_year, event, every_type, insert, obligation, statement, tick

VIEWS = [file.name.partition("_")[2].removesuffix(".sql") for file in sql_files("views")]
DAY = timedelta(days=1)
REFERENCE = {"calendar_days"}
"""Views of reference data, which are full as soon as the database is there."""


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_runs_on_nothing_and_on_something(warehouse: Warehouse, view: str) -> None:
    assert view in REFERENCE or warehouse.rows(f"SELECT * FROM {view}") == []
    insert(warehouse, every_type(), "examples")
    insert(warehouse, [obligation(1), tick(), statement(), *budget_year()], "more")
    assert warehouse.rows(f"SELECT * FROM {view}")


def test_every_view_has_a_comment_with_its_definition(warehouse: Warehouse) -> None:
    query = "SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND engine = 'View'"
    comments = {row["name"]: row["comment"] for row in warehouse.rows(query)}
    assert set(comments) == set(VIEWS)
    assert not [name for name, comment in comments.items() if len(comment) < 40 or not comment.endswith(".")]


def test_views_are_the_only_readers_of_stored_rows_and_read_final() -> None:
    for file in sql_files("views"):
        for line in file.text.splitlines():
            if "_rows" in line:
                assert line.rstrip().endswith("FINAL"), f"{file.name}: {line}"


def test_no_materialized_view_exists(warehouse: Warehouse) -> None:
    query = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'"
    assert warehouse.scalar(query) == 0


def test_the_highest_version_of_a_snapshot_stands_whatever_came_last(warehouse: Warehouse) -> None:
    insert(warehouse, [obligation(1, version=7, title="new")], "a")
    insert(warehouse, [obligation(1, version=3, title="old")], "b")
    assert warehouse.rows("SELECT title, version FROM obligations") == [{"title": "new", "version": 7}]


def test_overdue_holds_public_claims_that_are_still_owed(warehouse: Warehouse) -> None:
    insert(
        warehouse,
        [
            obligation(1),
            obligation(2, timeliness="very_late", lifecycle="partly_fulfilled"),
            obligation(3, claim="withheld", withheld_reason="convention"),
            obligation(4, timeliness="fulfilled_late", lifecycle="fulfilled", closed_on=date(2024, 1, 20)),
            obligation(5, timeliness="due_unobserved", claim="withheld", withheld_reason="source_behind"),
            obligation(6, lifecycle="lapsed"),
            tick(),
        ],
        "a",
    )
    found = warehouse.rows("SELECT obligation_id FROM overdue ORDER BY obligation_id")
    assert [row["obligation_id"] for row in found] == ["gb.wq:1", "gb.wq:2"]


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (datetime(2024, 1, 19, tzinfo=UTC), 1),
        (datetime(2024, 1, 19, 23, 59, 59, tzinfo=UTC), 1),
        (datetime(2024, 1, 20, tzinfo=UTC), 2),
        (datetime(2024, 2, 19, tzinfo=UTC), 32),
    ],
)
def test_days_late_begin_with_the_due_instant(warehouse: Warehouse, now: datetime, days: int) -> None:
    insert(warehouse, [obligation(1), tick(now)], "a")
    assert warehouse.scalar("SELECT days_late FROM overdue") == days


def test_days_late_follow_the_clock_of_the_simulation(warehouse: Warehouse) -> None:
    far = datetime(2024, 1, 28, 12, tzinfo=UTC)
    insert(warehouse, [obligation(1, simulation="kz-demo"), tick(far, "kz-demo"), tick(NOW)], "a")
    assert warehouse.rows("SELECT simulation, days_late FROM overdue") == [{"simulation": "kz-demo", "days_late": 10}]
    assert warehouse.rows("SELECT simulation, now_at FROM clocks ORDER BY simulation") == [
        {"simulation": "", "now_at": NOW},
        {"simulation": "kz-demo", "now_at": far},
    ]


def test_timeliness_by_month_treats_open_cases_as_open(warehouse: Warehouse) -> None:
    done = {"lifecycle": "fulfilled", "closed_on": date(2024, 1, 18), "timeliness": "in_time", "claim": "none"}
    insert(
        warehouse,
        [
            obligation(1, **done),
            obligation(2, **done | {"closed_on": date(2024, 1, 25), "timeliness": "fulfilled_late", "delay_days": 7}),
            obligation(3),
            obligation(4, lifecycle="lapsed", closed_on=date(2024, 2, 1)),
            obligation(5, lifecycle="lapsed", closed_on=date(2024, 1, 16), timeliness="not_due", claim="none"),
            obligation(6, timeliness="due_unobserved", claim="withheld", withheld_reason="source_behind"),
            obligation(7, timeliness="not_due", claim="none"),
            obligation(8, lifecycle="withdrawn", timeliness="not_due", claim="none"),
            obligation(9, lifecycle="retracted", timeliness="not_due", claim="none"),
        ],
        "a",
    )
    assert warehouse.rows("SELECT * EXCEPT (simulation, jurisdiction, kind, rule_id) FROM timeliness_by_month") == [
        {
            "month": date(2024, 1, 1),
            "n": 7,
            "in_time": 1,
            "not_in_time": 3,
            "lapsed_after_due": 1,
            "open_undecided": 2,
            "late_share": pytest.approx(3 / 7),
        }
    ]


def test_a_rule_without_deadline_has_no_share_of_late(warehouse: Warehouse) -> None:
    nothing = {"basis_on": None, "due_on": None, "due_at": None, "timeliness": "no_legal_deadline", "claim": "none"}
    insert(warehouse, [obligation(1, **nothing)], "a")
    assert warehouse.rows("SELECT n, not_in_time, late_share FROM timeliness_by_month") == [
        {"n": 1, "not_in_time": 0, "late_share": None}
    ]


def test_bodies_count_claims_only_where_they_are_public(warehouse: Warehouse) -> None:
    late_answer = {"lifecycle": "fulfilled", "closed_on": date(2024, 1, 25), "timeliness": "fulfilled_late"}
    insert(
        warehouse,
        [
            obligation(1),
            obligation(2, claim="withheld", withheld_reason="convention"),
            obligation(3, **late_answer),
            obligation(4, **late_answer, claim="withheld", withheld_reason="unverified_rule"),
            obligation(5, timeliness="due_soon", claim="none"),
            obligation(6, timeliness="due_unobserved", claim="withheld", withheld_reason="source_behind"),
            obligation(7, lifecycle="fulfilled", timeliness="in_time", claim="none", closed_on=date(2024, 1, 16)),
            obligation(8, lifecycle="withdrawn", timeliness="not_due", claim="none"),
            obligation(9, owed_by="gb.dept.1", owed_by_name="Cabinet Office", filed_on=date(2024, 1, 1)),
            obligation(10, owed_by="gb.dept.1", owed_by_name="The Cabinet Office", filed_on=date(2024, 1, 9)),
        ],
        "a",
    )
    found = warehouse.rows("SELECT * EXCEPT (simulation, jurisdiction) FROM bodies ORDER BY owed_by DESC")
    assert found[0] == {
        "owed_by": "gb.dept.54",
        "owed_by_name": "Ministry of Justice",
        "total": 7,
        "open": 4,
        "due_soon": 1,
        "due_unobserved": 1,
        "late": 1,
        "in_time": 1,
        "fulfilled_late": 1,
        "withheld": 3,
    }
    assert (found[1]["owed_by_name"], found[1]["late"]) == ("The Cabinet Office", 2)


def test_daily_flow_counts_by_legal_date(warehouse: Warehouse) -> None:
    insert(
        warehouse,
        [
            obligation(1),
            obligation(2, lifecycle="fulfilled", closed_on=date(2024, 1, 18), timeliness="in_time", claim="none"),
            obligation(3, claim="withheld", withheld_reason="convention"),
            obligation(
                4, due_on=date(2024, 3, 5), due_at=datetime(2024, 3, 6, tzinfo=UTC), timeliness="not_due", claim="none"
            ),
            tick(),
        ],
        "a",
    )
    assert warehouse.rows("SELECT day, filed, fell_due, closed, became_late FROM daily_flow ORDER BY day") == [
        {"day": date(2024, 1, 15), "filed": 4, "fell_due": 0, "closed": 0, "became_late": 0},
        {"day": date(2024, 1, 18), "filed": 0, "fell_due": 3, "closed": 1, "became_late": 0},
        {"day": date(2024, 1, 19), "filed": 0, "fell_due": 0, "closed": 0, "became_late": 1},
    ]


def test_the_statement_observed_last_stands(warehouse: Warehouse) -> None:
    insert(warehouse, [statement("2", paid="90", observed_at=NOW + DAY)], "b")
    insert(warehouse, [statement("1", paid="80", observed_at=NOW)], "a")
    assert warehouse.rows("SELECT paid FROM budget_statements") == [{"paid": Decimal(90)}]


def test_budget_execution_gives_no_percentage_of_nothing(warehouse: Warehouse) -> None:
    insert(warehouse, [statement(), statement(code="104", approved="0", period_plan_payments="0")], "a")
    found = warehouse.rows(
        "SELECT code, executed_of_approved, executed_of_period_plan FROM budget_execution ORDER BY code"
    )
    assert found == [
        {"code": "104", "executed_of_approved": None, "executed_of_period_plan": None},
        {"code": "226", "executed_of_approved": 0.0805, "executed_of_period_plan": 0.805},
    ]
    assert warehouse.scalar("SELECT commitments_outstanding FROM budget_execution WHERE code = '226'") == Decimal(
        "319.75"
    )


def test_the_watermark_that_allows_most_stands(warehouse: Warehouse) -> None:
    slow = SourceObservedV1(read_up_to=NOW, lag_s=86400)
    fast = SourceObservedV1(read_up_to=NOW - timedelta(hours=1), lag_s=0)
    insert(warehouse, [event(slow, "sources/one", version="a"), event(fast, "sources/one", version="b")], "a")
    assert warehouse.rows("SELECT read_up_to, lag_s FROM sources") == [
        {"read_up_to": NOW - timedelta(hours=1), "lag_s": 0}
    ]


def alert(kind: type[AlertEvent], at: datetime, **more: object) -> Event:
    """One step of the alert about question 1."""
    data = kind.model_validate(
        {
            "alert_id": "5f0c2f0e-8d0e-5f4f-9b53-111111111111",
            "severity": "warning",
            "obligation_id": "gb.wq:1",
            "kind": "inquiry.written_question",
            "owed_by": "gb.dept.54",
            "owed_by_name": "Ministry of Justice",
            "title": "Question 1",
            "rule": "gb.wq.named_day",
            "due_on": "2024-01-18",
            "due_at": "2024-01-19T00:00:00Z",
            "backfill": False,
        }
        | more
    )
    return event(data, "5f0c2f0e-8d0e-5f4f-9b53-111111111111", at=at)


def test_an_alert_is_in_its_last_state_whatever_came_last(warehouse: Warehouse) -> None:
    steps = [
        alert(AlertClearedV1, NOW, reason="fulfilled_late"),
        alert(AlertRaisedV1, NOW),
        alert(AlertEscalatedV1, NOW, severity="critical"),
    ]
    for number, step in enumerate(steps):
        insert(warehouse, [step], str(number))
    found = warehouse.rows("SELECT state, reason, raised_at, changed_at FROM alerts")
    assert found == [{"state": "cleared", "reason": "fulfilled_late", "raised_at": NOW, "changed_at": NOW}]
    assert warehouse.scalar("SELECT count() FROM alert_events") == 3


def test_a_finding_may_come_back(warehouse: Warehouse) -> None:
    raised = FindingRaisedV1(code="record.impossible_dates", severity="warning", source_id="/sources/one")
    cleared = FindingClearedV1(**raised.model_dump())
    insert(warehouse, [event(raised, "finding:1", at=NOW, version="1"), event(cleared, "finding:1", at=NOW)], "a")
    assert warehouse.rows("SELECT state, raised_at FROM findings") == [{"state": "cleared", "raised_at": NOW}]
    insert(warehouse, [event(raised, "finding:1", at=NOW + DAY, version="2")], "b")
    assert warehouse.rows("SELECT state, raised_at FROM findings") == [{"state": "raised", "raised_at": NOW + DAY}]


def test_of_two_copies_the_one_observed_first_stands(warehouse: Warehouse) -> None:
    answer = InquiryAnsweredV1(occurred_on=date(2024, 1, 20))
    copies = [event(answer, "gb.wq:1", observed_at=NOW + hours * timedelta(hours=1)) for hours in (2, 0, 1)]
    for number, copy in enumerate(copies):
        insert(warehouse, [copy], str(number))
    assert warehouse.rows("SELECT observed_at FROM events") == [{"observed_at": NOW}]


def test_other_content_under_a_used_id_overwrites_nothing(warehouse: Warehouse) -> None:
    for day in (20, 21):
        insert(warehouse, [event(InquiryAnsweredV1(occurred_on=date(2024, 1, day)), "gb.wq:1")], str(day))
    assert warehouse.scalar("SELECT count() FROM events") == 2
    assert warehouse.scalar("SELECT uniqExact(event_id) FROM events") == 1


def test_the_timeline_joins_facts_and_deadlines_of_one_obligation(warehouse: Warehouse) -> None:
    insert(warehouse, every_type(), "examples")
    found = warehouse.rows("SELECT kind_of_entry, type, body FROM timeline")
    assert {row["kind_of_entry"] for row in found} == {"fact", "deadline"}
    assert not [row for row in found if row["type"].split(".")[1] in ("budget", "source", "clock")]
    assert all(f'"{row["type"]}"' in row["body"] for row in found)
