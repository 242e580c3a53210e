"""A small world to be rebuilt, and a fresh database to rebuild it in; a session of the engine is shared with nobody."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from services.adapters.clickhouse import Warehouse, connect, migrate
from tests.sql.conftest import server
from tests.verify.worlds import tell_the_story

__all__ = ["server"]

_numbers = count(1)


@pytest.fixture
def source(server: str, tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse with something in every view; its journal is gone."""
    warehouse = connect(f"{server}/replay_from_{next(_numbers)}")
    migrate(warehouse)
    tell_the_story(tmp_path / "journal.sqlite3", warehouse)
    (tmp_path / "journal.sqlite3").unlink()
    yield warehouse
    warehouse.close()


@pytest.fixture
def target(server: str) -> Iterator[Warehouse]:
    """A database that does not exist yet."""
    warehouse = connect(f"{server}/replay_into_{next(_numbers)}")
    yield warehouse
    warehouse.close()
