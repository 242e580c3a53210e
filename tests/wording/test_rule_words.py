"""A rule in words: nothing its data say is left out, in no language, and every link of a page leads to a page."""

import re

import pytest

from schemas.rules import Rule
from services.adapters.rulebook import load_rulebook
from services.domain.explain import count_example
from services.wording.names import Names
from services.wording.rule_pages import INDEX, RECOUNTED_BY, all_pages
from services.wording.rule_words import Counted, RuleAccount, account_of
from services.wording.words import LANGUAGES, all_words
from tests.frame.tree import ROOT


def account(rule_id: str, version: int, language: str = "en") -> RuleAccount:
    book = load_rulebook()
    rule = next(rule for rule in book.rules[rule_id] if rule.version == version)
    words = next(words for name, words in all_words().items() if name == language)
    return account_of(rule, counted(rule), Names(words, book))


def counted(rule: Rule) -> list[Counted]:
    found = ((each, count_example(load_rulebook(), rule, each)) for each in rule.examples)
    return [Counted(each, deadline.due_on, deadline.trace) for each, deadline in found]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Every page, made once."""
    return all_pages(counted, Names(all_words()["en"], load_rulebook()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_version_of_every_rule_can_be_told(language: str) -> None:
    for rule_id, versions in load_rulebook().rules.items():
        for rule in versions:
            told = account(rule_id, rule.version, language)
            assert len(told.examples) == len(rule.examples)
            assert all(example.holds for example in told.examples), rule_id
            assert len(told.stages) == len(rule.opens)
            assert all(fact.label and fact.text for fact in (*told.method, *told.standing))


def test_an_appeal_says_what_moves_it_and_what_follows() -> None:
    told = account("kz.appeal.answer", 2)
    facts = {fact.label: fact.text for fact in told.method}
    assert facts["Term"] == "15 working days"
    assert facts["Extension"] == "by 2 months at most, counted from the decision to extend"
    assert facts["When it is passed on"] == "the term begins anew, from the date stated for the new body"
    assert [stage.rule_id for stage in told.stages] == ["kz.appeal.extension_notice", "kz.complaint.file"]


def test_a_convention_is_said_to_support_no_claim() -> None:
    standing = {fact.label: f"{fact.text} {fact.note}" for fact in account("gb.wq.ordinary", 1).standing}
    assert standing["What it supports"].startswith("statistics only, never a claim")
    assert "binds nobody" in standing["Force"]


def test_an_example_that_no_longer_holds_is_said_so() -> None:
    book = load_rulebook()
    rule = book.rules["kz.appeal.answer"][-1]
    off = [Counted(each.example, None, each.trace) for each in counted(rule)]
    assert not any(example.holds for example in account_of(rule, off, Names(all_words()["en"], book)).examples)


def test_every_link_between_pages_leads_to_one(pages: dict[str, str]) -> None:
    linked = {name for text in pages.values() for name in re.findall(r"\]\(([^):]+\.md)\)", text)}
    assert linked <= pages.keys()
    assert {name for name in pages if name != INDEX} <= set(re.findall(r"\]\(([^):]+\.md)\)", pages[INDEX]))


def test_the_test_that_recounts_the_examples_is_where_the_pages_say() -> None:
    assert (ROOT / RECOUNTED_BY).is_file()


def test_a_page_names_the_rule_in_three_languages_and_its_source(pages: dict[str, str]) -> None:
    for rule_id, versions in load_rulebook().rules.items():
        text = pages[f"{rule_id}.md"].replace("\\", "")
        newest = versions[-1]
        for said in (newest.title.kk, newest.title.ru, newest.title.en, newest.citation.article):
            assert said.replace("\u00a0", " ") in text, rule_id
