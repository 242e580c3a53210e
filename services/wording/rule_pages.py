"""The pages of rules as Markdown: one page per rule with all its versions, and an index by jurisdiction.

Text only: who writes the files, and where, is the command's business.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from schemas.rules import Language, Rule
from services.wording.names import Names
from services.wording.rule_words import Counted, ExampleLine, Fact, RuleAccount, account_of, term_of

INDEX: Final = "README.md"
RECOUNTED_BY: Final = "tests/wording/test_rule_examples.py"
CHECK_COMMAND: Final = "esep rules check"
_WRITTEN: Final = "<!-- Written by `esep rules pages` from schemas/jurisdictions: change the data, not this page. -->"
_LANGUAGES: Final[Mapping[Language, str]] = {"kk": "Қазақша", "ru": "Русский", "en": "English"}

Count = Callable[[Rule], Sequence[Counted]]


def all_pages(count: Count, names: Names) -> dict[str, str]:
    """Every page by its file name: the index, and ``<rule id>.md`` for each rule.

    ``count`` gives a rule's worked examples as they are counted now.
    """
    rules = sorted(names.book.rules.items())
    pages = {f"{rule_id}.md": "\n".join(_page(versions, count, names)) + "\n" for rule_id, versions in rules}
    return {INDEX: "\n".join(_index([versions for _, versions in rules], names)) + "\n", **pages}


def rule_text(account: RuleAccount, names: Names) -> Iterator[str]:
    """One version of a rule as lines of Markdown."""
    words, rule = names.words, account.rule
    yield f"## {words('rule.version', n=rule.version)}: {account.validity}"
    yield from ("", f"### {words('rule.method')}", "")
    yield from _facts(account.method)
    yield from _stages(account, names)
    yield from _examples(account, names)
    for title, texts in (("rule.exclusions", account.exclusions), ("rule.assumptions", account.assumptions)):
        if texts:
            yield from ("", f"### {words(title)}", "")
            yield from (f"- {_plain(text)}" for text in texts)
    yield from ("", f"### {words('rule.source')}", "")
    cited = rule.citation
    yield f"{_plain(cited.act)}, {_plain(cited.article)}; {_plain(cited.edition)}."
    if cited.url is not None:
        yield f"[{words('rule.text_of_act')}]({cited.url})"
    yield ""
    yield from _facts(account.standing)


def _page(versions: Sequence[Rule], count: Count, names: Names) -> Iterator[str]:
    newest = versions[-1]
    yield _WRITTEN
    yield f"# `{newest.id}`: {_plain(names.text(newest.title))}"
    yield ""
    titles = {"kk": newest.title.kk, "ru": newest.title.ru, "en": newest.title.en}
    yield from (f"- {name}: {_plain(titles[language])}" for language, name in _LANGUAGES.items())
    yield f"- {names.jurisdiction(newest.jurisdiction)}, {names.kind(newest.kind)} (`{newest.kind}`); [all rules]({INDEX})"
    for rule in reversed(versions):
        yield ""
        yield from rule_text(account_of(rule, count(rule), names), names)


def _facts(facts: Sequence[Fact]) -> Iterator[str]:
    for fact in facts:
        note = f" {_plain(fact.note)}" if fact.note else ""
        yield f"- **{fact.label}:** {_plain(fact.text)}.{note}"


def _stages(account: RuleAccount, names: Names) -> Iterator[str]:
    if not account.stages:
        return
    yield from ("", f"### {names.words('rule.stages')}", "")
    for stage in account.stages:
        owed_by = f" ({_plain(stage.owed_by)})" if stage.owed_by else ""
        yield f"- {stage.when}: [{_plain(stage.title)}]({stage.rule_id}.md){owed_by}"


def _examples(account: RuleAccount, names: Names) -> Iterator[str]:
    words = names.words
    if account.rule.term is None:
        return
    yield from ("", f"### {words('rule.examples')}", "")
    if not account.examples:
        yield words("rule.no_examples")
        return
    for example in account.examples:
        yield f"- {_plain(example.text)}{'' if example.holds else ' ' + words('rule.example_off')}"
        yield from _steps(example)
    yield ""
    yield words("rule.recounted_by", command=f"`{CHECK_COMMAND}`", test=f"`{RECOUNTED_BY}`")


def _steps(example: ExampleLine) -> Iterator[str]:
    for step in example.steps:
        # The rule itself heads the page; repeating it under every example would bury the count.
        if step.code != "rule":
            details = f" {_plain('; '.join(step.details))}" if step.details else ""
            yield f"  - {_plain(step.text)}{details}"


def _index(rules: Sequence[Sequence[Rule]], names: Names) -> Iterator[str]:
    words = names.words
    yield _WRITTEN
    yield f"# {words('rules.title')}"
    yield from ("", words("rules.lede"))
    newest = [versions[-1] for versions in rules]
    for jurisdiction in sorted({rule.jurisdiction for rule in newest}):
        yield from ("", f"## {names.jurisdiction(jurisdiction)}", "")
        headers = ("columns.rule", "columns.term", "rule.force", "rule.confidence", "rule.supports")
        yield f"| {' | '.join(words(header) for header in headers)} |"
        yield f"|{' --- |' * len(headers)}"
        yield from (_row(rule, names) for rule in newest if rule.jurisdiction == jurisdiction)


def _row(rule: Rule, names: Names) -> str:
    words = names.words
    cells = (
        f"[{_plain(names.text(rule.title))}]({rule.id}.md) `{rule.id}`",
        term_of(rule, words),
        words.code("force", rule.force),
        words.code("confidence", rule.confidence),
        words("rules.may_accuse" if rule.may_accuse else "rules.may_not_accuse"),
    )
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text that Markdown takes as it is."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text.replace("\u00a0", " "))
