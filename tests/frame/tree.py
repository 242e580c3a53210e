"""The project's own files, as the tests of its frame read them.

Knows the top folders by name and nothing of what is in them.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PRODUCT: Final = ("schemas", "services", "dashboards")
EVERYTHING: Final = (*PRODUCT, "tests")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function

_NOT_OURS: Final = {"build", "node_modules", "__pycache__"}
_HIDDEN_BUT_OURS: Final = {".ci", ".editorconfig", ".gitattributes", ".gitignore"}


@dataclass(frozen=True)
class Source:
    """One Python file, parsed."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path below the project's root, for messages."""
        return self.path.relative_to(ROOT).as_posix()


def python_sources(*folders: str) -> list[Source]:
    """Every Python file below the named folders of the project, sorted; a missing folder holds none."""
    paths = sorted(path for folder in folders for path in files_below(ROOT / folder) if path.suffix == ".py")
    return [parse_text(path.read_text(encoding="utf-8"), path) for path in paths]


def parse_text(text: str, path: Path = ROOT / "example.py") -> Source:
    """A file's text as a source; without a path, a made-up one for testing the tests."""
    return Source(path, text, ast.parse(text, filename=str(path)))


def files_below(folder: Path) -> Iterator[Path]:
    """Every file of the project below a folder: nothing installed, built, cached or kept as data."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        hidden = entry.name.startswith(".") and entry.name not in _HIDDEN_BUT_OURS
        if hidden or entry.name in _NOT_OURS or entry.name.endswith(".egg-info"):
            continue
        if entry.is_dir():
            yield from files_below(entry)
        else:
            yield entry


def functions(source: Source) -> Iterator[Function]:
    """Every function and method of a file, nested ones too."""
    return (node for node in ast.walk(source.tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines of a function from `def` to its end, without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def imported_modules(source: Source) -> Iterator[tuple[int, str]]:
    """(line, dotted module) of every import in a file, those inside functions too."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "."
