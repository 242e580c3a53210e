"""Measures of a budget's lines: values by hand and on the real budget, and a reason wherever there is no value."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bodies import Body
from services.adapters.rulebook import load_rulebook
from services.domain.budget.book import Figures, Scope
from services.domain.budget.measures import (
    Break,
    CheckedBook,
    Link,
    Measure,
    Measured,
    NotComputable,
    commitments_outstanding,
    deviation_from_law,
    execution_of_law,
    execution_of_period_plan,
    succession,
    year_end_rush,
)
from tests.domain.budget_books import BookOnPaper, line, needs_real_budget, real_republican, scope_of

OfScope = Callable[[CheckedBook, Scope, str], Measure]
OF_A_SCOPE: Final[tuple[OfScope, ...]] = (
    execution_of_law,
    execution_of_period_plan,
    commitments_outstanding,
    deviation_from_law,
)

HALF_PAID: Final[dict[str, int]] = {
    "approved": 800,
    "adjusted": 1000,
    "period_plan_payments": 500,
    "obligations_taken": 600,
    "paid": 400,
}


def whole_year(*lines_of_a_month: dict[str, int]) -> CheckedBook:
    """Line 201 month by month, beside a line with no fault that keeps the table whole."""
    book = BookOnPaper()
    for month, figures in enumerate(lines_of_a_month, start=1):
        book.month(2024, month, [line("201", **figures), line("999", **HALF_PAID)])
    return book.checked()


def value(measure: Measure) -> Decimal:
    assert isinstance(measure, Measured), measure
    return measure.value


def test_each_measure_by_hand() -> None:
    book, january = whole_year(HALF_PAID), scope_of(2024, 1)
    found = [value(measure(book, january, "201")) for measure in OF_A_SCOPE]
    assert found == [50, 80, 200, 25]  # 400/800, 400/500, 600 - 400, 200/800


def test_a_measure_names_its_lines() -> None:
    found = execution_of_law(whole_year(HALF_PAID), scope_of(2024, 1), "201")
    assert isinstance(found, Measured)
    assert found.line_ids == ("kz/republican/administrator/-/2024/201",)


def test_a_plan_below_the_law_is_a_negative_deviation() -> None:
    book = whole_year(HALF_PAID | {"adjusted": 600})
    assert value(deviation_from_law(book, scope_of(2024, 1), "201")) == -25


@pytest.mark.parametrize(
    ("measure", "absent", "reason"),
    [
        (execution_of_law, "approved", "no_appropriation"),
        (deviation_from_law, "approved", "no_appropriation"),
        (execution_of_period_plan, "period_plan_payments", "no_plan"),
        (commitments_outstanding, "obligations_taken", "no_obligations"),
    ],
)
def test_what_is_zero_gives_no_percentage(measure: OfScope, absent: str, reason: str) -> None:
    book = whole_year(HALF_PAID | {absent: 0})
    assert measure(book, scope_of(2024, 1), "201") == NotComputable(reason)


def test_a_period_that_was_not_published_and_a_line_that_is_not_there() -> None:
    book = whole_year(HALF_PAID)
    for measure in OF_A_SCOPE:
        assert measure(book, scope_of(2024, 2), "201") == NotComputable("period_missing")
        assert measure(book, scope_of(2024, 12), "201") == NotComputable("year_not_over")
        assert measure(book, scope_of(2024, 1), "202") == NotComputable("line_missing")


def test_statements_alone_do_not_make_a_period() -> None:
    paper = BookOnPaper().month(2024, 1, [line("201", **HALF_PAID)])
    paper.book.published.clear()
    assert execution_of_law(paper.checked(), scope_of(2024, 1), "201") == NotComputable("period_missing")


def test_a_line_under_a_finding_is_not_measured_and_the_others_are() -> None:
    book = whole_year(HALF_PAID, HALF_PAID | {"paid": 300})
    for measure in OF_A_SCOPE:
        found = measure(book, scope_of(2024, 2), "201")
        assert found == NotComputable("source_finding", ("budget.cumulative_fell",))
        assert isinstance(measure(book, scope_of(2024, 2), "999"), Measured)


def test_a_plan_that_lost_a_part_tells_nothing_of_the_body() -> None:
    book = whole_year(HALF_PAID, HALF_PAID | {"adjusted": 450})
    found = execution_of_law(book, scope_of(2024, 2), "201")
    assert found == NotComputable("source_finding", ("budget.programme_dropped",))


def test_a_missing_period_plan_forbids_what_needs_it_and_nothing_else() -> None:
    unplanned = HALF_PAID | {"period_plan_payments": 0}
    book = BookOnPaper().month(2023, 3, [line("201", **unplanned), line("202", **unplanned)]).checked()
    march = scope_of(2023, 3)
    missing = NotComputable("source_finding", ("budget.period_plan_missing",))
    assert execution_of_period_plan(book, march, "201") == missing
    assert value(execution_of_law(book, march, "201")) == 50


def test_the_year_end_rush_by_hand() -> None:
    paid = [50 * month for month in range(1, 12)] + [1000]
    book = whole_year(
        *({"approved": 1000, "adjusted": 1000, "period_plan_payments": 1000, "paid": each} for each in paid)
    )
    assert value(year_end_rush(book, "administrator", 2024, "201")) == 45  # (1000 - 550) / 1000


def test_no_rush_without_december_without_november_or_without_payments() -> None:
    book = whole_year(HALF_PAID)
    assert year_end_rush(book, "administrator", 2024, "201") == NotComputable("year_not_over")
    december = BookOnPaper().month(2024, 12, [line("201", **HALF_PAID)])
    assert year_end_rush(december.checked(), "administrator", 2024, "201") == NotComputable("period_missing")
    unpaid = line("201", **(HALF_PAID | {"paid": 0}))
    neither = BookOnPaper().month(2024, 11, [unpaid]).month(2024, 12, [unpaid])
    assert year_end_rush(neither.checked(), "administrator", 2024, "201") == NotComputable("no_payments")


def test_december_that_was_left_out_is_no_year_that_is_not_over() -> None:
    book = BookOnPaper().month(2025, 1, [line("201", **HALF_PAID)]).checked()
    assert execution_of_law(book, scope_of(2024, 12), "201") == NotComputable("period_missing")


@given(
    figures=st.fixed_dictionaries({name: st.integers(min_value=0, max_value=10**9) for name in HALF_PAID}),
    unit=st.sampled_from([1000, 10**6]),
)
def test_no_measure_is_silent_and_no_percentage_depends_on_the_unit(figures: dict[str, int], unit: int) -> None:
    one = whole_year(figures)
    other = BookOnPaper().month(
        2024, 1, [line(code, **{name: each * unit for name, each in of.items()}) for code, of in _two(figures)]
    )
    for measure in (execution_of_law, execution_of_period_plan, deviation_from_law):
        found = measure(one, scope_of(2024, 1), "201")
        if isinstance(found, NotComputable):
            assert found.reason in {"source_finding", "no_appropriation", "no_plan"}
        elif figures["paid"] > 1000 or figures["paid"] == 0:  # below, a unit of the source is a tolerance of its checks
            assert measure(other.checked(), scope_of(2024, 1), "201") == found


def _two(figures: dict[str, int]) -> list[tuple[str, dict[str, int]]]:
    return [("201", figures), ("999", HALF_PAID)]


# -- reorganisations ---------------------------------------------------------------------------------


def body(id_: str, *successors: str, **more: Any) -> Body:
    name = {"kk": id_, "ru": id_, "en": id_}
    return Body.model_validate(
        {"id": id_, "jurisdiction": "kz", "name": name, "successors": successors, "confidence": "secondary"} | more
    )


def test_a_body_that_never_changed_stands_alone() -> None:
    found = succession([body("kz.a", codes={"budget_administrator": "1"})], "kz.a")
    assert found.links == (Link("kz.a", "1", None, None),)
    assert found.breaks == ()


def test_one_body_in_the_place_of_another_is_a_whole_break() -> None:
    bodies = [body("kz.new", valid_from=date(2020, 1, 1)), body("kz.old", "kz.new", valid_to=date(2023, 8, 31))]
    for asked in ("kz.old", "kz.new"):
        found = succession(bodies, asked)
        assert [link.body for link in found.links] == ["kz.old", "kz.new"]
        assert found.breaks == (Break("kz.old", "kz.new", date(2023, 9, 1), is_whole=True),)


def test_a_chain_goes_all_the_way_and_leaves_siblings_out() -> None:
    bodies = [body("kz.a", "kz.b"), body("kz.b", "kz.c", "kz.d"), body("kz.c"), body("kz.d")]
    found = succession(bodies, "kz.c")
    assert [link.body for link in found.links] == ["kz.a", "kz.b", "kz.c"]
    assert [(each.before, each.after, each.is_whole) for each in found.breaks] == [
        ("kz.a", "kz.b", True),
        ("kz.b", "kz.c", False),
    ]


def test_two_bodies_made_one_are_no_whole_break() -> None:
    found = succession([body("kz.a", "kz.c"), body("kz.b", "kz.c"), body("kz.c")], "kz.c")
    assert {(each.before, each.is_whole, each.on) for each in found.breaks} == {
        ("kz.a", False, None),
        ("kz.b", False, None),
    }


def test_successors_in_a_circle_end() -> None:
    found = succession([body("kz.a", "kz.b"), body("kz.b", "kz.a")], "kz.a")
    assert sorted(link.body for link in found.links) == ["kz.a", "kz.b"]


def test_a_body_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"kz\.none"):
        succession([body("kz.a")], "kz.none")
    with pytest.raises(ValueError, match=r"kz\.gone"):
        succession([body("kz.a", "kz.gone")], "kz.a")


def test_the_reorganisation_of_september_2023() -> None:
    bodies = load_rulebook().bodies
    found = succession(bodies.values(), "kz.adm.228")
    assert [link.code for link in found.links] == ["249", "228"]
    assert found.breaks == (Break("kz.adm.249", "kz.adm.228", date(2023, 9, 1), is_whole=False),)


# -- the real budget ---------------------------------------------------------------------------------

PUBLISHED: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "function": {
        "0": ("23548.5/25068.8/24867.1", "27000.5/27566.6/27035.6"),
        "1": ("907.8/1163.4/1137.8", "1014.5/1330.0/1303.1"),
        "2": ("1030.4/1106.7/1100.1", "1187.6/1130.7/1038.5"),
        "3": ("1071.9/1289.7/1275.9", "1278.2/1292.6/1288.0"),
        "4": ("1210.0/1290.3/1287.6", "1643.2/1687.8/1687.0"),
        "5": ("2027.4/2215.5/2214.7", "2383.1/2446.7/2234.2"),
        "6": ("4663.4/4689.2/4689.2", "5455.9/5359.7/5330.6"),
        "7": ("336.5/597.1/597.1", "460.5/457.5/457.5"),
        "8": ("197.5/265.7/260.1", "342.8/358.2/357.9"),
        "9": ("109.9/189.1/189.0", "167.9/159.0/158.4"),
        "10": ("433.7/765.7/761.8", "723.6/794.5/714.2"),
        "11": ("181.5/227.8/227.4", "140.4/120.5/75.5"),
        "12": ("647.2/832.5/823.8", "858.1/915.8/891.9"),
        "13": ("1425.3/1080.0/1049.7", "1040.6/620.0/610.1"),
        "14": ("1759.0/1809.4/1808.1", "2022.6/2182.0/2182.0"),
        "15": ("4995.1/4995.1/4995.1", "5265.0/5265.0/5265.0"),
        "16": ("2551.8/2551.8/2449.6", "3016.6/3446.6/3441.7"),
    },
    "administrator": {
        "0": ("23548.5/25068.8/24867.1", "27000.5/27566.6/27035.6"),
        "201": ("553.5/635.6/626.3", "598.1/623.1/618.1"),
        "202": ("201.4/262.9/256.3", "237.7/225.7/217.6"),
        "204": ("95.4/101.4/101.3", "112.1/113.4/113.4"),
        "207": ("135.5/88.9/88.3", "88.9/85.9/85.6"),
        "208": ("545.7/588.9/588.9", "575.0/573.6/573.6"),
        "211": ("24.0/27.9/27.4", "20.8/19.2/19.2"),
        "212": ("290.5/582.2/582.2", "499.6/575.1/495.1"),
        "213": ("4663.4/4689.3/4689.3", "5455.9/5359.9/5330.8"),
        "217": ("10514.3/9734.5/9580.1", "10932.1/11114.7/11075.8"),
        "221": ("47.4/44.0/38.9", "46.1/44.7/44.7"),
        "223": ("172.7/188.2/186.5", "208.6/237.3/237.0"),
        "224": ("685.0/765.7/765.6", "1019.5/1067.5/1067.2"),
        "226": ("2008.8/2192.6/2191.5", "2365.8/2440.5/2228.0"),
        "227": ("563.8/528.0/527.3", "713.1/661.5/660.7"),
        "228": ("0.0/763.0/754.2", "766.2/882.1/858.2"),
        "229": ("0.0/1345.4/1345.3", "1051.1/1037.3/907.6"),
        "241": ("102.3/210.9/210.9", "161.9/188.1/188.1"),
        "243": ("330.8/756.5/756.5", "482.3/481.5/481.5"),
        "410": ("427.0/545.1/545.1", "586.9/577.0/577.0"),
        "501": ("81.0/85.4/84.5", "94.8/95.5/95.5"),
        "502": ("59.0/63.5/63.4", "62.9/66.5/66.5"),
        "650": ("0.0/122.9/120.2", "210.4/221.5/221.4"),
        "651": ("0.0/165.1/163.1", "164.3/167.2/166.6"),
        "652": ("0.0/98.0/92.8", "110.5/121.7/121.5"),
        "694": ("137.5/203.3/202.2", "215.2/340.5/340.5"),
    },
}
"""Approved, adjusted and paid of 2023 and 2024, in bn KZT."""


def in_billions(figures: Figures) -> str:
    return "/".join(f"{amount / 10**6:.1f}" for amount in (figures.approved, figures.adjusted, figures.paid))


@needs_real_budget
@pytest.mark.parametrize("table", PUBLISHED)
def test_the_figures_of_two_years_are_those_published(table: str) -> None:
    book = real_republican().book
    found = {
        code: tuple(in_billions(book.lines(scope_of(year, 12, table))[code]) for year in (2023, 2024))
        for code in PUBLISHED[table]
    }
    assert found == PUBLISHED[table]


@needs_real_budget
def test_a_ministry_that_was_split_is_not_measured_and_its_heir_has_no_law_to_be_measured_by() -> None:
    book, december = real_republican(), scope_of(2023, 12)
    split = execution_of_law(book, december, "249")
    assert isinstance(split, NotComputable)
    assert split.reason == "source_finding"
    assert execution_of_law(book, december, "228") == NotComputable("no_appropriation")


@needs_real_budget
def test_no_ministry_is_measured_by_the_broken_months_of_2024() -> None:
    book = real_republican()
    for month in (7, 8, 9):
        keys = [each.key for each in book.book.lines(scope_of(2024, month)).values()]
        found = [execution_of_law(book, scope_of(2024, month), key) for key in keys]
        assert {each.reason for each in found if isinstance(each, NotComputable)} == {"source_finding"}
        assert not [each for each in found if isinstance(each, Measured)]
    assert f"{value(execution_of_law(book, scope_of(2024, 12), '213')):.2f}" == "97.71"
