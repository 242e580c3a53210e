"""Which lines of a country's budget the terms of PEFA mean: data, by the names the source gives its lines.

The arithmetic is in ``services.domain.budget.pefa``.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from schemas.events.budget import Classification
from schemas.events.registry import Contract, Jurisdiction

Part = Literal["expenditure", "revenue", "economic"]
Term = Literal["interest", "contingency", "transfers"]


def normalised(name: str) -> str:
    """A name as names are compared: without regard to case and spaces."""
    return " ".join(name.split()).casefold()


class PefaBase(Contract):
    """Which lines of a budget PEFA's terms mean, by name; case and spaces do not matter.

    ``expenditure`` and ``revenue`` are paths of the lines above the heads, () where the heads stand at the top of
    their table; None where the table has no such part. ``terms`` names the heads a variant leaves out, ``outside``
    those that are no budget heads at all, such as the repayment of loans.
    """

    jurisdiction: Jurisdiction
    classification: Classification
    economic: Classification | None
    expenditure: tuple[str, ...] | None
    revenue: tuple[str, ...] | None
    terms: Mapping[Term, tuple[str, ...]]
    outside: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """One base for each table of a country."""
        return f"{self.jurisdiction}/{self.classification}"

    def table(self, part: Part) -> str | None:
        """The table in which a part of the budget is found."""
        return self.economic if part == "economic" else self.classification

    def above(self, part: Part) -> tuple[str, ...] | None:
        """The path of the line above the heads of a part."""
        return {"expenditure": self.expenditure, "economic": (), "revenue": self.revenue}[part]

    def leaves_out(self, name: str, without: Iterable[Term]) -> bool:
        """Whether a head of this name is not counted."""
        names = (*self.outside, *(each for term in without for each in self.terms.get(term, ())))
        return normalised(name) in {normalised(each) for each in names}
