"""The status page and the metrics tell what runs behind the pages of a home, also while the warehouse is away."""

from pathlib import Path

import orjson
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from starlette.testclient import TestClient

from services.adapters.home_metrics import HomeCollector
from services.portal.freshness import FreshnessCollector
from services.portal.site import Site
from services.wording.words import LANGUAGES, all_words
from tests.portal.conftest import app_over
from tests.ports import free_port

SINCE = "2026-03-09T12:00:00+00:00"
STATE = {
    "catching_up": False,
    "noted_at": SINCE,
    "lag": {"esep.facts": {"tracker": 0, "sink": 1234}},
    "services": {
        "warehouse": {"pid": 1, "started_at": SINCE, "answers": False},
        "tracker": {
            "pid": 2,
            "started_at": SINCE,
            "health": "http://127.0.0.1:1/healthz",
            "restarts": {"quiet": 2, "ended": 1},
            "last_reason": "it did not answer 5 times in a row",
            "answers": True,
            "alive": True,
            "stage": "probe",
            "came_through_at": SINCE,
        },
        "sink": {
            "pid": 3,
            "started_at": SINCE,
            "answers": True,
            "alive": True,
            "waits_for": {"warehouse": "http://127.0.0.1:9 does not answer"},
            "stage": "committed",
            "came_through_at": SINCE,
        },
    },
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of a home whose warehouse is away."""
    (tmp_path / "state.json").write_bytes(orjson.dumps(STATE))
    return tmp_path


def shown(page: str, language: str) -> None:
    """The services, their restarts and the lag are on a page, in its words."""
    words = next(each for name, each in all_words().items() if name == language)
    for key in ("service_names.tracker", "progress_stages.probe", "service_standings.silent", "waits_for.warehouse"):
        assert words(key) in page, key
    assert f"{words('restart_causes.quiet')}: 2" in page
    assert f"{words('restart_causes.ended')}: 1" in page
    assert words.number(1234) in page
    assert "127.0.0.1:9" not in page, "addresses are the operator's"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_status_page_shows_what_runs(language: str, recorded: str, home: Path) -> None:
    with TestClient(app_over(recorded, home)) as client:
        page = client.get(f"/{language}/status")
    assert page.status_code == 200
    shown(page.text, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_shown_without_a_warehouse_too(language: str, home: Path) -> None:
    with TestClient(app_over(f"http://127.0.0.1:{free_port()}/esep", home)) as client:
        page = client.get(f"/{language}/status")
    assert page.status_code == 503
    shown(page.text, language)


def test_a_cluster_has_no_supervisor_and_shows_none(recorded: str, tmp_path: Path) -> None:
    with TestClient(app_over(recorded, tmp_path)) as client:
        assert client.get("/api/v1/status").json()["services"] == []
        assert 'id="services"' not in client.get("/en/status").text


def test_one_scrape_address_tells_of_the_whole_home(home: Path) -> None:
    asked: list[str] = []

    def fetch(url: str) -> str:
        asked.append(url)
        return (
            "# TYPE tracker_facts_total counter\n"
            'tracker_facts_total{topic="esep.facts",partition="0"} 7.0\n'
            "# TYPE python_info gauge\npython_info 1.0\n"
        )

    registry = CollectorRegistry()
    registry.register(HomeCollector(home, fetch))
    lines = generate_latest(registry).decode().splitlines()
    assert asked == ["http://127.0.0.1:1/metrics"]
    assert 'home_up{service="warehouse"} 0.0' in lines
    assert 'home_up{service="sink"} 1.0' in lines
    assert 'home_restarts_total{cause="quiet",service="tracker"} 2.0' in lines
    assert 'home_lag_records{reader="sink",topic="esep.facts"} 1234.0' in lines
    assert 'tracker_facts_total{partition="0",service="tracker",topic="esep.facts"} 7.0' in lines
    assert not [line for line in lines if "python_info" in line]


def test_a_program_that_does_not_answer_is_left_out(home: Path) -> None:
    registry = CollectorRegistry()
    registry.register(HomeCollector(home))
    lines = generate_latest(registry).decode().splitlines()
    assert 'home_up{service="tracker"} 1.0' in lines
    assert not [line for line in lines if line.startswith("tracker_")]


def test_freshness_of_each_source_by_its_worlds_clock(recorded: str, tmp_path: Path) -> None:
    lines = freshness(app_over(recorded, tmp_path).state.site)
    ages = [line for line in lines if line.startswith("source_age_seconds{")]
    assert ages
    assert all(float(line.rpartition(" ")[2]) >= 0 for line in ages)
    assert "warehouse_up 1.0" in lines


def test_of_a_warehouse_that_is_away_only_that_is_told(tmp_path: Path) -> None:
    lines = freshness(app_over(f"http://127.0.0.1:{free_port()}/esep", tmp_path).state.site)
    assert "warehouse_up 0.0" in lines
    assert not [line for line in lines if line.startswith("source_age_seconds{")]


def freshness(site: Site) -> list[str]:
    """The lines of the collector alone."""
    registry = CollectorRegistry()
    registry.register(FreshnessCollector(site.reader, site.worlds))
    return generate_latest(registry).decode().splitlines()
