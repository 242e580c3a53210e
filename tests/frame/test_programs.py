"""A missing program skips at home and fails in CI: a green CI has really run the test."""

import sys
from pathlib import Path

import pytest

from tests.programs import NEEDED_BY_MARKER, Program, find, require

ABSENT = Program(title="Nothing", names=("no-such-program-anywhere",), install="cannot be installed")
PRESENT = Program(title="Python", names=("no-such-program-anywhere", sys.executable), install="you have it")


def test_a_program_is_found_by_any_of_its_names() -> None:
    assert require(PRESENT) == Path(sys.executable)
    assert find(ABSENT) is None


def test_at_home_the_test_is_skipped_and_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"Nothing is not installed \(cannot be installed\)"):
        require(ABSENT)


def test_in_ci_the_test_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Nothing is not installed"):
        require(ABSENT)


def test_every_program_has_its_marker(pytestconfig: pytest.Config) -> None:
    declared = {line.split(":")[0] for line in pytestconfig.getini("markers")}
    assert set(NEEDED_BY_MARKER) <= declared
