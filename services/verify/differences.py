"""Pure comparison of what must be with what the warehouse says; the first difference is named to the row.

No IO: both sides come in as mappings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the truth has it: in which view, which row, and what differs."""

    view: str
    key: str
    what: str

    def __str__(self) -> str:
        """One line a person can act on."""
        return f"{self.view}: {self.key}: {self.what}"


def compare(
    view: str, expected: Mapping[str, Mapping[str, object]], found: Mapping[str, Mapping[str, object]]
) -> Iterator[Difference]:
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


def _columns(view: str, key: str, expected: Mapping[str, object], found: Mapping[str, object]) -> Iterator[Difference]:
    for column, value in expected.items():
        if found.get(column) != value:
            yield Difference(view, key, f"column {column} is {found.get(column)!r}, the truth says {value!r}")
