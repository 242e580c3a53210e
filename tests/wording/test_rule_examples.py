"""Every worked example of every rule is recounted: the date the data name is the date the domain counts."""

from datetime import date

import pytest

from schemas.rules import Example, Rule
from services.adapters.rulebook import load_rulebook
from services.domain.deadlines import count_deadline
from services.domain.explain import count_example

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}.v{rule.version}-{example.on}-{example.known or 'now'}")
    for versions in load_rulebook().rules.values()
    for rule in versions
    for example in rule.examples
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_a_worked_example_comes_out_as_it_says(rule: Rule, example: Example) -> None:
    counted = count_example(load_rulebook(), rule, example)
    assert counted.due_on == example.due, [step.model_dump() for step in counted.trace]


def test_every_version_with_a_term_that_can_be_counted_has_an_example() -> None:
    book = load_rulebook()
    bare = [
        f"{rule.id}.v{rule.version}"
        for versions in book.rules.values()
        for rule in versions
        if rule.term is not None and not rule.examples and _can_be_counted(rule)
    ]
    assert bare == []


def _can_be_counted(rule: Rule) -> bool:
    """Whether the days it needs are covered at all; sitting days no list of which is at hand are not."""
    book = load_rulebook()
    return count_deadline(rule, date(2026, 3, 2), book.calendars.get(rule.calendar or "")).due_on is not None
