"""PEFA 2016 indicators of budget reliability, computed from a book: PI-1, PI-2.1, PI-2.2 and PI-3.1.

All of it is own arithmetic on published figures, never an official score; which lines a term means is data, not code.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from schemas.pefa import Part, PefaBase, Term, normalised
from services.domain.budget.book import Figures, Scope
from services.domain.budget.measures import CheckedBook, NotComputable

Letter = Literal["A", "B", "C", "D"]
LETTERS: Final[tuple[Letter, ...]] = ("A", "B", "C", "D")

STANDING: Final = "own_arithmetic"
"""What every result is marked with: computed here, not assessed by PEFA."""

YEARS: Final = 3
"""A letter takes the last three completed years; the second best of them decides (two of three must reach it)."""

COLUMNS: Final = frozenset({"approved", "paid"})


@dataclass(frozen=True, slots=True)
class Head:
    """One head as it entered a ratio; ``expected`` is its appropriation moved as the whole has moved."""

    line_id: str
    name: str
    approved: Decimal
    paid: Decimal
    expected: Decimal


@dataclass(frozen=True, slots=True)
class Ratio:
    """One dimension in one year: ``percent`` is not rounded, ``heads`` are all the lines it was computed from."""

    dimension: str
    year: int
    percent: Decimal
    approved: Decimal
    paid: Decimal
    heads: tuple[Head, ...]
    standing: Literal["own_arithmetic"] = STANDING


@dataclass(frozen=True, slots=True)
class Score:
    """A dimension over three completed years: ``best`` and ``worst`` are the letters that are still possible.

    ``letter`` is there only when all three years could be computed.
    """

    dimension: str
    years: Mapping[int, Ratio | NotComputable]
    best: Letter
    worst: Letter
    letter: Letter | None
    standing: Literal["own_arithmetic"] = STANDING


def outturn(heads: Sequence[Head]) -> Decimal:
    """What was paid (or received), in percent of what was approved."""
    return _sum(head.paid for head in heads) * 100 / _sum(head.approved for head in heads)


def variance(heads: Sequence[Head]) -> Decimal:
    """What was paid on other heads than approved, in percent: the change of the whole is taken out first."""
    return _sum(abs(head.paid - head.expected) for head in heads) * 100 / _sum(head.expected for head in heads)


def _grade_outturn(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> Callable[[Decimal], Letter]:
    def grade(percent: Decimal) -> Letter:
        return next(
            (letter for letter, (low, high) in zip(LETTERS, (a, b, c), strict=False) if low <= percent <= high), "D"
        )

    return grade


def _grade_variance(percent: Decimal) -> Letter:
    return next((letter for letter, below in zip(LETTERS, (5, 10, 15), strict=False) if percent < below), "D")


@dataclass(frozen=True, slots=True)
class Dimension:
    """How one dimension is computed and graded, and which heads it leaves out."""

    part: Part
    formula: Callable[[Sequence[Head]], Decimal]
    grade: Callable[[Decimal], Letter]
    without: tuple[Term, ...] = ()


_PI_1: Final = _grade_outturn((95, 105), (90, 110), (85, 115))
_PI_3_1: Final = _grade_outturn((97, 106), (94, 112), (92, 116))

DIMENSIONS: Final[Mapping[str, Dimension]] = {
    "PI-1": Dimension("expenditure", outturn, _PI_1),
    "PI-2.1": Dimension("expenditure", variance, _grade_variance),
    "PI-2.1 without interest": Dimension("expenditure", variance, _grade_variance, ("interest",)),
    "PI-2.1 without interest and contingency": Dimension(
        "expenditure", variance, _grade_variance, ("interest", "contingency")
    ),
    "PI-2.2": Dimension("economic", variance, _grade_variance),
    "PI-3.1": Dimension("revenue", outturn, _PI_3_1),
    "PI-3.1 without transfers": Dimension("revenue", outturn, _PI_3_1, ("transfers",)),
}
"""The framework's own PI-2.1 is the last of its three; the others show what interest and reserves do to it."""


def ratio(checked: CheckedBook, base: PefaBase, dimension: str, year: int) -> Ratio | NotComputable:
    """One dimension in one year, from the statements at the end of December, or why it cannot be computed.

    Raises: KeyError for a dimension that is not in ``DIMENSIONS``.
    """
    spec = DIMENSIONS[dimension]
    heads = _heads(checked, base, spec, year)
    if isinstance(heads, NotComputable):
        return heads
    approved, paid = _sum(head.approved for head in heads), _sum(head.paid for head in heads)
    if paid <= 0:
        return NotComputable("no_payments")
    return Ratio(dimension, year, spec.formula(heads), approved, paid, heads)


def score(checked: CheckedBook, base: PefaBase, dimension: str, last_year: int) -> Score:
    """The letter of the three years up to ``last_year``; fewer computed years leave bounds only.

    Raises: KeyError for a dimension that is not in ``DIMENSIONS``.
    """
    years = {year: ratio(checked, base, dimension, year) for year in range(last_year - YEARS + 1, last_year + 1)}
    grade = DIMENSIONS[dimension].grade
    grades = [grade(each.percent) for each in years.values() if isinstance(each, Ratio)]
    best, worst = bounds(grades)
    return Score(dimension, years, best, worst, best if len(grades) == YEARS else None)


def bounds(grades: Sequence[Letter]) -> tuple[Letter, Letter]:
    """The best and the worst letter that three years can still get, when these are those known of them."""
    unknown = YEARS - len(grades)
    best: list[Letter] = [*grades, *LETTERS[:1] * unknown]
    worst: list[Letter] = [*grades, *LETTERS[-1:] * unknown]
    return sorted(best)[1], sorted(worst)[1]


def _heads(checked: CheckedBook, base: PefaBase, spec: Dimension, year: int) -> tuple[Head, ...] | NotComputable:
    """The heads of a completed year that count, or why they are not to be had."""
    table, above = base.table(spec.part), base.above(spec.part)
    if table is None or above is None:
        return NotComputable("line_missing")
    parent = _names(above)

    def is_head(line: Figures) -> bool:
        is_left_out = line.is_total or base.leaves_out(line.name, spec.without)
        return not is_left_out and _names(line.path[:-1]) == parent

    def is_meant(line: Figures) -> bool:
        return is_head(line) or (line.path != () and _names(line.path) == parent)

    scope = Scope(table, date(year, 12, 31))
    missing = checked.missing(scope)
    if missing is not None:
        return missing
    lines = sorted(filter(is_head, checked.book.lines(scope).values()), key=lambda line: line.line_id)
    if not lines:
        return NotComputable("line_missing")
    heads = _moved_alike(lines)
    if heads is None:
        return NotComputable("no_appropriation")
    blocking = checked.blocking_any(scope, is_meant, COLUMNS)
    return NotComputable("source_finding", blocking) if blocking else heads


def _names(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(normalised(name) for name in path)


def _moved_alike(lines: Sequence[Figures]) -> tuple[Head, ...] | None:
    """The heads, each with its appropriation times the change of the whole; None when nothing was approved."""
    approved, paid = _sum(line.approved for line in lines), _sum(line.paid for line in lines)
    if approved <= 0:
        return None
    return tuple(
        Head(line.line_id, line.name, line.approved, line.paid, line.approved * paid / approved) for line in lines
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal())
