"""Every query of every board, run on the real engine: with everything chosen, and with values that try to break out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from dashboards.boards import BOARDS
from dashboards.generation import generated
from dashboards.kit.query import Format
from dashboards.kit.sql import REAL_WORLD
from services.adapters.clickhouse import Warehouse, WarehouseRefusedError
from tests.dashboards.macros import ALL, Chosen, expand
from tests.dashboards.records import BODY, NOW, SIMULATION

EVERYTHING: Mapping[str, Mapping[str, Chosen]] = {
    "oversight_room": {"jurisdiction": ALL, "body": ALL},
    "budget_execution": {
        "jurisdiction": "kz",
        "level": "republican",
        "region": "-",
        "fiscal_year": "2025",
        "period": "2025-03-31",
        "administrator": ALL,
    },
}
HOSTILE = ("Dep't O", "DHSC", "x'); DROP TABLE obligations_rows; --", "''", "Ұлттық", "")
NUMBERS = ("Int", "UInt", "Float", "Decimal", "Nullable(Int", "Nullable(UInt", "Nullable(Float")


@dataclass(frozen=True)
class Asked:
    """One query of a board, with the panel it fills."""

    board: str
    panel: Mapping[str, Any]
    sql: str

    def __str__(self) -> str:
        return f"{self.board}-{self.panel['id']}"


def _targets() -> Iterator[Asked]:
    for file, text in generated().items():
        for panel in json.loads(text)["panels"]:
            for target in panel.get("targets", []):
                yield Asked(file.removesuffix(".json"), panel, target["rawSql"])


def _variables() -> Iterator[Asked]:
    for file, text in generated().items():
        for variable in json.loads(text)["templating"]["list"]:
            if variable["type"] == "query":
                named = {"id": variable["name"], **variable}
                yield Asked(file.removesuffix(".json"), named, variable["query"])


TARGETS = list(_targets())
VARIABLES = list(_variables())


def answer(warehouse: Warehouse, asked: Asked, world: Chosen, **changed: Chosen) -> list[dict[str, Any]]:
    """The rows Grafana would get."""
    return warehouse.rows(expanded(asked, world, **changed))


def expanded(asked: Asked, world: Chosen, **changed: Chosen) -> str:
    """The SQL the warehouse would get, for the 500 days before the record's now."""
    chosen = {**EVERYTHING[asked.board], "world": world, **changed}
    return expand(asked.sql, chosen, NOW - timedelta(days=500), NOW + timedelta(days=1))


def asked_by(board: str, panel_id: int) -> Asked:
    """The query of one panel."""
    [found] = [each for each in TARGETS if each.board == board and each.panel["id"] == panel_id]
    return found


def test_every_board_has_its_choices_here() -> None:
    assert EVERYTHING.keys() == BOARDS.keys()


@pytest.mark.parametrize("asked", TARGETS, ids=str)
@pytest.mark.parametrize("world", [REAL_WORLD, SIMULATION])
def test_the_columns_fit_the_panel(asked: Asked, world: str, warehouse: Warehouse) -> None:
    described = warehouse.rows(f"DESCRIBE TABLE ({expanded(asked, world)})")
    columns = {each["name"]: each["type"] for each in described}
    names = list(columns)
    numbers = [name for name, kind in columns.items() if kind.startswith(NUMBERS)]
    match asked.panel["type"]:
        case "timeseries":
            assert asked.panel["targets"][0]["format"] == Format.SERIES
            assert names[0] == "time"
            assert columns["time"].startswith("DateTime")
            assert numbers
            assert len(names) - len(numbers) <= 2, "at most one label beside time"
        case "barchart":
            assert "String" in columns[names[0]]
            assert numbers == names[1:]
        case "table":
            overrides = asked.panel["fieldConfig"]["overrides"]
            assert {each["matcher"]["options"] for each in overrides} == set(names)
        case "stat":
            shows_words = asked.panel["options"]["reduceOptions"].get("fields") == "/.*/"
            assert shows_words or numbers == names == names[:1]
        case other:
            pytest.fail(f"no rule for a panel of type {other}")


@pytest.mark.parametrize("asked", TARGETS, ids=str)
def test_a_full_record_fills_the_panel(asked: Asked, warehouse: Warehouse) -> None:
    assert answer(warehouse, asked, SIMULATION)


@pytest.mark.parametrize("asked", [*TARGETS, *VARIABLES], ids=str)
def test_hostile_values_are_only_values(asked: Asked, warehouse: Warehouse) -> None:
    several = {name: list(HOSTILE) for name, value in EVERYTHING[asked.board].items() if value == ALL}
    single = [name for name, value in EVERYTHING[asked.board].items() if value != ALL]
    for value in HOSTILE:
        answer(warehouse, asked, value, **several, **dict.fromkeys(single, value))
    assert warehouse.scalar("SELECT count() > 0 FROM obligations")


