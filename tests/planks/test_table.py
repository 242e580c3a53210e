"""The table cannot rot: every text to be broken is there exactly once, and every named test exists."""

import ast

import pytest

from tests.frame.tree import ROOT, functions, parse_text
from tests.planks.__main__ import Run
from tests.planks.table import BREAKS, Break


@pytest.mark.parametrize("plank", BREAKS, ids=lambda plank: plank.name)
def test_what_is_to_be_broken_is_there_once(plank: Break) -> None:
    assert plank.before != plank.after
    assert not plank.file.startswith("tests/"), "a break is in the product"
    text = (ROOT / plank.file).read_text(encoding="utf-8")
    assert text.count(plank.before) == 1, f"{plank.file} has changed: write this break anew"
    if plank.file.endswith(".py"):
        ast.parse(text.replace(plank.before, plank.after))


@pytest.mark.parametrize("plank", BREAKS, ids=lambda plank: plank.name)
def test_the_test_that_must_fail_exists(plank: Break) -> None:
    path, _, name = plank.test.partition("::")
    source = parse_text((ROOT / path).read_text(encoding="utf-8"))
    assert name in {function.name for function in functions(source)}


def test_every_break_has_its_own_name() -> None:
    assert len({each.name for each in BREAKS}) == len(BREAKS)


@pytest.mark.parametrize(
    ("run", "caught"),
    [
        (Run(0, ("AssertionError: assert 1 == 2",), ()), True),
        (Run(3, (), ()), False),
        (Run(0, (), ()), False),
        (Run(0, ("ImportError: cannot import name",), ()), False),
        (Run(0, ("AssertionError: assert 1 == 2",), ("error at setup",)), False),
    ],
)
def test_a_break_is_caught_only_by_a_failure_of_the_test_itself(run: Run, caught: bool) -> None:
    assert run.caught is caught
