"""Publishing against a strict Grafana: what it stores, that it stores it once, and what a person reads when it fails."""

import json
import socket
from collections.abc import Iterator

import pytest

from dashboards.boards import budget_execution, oversight_room
from dashboards.commands import publish
from tests.dashboards.fake_grafana import EDITOR_TOKEN, VIEWER_TOKEN, FakeGrafana, running

BOTH = {budget_execution.UID, oversight_room.UID}


@pytest.fixture
def grafana() -> Iterator[FakeGrafana]:
    """An empty Grafana."""
    with running() as fake:
        yield fake


@pytest.fixture(autouse=True)
def settings(grafana: FakeGrafana, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that point at it, with a token that may write."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("ESEP_GRAFANA_URL", grafana.url)
    monkeypatch.setenv("ESEP_GRAFANA_TOKEN", EDITOR_TOKEN)
    monkeypatch.delenv("ESEP_PUBLIC_URL", raising=False)


def test_creates_the_folder_and_every_board(grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish() == 0
    assert grafana.folders == {"esep": "Esep"}
    assert grafana.boards.keys() == BOTH
    assert set(grafana.folder_of.values()) == {"esep"}
    assert capsys.readouterr().out.count("created") == len(BOTH)


def test_a_second_time_changes_nothing(grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]) -> None:
    publish()
    grafana.requests.clear()
    assert publish() == 0
    assert grafana.writes == []
    assert capsys.readouterr().out.count("unchanged") == len(BOTH)


def test_repairs_a_board_that_was_edited(grafana: FakeGrafana) -> None:
    publish()
    board = grafana.boards[oversight_room.UID]
    wanted = board["panels"][3]["title"]
    board["panels"][3]["title"] = "Nothing to see"
    assert publish() == 0
    assert grafana.boards[oversight_room.UID]["panels"][3]["title"] == wanted
    assert grafana.boards[oversight_room.UID]["version"] == 2
    assert grafana.boards[budget_execution.UID]["version"] == 1


def test_brings_back_a_board_that_was_moved(grafana: FakeGrafana) -> None:
    publish()
    grafana.folder_of[budget_execution.UID] = ""
    assert publish() == 0
    assert grafana.folder_of[budget_execution.UID] == "esep"


def test_links_to_the_public_pages_of_this_deployment(grafana: FakeGrafana, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESEP_PUBLIC_URL", "https://esep.example")
    publish()
    for board in grafana.boards.values():
        [portal] = [each for each in board["templating"]["list"] if each["name"] == "portal"]
        assert portal["query"] == "https://esep.example"
    assert "127.0.0.1" not in json.dumps(grafana.boards)


def test_does_not_overwrite_what_somebody_saves_meanwhile(
    grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]
) -> None:
    publish()
    grafana.boards[oversight_room.UID]["title"] = "Edited"
    grafana.saved_by_others_after_reading.add(oversight_room.UID)
    assert publish() == 1
    assert grafana.boards[oversight_room.UID]["title"] == "Edited"
    assert "412" in capsys.readouterr().err


def test_says_that_a_board_comes_from_provisioning_files(
    grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]
) -> None:
    grafana.provisioned.add(budget_execution.UID)
    assert publish() == 1
    assert "provisioning files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("token", "says"),
    [("glsa_expired", "does not accept the token (401)"), (VIEWER_TOKEN, "role Editor")],
)
def test_a_token_that_may_not(
    token: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ESEP_GRAFANA_TOKEN", token)
    assert publish() == 1
    told = capsys.readouterr()
    assert says in told.err
    assert token not in told.err + told.out


def test_a_server_that_fails(grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]) -> None:
    grafana.broken = True
    assert publish() == 1
    assert "Grafana failed (500: database is locked)" in capsys.readouterr().err


def test_an_address_without_its_path(
    grafana: FakeGrafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ESEP_GRAFANA_URL", grafana.url.removesuffix("grafana/"))
    assert publish() == 1
    assert "creating the folder Esep: Grafana has no such thing (404)" in capsys.readouterr().err


def test_something_that_is_not_grafana(grafana: FakeGrafana, capsys: pytest.CaptureFixture[str]) -> None:
    grafana.not_grafana = True
    assert publish() == 1
    assert "not as Grafana's API does" in capsys.readouterr().err


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ESEP_GRAFANA_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
        assert publish() == 1
    assert "nothing answers at" in capsys.readouterr().err


def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("ESEP_GRAFANA_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("ESEP_GRAFANA_TIMEOUT_S", "0.1")
        assert publish() == 1
    assert "did not answer in time" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("ESEP_GRAFANA_URL", None, "ESEP_GRAFANA_URL is not set"),
        ("ESEP_GRAFANA_TOKEN", None, "ESEP_GRAFANA_TOKEN is not set"),
        ("ESEP_GRAFANA_URL", "grafana:3000", "ESEP_GRAFANA_URL"),
        ("ESEP_GRAFANA_URL", "http://admin:admin@grafana:3000", "ESEP_GRAFANA_URL"),
        ("ESEP_GRAFANA_URL", "http://grafana:99999", "ESEP_GRAFANA_URL"),
        ("ESEP_PUBLIC_URL", "https://esep.example/", "ESEP_PUBLIC_URL"),
    ],
)
def test_settings_that_cannot_be_used(
    variable: str,
    value: str | None,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if value is None:
        monkeypatch.delenv(variable)
    else:
        monkeypatch.setenv(variable, value)
    assert publish() == 2
    told = capsys.readouterr().err
    assert says in told
    assert EDITOR_TOKEN not in told
