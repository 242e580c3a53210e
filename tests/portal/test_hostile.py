"""What a hostile source or reader tries: script in texts, SQL in parameters, odd paths; and the headers that hold it."""

from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from services.portal.site import web_address
from tests.portal.reading import read
from tests.portal.recorded_country import HOSTILE
from tests.portal.recorded_money import HOSTILE_NAME

INJECTIONS = (
    "' OR 1=1 --",
    "kz.adm.226' UNION ALL SELECT body FROM events --",
    "kz.adm.226\\' OR \\'1\\'=\\'1",
    "{world:String}",
    "1; DROP VIEW obligations",
    "\x00",
    "%27%20OR%201%3D1",
)


@pytest.mark.parametrize(
    "path",
    [
        "/en/obligations",
        "/en/obligations/kz.inquiry:late-2",
        "/en/overdue",
        "/en/bodies/kz.adm.217",
        "/en/dead-letters",
    ],
)
def test_hostile_text_is_shown_as_text(portal: TestClient, path: str) -> None:
    answer = portal.get(path)
    page = read(answer.text)
    assert page.all("script", "img") == []
    assert HOSTILE in page.text
    assert "49" not in [element.text for element in page.all("a")]


def test_hostile_text_is_shown_as_text_in_feeds(portal: TestClient) -> None:
    feed = portal.get("/feeds/overdue.atom?lang=en").text
    assert "<script" not in feed
    assert "&lt;script&gt;" in feed


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize("parameter", ["body", "kind", "lifecycle", "since", "region", "cursor", "world"])
def test_sql_in_a_filter_is_refused(portal: TestClient, parameter: str, injection: str) -> None:
    for path in ("/api/v1/obligations", "/en/obligations"):
        answer = portal.get(path, params={parameter: injection})
        assert answer.status_code in (400, 404)
        assert "DB::Exception" not in answer.text


@pytest.mark.parametrize("path", ["/en/budget", "/en/budget/findings/budget.renamed", "/en/budget/heat"])
def test_hostile_names_of_budget_lines_are_shown_as_text(portal: TestClient, path: str) -> None:
    page = read(portal.get(path).text)
    assert page.all("script", "img") == []
    assert HOSTILE_NAME in page.text


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize("parameter", ["finding", "blocks", "period_end", "region", "level", "classification"])
def test_sql_in_a_filter_of_budgets_is_refused(portal: TestClient, parameter: str, injection: str) -> None:
    answer = portal.get("/api/v1/budget/findings", params={parameter: injection})
    assert (answer.status_code, "DB::Exception" in answer.text) == (400, False)


@pytest.mark.parametrize("injection", INJECTIONS)
def test_sql_in_an_address_of_budgets_finds_nothing(portal: TestClient, injection: str) -> None:
    odd = quote(injection, safe="")
    assert portal.get(f"/en/budget/findings/{odd}").status_code == 404
    assert portal.get(f"/en/budget/{odd}").status_code == 404
    assert portal.get("/en/budget/heat", params={"of": injection[:20]}).status_code in (200, 400)
    assert portal.get("/en/budget/heat", params={"year": injection}).status_code == 400


@pytest.mark.parametrize("injection", INJECTIONS)
def test_sql_in_an_unbounded_text_finds_nothing(portal: TestClient, injection: str) -> None:
    rows = portal.get("/api/v1/budget/lines", params={"code": injection})
    assert rows.status_code == 200
    assert rows.json()["items"] == []
    assert portal.get(f"/api/v1/obligations/{quote(injection, safe='')}").status_code == 404
    assert portal.get("/api/v1/obligations").json()["items"] != []


@pytest.mark.parametrize(
    "path", ["/", "/en/", "/en/nothing", "/api/v1/bodies", "/static/esep.css", "/api/docs", "/x/y"]
)
def test_every_answer_carries_a_strict_policy(portal: TestClient, path: str) -> None:
    headers = portal.get(path, follow_redirects=False).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://example.org/a", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https:alert(1)", False),
        ("http://[::1", False),
        ("//example.org", False),
    ],
)
def test_only_web_addresses_become_links(url: str, followed: bool) -> None:
    assert (web_address(url) == url) is followed
    assert followed or web_address(url) is None


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fsettings.py"])
def test_only_static_files_are_served(portal: TestClient, path: str) -> None:
    assert portal.get(path).status_code == 404


def test_an_error_page_does_not_repeat_what_was_asked(portal: TestClient) -> None:
    answer = portal.get("/en/obligations/<svg onload=alert(1)>")
    assert answer.status_code == 404
    page = read(answer.text)
    assert page.all("svg") == []
    assert "onload" not in page.all("main")[0].text
