"""The boards as JSON files: what they should be, and whether the committed ones still are.

Reads and writes ``dashboards/generated`` and nothing else.
"""

from collections.abc import Mapping
from pathlib import Path

from dashboards.boards import BOARDS
from dashboards.kit.boards import to_json

GENERATED = Path(__file__).parent / "generated"


def generated() -> Mapping[str, str]:
    """The text of every generated file, by file name."""
    return {f"{name}.json": to_json(board()) for name, board in BOARDS.items()}


def write(folder: Path = GENERATED) -> list[str]:
    """Write every file that is not current, delete what no board makes; return the names touched."""
    wanted = generated()
    touched = stale(folder)
    for name in touched:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return touched


def stale(folder: Path = GENERATED) -> list[str]:
    """The names of files that are missing, differ from their board, or belong to no board."""
    wanted = generated()
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
