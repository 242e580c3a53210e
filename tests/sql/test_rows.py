"""Row models and stored tables agree, every event type has a place, and values survive the way in and out."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from schemas.events.registry import event_types
from schemas.rows.mapping import is_mapped
from schemas.rows.tables import TABLES, EventRow, ObligationRow, Row
from services.adapters.calendar_days import TABLE as CALENDAR_DAYS
from services.adapters.clickhouse import Warehouse
from tests.sql.samples import every_type, insert, rows_of, statement


@pytest.mark.parametrize("name", sorted(event_types()))
def test_every_event_type_has_a_place_in_the_warehouse(name: str) -> None:
    assert is_mapped(event_types()[name])


def test_an_event_type_without_a_place_is_an_error() -> None:
    assert not is_mapped(object)  # type: ignore[arg-type]


def test_the_examples_cover_every_event_type_and_every_table() -> None:
    assert {each.type for each in every_type()} == set(event_types())
    assert {row.table for row in rows_of(every_type())} == set(TABLES)


def test_tables_have_the_columns_of_their_models(warehouse: Warehouse) -> None:
    query = (
        "SELECT name, type FROM system.columns "
        "WHERE database = currentDatabase() AND table = {table:String} ORDER BY position"
    )
    for table, model in TABLES.items():
        stored = {row["name"]: row["type"] for row in warehouse.rows(query, {"table": table})}
        assert list(stored.items()) == list(model.column_types().items()), table


def test_every_stored_table_can_take_a_replay(warehouse: Warehouse) -> None:
    query = (
        "SELECT name, engine, partition_key, sorting_key, engine_full FROM system.tables "
        "WHERE database = currentDatabase() AND endsWith(name, '_rows')"
    )
    found = {row["name"]: row for row in warehouse.rows(query)}
    assert set(found) == {*TABLES, CALENDAR_DAYS}
    # Calendars are written by whoever migrates, and no replay brings them.
    del found[CALENDAR_DAYS]
    for table in found.values():
        assert table["engine"] == "ReplacingMergeTree"
        assert table["partition_key"] == "bucket % 4"
        assert table["sorting_key"].startswith("bucket, ")
        assert "non_replicated_deduplication_window" in table["engine_full"]


def test_values_are_stored_exactly(warehouse: Warehouse) -> None:
    # The highest version of an obligation comes last, and stays.
    rows = sorted(rows_of(every_type()), key=lambda row: getattr(row, "version", 0))
    given = {_key(row): _comparable(row.model_dump()) for row in rows}
    insert(warehouse, every_type(), "once")
    for table, model in TABLES.items():
        for stored in warehouse.rows(f"SELECT {', '.join(model.columns())} FROM {table} FINAL"):
            assert _comparable(stored) == given.pop(_key(model.model_validate(stored)))
    assert not given


@pytest.mark.parametrize("amount", ["99999999999999999999999.999999", "-0.000001", "0", "20265000000.1"])
def test_money_is_exact(warehouse: Warehouse, amount: str) -> None:
    insert(warehouse, [statement(paid=amount, approved="0", obligations_taken="0")], "money")
    found = warehouse.rows("SELECT paid, executed_of_approved, commitments_outstanding FROM budget_execution")
    assert found == [
        {
            "paid": Decimal(amount),
            "executed_of_approved": None,
            "commitments_outstanding": Decimal(amount).copy_negate(),
        }
    ]


@pytest.mark.parametrize(
    "changes",
    [{"paid": "1" + "0" * 24}, {"period_end": date(1899, 12, 31)}, {"period_end": date(2300, 1, 1)}],
)
def test_what_a_column_cannot_hold_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        rows_of([statement(**changes)])


def _key(row: Row) -> tuple[object, ...]:
    """What makes a row one of its own; two contents under one id are two rows of the archive."""
    values = row.model_dump()
    name = "obligation_id" if isinstance(row, ObligationRow) else "event_id"
    return row.table, values[name], values["sha256"] if isinstance(row, EventRow) else ""


def _comparable(values: dict[str, object]) -> dict[str, object]:
    """Instants in whole milliseconds, which is what the columns hold; everything else as it is."""
    return {
        name: value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value
        for name, value in values.items()
    }
