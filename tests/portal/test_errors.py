"""When the warehouse is away, a page is unknown or we are wrong: kind words, the right code, nothing of our insides."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from services.adapters.config import ConfigError
from services.portal.app import create_app
from services.portal.overview import Overview
from services.portal.settings import PortalSettings
from tests.portal.conftest import app_over
from tests.portal.reading import faults, read


@pytest.mark.parametrize(("language", "words"), [("en", "right now"), ("ru", "недоступна"), ("kk", "мүмкін емес")])
def test_without_a_warehouse_pages_say_so_kindly(lost_portal: TestClient, language: str, words: str) -> None:
    answer = lost_portal.get(f"/{language}/bodies")
    page = read(answer.text)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert words in page.all("h1")[0].text
    assert faults(page, language) == []
    assert "127.0.0.1" not in answer.text


def test_without_a_warehouse_the_api_says_so(lost_portal: TestClient) -> None:
    for path in ("/api/v1/overview", "/api/v1/obligations?format=csv&limit=all", "/feeds/overdue.atom"):
        answer = lost_portal.get(path)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:esep:problem:away")
        assert "127.0.0.1" not in answer.text


def test_alive_without_a_warehouse_but_not_ready(lost_portal: TestClient, portal: TestClient) -> None:
    assert lost_portal.get("/healthz").status_code == 200
    assert lost_portal.get("/readyz").status_code == 503
    assert portal.get("/readyz").status_code == 200
    assert lost_portal.get("/api/docs").status_code == 200


def test_a_warehouse_without_our_views_is_away_too(server: str, tmp_path: Path) -> None:
    with TestClient(app_over(f"{server}/never_made", tmp_path), raise_server_exceptions=False) as client:
        assert client.get("/en/").status_code == 503
        assert client.get("/readyz").status_code == 503


def test_a_portal_without_an_address_of_a_warehouse_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ESEP_CLICKHOUSE_URL"):
        create_app(PortalSettings(clickhouse_url=None, data=tmp_path))


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/en/nothing", 404, "no such page"),
        ("/en/bodies/kz.none", 404, "no such page"),
        ("/en/rules/kz.none", 404, "no such page"),
        ("/en/budget/kz/none", 404, "no such page"),
        ("/de/", 404, "no such page"),
        ("/en/obligations?lifecycle=lost", 400, "not understood"),
        ("/en/obligations?cursor=xyz", 400, "not understood"),
        ("/en/?world=nowhere", 404, "no such record"),
    ],
)
def test_an_error_is_a_page_of_its_own(portal: TestClient, path: str, status: int, words: str) -> None:
    answer = portal.get(path, headers={"accept-language": "en"})
    page = read(answer.text)
    assert answer.status_code == status
    assert words in page.all("h1")[0].text
    assert faults(page, "en") == []


def test_our_own_fault_is_recorded_and_not_shown(
    recorded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Overview:
        raise RuntimeError("a secret of our insides")

    monkeypatch.setattr("services.portal.pages.front.read_overview", broken)
    monkeypatch.setattr("services.portal.api.single.read_overview", broken)
    with (
        capture_logs() as logged,
        TestClient(app_over(recorded, tmp_path), raise_server_exceptions=False) as client,
    ):
        page, api = client.get("/ru/"), client.get("/api/v1/overview")
        assert [(line["event"], line["path"]) for line in logged] == [
            ("request failed", "/ru/"),
            ("request failed", "/api/v1/overview"),
        ]
        assert (page.status_code, api.status_code) == (500, 500)
        assert "у нас" in read(page.text).all("h1")[0].text
        assert "secret" not in page.text + api.text
        assert page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "shown"), [('{"catching_up": true}', True), ('{"catching_up": false}', False), ("{", False)]
)
def test_a_home_that_catches_up_says_so(recorded: str, tmp_path: Path, content: str, shown: bool) -> None:
    (tmp_path / "state.json").write_text(content)
    with TestClient(app_over(recorded, tmp_path), raise_server_exceptions=False) as client:
        for path in ("/en/", "/en/overdue", "/en/status", "/en/nothing"):
            assert ("catching up" in client.get(path).text) is shown
        assert client.get("/api/v1/overview").json()["catching_up"] is shown
