"""The real engine with two small worlds in it, filled once; boards ask it as its reader, as Grafana does."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing

import pytest

from schemas.rows.tables import Row
from services.adapters.clickhouse import Warehouse, connect, migrate
from tests.dashboards.records import SIMULATION, every_row
from tests.homes import running_warehouse

PASSWORDS = {"ESEP_WAREHOUSE_PASSWORD": "writes", "ESEP_WAREHOUSE_READER_PASSWORD": "reads"}


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A migrated warehouse that holds the real world and one simulation, as its reader sees it."""
    with running_warehouse(tmp_path_factory.mktemp("warehouse"), PASSWORDS) as url:
        host = url.removeprefix("http://")
        with closing(connect(f"http://default:writes@{host}/esep")) as writer:
            _fill(writer)
        with closing(connect(f"http://reader:reads@{host}/esep")) as reader:
            yield reader


def _fill(writer: Warehouse) -> None:
    migrate(writer)
    by_table: dict[str, list[Row]] = defaultdict(list)
    for row in [*every_row(""), *every_row(SIMULATION)]:
        by_table[row.table].append(row)
    for table, rows in by_table.items():
        writer.insert(rows, token=f"dashboards:{table}")
