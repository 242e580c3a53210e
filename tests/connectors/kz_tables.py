"""Invented tables of Kazakhstan's budget portal, flat ones and trees, written row by row."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from schemas.envelope import Event
from schemas.events.budget import BudgetPeriodPublishedV1, BudgetStatementV1
from services.connectors.base import Reading, Record, Watermark
from services.connectors.kz_budget_table import COLUMNS, TREE_COLUMNS
from tests.connectors.readings import of_kind

HEADER: Final = ";".join(COLUMNS) + "\n"
TREE_HEADER: Final = ";".join(TREE_COLUMNS) + "\n"
CELLS: Final = {
    "id": "2",
    "code": "901",
    "name": "Министерство примеров",
    **dict.fromkeys(("utv", "utch", "plg", "plgp", "plgo", "sumrg", "obz"), "10.0"),
    "obzsumrg": "0.0",
    "plgpsumrg": "100.0",
    "plgsumrg": "100.0",
    "level": "0",
    "isLeaf": "True",
    "loaded": "True",
    "expanded": "False",
    "parentCode": "",
    "parent_id": "",
    "month": "01.2025",
}


def row(**changes: str) -> str:
    """One line of a flat table, with some cells changed."""
    cells = CELLS | changes
    return ";".join(cells[column] for column in COLUMNS) + "\n"


def branch(id_: int, name: str, parent: int | None = None, level: int = 0, **changes: str) -> str:
    """One line of a tree, with some cells changed; numbers of parents as an export through floats writes them."""
    links = {"id": str(id_), "name": name, "parent_id": "" if parent is None else f"{parent}.0", "level": str(level)}
    cells = CELLS | {"code": "1.0"} | links | changes
    return ";".join(cells[column] for column in TREE_COLUMNS) + "\n"


def table(folder: Path, *lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    """A CSV file with this header and these lines."""
    path = folder / "table.csv"
    path.write_bytes((header + "".join(lines)).encode(encoding))
    return path


def tree(folder: Path, *lines: str) -> Path:
    """A CSV file of a tree with these lines."""
    return table(folder, *lines, header=TREE_HEADER)


def statements(readings: Iterable[Reading]) -> list[BudgetStatementV1]:
    """What the rows state."""
    found = [event.data for record in of_kind(Record, readings) for event in record.events]
    return [data for data in found if isinstance(data, BudgetStatementV1)]


def markers(readings: Iterable[Reading]) -> list[Event]:
    """The months that are said to be published whole."""
    events = [watermark.event for watermark in of_kind(Watermark, readings)]
    return [event for event in events if isinstance(event.data, BudgetPeriodPublishedV1)]


def marked(readings: Iterable[Reading]) -> list[str]:
    """The ends of those months, in order."""
    return [str(event.data.model_dump()["period_end"]) for event in markers(readings)]
