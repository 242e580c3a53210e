"""The health check of services that follow the log."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from services.adapters.progress import GROUPS
from tests.deploy.files import DEPLOY, ours


@pytest.fixture(scope="module")
def progress() -> ModuleType:
    """The script as a module; it is no part of a package."""
    spec = importlib.util.spec_from_file_location("progress", DEPLOY / "docker" / "progress.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_caught_up_is_healthy_however_long_nothing_comes(progress: ModuleType, tmp_path: Path) -> None:
    offsets = {("esep.facts", 0): 7}
    for _ in range(3):
        assert progress.judge("sink", 0, offsets, tmp_path / "seen") == 0


def test_behind_and_moving_is_healthy(progress: ModuleType, tmp_path: Path) -> None:
    for offset in range(3):
        assert progress.judge("sink", 100, {("esep.facts", 0): offset}, tmp_path / "seen") == 0


def test_behind_and_standing_still_is_not(
    progress: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offsets = {("esep.facts", 0): 7}
    assert progress.judge("tracker", 5, offsets, tmp_path / "seen") == 0
    assert progress.judge("tracker", 5, offsets, tmp_path / "seen") == 1
    assert "tracker: 5 records behind, and nothing read" in capsys.readouterr().err
    assert progress.judge("tracker", 4, {("esep.facts", 0): 8}, tmp_path / "seen") == 0


def test_without_a_broker_it_says_so(
    progress: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ESEP_KAFKA_BOOTSTRAP", raising=False)
    assert progress.main("sink", tmp_path / "seen") == 1
    assert "ESEP_KAFKA_BOOTSTRAP" in capsys.readouterr().err


def test_compose_asks_for_services_whose_progress_is_known() -> None:
    asked = [each["healthcheck"]["test"][-2:] for each in ours().values() if "healthcheck" in each]
    following = {name for script, name in asked if script.endswith("progress.py")}
    assert following == GROUPS.keys()
