"""PEFA indicators: the published arithmetic on the real budget, small budgets by hand, letters and their bounds."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.budget import Classification
from services.domain.budget.measures import CheckedBook, NotComputable
from services.domain.budget.pefa import (
    DIMENSIONS,
    STANDING,
    Head,
    Letter,
    PefaBase,
    Ratio,
    bounds,
    outturn,
    ratio,
    score,
    variance,
)
from tests.domain.budget_books import FUNCTIONS, TREE, BookOnPaper, line, needs_real_budget, real_republican

WITHOUT_INTEREST: Final = "PI-2.1 without interest"
WITHOUT_BOTH: Final = "PI-2.1 without interest and contingency"

OF_THE_TREE: Final[Mapping[str, tuple[str, str]]] = {
    "PI-1": ("104.71", "99.10"),
    "PI-2.1": ("10.85", "6.43"),
    WITHOUT_INTEREST: ("11.70", "6.28"),
    WITHOUT_BOTH: ("9.39", "4.45"),
    "PI-3.1": ("108.52", "97.17"),
    "PI-3.1 without transfers": ("104.45", "83.82"),
}
BY_FUNCTION: Final[Mapping[str, tuple[str, str]]] = {
    "PI-2.1": ("10.47", "6.44"),
    WITHOUT_INTEREST: ("11.18", "6.35"),
    WITHOUT_BOTH: ("10.28", "4.33"),
}


def computed(checked: CheckedBook, base: PefaBase, dimension: str, year: int) -> Ratio:
    found = ratio(checked, base, dimension, year)
    assert isinstance(found, Ratio), found
    return found


def two_years(base: PefaBase, dimension: str) -> tuple[str, str]:
    first, second = (computed(real_republican(), base, dimension, year).percent for year in (2023, 2024))
    return f"{first:.2f}", f"{second:.2f}"


@needs_real_budget
@pytest.mark.parametrize("dimension", OF_THE_TREE)
def test_the_tree_gives_the_known_figures(dimension: str) -> None:
    assert two_years(TREE, dimension) == OF_THE_TREE[dimension]


@needs_real_budget
@pytest.mark.parametrize("dimension", BY_FUNCTION)
def test_the_table_by_function_less_loan_repayment_gives_the_known_figures(dimension: str) -> None:
    assert two_years(FUNCTIONS, dimension) == BY_FUNCTION[dimension]


@needs_real_budget
def test_the_real_budget_by_economic_type_has_no_appropriations() -> None:
    for year in (2023, 2024):
        assert ratio(real_republican(), TREE, "PI-2.2", year) == NotComputable("no_appropriation")


@needs_real_budget
def test_two_real_years_leave_bounds_and_no_letter() -> None:
    found = score(real_republican(), TREE, WITHOUT_BOTH, 2024)
    assert (found.best, found.worst, found.letter) == ("A", "B", None)
    assert found.years[2022] == NotComputable("period_missing")
    assert ratio(real_republican(), TREE, "PI-1", 2025) == NotComputable("year_not_over")


@needs_real_budget
def test_a_ratio_shows_its_heads() -> None:
    found = computed(real_republican(), TREE, WITHOUT_BOTH, 2024)
    assert len(found.heads) == 13  # fifteen functional groups less two
    assert all(head.line_id.startswith("kz/republican/tree/-/2024/") for head in found.heads)
    assert found.standing == STANDING


# -- by hand -----------------------------------------------------------------------------------------

Amounts = Mapping[str, tuple[int, int]]
"""Approved and paid by the name of a head."""

BY_HAND: Final[Amounts] = {
    "Education": (100, 120),
    "Health": (200, 180),
    "Прочие": (60, 0),
    "ОБСЛУЖИВАНИЕ  долга": (40, 60),
}


def flat(paper: BookOnPaper, year: int, amounts: Amounts, table: Classification = "function") -> BookOnPaper:
    heads = [
        line(str(number), approved=approved, adjusted=max(approved, paid), paid=paid) | {"name": name}
        for number, (name, (approved, paid)) in enumerate(amounts.items())
    ]
    return paper.month(year, 12, heads, table)


def tree(year: int, root: str, amounts: Amounts, month: int = 12, paper: BookOnPaper | None = None) -> BookOnPaper:
    def of(approved: int, paid: int) -> dict[str, int]:
        return {"approved": approved, "adjusted": max(approved, paid), "paid": paid}

    whole = [sum(each) for each in zip(*amounts.values(), strict=True)]
    rows = [line("1", root, **(of(*whole) | {"adjusted": sum(max(each) for each in amounts.values())}))]
    rows += [line("1", root, name, **of(*each)) for name, each in amounts.items()]
    rows.append(
        line("1", root, "Education", "below", **of(*amounts["Education"])) if "Education" in amounts else rows[0]
    )
    return (paper or BookOnPaper()).month(year, month, {tuple(each["path"]): each for each in rows}.values(), "tree")


def test_each_variant_by_hand() -> None:
    checked = flat(BookOnPaper(), 2024, BY_HAND).checked()
    found = {
        name: computed(checked, FUNCTIONS, name, 2024) for name in DIMENSIONS if DIMENSIONS[name].part == "expenditure"
    }
    # All: 360 of 400. Expected 90, 180, 54, 36; apart 30 + 0 + 54 + 24 = 108.
    assert found["PI-1"].percent == 90
    assert (found["PI-1"].approved, found["PI-1"].paid) == (400, 360)
    assert found["PI-2.1"].percent == 30
    # Without interest 300 of 360; expected 83.3, 166.7, 50; apart 36.7 + 13.3 + 50 = 100.
    assert round(found[WITHOUT_INTEREST].percent, 10) == round(Decimal(100) / 3, 10)
    # Without both 300 of 300: nothing has moved but between the two: 20 + 20 of 300.
    assert round(found[WITHOUT_BOTH].percent, 10) == round(Decimal(40) / 3, 10)


def test_heads_of_a_tree_are_those_directly_below_their_section() -> None:
    checked = tree(2024, "II. Затраты", BY_HAND).checked()
    found = computed(checked, TREE, "PI-2.1", 2024)
    assert [head.name for head in found.heads if head.name == "below"] == []
    assert (len(found.heads), found.percent) == (4, 30)


def test_revenue_with_and_without_transfers_by_hand() -> None:
    received = {"Taxes": (80, 60), "Fees": (10, 20), "Поступления трансфертов": (10, 30)}
    checked = tree(2024, "I. ДОХОДЫ", received).checked()
    assert computed(checked, TREE, "PI-3.1", 2024).percent == 110
    without = computed(checked, TREE, "PI-3.1 without transfers", 2024)
    assert round(without.percent, 10) == round(Decimal(800) / 9, 10)
    assert ratio(checked, FUNCTIONS, "PI-3.1", 2024) == NotComputable("line_missing")
    assert ratio(checked, TREE, "PI-1", 2024) == NotComputable("line_missing")


def test_economic_types_are_computed_once_they_have_appropriations() -> None:
    paper = flat(BookOnPaper(), 2023, {"Current": (0, 10), "Capital": (0, 10)}, "economic")
    checked = flat(paper, 2024, {"Current": (10, 10), "Capital": (10, 10)}, "economic").checked()
    assert ratio(checked, TREE, "PI-2.2", 2023) == NotComputable("no_appropriation")
    assert computed(checked, TREE, "PI-2.2", 2024).percent == 0


def test_a_year_in_which_nothing_was_paid_has_no_ratio() -> None:
    checked = flat(BookOnPaper(), 2024, {"Education": (10, 0)}).checked()
    assert ratio(checked, FUNCTIONS, "PI-2.1", 2024) == NotComputable("no_payments")


def test_a_fault_of_a_head_or_of_its_section_forbids_the_ratio() -> None:
    paper = tree(2024, "II. ЗАТРАТЫ", BY_HAND, month=11)
    without_health = {name: each for name, each in BY_HAND.items() if name != "Health"}
    vanished = tree(2024, "II. ЗАТРАТЫ", without_health, paper=paper).checked()
    assert ratio(vanished, TREE, "PI-1", 2024) == NotComputable("source_finding", ("budget.line_vanished",))
    rows: list[dict[str, Any]] = [line("1", "II. ЗАТРАТЫ", approved=100, adjusted=100, paid=100)]
    rows += [line("1", "II. ЗАТРАТЫ", name, approved=10, adjusted=10, paid=10) for name in ("one", "two", "three")]
    unequal = BookOnPaper().month(2024, 12, rows, "tree").checked()
    assert ratio(unequal, TREE, "PI-1", 2024) == NotComputable("source_finding", ("budget.parts_differ",))


def test_a_reserve_that_was_handed_out_forbids_nothing() -> None:
    paper = BookOnPaper().month(2024, 11, [line("1", approved=100, adjusted=100, paid=20)], "function")
    paper.month(2024, 12, [line("1", approved=100, adjusted=40, paid=40)], "function")
    assert computed(paper.checked(), FUNCTIONS, "PI-1", 2024).percent == 40


def test_a_fault_elsewhere_in_the_tree_forbids_nothing() -> None:
    paper = tree(2024, "II. ЗАТРАТЫ", BY_HAND, month=11)
    paper.month(2024, 11, [line("9", "Elsewhere", approved=1, adjusted=1, paid=1)], "tree")
    checked = tree(2024, "II. ЗАТРАТЫ", BY_HAND, paper=paper).checked()
    assert computed(checked, TREE, "PI-1", 2024).percent == 90


# -- letters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dimension", "percent", "letter"),
    [
        ("PI-1", "95", "A"),
        ("PI-1", "105", "A"),
        ("PI-1", "94.99", "B"),
        ("PI-1", "110", "B"),
        ("PI-1", "85", "C"),
        ("PI-1", "115.01", "D"),
        ("PI-2.1", "4.99", "A"),
        ("PI-2.1", "5", "B"),
        ("PI-2.1", "10", "C"),
        ("PI-2.2", "15", "D"),
        ("PI-3.1", "97", "A"),
        ("PI-3.1", "106.01", "B"),
        ("PI-3.1", "112", "B"),
        ("PI-3.1", "92", "C"),
        ("PI-3.1", "116.01", "D"),
    ],
)
def test_thresholds(dimension: str, percent: str, letter: Letter) -> None:
    assert DIMENSIONS[dimension].grade(Decimal(percent)) == letter


@pytest.mark.parametrize(
    ("known", "best", "worst"),
    [
        ("", "A", "D"),
        ("C", "A", "D"),
        ("AA", "A", "A"),
        ("AD", "A", "D"),
        ("BC", "B", "C"),
        ("ABD", "B", "B"),
        ("ADD", "D", "D"),
        ("CAA", "A", "A"),
    ],
)
def test_two_of_three_years_decide(known: str, best: Letter, worst: Letter) -> None:
    letters: dict[str, Letter] = {"A": "A", "B": "B", "C": "C", "D": "D"}
    assert bounds([letters[each] for each in known]) == (best, worst)


def test_three_years_give_a_letter_and_two_never_do() -> None:
    paper, even = BookOnPaper(), {"Education": (100, 100)}
    for year, paid in ((2022, 100), (2023, 108), (2024, 120)):
        flat(paper, year, {"Education": (100, paid)})
    found = score(paper.checked(), FUNCTIONS, "PI-1", 2024)
    assert (found.letter, found.best, found.worst, found.standing) == ("B", "B", "B", STANDING)
    without_2024 = score(flat(flat(BookOnPaper(), 2022, even), 2023, even).checked(), FUNCTIONS, "PI-1", 2024)
    assert (without_2024.best, without_2024.worst, without_2024.letter) == ("A", "A", None)


# -- what always holds -------------------------------------------------------------------------------

amounts = st.lists(
    st.tuples(st.integers(min_value=1, max_value=10**9), st.integers(min_value=1, max_value=10**9)),
    min_size=1,
    max_size=20,
)


def heads_of(pairs: list[tuple[int, int]], unit: int = 1) -> list[Head]:
    """Heads as the product makes them of a table."""
    approved, paid = (Decimal(sum(each)) * unit for each in zip(*pairs, strict=True))
    return [
        Head(str(place), "", Decimal(b) * unit, Decimal(a) * unit, Decimal(b) * unit * paid / approved)
        for place, (b, a) in enumerate(pairs)
    ]


@given(amounts, st.integers(min_value=2, max_value=10**9))
def test_no_ratio_depends_on_the_unit(pairs: list[tuple[int, int]], unit: int) -> None:
    for formula in (outturn, variance):
        assert abs(formula(heads_of(pairs)) - formula(heads_of(pairs, unit))) < Decimal("1e-15")


@given(amounts)
def test_a_variance_is_at_least_nothing_and_at_most_everything_twice(pairs: list[tuple[int, int]]) -> None:
    assert 0 <= variance(heads_of(pairs)) <= 200


@given(
    st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=12),
    st.integers(min_value=1, max_value=300),
)
def test_heads_that_all_move_alike_have_no_variance(approved: list[int], percent: int) -> None:
    moved = {f"head {place}": (each * 100, each * percent) for place, each in enumerate(approved)}
    checked = flat(BookOnPaper(), 2024, moved).checked()
    found = computed(checked, FUNCTIONS, "PI-2.1", 2024)
    assert abs(found.percent) < Decimal("1e-15")
    assert abs(computed(checked, FUNCTIONS, "PI-1", 2024).percent - percent) < Decimal("1e-15")


def test_a_base_without_a_part_says_so() -> None:
    checked = flat(BookOnPaper(), 2024, BY_HAND).checked()
    assert ratio(checked, FUNCTIONS.model_copy(update={"expenditure": None}), "PI-1", 2024) == NotComputable(
        "line_missing"
    )
    assert ratio(checked, FUNCTIONS, "PI-2.2", 2024) == NotComputable("line_missing")
