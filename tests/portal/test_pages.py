"""Every page in three languages: well formed, readable without sight, translated, and of one world."""

import re
from functools import cache

import pytest
from starlette.testclient import TestClient

from schemas.rules import Language
from services.portal.budget_checks import CHECKS
from services.wording.words import LANGUAGES, all_words
from tests.portal.reading import Element, faults, read
from tests.portal.recorded_country import APPEAL, LATE_INQUIRY, ONLY_SIMULATED, SIMULATION, TRANSFERRED
from tests.portal.recorded_money import BLOCKED_LINE, ENDED_LINE, LINE

PATHS = (
    "/",
    "/overdue",
    "/overdue?body=kz.adm.226&timeliness=very_late",
    "/bodies",
    "/bodies/kz.adm.226",
    "/bodies/gb.dept.900",
    "/obligations",
    "/obligations?owed=true&jurisdiction=kz&region=KZ-71&due_on=2026-05-20&since=2026-01-01",
    "/obligations?lifecycle=fulfilled&timeliness=fulfilled_late&claim=publishable&kind=inquiry.deputy",
    *(
        f"/obligations/{ident}"
        for ident in (
            LATE_INQUIRY,
            APPEAL,
            TRANSFERRED,
            "kz.inquiry:late-2",
            "kz.inquiry:today",
            "kz.inquiry:soon",
            "kz.inquiry:behind",
            "kz.inquiry:impossible",
            "kz.inquiry:withdrawn",
            "kz.inquiry:held",
            "kz.inquiry:march-0",
            "kz.inquiry:march-9",
            "gb.wq:0",
            "gb.wq:10",
        )
    ),
    "/budget",
    "/budget?of=kz/republican/&period=2026-03-31",
    f"/budget/{LINE}",
    f"/budget/{BLOCKED_LINE}",
    f"/budget/{ENDED_LINE}",
    "/budget/heat",
    "/budget/heat?of=kz/republican/&year=2025",
    "/budget/regions",
    "/budget/findings",
    *(f"/budget/findings/{code}" for code in CHECKS),
    "/budget/pefa",
    "/regions",
    "/rules",
    "/rules/kz.inquiry.answer",
    "/rules/kz.appeal.answer",
    "/rules/gb.wq.named_day",
    "/rules/gb.wq.ordinary",
    "/rules/kz.bud.annual.gov",
    "/data",
    "/about",
    "/status",
)
LANGUAGE_NAMES = {"Қазақша", "Русский", "English"}


