"""What was not understood, on its pages: by code, one by one, and never what it said; and a program that stands still."""

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.adapters.clock import FakeClock
from services.adapters.invalid_limits import Breach, TooManyInvalidError
from services.adapters.stops import StopNote
from services.portal.dead_letters import known_field
from tests.portal.conftest import app_over
from tests.portal.recorded_country import LETTER, NOW, NUMBERED_LETTER


def test_codes_are_counted_and_lead_to_their_letters(portal: TestClient) -> None:
    counts = portal.get("/api/v1/dead-letter-codes").json()["items"]
    assert [(each["code"], each["n"]) for each in counts] == [("invalid_json", 2)]
    page = portal.get("/en/dead-letters").text
    assert 'href="/en/dead-letters?code=invalid_json"' in page
    assert portal.get("/en/dead-letters?code=invalid_json").text.count("test.ndjson, line") == 2
    assert "No message was rejected for this reason" in portal.get("/en/dead-letters?code=too_large").text


def test_one_letter_tells_why_and_where_from_and_not_what_it_said(portal: TestClient) -> None:
    told = portal.get(f"/api/v1/dead-letters/{LETTER}").json()
    assert (told["code"], told["origin"], told["field"]) == ("invalid_json", "test.ndjson, line 1", "data.…")
    assert (told["same_bytes"], told["first_seen_at"], told["last_seen_at"]) == (1, told["kept_at"], told["kept_at"])
    assert not {"reason", "original"} & told.keys()
    for language, said in (("kk", "Түсініксіз"), ("ru", "Непонят"), ("en", "not understood")):
        page = portal.get(f"/{language}/dead-letters/{LETTER}").text
        assert told["sha256"] in page
        assert said in page
        assert f"esep dead-letters show {LETTER}" in page


def test_a_personal_number_for_a_name_is_shown_nowhere(portal: TestClient) -> None:
    told = portal.get(f"/api/v1/dead-letters/{NUMBERED_LETTER}")
    page = portal.get(f"/en/dead-letters/{NUMBERED_LETTER}")
    assert told.json()["field"] == "data.…"
    assert "<code>data.…</code>" in page.text
    assert "870112300123" not in told.text + page.text


@pytest.mark.parametrize("path", ["/en/dead-letters/", "/api/v1/dead-letters/"])
def test_an_unknown_letter_is_not_found(portal: TestClient, path: str) -> None:
    assert portal.get(f"{path}00000000-0000-0000-0000-000000000000").status_code == 404
    assert portal.get(f"{path}nonsense").status_code == 404


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("data.title", "data.title"),
        ("data.spans[3].body", "data.spans[3].body"),
        ("data.spans.12345.body", "data.spans.12345.body"),
        ("data.Aigerim Testova", "data.…"),
        ("data.870112300123", "data.…"),
        ("data.spans[123456]", "data.spans[…]"),
        ("data.²", "data.…"),
        ("Aigerim", "…"),
        ("", ""),
    ],
)
def test_only_our_own_names_of_fields_are_shown(field: str, shown: str) -> None:
    assert known_field(field) == shown


@pytest.mark.parametrize(
    ("breach", "kk", "ru", "en"),
    [
        (Breach(100), "Қатарынан түсініксіз: 100", "Не поняты подряд: 100", "100 in a row"),
        (Breach(41, 200), "Соңғы 200 ішінен", "41 из последних 200", "41 of the last 200"),
    ],
)
def test_a_program_that_stands_still_is_told_in_three_languages(
    recorded: str, tmp_path: Path, breach: Breach, kk: str, ru: str, en: str
) -> None:
    note = StopNote(tmp_path, "tracker", FakeClock(NOW - timedelta(hours=1)))
    note.write(TooManyInvalidError(("esep.facts", 3, 812), breach, code="invalid_json", setting="ESEP_TRACKER"))
    with TestClient(app_over(recorded, tmp_path)) as portal:
        for language, said in (("kk", kk), ("ru", ru), ("en", en)):
            page = portal.get(f"/{language}/status").text
            assert said in page
            assert 'role="alert"' in page
        (stop,) = portal.get("/api/v1/status").json()["stopped"]
        assert (stop["program"], stop["partition"], stop["offset"]) == ("tracker", 3, 812)
        note.passed("esep.facts", 3, 812)
        assert portal.get("/api/v1/status").json()["stopped"] != []
        note.passed("esep.facts", 3, 813)
        assert portal.get("/api/v1/status").json()["stopped"] == []
        assert 'role="alert"' not in portal.get("/en/status").text
