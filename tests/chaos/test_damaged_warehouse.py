"""What a full disk does to the engine (parts that are empty files), and that it heals without an operator.

The damage is made by hand here: the race that makes it is the campaign's ``disk_full``.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from schemas.rows.mapping import to_rows
from schemas.rows.tables import Row
from services.adapters.clickhouse import Warehouse, WarehouseError, connect, migrate
from services.adapters.codec import content_digest, encode
from tests.homes import WarehouseProcess, start_warehouse
from tests.stream.facts import filed

EVENTS = 40
STOP_S = 20


def rows() -> list[Row]:
    events = [filed(number) for number in range(EVENTS)]
    return [row for each in events for row in to_rows(each, body=encode(each).decode(), sha256=content_digest(each))]


@contextmanager
def started(folder: Path) -> Iterator[tuple[WarehouseProcess, Warehouse]]:
    process = start_warehouse(folder)
    try:
        with closing(connect(f"{process.url}/esep")) as warehouse:
            yield process, warehouse
    finally:
        process.stop()


def test_a_warehouse_that_cannot_read_a_part_ends_and_the_next_can_be_filled_again(tmp_path: Path) -> None:
    with started(tmp_path / "warehouse") as (process, warehouse):
        migrate(warehouse)
        warehouse.insert(rows(), "token")
        _empty_a_part(warehouse)
        with pytest.raises(WarehouseError):
            warehouse.rows("SELECT body FROM events")
        assert process.process.wait(STOP_S) == 1

    with started(tmp_path / "warehouse") as (_, warehouse):
        assert len(warehouse.rows("SELECT body FROM events")) < EVENTS
        warehouse.insert(rows(), "token")
        assert len(warehouse.rows("SELECT body FROM events")) < EVENTS, "the token is remembered, its rows are not"
        warehouse.insert(rows(), "token:1")
        assert len(warehouse.rows("SELECT body FROM events")) == EVENTS


def _empty_a_part(warehouse: Warehouse) -> None:
    """Make every file of one part of ``events_rows`` empty, as found after a full disk."""
    parts = warehouse.rows("SELECT path FROM system.parts WHERE active AND table = 'events_rows' ORDER BY path")
    for file in Path(parts[0]["path"]).iterdir():
        file.write_bytes(b"")
