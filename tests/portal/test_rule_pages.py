"""The page of a rule, and the list of rules: everything the data say, in three languages, and the same in the API."""

import pytest
from starlette.testclient import TestClient

from schemas.rules import Rule
from services.adapters.rulebook import load_rulebook
from services.wording.words import LANGUAGES, all_words
from tests.portal.reading import Element, faults, read

APPEALS = "kz.appeal.answer"


def page(portal: TestClient, language: str, path: str) -> Element:
    answer = portal.get(f"/{language}{path}")
    assert answer.status_code == 200
    return read(answer.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_page_tells_method_examples_stages_and_source(portal: TestClient, language: str) -> None:
    shown = page(portal, language, f"/rules/{APPEALS}")
    words = next(words for name, words in all_words().items() if name == language)
    assert faults(shown, language) == []
    headings = [heading.text for heading in shown.all("h3")]
    for key in ("rule.method", "rule.stages", "rule.examples", "rule.exclusions", "rule.source"):
        assert words(key) in headings
    newest = load_rulebook().rules[APPEALS][-1]
    examples = [each for each in shown.all("details") if each.attributes.get("class") == "example"]
    assert len(examples) == sum(len(rule.examples) for rule in load_rulebook().rules[APPEALS])
    due = " ".join(words.date(newest.examples[0].due).split())
    assert due in examples[0].all("summary")[0].text
    assert any("trace-counted" in step.attributes.get("class", "") for step in examples[0].all("li"))
    assert words("rule.example_off") not in shown.text
    links = {a.attributes["href"] for a in shown.all("a")}
    assert {f"/{language}/rules/{stage.rule}" for stage in newest.opens} <= links


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_a_page_without_faults(portal: TestClient, language: str) -> None:
    for rule_id in load_rulebook().rules:
        assert faults(page(portal, language, f"/rules/{rule_id}"), language) == [], rule_id


def test_the_list_groups_rules_by_country_with_force_and_confidence(portal: TestClient) -> None:
    shown = page(portal, "en", "/rules")
    newest = [versions[-1] for versions in load_rulebook().rules.values()]
    sections = {section.all("h2")[0].text: section for section in shown.all("section") if section.all("h2")}
    countries = {"kz": "Kazakhstan", "gb": "United Kingdom", "fr": "France", "eu": "European Union"}
    for code, name in countries.items():
        rows = sections[name].all("tbody")[0].all("tr")
        assert len(rows) == sum(rule.jurisdiction == code for rule in newest)
    (foi,) = (row.text for row in sections["United Kingdom"].all("tr") if "gb.foi" in row.text)
    assert "20 working days" in foi
    assert "statute" in foi
    assert "text verified" in foi


def test_the_api_gives_every_field_of_a_rule(portal: TestClient) -> None:
    versions = portal.get(f"/api/v1/rules/{APPEALS}").json()["versions"]
    assert [set(version) for version in versions] == [set(Rule.model_fields)] * len(versions)
    assert Rule.model_validate(versions[-1]) == load_rulebook().rules[APPEALS][-1]
