"""Two warehouses side by side: every row of every view, both ways, and the first that differs by its key.

Bounded memory: rows are held as digests; only rows that differ are read again and named.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from schemas.rows.views import VIEW_KEYS, key_of
from services.adapters.clickhouse import Warehouse
from services.replay.reading import lines
from services.verify.differences import Difference

NOT_REBUILT: Mapping[str, tuple[str, ...]] = {"obligations": ("version",), "overdue": ("version",)}
"""Columns that depend on the order in which facts came, which ``events`` does not keep (decision 0004)."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One view in both warehouses: rows of the source, how many stand in one only, and the first of them by key."""

    view: str
    rows: int
    different: int
    differences: tuple[Difference, ...]


def compare_views(source: Warehouse, rebuilt: Warehouse) -> Iterator[Compared]:
    """Every view, one after another.

    Raises: WarehouseError.
    """
    for view in VIEW_KEYS:
        sql = _select(view)
        balance: Counter[bytes] = Counter()
        rows = 0
        for line in lines(source, sql):
            rows += 1
            balance[_digest(line)] += 1
        for line in lines(rebuilt, sql):
            balance[_digest(line)] -= 1
        apart = {digest for digest, count in balance.items() if count}
        named = tuple(_named(view, source, rebuilt, apart)) if apart else ()
        yield Compared(view, rows, len({each.key for each in named}), named)


def _named(view: str, source: Warehouse, rebuilt: Warehouse, apart: set[bytes]) -> Iterator[Difference]:
    here, there = (_rows(view, warehouse, apart) for warehouse in (source, rebuilt))
    for key in sorted(here.keys() | there.keys()):
        if key not in there:
            yield Difference(view, key, "is in this warehouse, and the events do not lead to it")
        elif key not in here:
            yield Difference(view, key, "follows from the events, and this warehouse does not have it")
        else:
            yield from _columns(view, key, here[key], there[key])


def _columns(view: str, key: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[Difference]:
    for column in here:
        if here[column] != there.get(column):
            yield Difference(
                view, key, f"column {column} is {here[column]!r} here, rebuilt it is {there.get(column)!r}"
            )


def _rows(view: str, warehouse: Warehouse, apart: set[bytes]) -> dict[str, Mapping[str, Any]]:
    rows = (orjson.loads(line) for line in lines(warehouse, _select(view)) if _digest(line) in apart)
    return {key_of(view, row): row for row in rows}


def _select(view: str) -> str:
    hidden = NOT_REBUILT.get(view)
    columns = "*" if hidden is None else f"* EXCEPT ({', '.join(hidden)})"
    return f"SELECT {columns} FROM {view}"  # noqa: S608  # names of our own


def _digest(line: bytes) -> bytes:
    return blake2b(line, digest_size=16).digest()
