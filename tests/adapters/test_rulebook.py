"""Rule data are read strictly: whatever is wrong stops the start, and the message says where."""

import shutil
from pathlib import Path

import pytest

from schemas.rulebook import Rulebook
from services.adapters import rulebook as adapter
from services.adapters.rulebook import RulesInvalid, load_rulebook

OURS = Path(str(adapter.jurisdictions()))


def read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Rulebook:
    monkeypatch.setattr(adapter, "jurisdictions", lambda: folder)
    return load_rulebook.__wrapped__()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of our own rule data, to be spoiled."""
    shutil.copytree(OURS, tmp_path / "jurisdictions")
    return tmp_path / "jurisdictions"


def test_our_own_data_can_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = read(folder, monkeypatch)
    assert {"gb.wq.named_day", "gb.wq.ordinary", "kz.inquiry.answer", "kz.appeal.answer"} <= book.rules.keys()
    assert [rule.version for rule in book.rules["kz.appeal.answer"]] == [1, 2]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("kz/rules.yaml", "unit: month", "unit: monht", r"kz/rules\.yaml, entry 1 \(kz\.inquiry\.answer\).*unit"),
        ("kz/rules.yaml", "    article: art. 27(4)\n", "", r"kz/rules\.yaml, entry 1 .*citation\.article"),
        (
            "kz/rules.yaml",
            "  force: statute\n",
            "  force: statute\n  colour: red\n",
            r"kz/rules\.yaml, entry 1 .*colour",
        ),
        ("kz/rules.yaml", "valid_from: 2025-12-29", "valid_from: 2025-12-20", r"kz\.appeal\.answer: versions 1 and 2"),
        (
            "kz/rules.yaml",
            "owed_by: kz.adm.217",
            "owed_by: kz.adm.999",
            r"kz\.bud\.annual\.mof\.v1: bodies \['kz\.adm\.999'\]",
        ),
        ("kz/rules.yaml", "calendar: kz\n", "calendar: kzz\n", r"calendar kzz is not in any calendar\.yaml"),
        ("kz/bodies.yaml", "[kz.adm.109]", "[kz.adm.998]", r"body kz\.adm\.104: successors \['kz\.adm\.998'\]"),
        ("kz/calendar.yaml", "first_year: 2021", "first_year: soon", r"kz/calendar\.yaml, entry 1 \(kz\), first_year"),
        ("gb/rules.yaml", "- id: gb.wq.ordinary", "- id: [gb", r"gb/rules\.yaml is not YAML"),
        (
            "gb/rules.yaml",
            "calendar: null\n  term: {basis: named",
            "calendar: null\n  term: {basis: nmaed",
            r"term\.basis",
        ),
    ],
)
def test_a_spoiled_file_is_refused_with_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str, says: str
) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulesInvalid, match=says):
        read(folder, monkeypatch)


def test_a_rule_that_is_not_established_never_accuses() -> None:
    book = load_rulebook()
    for versions in book.rules.values():
        for rule in versions:
            if rule.confidence.value == "unverified" or rule.force.value == "convention":
                assert not rule.may_accuse
