"""The forecast of a year's end: by hand, what always holds of it, and every reason to refuse it."""

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.budget import Classification
from services.domain.budget.forecast import LEAST_LINES, Forecast, RestOfYear, forecast, percentile, rest_of_year
from services.domain.budget.measures import CheckedBook, NotComputable
from tests.domain.budget_books import BookOnPaper, line, needs_real_budget, real_republican, scope_of

LINES: Final = 11


def planned(code: str, plan: int, paid: int, **more: Any) -> dict[str, Any]:
    return line(code, approved=plan, adjusted=plan, period_plan_payments=plan, paid=paid, **more)


def past(
    paper: BookOnPaper, year: int = 2023, lines: int = LINES, table: Classification = "administrator"
) -> BookOnPaper:
    """A year in which line n (0, 1, 2 …) had 500 left of 1000 in June, and spent n tenths of it."""
    codes = [str(100 + place) for place in range(lines)]
    paper.month(year, 6, [planned(code, 1000, 500) for code in codes], table)
    return paper.month(year, 12, [planned(code, 1000, 500 + 50 * place) for place, code in enumerate(codes)], table)


def learnt(checked: CheckedBook, month: int = 6, year: int = 2024) -> RestOfYear:
    found = rest_of_year(checked, scope_of(year, month))
    assert isinstance(found, RestOfYear), found
    return found


def test_a_forecast_by_hand() -> None:
    now = [planned("100", 2000, 400), planned("999", 50, 10)]
    checked = past(BookOnPaper()).month(2024, 6, now).checked()
    rest = learnt(checked)
    # The shares are 0, 0.1 … 1.0: the tenth percentile is 0.1, the median 0.5, the ninetieth 0.9.
    assert (rest.low, rest.middle, rest.high) == (Decimal("0.1"), Decimal("0.5"), Decimal("0.9"))
    assert (rest.years, len(rest.line_ids)) == ((2023,), LINES)
    found = forecast(checked, rest, "100")
    assert isinstance(found, Forecast)
    assert (found.paid, found.plan, found.low, found.expected, found.high) == (400, 2000, 560, 1200, 1840)
    # A line nobody has seen before is forecast just as well.
    unknown = forecast(checked, rest, "999")
    assert isinstance(unknown, Forecast)
    assert unknown.expected == 30


def test_every_past_year_is_learnt_from_and_none_to_come() -> None:
    checked = past(past(past(BookOnPaper(), 2022), 2023), 2024).checked()
    assert learnt(checked, year=2024).years == (2022, 2023)
    assert learnt(checked, year=2023).years == (2022,)
    assert rest_of_year(checked, scope_of(2022, 6)) == NotComputable("history_missing")


def test_lines_under_a_finding_spent_lines_and_the_total_teach_nothing() -> None:
    paper = past(BookOnPaper())
    paper.month(2023, 6, [planned("fell", 1000, 500), planned("spent", 100, 100), planned("0", 1, 0, is_total=True)])
    paper.month(2023, 12, [planned("fell", 1000, 400), planned("spent", 100, 100), planned("0", 1, 1, is_total=True)])
    codes = {line_id.rpartition("/")[2] for line_id in _learnt_without_the_total(paper).line_ids}
    assert codes == {str(100 + place) for place in range(LINES)}


def _learnt_without_the_total(paper: BookOnPaper) -> RestOfYear:
    """The total on paper is not the sum of its lines; that finding is not what is asked about here."""
    checked = paper.checked()
    for scope in paper.book.published:
        checked.blocking(scope, "", frozenset())
        checked.findings[scope] = tuple(each for each in checked.findings[scope] if each.line is not None)
    return learnt(checked)


@pytest.mark.parametrize("lines", [0, LEAST_LINES - 1])
def test_too_few_past_lines_are_no_history(lines: int) -> None:
    checked = past(BookOnPaper(), lines=lines).checked()
    assert rest_of_year(checked, scope_of(2024, 6)) == NotComputable("history_missing")


