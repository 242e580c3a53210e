"""Measurements of a whole home, printed as a table; no time is ever asserted.

Run by ``make bench``; the sizes are small enough for a laptop and can be raised by ESEP_BENCH_QUESTIONS.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.table import Table

from tests.made_up_questions import write_questions
from tests.running_home import RunningHome, running_home, until
from tests.watched_world import WatchedWorld, post, seconds_late, subject

pytestmark = pytest.mark.bench

QUESTIONS = int(os.environ.get("ESEP_BENCH_QUESTIONS", "5000"))


@pytest.fixture(scope="module")
def figures() -> Iterator[dict[str, str]]:
    """Collects what was measured; printed when the module is done."""
    found: dict[str, str] = {}
    yield found
    table = Table("what", "measured", title="Esep, one machine")
    for what, measured in found.items():
        table.add_row(what, measured)
    Console(width=100).print(table)


def test_import_start_and_memory(tmp_path: Path, figures: dict[str, str]) -> None:
    expected = write_questions(tmp_path / "questions.json.gz", QUESTIONS)
    data = tmp_path / "home"
    with running_home(data) as home:
        until(home.caught_up, "caught up")
        took, summary = _timed(
            lambda: home.json("import", "uk-written-questions", str(tmp_path / "questions.json.gz"), "--wait")
        )
        assert summary["accepted"] == expected.questions
        facts = sum(summary["facts"].values())
        figures["import to committed rows"] = f"{facts / took:,.0f} facts/s  ({facts:,} facts in {took:.1f} s)"
        took, report = _timed(lambda: home.json("verify"))
        assert report["holds"]
        figures["verify"] = f"{report['events'] / took:,.0f} events/s  ({took:.1f} s)"
        for name, pid in home.pids().items():
            figures[f"memory of {name}"] = _resident(pid)
    started = time.monotonic()
    with running_home(data) as home:
        until(lambda: _has_data(home), "a page with data")
        figures["second start to a page with data"] = f"{time.monotonic() - started:.1f} s"
        until(home.caught_up, "caught up", 180)
        figures["second start to caught up"] = f"{time.monotonic() - started:.1f} s"


def test_acceptance_to_page_and_due_to_alert(tmp_path: Path, figures: dict[str, str]) -> None:
    world = WatchedWorld.prepare(tmp_path / "home", timedelta(seconds=45))
    with running_home(tmp_path / "home") as home:
        until(home.caught_up, "caught up")
        waits = []
        for number in range(10):
            began = time.monotonic()
            post(home.url, world.filed(number))
            until(lambda number=number: _seen(home, number), "the question is on the page")
            waits.append(time.monotonic() - began)
        figures["acceptance to the page"] = (
            f"median {sorted(waits)[5]:.2f} s, slowest {max(waits):.2f} s  (10 questions)"
        )

        def late() -> bool:
            post(home.url, world.read_up_to_now())
            answer = httpx.get(f"{home.url}/api/v1/obligations/{subject(0)}", timeout=10).json()
            return bool(answer["timeliness"] == "late")

        until(late, "late on the page", 120)
        figures["due instant to late on the page"] = f"{seconds_late(world.clock):.2f} s"
        until(lambda: home.query("SELECT alert_id FROM deliveries WHERE state = 'sent'"), "the alert is delivered")
        figures["due instant to alert delivered"] = f"{seconds_late(world.clock):.2f} s  (as seen by a polling test)"


def _timed(action: Callable[[], dict[str, Any]]) -> tuple[float, dict[str, Any]]:
    began = time.monotonic()
    found = action()
    return time.monotonic() - began, found


def _resident(pid: int) -> str:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return "not measured on this system"
    kib = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return f"{kib / 1024:,.0f} MiB"


def _has_data(home: RunningHome) -> bool:
    response = httpx.get(f"{home.url}/api/v1/obligations", params={"limit": 1}, timeout=10)
    return response.status_code == 200 and "gb.wq" in response.text


def _seen(home: RunningHome, number: int) -> bool:
    return httpx.get(f"{home.url}/api/v1/obligations/{subject(number)}", timeout=10).status_code == 200
