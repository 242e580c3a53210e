"""Replays change nothing: the same batches again, and the same events cut into other batches."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from schemas.envelope import Event
from schemas.rows.tables import TABLES
from services.adapters.clickhouse import Warehouse
from tests.sql.samples import NOW, every_type, insert, obligation, statement, tick
from tests.sql.test_views import VIEWS


def world() -> list[Event]:
    """All types, an obligation in three versions, a revised statement, ticks of two clocks."""
    return [
        *every_type(),
        *(obligation(1, version=version, facts=version) for version in (1, 2, 3)),
        *(obligation(number, owed_by=f"gb.dept.{number % 3}") for number in range(2, 40)),
        statement("1", paid="80"),
        statement("2", paid="90", observed_at=NOW + timedelta(days=30)),
        tick(),
        tick(NOW + timedelta(hours=1), "kz-demo"),
    ]


def everything(warehouse: Warehouse) -> dict[str, list[str]]:
    """What every view shows, as a reader sees it."""
    return {view: sorted(map(repr, warehouse.rows(f"SELECT * FROM {view}"))) for view in VIEWS}


def batches(events: Sequence[Event], size: int) -> list[Sequence[Event]]:
    """The events in order, cut into batches."""
    return [events[start : start + size] for start in range(0, len(events), size)]


def stored(warehouse: Warehouse) -> dict[str, Any]:
    """Rows on disk per table, copies included."""
    return {table: warehouse.scalar(f"SELECT count() FROM {table}") for table in TABLES}


def test_the_same_batches_again_store_nothing(warehouse: Warehouse) -> None:
    for number, batch in enumerate(batches(world(), 7)):
        insert(warehouse, batch, f"7:{number}")
    shown, kept = everything(warehouse), stored(warehouse)
    for number, batch in enumerate(batches(world(), 7)):
        insert(warehouse, batch, f"7:{number}")
    assert stored(warehouse) == kept
    assert everything(warehouse) == shown


def test_a_replay_cut_otherwise_shows_the_same(warehouse: Warehouse) -> None:
    insert(warehouse, world(), "whole")
    shown = everything(warehouse)
    for number, batch in enumerate(batches(world(), 5)):
        insert(warehouse, batch, f"5:{number}")
    assert everything(warehouse) == shown


def test_a_partial_replay_in_another_order_shows_the_same(warehouse: Warehouse) -> None:
    insert(warehouse, world(), "whole")
    shown = everything(warehouse)
    insert(warehouse, [each for each in reversed(world()) if each.subject != "tick:0"], "back to front")
    assert everything(warehouse) == shown


def test_a_token_protects_a_block_and_nothing_else(warehouse: Warehouse) -> None:
    insert(warehouse, [obligation(1)], "one")
    insert(warehouse, [obligation(1)], "one")
    assert warehouse.scalar("SELECT count() FROM obligations_rows") == 1
    insert(warehouse, [obligation(1)], "two")
    assert warehouse.scalar("SELECT count() FROM obligations") == 1


def test_a_broadcast_event_is_stored_once(warehouse: Warehouse) -> None:
    observed = next(each for each in every_type() if each.type == "esep.source.observed.v1")
    insert(warehouse, [observed] * 4, "four partitions")
    assert warehouse.scalar("SELECT count() FROM events") == 1
    assert warehouse.scalar("SELECT count() FROM sources") == 1
