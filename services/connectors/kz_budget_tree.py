"""Where the rows of a tree stand: the names from the root of the tree down to each of them.

Ids link rows within one month of one file and are gone after that; figures are read in ``kz_budget_table``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.connectors.kz_budget_statement import name_of, number_of
from services.connectors.kz_budget_table import Cells, FaultyRowError

MAX_DEPTH: Final = 12
"""Rows from a root down; the portal's trees have five."""

Path = tuple[str, ...]


def paths_of(rows: Sequence[Cells]) -> Mapping[int, Path | FaultyRowError]:
    """The path of each row of a table, or why it has none, by the number of the row's line."""
    months: dict[str, list[list[Cells]]] = {}
    for cells in rows:
        trees = months.setdefault(cells["month"], [[]])
        if trees[-1] and _starts_again(trees[-1][0], cells):
            trees.append([])
        trees[-1].append(cells)
    return {
        cells.row.line: _path_or_fault(month, cells)
        for trees in months.values()
        for month in map(_Month.of, trees)
        for cells in month.rows
    }


def _starts_again(first: Cells, cells: Cells) -> bool:
    """Whether a month's tree stands in the file once more from here on: with its own ids, since one more row shifts all."""
    return cells["id"] == first["id"] and not cells["parent_id"]


@dataclass(frozen=True, slots=True)
class _Month:
    """The rows of one tree of one month: the first of each id, and the ids that name several different rows."""

    rows: Sequence[Cells]
    first: Mapping[str, Cells]
    ambiguous: Mapping[str, Cells]

    @classmethod
    def of(cls, rows: Sequence[Cells]) -> "_Month":
        first: dict[str, Cells] = {}
        ambiguous: dict[str, Cells] = {}
        for cells in rows:
            id_ = cells["id"].removesuffix(".0")
            known = first.setdefault(id_, cells)
            if not _is_same_place(known, cells):
                ambiguous.setdefault(id_, cells)
        return cls(rows, first, ambiguous)


def _is_same_place(one: Cells, other: Cells) -> bool:
    """A row that came again, be it with other figures, still is one place of the tree."""
    return all(one[column] == other[column] for column in ("code", "name", "parent_id"))


def _path_or_fault(month: _Month, cells: Cells) -> Path | FaultyRowError:
    try:
        return _path(month, cells)
    except FaultyRowError as faulty:
        return faulty


def _path(month: _Month, cells: Cells) -> Path:
    known = month.first[number_of(cells, "id")]
    if not _is_same_place(known, cells):
        what = f"{cells['id']!r} is the id of line {known.row.line} too; ids are unique within a month"
        raise cells.fault("id", "repeated_id", what)
    names = [name_of(cells)]
    at = cells
    while at["parent_id"]:
        at = _parent(month, at, cells)
        names.append(name_of(at))
        if len(names) > MAX_DEPTH:
            raise cells.fault("parent_id", "invalid_parent", f"more than {MAX_DEPTH} rows above it, or a circle")
    depth = str(len(names) - 1)
    if cells["level"] != depth:
        raise cells.fault("level", "invalid_level", f"{cells['level']!r}, though its parents make it level {depth}")
    return tuple(reversed(names))


def _parent(month: _Month, child: Cells, asked: Cells) -> Cells:
    """The row above ``child``; faults are those of ``asked``, which hangs on it."""
    id_ = number_of(child, "parent_id")
    whose = "" if child is asked else f", which line {child.row.line} above it names,"
    if id_ not in month.first:
        what = (
            f"no row that can be read in {child['month']} has the id {id_!r}{whose.rstrip(',')}; fetch the table again"
        )
        raise asked.fault("parent_id", "missing_parent", what)
    if id_ in month.ambiguous:
        lines = f"lines {month.first[id_].row.line} and {month.ambiguous[id_].row.line}"
        raise asked.fault(
            "parent_id", "ambiguous_parent", f"{id_!r}{whose} is the id of {lines}; give each row its own"
        )
    return month.first[id_]
