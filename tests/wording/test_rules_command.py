"""``esep rules`` and ``esep explain``: what they print, what they refuse, and that the committed pages are current."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.adapters.rulebook import jurisdictions, load_rulebook
from services.cli import app
from services.cli import inspect as _inspect  # noqa: F401  # registers explain
from services.cli import rules as _rules  # noqa: F401  # registers rules
from tests.frame.tree import ROOT

Run = Callable[..., Result]


@pytest.fixture
def esep(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()

    def run(*arguments: str) -> Result:
        return runner.invoke(app, list(arguments), standalone_mode=False)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of our own rule data."""
    shutil.copytree(str(jurisdictions()), tmp_path / "jurisdictions")
    return tmp_path / "jurisdictions"


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("kk", "Тіркелген күннен есептеледі"),
        ("ru", "Счёт от дня регистрации"),
        ("en", "Counted from the day of registration"),
    ],
)
def test_explain_tells_the_trace_in_the_language_asked_for(esep: Run, lang: str, says: str) -> None:
    shown = esep("explain", "kz.appeal.answer", "--on", "2026-04-20", "--lang", lang).stdout
    assert shown.startswith("2026-05-14  kz.appeal.answer.v2\n")
    assert says in shown


def test_explain_says_english_when_nothing_is_asked_and_names_the_day_of_knowledge(esep: Run) -> None:
    shown = esep("explain", "kz.appeal.answer.v2", "--on", "2026-08-20", "--known", "2026-01-31").stdout
    assert "as known on 31\u00a0January 2026" in shown
    assert "Constitution Day (in lieu)" in shown


def test_explain_beyond_a_calendar_names_the_gap_and_fails(esep: Run) -> None:
    beyond = esep("explain", "kz.appeal.answer", "--on", "2029-03-01", "--json")
    assert (beyond.return_value, json.loads(beyond.stdout)["problem"]) == (1, "calendar_gap")
    told = esep("explain", "kz.appeal.answer", "--on", "2029-03-01").stdout
    assert "The calendar “kz” does not reach 2\N{NO-BREAK SPACE}March 2029" in told


def test_explain_as_json_keeps_its_fields(esep: Run) -> None:
    found = json.loads(esep("explain", "kz.appeal.answer", "--on", "2026-04-20", "--json").stdout)
    assert list(found) == ["due_date", "due_instant", "rule", "version", "problem", "trace"]
    assert (found["due_date"], found["version"], found["trace"][0]["code"]) == ("2026-05-14", 2, "rule")


def test_list_names_every_version(esep: Run) -> None:
    rows = json.loads(esep("rules", "list", "--json").stdout)
    versions = [rule for found in load_rulebook().rules.values() for rule in found]
    assert {(row["id"], row["version"]) for row in rows} == {(rule.id, rule.version) for rule in versions}
    only = json.loads(esep("rules", "list", "--jurisdiction", "gb", "--json").stdout)
    assert {row["jurisdiction"] for row in only} == {"gb"}
    assert "15 working days" in esep("rules", "list", "--jurisdiction", "kz").stdout


def test_show_tells_a_rule_in_the_language_asked_for(esep: Run) -> None:
    shown = " ".join(esep("rules", "show", "kz.appeal.answer", "--lang", "ru").stdout.split())
    for said in ("15 рабочих дней", "день регистрации", "от дня решения о продлении", "Примеры подсчёта"):
        assert said in shown
    found = json.loads(esep("rules", "show", "kz.appeal.answer", "--json").stdout)
    assert [version["version"] for version in found["versions"]] == [1, 2]


def test_a_rule_nobody_knows_is_refused_in_words(esep: Run) -> None:
    assert "no rule 'kz.none'" in str(esep("rules", "show", "kz.none").exception)


def test_check_recounts_every_example(esep: Run, folder: Path) -> None:
    for arguments in ((), (str(folder),)):
        done = esep("rules", "check", *arguments, "--json")
        counts = json.loads(done.stdout)
        versions = [rule for found in load_rulebook().rules.values() for rule in found]
        assert (done.return_value, counts["wrong"]) == (0, 0)
        assert counts["examples"] == sum(len(rule.examples) for rule in versions) > 0


def test_a_wrong_example_is_named_with_its_line(esep: Run, folder: Path) -> None:
    file = folder / "kz" / "rules" / "appeals.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if "known: 2026-01-31" in line)
    lines[at] = lines[at].replace("known: 2026-01-31", "known: 2026-11-30")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = esep("rules", "check", str(folder))
    assert done.return_value == 1
    assert done.stderr == (
        f"kz/rules/appeals.yaml:{at + 1}: kz.appeal.answer.v2, counted from 2026-08-20: due 2026-09-10, "
        "the example says 2026-09-11\n"
    )


def test_a_fault_of_the_data_is_one_line_with_its_place(esep: Run, folder: Path) -> None:
    file = folder / "gb" / "calendars.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("first_year: 2021", "first_year: soon", 1), encoding="utf-8"
    )
    done = esep("rules", "check", str(folder))
    assert done.return_value == 1
    assert done.stderr.startswith("gb/calendars.yaml:5: gb.union, first_year: ")
    assert done.stderr.count("\n") == 1


def test_a_folder_that_is_not_there_is_said_so(esep: Run, tmp_path: Path) -> None:
    assert "is not a folder" in str(esep("rules", "check", str(tmp_path / "none")).exception)


def test_the_committed_pages_are_current(esep: Run) -> None:
    done = esep("rules", "pages", "--check", "--out", str(ROOT / "docs" / "rules"))
    assert (done.return_value, done.stderr) == (0, ""), "run `esep rules pages`"


def test_pages_are_written_checked_and_cleared_away(esep: Run, tmp_path: Path) -> None:
    out = tmp_path / "rules"
    assert esep("rules", "pages", "--out", str(out), "--check").return_value == 1
    assert not out.exists()
    esep("rules", "pages", "--out", str(out))
    assert {path.stem for path in out.glob("*.md")} == {"README", *load_rulebook().rules}
    assert esep("rules", "pages", "--out", str(out), "--check").return_value == 0
    (out / "kz.gone.md").write_text("a rule of yesterday\n", encoding="utf-8")
    (out / "gb.foi.md").write_text("changed by hand\n", encoding="utf-8")
    stale = esep("rules", "pages", "--out", str(out), "--check")
    assert stale.return_value == 1
    assert [Path(line.split(":")[0]).name for line in stale.stderr.splitlines()] == ["gb.foi.md", "kz.gone.md"]
    esep("rules", "pages", "--out", str(out))
    assert not (out / "kz.gone.md").exists()
