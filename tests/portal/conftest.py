"""A portal over a real warehouse with a small made-up record; one over an empty one; one over none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from services.adapters.clickhouse import connect, migrate
from services.adapters.clock import FakeClock
from services.portal.app import create_app
from services.portal.settings import PortalSettings
from tests.homes import running_warehouse
from tests.portal.recorded_country import NOW, every_event, fill
from tests.ports import free_port


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running warehouse, without a database."""
    with running_warehouse(tmp_path_factory.mktemp("portal-warehouse")) as url:
        yield url


@pytest.fixture(scope="session")
def recorded(server: str) -> str:
    """Address of a database that holds the made-up record."""
    url = f"{server}/recorded"
    warehouse = connect(url)
    try:
        migrate(warehouse)
        fill(warehouse, every_event())
    finally:
        warehouse.close()
    return url


def app_over(url: str, data: Path) -> FastAPI:
    """A portal over one database, at the time of the record."""
    settings = PortalSettings(clickhouse_url=url, data=data, public_url="https://esep.example", warehouse_timeout_s=30)
    return create_app(settings, FakeClock(NOW))


@pytest.fixture(scope="session")
def app(recorded: str, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The portal over the made-up record, as an ASGI app."""
    return app_over(recorded, tmp_path_factory.mktemp("portal-data"))


@pytest.fixture(scope="session")
def portal(app: FastAPI) -> Iterator[TestClient]:
    """The portal over the made-up record."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def empty_portal(server: str, tmp_path: Path) -> Iterator[TestClient]:
    """A portal over a migrated database without a row."""
    url = f"{server}/empty"
    warehouse = connect(url)
    try:
        migrate(warehouse)
    finally:
        warehouse.close()
    with TestClient(app_over(url, tmp_path), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def lost_portal(tmp_path: Path) -> Iterator[TestClient]:
    """A portal whose warehouse is not there."""
    with TestClient(
        app_over(f"http://127.0.0.1:{free_port()}/esep", tmp_path), raise_server_exceptions=False
    ) as client:
        yield client
