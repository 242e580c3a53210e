"""``kill -9`` of anything, in the middle of an import, loses nothing and claims nothing falsely."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.made_up_questions import write_questions
from tests.running_home import RunningHome, running_home, until

QUESTIONS = 2_000


@pytest.mark.timeout(400)
def test_killing_each_part_in_the_middle_of_an_import_loses_and_invents_nothing(tmp_path: Path) -> None:
    data = tmp_path / "home"
    expected = write_questions(tmp_path / "2023-11.json.gz", QUESTIONS)
    with running_home(data) as home:
        importing = _import(home, tmp_path / "2023-11.json.gz")
        for name in ("tracker", "sink", "broker", "warehouse"):
            killed = home.kill(name)
            until(lambda name=name, pid=killed: _is_new(home, name, pid), f"{name} runs again")
        output, errors = importing.communicate(timeout=240)
        assert importing.returncode == 0, errors
        summary = json.loads(output)
        assert (summary["read"], summary["rejected"]) == (expected.questions, 0)
        home.kill_supervisor()

    with running_home(data) as home:
        until(home.caught_up, "caught up after the second start", 120)
        report = home.json("verify")
        assert report["holds"], report["differences"]
        assert report["obligations"] == expected.questions
        assert report["events"] > expected.questions
        again = home.json("import", "uk-written-questions", str(tmp_path / "2023-11.json.gz"))
        assert again["accepted"] == 0
        _no_claim_was_refuted(home)
        [share] = home.query(
            "SELECT n, not_in_time FROM timeliness_by_month WHERE rule_id = 'gb.wq.named_day' AND simulation = ''"
        )
        assert (int(share["n"]), int(share["not_in_time"])) == (expected.named_day, expected.named_day_late)


def _import(home: RunningHome, path: Path) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "services.cli",
        "import",
        "uk-written-questions",
        str(path),
        "--data",
        str(home.data),
    ]
    return subprocess.Popen([*command, "--json", "--wait"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _is_new(home: RunningHome, name: str, old: int) -> bool:
    return home.pids().get(name) not in (None, old)


def _no_claim_was_refuted(home: RunningHome) -> None:
    """Every answer was accepted before the clock could have made its question late, so nothing was ever taken back."""
    assert home.query("SELECT obligation_id FROM deadline_events WHERE type = 'withdrawn'") == []
    raised = home.query("SELECT obligation_id, count() AS times FROM alert_events WHERE state = 'raised' GROUP BY 1")
    assert all(int(row["times"]) == 1 for row in raised)
    refuted = home.query(
        "SELECT a.obligation_id FROM alerts AS a INNER JOIN obligations AS o ON o.obligation_id = a.obligation_id "
        "WHERE o.timeliness = 'in_time'"
    )
    assert refuted == []
