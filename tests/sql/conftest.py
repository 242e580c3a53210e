"""The real engine for the tests of this folder: one server, a database of its own for every test."""

from collections.abc import Iterator
from itertools import count

import pytest

from services.adapters.clickhouse import Warehouse, connect, migrate
from tests.homes import running_warehouse

_numbers = count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running warehouse, without a database."""
    with running_warehouse(tmp_path_factory.mktemp("warehouse")) as url:
        yield url


@pytest.fixture
def empty(server: str) -> Iterator[Warehouse]:
    """A connection to a database that does not exist yet."""
    warehouse = connect(f"{server}/test_{next(_numbers)}")
    yield warehouse
    warehouse.close()


@pytest.fixture
def warehouse(empty: Warehouse) -> Warehouse:
    """A migrated, empty database."""
    migrate(empty)
    return empty
