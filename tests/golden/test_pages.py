"""The pages of docs/states say what the cases say now, and every link in them leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.golden.cases import all_cases
from tests.golden.pages import PAGES, main, pages, stale, write

LINK = re.compile(r"\]\(([^)#]+)\)")


def test_the_committed_pages_are_current() -> None:
    assert stale(PAGES) == []


def test_the_index_names_every_case_once() -> None:
    linked = LINK.findall(pages()["README.md"])
    assert sorted(link for link in linked if link.endswith(".md")) == sorted(f"{n.name}.md" for n in all_cases())


def test_every_link_leads_somewhere() -> None:
    for name, text in pages().items():
        for link in LINK.findall(text):
            assert (PAGES / link).resolve().exists(), f"{name}: {link}"


def test_check_names_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.golden.pages.PAGES", tmp_path)
    write(tmp_path)
    assert main(["--check"]) == 0
    (tmp_path / "answered_late.md").write_text("edited by hand\n", encoding="utf-8")
    (tmp_path / "README.md").unlink()
    (tmp_path / "forgotten.md").write_text("\n", encoding="utf-8")
    assert main(["--check"]) == 1
    told = capsys.readouterr().out
    assert "stale: answered_late.md" in told
    assert "missing: README.md" in told
    assert "no longer written: forgotten.md" in told
    assert main([]) == 0
    assert stale(tmp_path) == []
