"""Laws neither ruff nor import-linter can state: what schemas and domain import, what of Faust is refused.

Who may import whom inside the project is import-linter's (pyproject.toml).
"""

import ast
import sys
from typing import Final

import pytest

from tests.frame.tree import Source, imported_modules, parse_text, python_sources

STANDARD: Final = frozenset(sys.stdlib_module_names)

# Doors to the outside. Importing one of them makes a pure function a promise nobody can check.
IMPURE: Final = frozenset(
    {
        "asyncio",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "random",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib",
    }
)

# take() acknowledges a batch whose body raised; tables lose their tail; crontab never catches up.
REFUSED_FAUST_CALLS: Final = frozenset(
    {
        "take",
        "Table",
        "GlobalTable",
        "SetTable",
        "SetGlobalTable",
        "crontab",
    }
)


def strangers(source: Source, allowed: frozenset[str]) -> list[str]:
    """Imports of a file whose top package is not allowed, each with its line."""
    return [
        f"{source.name}:{line} imports {module}"
        for line, module in imported_modules(source)
        if module.split(".")[0] not in allowed
    ]


def refused_calls(source: Source) -> list[str]:
    """Calls in a file to what Faust offers and we do not take."""
    return [
        f"{source.name}:{node.lineno} calls {node.func.attr}()"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REFUSED_FAUST_CALLS
    ]


def test_schemas_import_the_standard_library_and_pydantic_only() -> None:
    allowed = STANDARD | {"schemas", "pydantic", "pydantic_core"}
    found = [line for source in python_sources("schemas") for line in strangers(source, allowed)]
    assert not found, "\n".join(found)


def test_domain_imports_schemas_only_and_stays_pure() -> None:
    allowed = (STANDARD - IMPURE) | {"schemas", "services"}
    found = [line for source in python_sources("services/domain") for line in strangers(source, allowed)]
    assert not found, "\n".join(found)


def test_the_tracker_uses_no_take_no_table_no_crontab() -> None:
    found = [line for source in python_sources("services/tracker") for line in refused_calls(source)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import faust\n", ["example.py:1 imports faust"]),
        ("def f():\n    from yaml.nodes import Node\n", ["example.py:2 imports yaml.nodes"]),
        ("from datetime import date\n", []),
    ],
)
def test_strangers_are_seen(text: str, expected: list[str]) -> None:
    assert strangers(parse_text(text), STANDARD) == expected


def test_refused_calls_are_seen() -> None:
    text = "async for batch in stream.noack().take(10, within=1): pass"
    assert refused_calls(parse_text(f"async def f():\n    {text}\n")) == ["example.py:2 calls take()"]
