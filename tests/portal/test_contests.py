"""Contests, later stages, and whose lateness it is: what every page, list and feed says of them."""

import pytest
from starlette.testclient import TestClient

from tests.portal.reading import read
from tests.portal.recorded_country import (
    APPEAL,
    COMPLAINT,
    CONTEST,
    DISPUTED,
    EXTENSION_NOTICE,
    FINDING,
    PASSED_ON_LATE,
    TRANSFERRED,
)

OF_CLAIMS = (
    "/en/overdue",
    "/en/overdue?body=kz.adm.226",
    "/en/bodies/kz.adm.226",
    "/api/v1/overdue?limit=1000",
    "/api/v1/overdue?format=csv&limit=all",
    "/api/v1/alerts?state=raised&limit=1000",
    "/api/v1/alerts?state=escalated&limit=1000",
    "/feeds/overdue.atom?lang=en",
    "/feeds/overdue.atom?lang=en&body=kz.adm.226",
    "/feeds/deadlines.ics?lang=en",
)


def main_of(portal: TestClient, path: str) -> str:
    answer = portal.get(path)
    assert answer.status_code == 200, answer.text[:300]
    return read(answer.text).all("main")[0].text


@pytest.mark.parametrize("path", OF_CLAIMS)
def test_a_contested_claim_is_gone_from_everything_that_claims(portal: TestClient, path: str) -> None:
    answer = portal.get(path)
    assert answer.status_code == 200
    assert "Test inquiry disputed" not in answer.text
    assert DISPUTED not in answer.text


def test_what_claims_holds_the_others_so_that_the_absence_means_something(portal: TestClient) -> None:
    for path in OF_CLAIMS[:6]:
        assert PASSED_ON_LATE in portal.get(path).text, path


def test_a_contested_record_shows_both_sides_and_no_claim(portal: TestClient) -> None:
    for language in ("kk", "ru", "en"):
        shown = main_of(portal, f"/{language}/obligations/{DISPUTED}")
        assert CONTEST in shown
        assert FINDING in shown
    assert "No claim is made: the body disputes the record." in shown
    assert "being examined: no claim is published until it is settled" in shown
    assert "It is 12 days late" not in shown
    badges = read(portal.get(f"/en/obligations/{DISPUTED}").text).all("span")
    assert "late" not in {badge.text for badge in badges if "badge" in badge.attributes.get("class", "")}


def test_the_history_of_a_contest_names_claim_and_withdrawal(portal: TestClient) -> None:
    shown = main_of(portal, f"/en/obligations/{DISPUTED}")
    assert "Claimed: not done by 8 May 2026." in shown
    assert "The claim for 8 May 2026 was withdrawn: the body disputes the record." in shown
    assert f"Ministry of Healthcare contests the record: “{CONTEST}”" in shown


def test_the_api_gives_a_contest_as_an_object(portal: TestClient) -> None:
    found = portal.get(f"/api/v1/obligations/{DISPUTED}").json()
    assert found["dispute"] == {
        "contested_by": "kz.adm.226",
        "contested_on": "2026-05-18",
        "reason": CONTEST,
        "state": "held",
        "settled_on": None,
        "finding": FINDING,
    }
    assert (found["claim"], found["withheld_reason"], found["days_late"]) == ("withheld", "disputed", None)
    assert portal.get(f"/api/v1/obligations/{APPEAL}").json()["dispute"] is None


def test_lateness_belongs_to_whoever_held_it_when_due(portal: TestClient) -> None:
    shown = read(portal.get(f"/en/obligations/{PASSED_ON_LATE}").text)
    verdict = next(p.text for p in shown.all("p") if "verdict-late" in p.attributes.get("class", ""))
    assert verdict.startswith("Ministry of Healthcare owed this by 6 May 2026.")
    held = next(table for table in shown.all("table") if table.all("caption")[0].text == "Who held it when")
    assert [[cell.text for cell in row.all("th", "td")] for row in held.all("tbody")[0].all("tr")] == [
        ["Ministry of Healthcare", "6 Apr 2026", "12 May 2026", "6"],
        ["Ministry of Finance", "12 May 2026", "still holds it", "still growing"],
    ]
    rows = {row.text for row in read(portal.get("/en/overdue").text).all("tr")}
    (row,) = (row for row in rows if "passed-on-late" in row)
    assert "Ministry of Healthcare" in row
    assert "now with: Ministry of Finance" in row


def test_the_body_that_got_it_late_is_not_charged_with_it(portal: TestClient) -> None:
    bodies = {row["owed_by"]: row for row in portal.get("/api/v1/bodies").json()["items"]}
    assert (bodies["kz.adm.217"]["late"], bodies["kz.adm.226"]["late"]) == (1, 2)
    atom = portal.get("/feeds/overdue.atom?lang=en&body=kz.adm.217").text
    assert "passed-on-late" not in atom


def test_a_stage_leads_to_what_opened_it_and_back(portal: TestClient) -> None:
    for stage, origin in ((EXTENSION_NOTICE, APPEAL), (COMPLAINT, TRANSFERRED)):
        for obligation, other in ((stage, origin), (origin, stage)):
            page = read(portal.get(f"/en/obligations/{obligation}").text)
            hrefs = {a.attributes["href"].partition("?")[0] for a in page.all("a")}
            assert f"/en/obligations/{other}" in {href.replace("%7E", "~") for href in hrefs}
        assert portal.get(f"/api/v1/obligations/{stage}").json()["opened_by"] == origin
        assert [each["obligation_id"] for each in portal.get(f"/api/v1/obligations/{origin}").json()["opens"]] == [
            stage
        ]


def test_what_no_source_reports_is_said_so(portal: TestClient) -> None:
    shown = main_of(portal, f"/en/obligations/{EXTENSION_NOTICE}")
    assert "No claim is made: no source shows whether this duty is done." in shown
