"""One id, two contents: the one a dead letter refused is shown nowhere, whatever arrives first, and nothing overwrites."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.envelope import Event
from schemas.events.budget import BudgetPaidV1, BudgetPeriodPublishedV1
from schemas.events.inquiries import InquiryAnsweredV1
from services.adapters import clickhouse
from services.adapters.clickhouse import Warehouse, migrate, sql_files
from services.adapters.clock import FakeClock
from services.adapters.codec import encode
from services.adapters.deadletters import dead_letter
from tests.sql.samples import NOW, event, every_type, insert, line_id, rows_of, statement
from tests.sql.test_replay import everything

EARLIER = NOW - timedelta(days=1)
BEFORE_DIGESTS = "0005"


def of_type(kind: type) -> Event:
    """The first example of a type."""
    return next(each for each in every_type() if isinstance(each.data, kind))


def said_again(first: Event, **changes: Any) -> Event:
    """Other content under the same id, observed before the first: by the old rule it would win."""
    data = first.data.model_copy(update=changes)
    return first.model_copy(update={"data": data, "observedat": first.observedat - timedelta(days=1)})


def letter_about(refused: Event, first_offset: int = 7) -> Event:
    """The dead letter the tracker keeps of a message whose id stood for another content."""
    return dead_letter(
        encode(refused),
        code="id_conflict",
        reason="its id stands for what came with it before",
        origin=f"esep.facts/0/{first_offset}",
        field="id",
        source="/tracker",
        clock=FakeClock(NOW),
        refused=refused,
    )


def conflicts() -> list[tuple[Event, Event]]:
    """Of every table that follows from facts alone: what stands, and what used its id later."""
    money, period, payment = statement("1", paid="80"), of_type(BudgetPeriodPublishedV1), of_type(BudgetPaidV1)
    watermark = next(each for each in every_type() if each.type == "esep.source.observed.v1")
    answer = of_type(InquiryAnsweredV1)
    return [
        (money, said_again(money, paid=Decimal(999))),
        (period, said_again(period, lines=999)),
        (payment, said_again(payment, amount=Decimal(999))),
        (watermark, said_again(watermark, lag_s=999)),
        (answer, said_again(answer, occurred_on=(NOW - timedelta(days=9)).date())),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(("first", "refused", "letter"))), ids="-".join)
def test_what_was_refused_is_shown_nowhere_in_any_order(warehouse: Warehouse, order: tuple[str, ...]) -> None:
    pairs = conflicts()
    letters = [letter_about(refused) for _, refused in pairs]
    parts = {"first": [f for f, _ in pairs], "refused": [r for _, r in pairs], "letter": letters}
    insert(warehouse, [*parts["first"], *letters], "without")
    expected = everything(warehouse)

    for table in ("events", "source_watermarks", "budget_statements", "budget_periods", "budget_transactions"):
        warehouse.command(f"TRUNCATE TABLE {table}_rows")
    warehouse.command("TRUNCATE TABLE dead_letters_rows")
    for number, name in enumerate(order):
        insert(warehouse, parts[name], f"{name}:{number}:{order}")
    assert everything(warehouse) == expected

    for name in reversed(order):
        insert(warehouse, parts[name], f"again:{name}:{order}")
    assert everything(warehouse) == expected, "a replay changes nothing"


def test_until_it_is_refused_it_stands_beside_and_replaces_nothing(warehouse: Warehouse) -> None:
    (first, refused), *_ = conflicts()
    insert(warehouse, [refused], "1")
    insert(warehouse, [first], "2")
    shown = warehouse.rows("SELECT sha256 FROM events ORDER BY sha256")
    assert [row["sha256"] for row in shown] == sorted({row.sha256 for row in rows_of([first, refused])})


def test_the_same_content_under_another_id_is_not_hidden(warehouse: Warehouse) -> None:
    (first, refused), *_ = conflicts()
    elsewhere = event(refused.data, first.subject, version="2")
    insert(warehouse, [first, letter_about(refused), elsewhere], "1")
    ids = {row["event_id"] for row in warehouse.rows("SELECT event_id FROM events")}
    assert ids == {first.id, elsewhere.id}


def test_a_row_from_before_digests_beside_its_own_event_changes_nothing(warehouse: Warehouse) -> None:
    """It had no archived event to get a digest from; then the log was read again."""
    alone = event(of_type(BudgetPaidV1).data, line_id("500"))
    facts = [*(first for first, _ in conflicts()), alone]
    insert(warehouse, facts, "read again")
    expected = everything(warehouse)
    older = [row.model_copy(update={"sha256": ""}) for row in rows_of(facts) if row.table != "events_rows"]
    for number, row in enumerate(older):
        warehouse.insert([row], f"{number}")
        assert warehouse.scalar(f"SELECT count() FROM {row.table} FINAL WHERE event_id = '{row.event_id}'") == 2
    assert len({row.table for row in older}) == 4
    assert everything(warehouse) == expected


def test_rows_from_before_digests_get_theirs_and_are_not_doubled(
    empty: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warehouse of the last release: migrated, replayed into, and migrated once more half way."""
    facts = [first for first, _ in conflicts()]
    ours = sql_files("migrations")
    older = [each for each in ours if each.name < BEFORE_DIGESTS]
    with monkeypatch.context() as past:
        past.setattr(clickhouse, "sql_files", lambda folder: older if folder == "migrations" else [])
        migrate(empty)
    tables = sorted({row.table for row in rows_of(facts)})
    for table in tables:
        rows = [row for row in rows_of(facts) if row.table == table]
        columns = [name for name in rows[0].columns() if table == "events_rows" or name != "sha256"]
        values = [[getattr(row, name) for name in columns] for row in rows]
        empty._client.insert(table, values, column_names=columns)

    migrate(empty)
    (digests,) = (each for each in ours if each.name.startswith(BEFORE_DIGESTS))
    for sql in digests.statements():
        empty.command(sql)
    migrated = everything(empty)
    insert(empty, facts, "replay")
    assert everything(empty) == migrated
    for table in tables:
        counted = empty.rows(f"SELECT count() AS n, countIf(sha256 = '') AS without FROM {table} FINAL")
        assert counted == [{"n": sum(row.table == table for row in rows_of(facts)), "without": 0}], table