def test_another_month_or_another_table_is_no_history() -> None:
    checked = past(BookOnPaper()).checked()
    assert rest_of_year(checked, scope_of(2024, 7)) == NotComputable("history_missing")
    assert rest_of_year(checked, scope_of(2024, 6, "function")) == NotComputable("history_missing")


def test_every_reason_to_refuse() -> None:
    paper = past(BookOnPaper()).month(2024, 5, [planned("fell", 1000, 500)])
    june = [planned("fell", 1000, 400), planned("unplanned", 0, 0), planned("spent", 100, 100), planned("100", 9, 1)]
    checked = paper.month(2024, 6, june).checked()
    rest = learnt(checked)
    assert forecast(checked, rest, "fell") == NotComputable("source_finding", ("budget.cumulative_fell",))
    assert forecast(checked, rest, "unplanned") == NotComputable("no_plan")
    assert forecast(checked, rest, "spent") == NotComputable("plan_spent")
    assert forecast(checked, rest, "nobody") == NotComputable("line_missing")
    missing = past(BookOnPaper()).checked()
    assert forecast(missing, learnt(missing), "100") == NotComputable("period_missing")


def test_the_total_is_no_line() -> None:
    paper = past(BookOnPaper()).month(2024, 6, [planned("0", 10, 5, is_total=True), planned("100", 10, 5)])
    checked = paper.checked()
    assert forecast(checked, learnt(checked), "0") == NotComputable("total_line")


@given(plan=st.integers(min_value=1, max_value=10**12), paid=st.integers(min_value=0, max_value=10**12))
def test_at_the_end_of_the_year_nothing_is_left_to_forecast(plan: int, paid: int) -> None:
    checked = BookOnPaper().month(2024, 12, [planned("100", max(plan, paid), paid)]).checked()
    found = forecast(checked, learnt(checked, month=12), "100")
    assert isinstance(found, Forecast)
    assert found.low == found.expected == found.high == paid


@given(
    plan=st.integers(min_value=1, max_value=10**12),
    unpaid=st.integers(min_value=1, max_value=10**12),
    ends=st.lists(st.integers(min_value=0, max_value=500), min_size=LEAST_LINES, max_size=30),
)
def test_the_interval_holds_the_forecast_and_begins_with_what_is_paid(plan: int, unpaid: int, ends: list[int]) -> None:
    codes = [str(100 + place) for place in range(len(ends))]
    paper = BookOnPaper().month(2023, 6, [planned(code, 1000, 500) for code in codes])
    paper.month(2023, 12, [planned(code, 1000, 500 + end) for code, end in zip(codes, ends, strict=True)])
    paid = max(plan - unpaid, 0)
    checked = paper.month(2024, 6, [planned("100", plan, paid)]).checked()
    found = forecast(checked, learnt(checked), "100")
    assert isinstance(found, Forecast)
    assert paid <= found.low <= found.expected <= found.high <= plan


@given(st.lists(st.decimals(min_value=-5, max_value=5, places=3), min_size=1, max_size=40))
def test_percentiles_are_in_order_and_within_their_values(values: list[Decimal]) -> None:
    ordered = sorted(values)
    found = [percentile(ordered, Decimal(tenth) / 10) for tenth in range(11)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (ordered[0], ordered[-1])


def test_a_percentile_between_two_values() -> None:
    assert percentile([Decimal(0), Decimal(1), Decimal(9)], Decimal("0.75")) == 5


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], Decimal("0.5"))


@needs_real_budget
def test_no_real_line_is_forecast_from_a_month_whose_tables_disagree() -> None:
    checked = real_republican()
    september = scope_of(2024, 9)
    found = [forecast(checked, learnt(checked, month=9), key) for key in checked.book.lines(september)]
    assert found
    assert {each.reason if isinstance(each, NotComputable) else "forecast" for each in found} == {"source_finding"}
