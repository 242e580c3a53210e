"""The boards as JSON: current, well formed, within the rules, and readable by the SDK that wrote them."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Match

from dashboards.boards import BOARDS
from dashboards.commands import build, check
from dashboards.generation import GENERATED, generated, stale, write
from dashboards.kit.boards import from_json, to_json
from dashboards.kit.captions import figure
from dashboards.kit.query import DATASOURCE_UID, PLUGIN_ID, ClickHouseQuery
from dashboards.kit.variables import HOME_PORTAL
from dashboards.rules import faults, views
from schemas.metrics import METRICS
from services.portal.app import create_app as create_portal
from services.portal.settings import PortalSettings

Json = dict[str, Any]
LINK = re.compile(r"\$\{portal\}(/[^\s\"\)]*)")
FIGURE = re.compile(r"/api/v1/metrics/([\w.]+)\)")


@pytest.fixture(params=BOARDS)
def board(request: pytest.FixtureRequest) -> Json:
    """One board as Grafana reads it."""
    loaded: Json = json.loads(generated()[f"{request.param}.json"])
    return loaded


def test_the_committed_files_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert stale() == []
    assert check() == 0
    assert "keep the rules" in capsys.readouterr().out


def test_building_twice_gives_the_same_bytes() -> None:
    assert generated() == generated()


def test_building_repairs_a_folder(tmp_path: Path) -> None:
    assert write(tmp_path) == sorted(generated())
    name = sorted(generated())[0]
    (tmp_path / name).write_text("{}")
    (tmp_path / "left_over.json").write_text("{}")
    assert write(tmp_path) == sorted([name, "left_over.json"])
    assert stale(tmp_path) == []
    assert not (tmp_path / "left_over.json").exists()


def test_building_a_current_folder_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert stale() == []
    before = {path: path.stat().st_mtime_ns for path in GENERATED.iterdir()}
    assert build() == 0
    assert {path: path.stat().st_mtime_ns for path in GENERATED.iterdir()} == before
    assert "current" in capsys.readouterr().out


def test_no_rule_is_broken(board: Json) -> None:
    assert faults(board) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda board: board["panels"][1].update(id=1), "panel id 1 must be positive and stand once"),
        (lambda board: board["panels"][1].update(description="trust me"), "does not link"),
        (lambda board: board["panels"][1]["gridPos"].update(x=20), "wider than the grid"),
        (lambda board: board["panels"][1]["gridPos"].update(x=0), "lies over [1]"),
        (lambda board: _target(board).update(rawSql="SELECT 1 FROM obligations_rows"), "is not a view"),
        (lambda board: _target(board).update(rawSql="SELECT 1 FROM system.tables"), "is not a view"),
        (lambda board: _target(board).update(rawSql="SELECT '$nobody'"), "the board does not have"),
        (lambda board: _target(board)["datasource"].update(uid="other"), "reads another data source"),
    ],
)
def test_a_broken_rule_is_named(board: Json, spoil: Callable[[Json], None], says: str) -> None:
    spoiled = copy.deepcopy(board)
    spoil(spoiled)
    assert any(says in fault for fault in faults(spoiled))


def _target(board: Json) -> Json:
    target: Json = board["panels"][1]["targets"][0]
    return target


def test_the_views_are_those_of_the_warehouse() -> None:
    assert {"obligations", "overdue", "budget_execution"} <= views()
    assert not any(name.endswith("_rows") for name in views())


@pytest.mark.parametrize("text", generated().values(), ids=generated())
def test_the_sdk_reads_back_what_it_wrote(text: str) -> None:
    read = from_json(text)
    targets = [target for panel in read.panels or [] for target in getattr(panel, "targets", None) or []]
    assert targets
    assert all(isinstance(target, ClickHouseQuery) for target in targets)
    assert to_json(read) == text


def test_a_number_is_read_from_the_view_its_definition_names(board: Json) -> None:
    for panel in board["panels"]:
        named = FIGURE.findall(panel.get("description", ""))
        if panel["type"] == "stat" and named:
            assert f"FROM {METRICS[named[0]].view}" in panel["targets"][0]["rawSql"], panel["title"]


def test_a_figure_outside_the_catalogue_is_refused() -> None:
    with pytest.raises(KeyError):
        figure(1, "obligations.invented")


def test_every_board_says_first_which_world_it_shows(board: Json) -> None:
    label = board["panels"][0]
    assert label["type"] == "text"
    assert "${world:text}" in label["options"]["content"]
    assert "SIMULATED" in label["options"]["content"]
    assert board["templating"]["list"][0]["name"] == "world"


def test_the_address_of_the_pages_cannot_come_from_a_link(board: Json) -> None:
    [portal] = [each for each in board["templating"]["list"] if each["name"] == "portal"]
    assert (portal["type"], portal["query"]) == ("constant", HOME_PORTAL)


def test_every_link_is_a_page_of_the_portal(board: Json) -> None:
    routes = create_portal(PortalSettings(clickhouse_url="http://nobody:8123/esep")).routes
    links = LINK.findall(json.dumps(board))
    assert links
    for link in links:
        path = re.sub(r"\$\{__data\.fields\.\w+\}", "x", link).partition("?")[0]
        asked = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
        assert any(route.matches(asked)[0] is Match.FULL for route in routes), link


def test_everything_asks_the_provisioned_data_source(board: Json) -> None:
    wanted = {"type": PLUGIN_ID, "uid": DATASOURCE_UID}
    asking = [*board["panels"], *(each for each in board["templating"]["list"] if each["type"] == "query")]
    assert all(each.get("datasource", wanted) == wanted for each in asking)


def test_red_is_kept_for_published_claims(board: Json) -> None:
    for panel in board["panels"]:
        if '"red"' in json.dumps(panel.get("fieldConfig", {})):
            sql = panel["targets"][0]["rawSql"]
            assert "FROM overdue" in sql or "sum(late)" in sql or "became_late" in sql, panel["title"]
