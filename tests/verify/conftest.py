"""The real engine for the tests of this folder; a session of it is shared with nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.adapters.clickhouse import Warehouse, connect, migrate
from tests.sql.conftest import empty, server, warehouse
from tests.verify.worlds import tell_the_story

__all__ = ["empty", "server", "warehouse"]

World = tuple[Path, Warehouse]
"""A journal and a warehouse."""


@pytest.fixture(scope="module")
def world(server: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[World]:
    """The small world with something in every view, one for each test module."""
    journal = tmp_path_factory.mktemp("world") / "journal.sqlite3"
    name = request.module.__name__.rpartition(".")[2]
    warehouse = connect(f"{server}/{name}")
    migrate(warehouse)
    tell_the_story(journal, warehouse)
    yield journal, warehouse
    warehouse.close()
