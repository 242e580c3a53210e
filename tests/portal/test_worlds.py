"""Worlds: which one a reader gets, what time it is there, and that they are never mixed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient

from services.adapters.clickhouse import connect, migrate
from services.adapters.clock import FakeClock, SimulatedClock
from services.portal.app import create_app
from services.portal.settings import PortalSettings
from tests.portal.conftest import app_over
from tests.portal.recorded_country import NOW, SIMULATION, every_event, fill


def test_the_real_world_is_the_default_when_it_has_data(portal: TestClient) -> None:
    assert portal.get("/api/v1/overview").json()["simulation"] == ""
    assert portal.get(f"/api/v1/overview?world={SIMULATION}").json()["simulation"] == SIMULATION


def test_the_only_world_with_data_is_the_default(server: str, tmp_path: Path) -> None:
    url = f"{server}/only_simulated"
    warehouse = connect(url)
    try:
        migrate(warehouse)
        fill(warehouse, [event for event in every_event() if event.simulation == SIMULATION])
    finally:
        warehouse.close()
    with TestClient(app_over(url, tmp_path), raise_server_exceptions=False) as client:
        assert client.get("/api/v1/overview").json()["simulation"] == SIMULATION
        page = client.get("/en/").text
        assert "Simulated" in page
        assert f"world={SIMULATION}" not in page.split("<main")[1]
        assert client.get("/api/v1/overview?world=").json()["simulation"] == ""
        assert client.get("/en/?world=").status_code == 200


def test_an_unknown_world_is_not_the_real_one(portal: TestClient) -> None:
    assert portal.get("/en/?world=kz-nowhere").status_code == 404
    assert portal.get("/api/v1/obligations?world=kz-nowhere").json()["type"] == "urn:esep:problem:unknown_world"


def test_an_empty_record_says_so_kindly(empty_portal: TestClient) -> None:
    page = empty_portal.get("/en/")
    assert page.status_code == 200
    assert "Nothing is recorded here yet." in page.text
    overview = empty_portal.get("/api/v1/overview").json()
    assert (overview["as_of"], overview["judged_up_to"]) == ("2026-05-20T06:00:00Z", None)
    for path in ("overdue", "bodies", "obligations", "budget", "regions", "rules", "data", "about", "status"):
        assert empty_portal.get(f"/ru/{path}").status_code == 200


def test_judged_up_to_is_the_tick_and_now_goes_on(recorded: str, tmp_path: Path) -> None:
    later = FakeClock(NOW + timedelta(hours=20))
    app = create_app(PortalSettings(clickhouse_url=recorded, data=tmp_path), later)
    with TestClient(app) as client:
        overview = client.get("/api/v1/overview").json()
        assert overview["judged_up_to"] == "2026-05-20T06:00:00Z"
        assert overview["as_of"] == "2026-05-21T02:00:00Z"
        assert {"jurisdiction": "kz", "today": "2026-05-21"} in overview["today"]


def test_a_clock_behind_the_record_does_not_turn_time_back(recorded: str, tmp_path: Path) -> None:
    app = create_app(
        PortalSettings(clickhouse_url=recorded, data=tmp_path), FakeClock(datetime(2020, 1, 1, tzinfo=UTC))
    )
    with TestClient(app) as client:
        assert client.get("/api/v1/overview").json()["as_of"] == "2026-05-20T06:00:00Z"


def test_a_simulated_world_lives_by_its_own_clock(recorded: str, tmp_path: Path) -> None:
    real = FakeClock(NOW + timedelta(hours=1))
    clock = SimulatedClock(SIMULATION, NOW, NOW, 24.0, real)
    app = create_app(PortalSettings(clickhouse_url=recorded, data=tmp_path), clock)
    with TestClient(app) as client:
        assert client.get(f"/api/v1/overview?world={SIMULATION}").json()["as_of"] == "2026-05-21T06:00:00Z"
        assert client.get("/api/v1/overview?world=").json()["as_of"] == "2026-05-20T07:00:00Z"