def test_a_quote_in_a_value_still_finds_its_rows(warehouse: Warehouse) -> None:
    [row] = answer(warehouse, asked_by("oversight_room", 14), SIMULATION, body=[BODY, "gb.dept.54"])
    assert row["late"] == 2


def test_a_backslash_is_refused_not_obeyed(warehouse: Warehouse) -> None:
    """Grafana's quoting leaves a backslash alone, so the query breaks; a reader's rights end there."""
    hostile = ["\\", ")); DROP TABLE obligations_rows --"]
    with pytest.raises(WarehouseRefusedError):
        answer(warehouse, asked_by("oversight_room", 14), SIMULATION, body=hostile)
    assert warehouse.scalar("SELECT count() > 0 FROM obligations")


@pytest.mark.parametrize("asked", VARIABLES, ids=str)
def test_every_variable_offers_something(asked: Asked, warehouse: Warehouse) -> None:
    offered = answer(warehouse, asked, SIMULATION)
    assert offered
    assert len(offered[0]) <= 2, "a value, or a value and a text"


@pytest.mark.parametrize("board", BOARDS)
def test_the_real_world_comes_first_and_a_simulation_is_called_one(board: str, warehouse: Warehouse) -> None:
    [asked] = [each for each in VARIABLES if each.board == board and each.panel["name"] == "world"]
    assert answer(warehouse, asked, REAL_WORLD) == [
        {"value": REAL_WORLD, "text": "Real world"},
        {"value": SIMULATION, "text": f"SIMULATED: {SIMULATION}"},
    ]


@pytest.mark.parametrize(
    ("board", "panel_id", "figure"),
    [
        ("oversight_room", 11, {"owed": 6}),
        ("oversight_room", 12, {"due_today": 1}),
        ("oversight_room", 13, {"due_soon": 2}),
        ("oversight_room", 14, {"late": 2}),
        ("oversight_room", 15, {"due_unobserved": 1}),
        ("oversight_room", 16, {"withheld": 1}),
        ("oversight_room", 62, {"failed": 1}),
        ("budget_execution", 11, {"amount": 300_000}),
        ("budget_execution", 14, {"amount": 120_000}),
        ("budget_execution", 15, {"share": 0.45}),
        ("budget_execution", 16, {"lines": 1}),
        ("budget_execution", 17, {"share": pytest.approx(1 / 3)}),
    ],
)
def test_the_figures(board: str, panel_id: int, figure: dict[str, float], warehouse: Warehouse) -> None:
    [row] = answer(warehouse, asked_by(board, panel_id), SIMULATION)
    assert row == figure


def test_freshness_is_told_by_the_clock_of_the_world(warehouse: Warehouse) -> None:
    [source] = answer(warehouse, asked_by("oversight_room", 51), SIMULATION)
    assert (source["age_s"], source["behind_s"]) == (30 * 3600, 6 * 3600)


def test_a_line_under_a_fault_is_listed_with_its_reason_and_never_ranked(warehouse: Warehouse) -> None:
    ranked = answer(warehouse, asked_by("budget_execution", 21), SIMULATION)
    assert "229 Ministry at fault" not in {row["administrator"] for row in ranked}
    listed = {row["code"]: row for row in answer(warehouse, asked_by("budget_execution", 23), SIMULATION)}
    assert (listed["229"]["blocked_by"], listed["229"]["executed_of_approved"]) == ("budget.cumulative_fell", None)
    [fault] = answer(warehouse, asked_by("budget_execution", 33), SIMULATION)
    assert (fault["effect"], fault["line"], fault["seen"]) == ("blocks", "229 Ministry at fault", "60")


def test_a_zero_plan_gives_no_percentage(warehouse: Warehouse) -> None:
    lines = answer(warehouse, asked_by("budget_execution", 23), SIMULATION)
    shares = {line["code"]: line["executed_of_approved"] for line in lines}
    assert shares == {"226": 0.15, "228": None, "229": None}
    for panel_id in (21, 32):
        drawn = answer(warehouse, asked_by("budget_execution", panel_id), SIMULATION)
        assert drawn
        assert all("228" not in str(row["administrator"]) for row in drawn)


def test_no_percentage_when_all_chosen_plans_are_zero(warehouse: Warehouse) -> None:
    [row] = answer(warehouse, asked_by("budget_execution", 15), SIMULATION, administrator=["228"])
    assert row == {"share": None}


@pytest.mark.parametrize("panel_id", [11, 12, 13, 14, 15])
def test_two_currencies_are_not_added(panel_id: int, warehouse: Warehouse) -> None:
    chosen = {"jurisdiction": "xx", "period": "2025-01-31"}
    [row] = answer(warehouse, asked_by("budget_execution", panel_id), SIMULATION, **chosen)
    assert list(row.values()) == [None]


def test_small_n_is_withheld(warehouse: Warehouse) -> None:
    """Only in February were ten or more filed; the other months do not show."""
    drawn = answer(warehouse, asked_by("oversight_room", 42), SIMULATION)
    assert [f"{row['time']:%Y-%m}" for row in drawn] == ["2026-02"]
