"""The rules every board keeps, checked on its JSON without a Grafana and without a warehouse.

What the queries answer is checked by running them, in the tests.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from dashboards.kit.query import DATASOURCE_UID
from services.adapters.clickhouse import sql_files

GRID_COLUMNS = 24

_VIEW = re.compile(r"^CREATE OR REPLACE VIEW (\w+)", re.MULTILINE)
_READ = re.compile(r"\b(?:FROM|JOIN)\s+([\w.`]+)", re.IGNORECASE)
_USED = re.compile(r"\$\{?(\w+)")

Json = Mapping[str, Any]
"""A part of a dashboard as Grafana stores it; the one place where untyped JSON is the subject itself."""


def faults(board: Json) -> list[str]:
    """What is wrong with a board, one sentence each; empty when nothing is."""
    return [
        *_panel_faults(board["panels"]),
        *_overlaps(board["panels"]),
        *(fault for where, sql in queries(board) for fault in _query_faults(board, where, sql)),
    ]


def queries(board: Json) -> Iterator[tuple[str, str]]:
    """Every SQL text of a board: where it stands, and the text."""
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield f"panel {panel['id']} ({panel['title']})", target["rawSql"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["query"]


@cache
def views() -> frozenset[str]:
    """The names of all views of the warehouse."""
    return frozenset(name for file in sql_files("views") for name in _VIEW.findall(file.text))


def _panel_faults(panels: list[Json]) -> Iterator[str]:
    for panel_id, times in Counter(panel["id"] for panel in panels).items():
        if times > 1 or panel_id < 1:
            yield f"panel id {panel_id} must be positive and stand once"
    for panel in panels:
        if not panel.get("targets"):
            continue
        where = f"panel {panel['id']} ({panel['title']})"
        if "](${portal}/" not in panel.get("description", ""):
            yield f"{where} does not link to what it shows on the public pages"
        if {target["datasource"]["uid"] for target in panel["targets"]} != {DATASOURCE_UID}:
            yield f"{where} reads another data source than {DATASOURCE_UID}"


def _overlaps(panels: list[Json]) -> Iterator[str]:
    taken: dict[tuple[int, int], int] = {}
    for panel in panels:
        at, panel_id = panel["gridPos"], int(panel["id"])
        if at["x"] + at["w"] > GRID_COLUMNS:
            yield f"panel {panel_id} is wider than the grid"
        cells = [(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
        under = {taken[cell] for cell in cells if cell in taken}
        if under:
            yield f"panel {panel_id} lies over {sorted(under)}"
        taken |= dict.fromkeys(cells, panel_id)


def _query_faults(board: Json, where: str, sql: str) -> Iterator[str]:
    variables = {variable["name"] for variable in board["templating"]["list"]}
    for name in _READ.findall(sql):
        if name not in views():
            yield f"{where} reads {name}, which is not a view"
    for name in _USED.findall(sql):
        if not name.startswith("__") and name not in variables:
            yield f"{where} uses the variable {name}, which the board does not have"
