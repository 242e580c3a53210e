"""Pure comparison of what must be with what the warehouse says; the first difference is named to the row.

No IO: both sides come in as mappings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose

Columns = Mapping[str, object]
Rows = Mapping[str, Columns]
"""Rows of a view: key -> column -> value, as the warehouse keeps values."""

FLOAT_TOLERANCE = 1e-12
"""Relative; the engine and Python may round a decimal to a binary fraction differently in its last bit."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the truth has it: in which view, which row, and what differs.

    ``follows``: the view says rightly what rows below it say; it is they that differ from the truth.
    """

    view: str
    key: str
    what: str
    follows: bool = False

    def __str__(self) -> str:
        """One line a person can act on."""
        return f"{self.view}: {self.key}: {self.what}"


def compare(view: str, expected: Rows, found: Rows) -> Iterator[Difference]:
    """Rows missing, rows too many, and columns that differ, in the order of their keys.

    Shape:  key -> column -> value; only the columns that ``expected`` names are compared.
    """
    for key in sorted(expected.keys() | found.keys()):
        if key not in found:
            yield Difference(view, key, "is missing from the warehouse")
        elif key not in expected:
            yield Difference(view, key, "is in the warehouse, but nothing in the truth leads to it")
        else:
            yield from _columns(view, key, expected[key], found[key])


def _columns(view: str, key: str, expected: Columns, found: Columns) -> Iterator[Difference]:
    for column, value in expected.items():
        if column not in found:
            yield Difference(view, key, f"column {column} is not in the view")
        elif found[column] != value and not _nearly(found[column], value):
            yield Difference(view, key, f"column {column} is {found[column]!r}, the truth says {value!r}")


def _nearly(one: object, other: object) -> bool:
    return isinstance(one, float) and isinstance(other, float) and isclose(one, other, rel_tol=FLOAT_TOLERANCE)
