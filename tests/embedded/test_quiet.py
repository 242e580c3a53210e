"""A worker that runs without progress is noticed, ended and started again; one that only waits is left alone."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from services.adapters.home_state import HomeState, ServiceState, read_home_state
from services.wording.words import LANGUAGES, all_words
from tests.running_home import RunningHome, running_home, until
from tests.watched_world import WatchedWorld, post

QUIET_AFTER_S = "8"


def state(home: RunningHome) -> HomeState:
    """What the supervisor says now."""
    return read_home_state(home.data)


def service(home: RunningHome, name: str) -> ServiceState:
    """What it says of one service."""
    return state(home).services[name]


def told(home: RunningHome, name: str) -> dict[str, Any]:
    """What a service says itself."""
    url = service(home, name).health
    assert url is not None
    return dict(orjson.loads(httpx.get(url, timeout=10).content))


def has_probed(home: RunningHome) -> bool:
    """Nobody wrote anything, and still something came through: out of the tracker's loop, and into the warehouse."""
    tracker, sink = service(home, "tracker"), service(home, "sink")
    return (tracker.standing, tracker.stage, sink.standing) == ("working", "probe", "working")


def metric(home: RunningHome, line: str) -> float:
    """The value of one line of the home's one scrape address; 0 while there is none."""
    text = httpx.get(f"{home.url}/metrics", timeout=30).text
    values = [each.rpartition(" ")[2] for each in text.splitlines() if each.startswith(line + " ")]
    return float(values[0]) if values else 0.0


def restarts(home: RunningHome) -> dict[str, dict[str, int]]:
    """Of every service that was started again: how often, by cause."""
    return {name: dict(each.restarts) for name, each in state(home).services.items() if each.restarts}


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process stands still (it is there, and does nothing) until the block ends."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@pytest.mark.timeout(300)
def test_a_worker_that_stands_still_is_replaced_and_counted(tmp_path: Path) -> None:
    with running_home(tmp_path / "home") as home:
        until(home.caught_up, "caught up", 90)
        for name in ("tracker", "sink"):
            pid = home.pids()[name]
            with stopped(pid):
                until(lambda name=name, pid=pid: home.pids()[name] != pid, f"{name} is replaced", 60)
            until(lambda name=name: service(home, name).standing == "working", f"the new {name} works", 60)
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
            assert dict(service(home, name).restarts) == {"quiet": 1}
            assert metric(home, f'home_restarts_total{{cause="quiet",service="{name}"}}') == 1
        assert restarts(home) == {"tracker": {"quiet": 1}, "sink": {"quiet": 1}}

        said = home.json("status")["home"]["services"]["tracker"]
        assert said["restarts"] == {"quiet": 1}
        assert "did not answer" in said["last_reason"]
        for language in LANGUAGES:
            page = httpx.get(f"{home.url}/{language}/status", timeout=30)
            assert page.status_code == 200
            assert f"{all_words()[language]('restart_causes.quiet')}: 1" in page.text


@pytest.mark.timeout(400)
def test_a_long_outage_of_the_warehouse_restarts_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESEP_QUIET_AFTER_S", QUIET_AFTER_S)
    world = WatchedWorld.prepare(tmp_path / "home", timedelta(days=1))
    with running_home(tmp_path / "home") as home:
        until(home.caught_up, "caught up", 90)
        with stopped(home.pids()["warehouse"]):
            post(home.url, world.filed(1), world.read_up_to_now())
            lag = 'home_lag_records{reader="sink",topic="esep.facts"}'
            until(lambda: metric(home, lag) > 0, "the lag of the sink is in /metrics", 90)
            until(lambda: metric(home, 'home_lag_records{reader="tracker",topic="esep.facts"}') == 0, "tracked", 90)
            until(lambda: "warehouse" in told(home, "sink")["waits_for"], "the sink says what it waits for", 150)
            assert told(home, "sink")["alive"]
            url = (service(home, "sink").health or "").replace("/healthz", "/readyz")
            refused = httpx.get(url, timeout=10)
            assert refused.status_code == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert "warehouse" in refused.json()["detail"]
            until(lambda: has_gone_on_for(home, 3), "three times the limit goes by", 90)
        until(lambda: metric(home, lag) == 0, "the sink catches up by itself", 120)
        until(lambda: service(home, "sink").standing == "working", "the sink is ready again", 60)
        assert restarts(home) == {}


def has_gone_on_for(home: RunningHome, limits: int) -> bool:
    """Whether nothing has been committed for so many times the limit after which silence is quiet."""
    at = service(home, "sink").came_through_at
    noted = state(home).noted_at
    return at is not None and noted is not None and noted - at > limits * timedelta(seconds=float(QUIET_AFTER_S))


@pytest.mark.timeout(300)
def test_while_the_broker_hangs_nobody_is_blamed_for_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESEP_QUIET_AFTER_S", QUIET_AFTER_S)
    with running_home(tmp_path / "home") as home:
        until(home.caught_up, "caught up", 90)
        until(lambda: has_probed(home), "probes come through an idle home", 60)
        with stopped(home.pids()["broker"]):
            until(lambda: "broker" in service(home, "tracker").waits_for, "the tracker says what it waits for", 60)
            until(lambda: has_gone_on_for(home, 3), "three times the limit goes by", 90)
        until(lambda: has_probed(home), "probes come through again", 90)
        assert "quiet" not in {cause for each in restarts(home).values() for cause in each}
