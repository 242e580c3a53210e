"""A question falls due while you watch: late on the page, one alert, and taken back when the answer was in time."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.running_home import RunningHome, running_home, until
from tests.watched_world import BEHIND, WORLD, WatchedWorld, post, subject


@pytest.mark.timeout(240)
def test_late_the_moment_it_is_true_and_taken_back_when_it_was_not(tmp_path: Path) -> None:
    world = WatchedWorld.prepare(tmp_path / "home", timedelta(seconds=20))
    with running_home(tmp_path / "home") as home:
        post(home.url, world.filed(1), world.filed(2, source=BEHIND), world.read_up_to_now())
        until(lambda: _timeliness(home, 1) in ("due_soon", "due_unobserved"), "the question is on the page")

        def late_while_read() -> bool:
            post(home.url, world.read_up_to_now())
            return _timeliness(home, 1) == "late"

        until(late_while_read, "late on the page once clock and source have passed the due instant")
        until(lambda: _timeliness(home, 2) == "due_unobserved", "the source behind gives due, not yet observed")
        page = httpx.get(f"{home.url}/en/overdue", params={"world": WORLD}).text
        assert "A watched question, number 1" in page
        assert "A watched question, number 2" not in page
        assert "imulated" in page
        assert _alerts(home) == [(subject(1), "raised")]

        post(home.url, world.answered(1))
        until(lambda: _timeliness(home, 1) == "in_time", "an answer dated in time clears it")
        until(lambda: _alerts(home) == [(subject(1), "cleared")], "the alert is cleared")
        history = home.query(
            f"SELECT type FROM deadline_events WHERE obligation_id = '{subject(1)}' ORDER BY happened_at"
        )
        assert {"missed", "withdrawn"} <= {row["type"] for row in history}
        until(lambda: len(_deliveries(home)) == 2, "raised and cleared were both delivered, once each")
        assert home.json("verify")["holds"]


def _timeliness(home: RunningHome, number: int) -> str | None:
    response = httpx.get(f"{home.url}/api/v1/obligations/{subject(number)}", timeout=10)
    return str(response.json()["timeliness"]) if response.status_code == 200 else None


def _alerts(home: RunningHome) -> list[tuple[str, str]]:
    rows = home.query(f"SELECT obligation_id, state FROM alerts WHERE simulation = '{WORLD}'")
    return [(row["obligation_id"], row["state"]) for row in rows]


def _deliveries(home: RunningHome) -> list[object]:
    return list(home.query(f"SELECT channel, state FROM deliveries WHERE simulation = '{WORLD}' AND state = 'sent'"))