@cache
def page(portal: TestClient, language: str, path: str) -> Element:
    """A page of the made-up record, read once; nobody changes it."""
    answer = portal.get(f"/{language}{path}")
    assert answer.status_code == 200, answer.text[:500]
    return read(answer.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_whole(portal: TestClient, language: Language, path: str) -> None:
    shown = page(portal, language, path)
    assert faults(shown, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_no_key_is_left_untranslated(portal: TestClient, language: Language, path: str) -> None:
    keys = set(all_words()["en"].messages) | {"due_unobserved", "very_late", "partly_fulfilled", "no_legal_deadline"}
    visible = page(portal, language, path).all("body")[0].texts(without=frozenset({"code"}))
    assert [text for text in visible if text in keys or re.fullmatch(r"\{\w+\}", text)] == []


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("path", PATHS)
def test_no_english_sentence_is_left_in_another_language(portal: TestClient, language: Language, path: str) -> None:
    own = {text for text in all_words()[language].messages.values() if isinstance(text, str)}
    english = {text for text in all_words()["en"].messages.values() if isinstance(text, str)} - own - LANGUAGE_NAMES
    visible = page(portal, language, path).all("body")[0].texts(without=frozenset({"code"}))
    assert [text for text in visible if text in english] == []


def test_the_front_door_leads_to_the_language_of_the_browser(portal: TestClient) -> None:
    answer = portal.get("/?world=x", headers={"accept-language": "de, ru;q=0.7, en;q=0.9"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/en/?world=x")
    nobody = portal.get("/", headers={"accept-language": "de"}, follow_redirects=False)
    assert nobody.headers["location"] == "/kk/"


def test_a_page_links_to_itself_in_the_other_languages(portal: TestClient) -> None:
    shown = page(portal, "ru", f"/obligations/{LATE_INQUIRY}?world=")
    links = {a.attributes["hreflang"]: a.attributes["href"] for a in shown.all("a") if "hreflang" in a.attributes}
    assert links["kk"] == f"/kk/obligations/{LATE_INQUIRY}?world="
    assert portal.get(links["en"]).status_code == 200


@pytest.mark.parametrize("path", ["/", "/overdue", "/bodies", "/obligations", "/data", "/about", "/rules"])
def test_every_link_of_a_page_leads_somewhere(portal: TestClient, path: str) -> None:
    shown = page(portal, "en", path)
    inside = {
        a.attributes["href"].split("#")[0] for a in shown.all("a", "link") if a.attributes["href"].startswith("/")
    }
    broken = {href: status for href in sorted(inside) if (status := portal.get(href).status_code) != 200}
    assert broken == {}


def test_a_simulated_page_says_so_everywhere(portal: TestClient) -> None:
    for path in ("/", "/overdue", "/bodies", "/obligations", "/data", "/about", "/budget", "/rules"):
        shown = page(portal, "en", f"{path}?world={SIMULATION}")
        assert shown.all("title")[0].text.startswith("[simulated]")
        assert "Simulated" in shown.all("aside")[0].text
        world_links = [a.attributes["href"] for a in shown.all("nav")[1].all("a")]
        assert all(f"world={SIMULATION}" in href for href in world_links)


def test_rows_of_a_simulated_world_are_labelled(portal: TestClient) -> None:
    shown = page(portal, "en", f"/obligations?world={SIMULATION}")
    rows = shown.all("tbody")[0].all("tr")
    assert len(rows) == 2
    assert all("simulated" in row.text for row in rows)


def test_the_real_world_shows_nothing_simulated(portal: TestClient) -> None:
    shown = page(portal, "en", "/obligations?limit=1000")
    assert ONLY_SIMULATED not in shown.text
    assert shown.all("aside") == []
    assert portal.get(f"/en/obligations/{SIMULATION}.inquiry:sim-1").status_code == 404


def test_small_n_is_withheld_and_large_n_is_shown(portal: TestClient) -> None:
    rows = page(portal, "en", "/").all("table")
    shares = next(table for table in rows if "shares" in table.attributes.get("class", ""))
    told = {row.text for row in shares.all("tr")}
    assert any("March 2026" in row and "57.1%" in row and "28.6%" in row and "14" in row for row in told)
    assert any("April 2026" in row and "withheld, n too small" in row for row in told)
    assert any("no legal deadline" in row for row in told)


def administrators(shown: Element) -> list[Element]:
    """The rows of the administrators on the page of a budget."""
    [table] = [each for each in shown.all("table") if "administrators" in each.attributes.get("class", "")]
    return table.all("tbody")[0].all("tr")


def test_a_missing_period_plan_gives_no_percentage(portal: TestClient) -> None:
    shown = page(portal, "en", "/budget?of=kz/republican/&period=2026-03-31")
    rows = [row.text for row in administrators(shown)]
    assert all("the source has no period plan" in row for row in rows)
    assert any("25.0%" in row for row in rows)
    latest = page(portal, "en", "/budget")
    assert any("the source shows nothing approved" in row.text for row in administrators(latest))


def test_why_this_date_names_rule_days_and_roll_forward(portal: TestClient) -> None:
    steps = [step.text for step in _trace(portal, LATE_INQUIRY)]
    assert steps[0].startswith("Rule: Written answer to a deputies' inquiry (kz.inquiry.answer.v1).")
    assert any("1 month ends on 4 April 2026." in step for step in steps)
    assert any("4 April 2026 is not a working day. The due date moves to 6 April 2026." in step for step in steps)
    assert any("Late from 7 Apr 2026, 00:00 UTC+5" in step for step in steps)


def test_why_this_date_names_each_skipped_holiday(portal: TestClient) -> None:
    told = " ".join(step.text for step in _trace(portal, APPEAL))
    assert "1 May 2026: Day of Unity of the People of Kazakhstan" in told
    assert "weekends" in told
    assert "On 6 May 2026 the body extended the term: from 14 May 2026 to 30 June 2026." in told


def test_a_late_obligation_is_claimed_in_words(portal: TestClient) -> None:
    shown = page(portal, "en", f"/obligations/{LATE_INQUIRY}")
    verdict = next(p.text for p in shown.all("p") if "verdict-late" in p.attributes.get("class", ""))
    assert verdict.startswith("Ministry of Healthcare owed this by 6 April 2026.")
    assert "It is 44 days late." in verdict
    assert "secondary source" in verdict


def test_an_unobserved_one_is_not_claimed(portal: TestClient) -> None:
    shown = page(portal, "en", "/obligations/kz.inquiry:behind")
    assert "Not seen is not the same as not done." in shown.all("main")[0].text
    assert "days late" not in shown.all("main")[0].text


def test_a_transfer_shows_who_held_it_when(portal: TestClient) -> None:
    shown = page(portal, "en", f"/obligations/{TRANSFERRED}")
    held = next(table for table in shown.all("table") if table.all("caption")[0].text == "Who held it when")
    assert [[cell.text for cell in row.all("th", "td")] for row in held.all("tbody")[0].all("tr")] == [
        ["Ministry of Labour and Social Protection of Population", "17 Apr 2026", "21 Apr 2026", "0"],
        ["Ministry of Transport", "21 Apr 2026", "still holds it", "still growing"],
    ]


def test_the_evidence_of_a_fact_is_shown(portal: TestClient) -> None:
    shown = page(portal, "en", f"/obligations/{LATE_INQUIRY}")
    assert "ab" * 32 in shown.text
    assert "row 7" in shown.text


def test_due_today_is_on_the_front_page(portal: TestClient) -> None:
    shown = page(portal, "en", "/")
    today = next(section for section in shown.all("section") if section.attributes.get("id") == "today")
    assert "Due on the day of the test" in today.text
    assert "Wednesday, 20 May 2026" in today.text


def _trace(portal: TestClient, obligation: str) -> list[Element]:
    shown = page(portal, "en", f"/obligations/{obligation}")
    trace = next(each for each in shown.all("ol") if each.attributes.get("class") == "trace")
    return [step for step in trace.children if isinstance(step, Element)]
