"""The chart of a budget's months: plan, payments, and payments of the year before, from the same records as the table."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from markupsafe import Markup

from services.portal.budget import MonthAndBefore, unit_scale
from services.portal.budget_account import Turn
from services.portal.budget_records import BudgetExecutionRecord
from services.portal.charts import Alternative, both_widths
from services.portal.month_chart import Mark, MonthLine, MonthLines
from services.portal.site import View


def months_chart(
    view: View, name: str, months: Sequence[MonthAndBefore], year: int, turns: Sequence[Turn] = ()
) -> Markup:
    """Cumulative amounts of a year; months under a blocking finding are hatched, breaks in the series are marked.

    The line of the year before is broken where its own source was at fault: there is nothing to compare with.
    """
    t = view.words
    by_month = {each.month.month: each for each in months}
    own = [by_month[month].line if month in by_month else None for month in range(1, 13)]
    before = [by_month[month].before if month in by_month else None for month in range(1, 13)]
    stated = [line for line in (*own, *before) if line is not None]
    unit = stated[-1].unit
    top = max(max(line.adjusted, line.paid) for line in stated)
    last = next((line for line in reversed(own) if line is not None), stated[-1])
    paid = view.amount(last.paid, unit)
    description = t("budget.chart_means", year=str(year), paid=paid, unit=view.unit(unit), last=last.period_end)
    chart = MonthLines(
        name,
        Alternative(t("budget.chart"), description),
        [
            MonthLine("line-before", [sound_amount(line, "paid") for line in before]),
            MonthLine("line-plan", [_scaled(line, "adjusted") for line in own]),
            MonthLine("line-period", [_period_plan(line) for line in own]),
            MonthLine("line-paid", [_scaled(line, "paid") for line in own]),
        ],
        [view.short_month(date(year, month, 1)) for month in range(1, 13)],
        t("budget.chart_top", amount=view.amount(top, unit), unit=view.unit(unit)),
        doubtful=[index for index, line in enumerate(own) if line is not None and line.blocked],
        marks=[
            Mark(turn.of.on.month - 1, t("budget.break"))
            for turn in {turn.of.on: turn for turn in turns}.values()
            if turn.of.on is not None and turn.of.on.year == year
        ],
    )
    return both_widths(chart)


def _scaled(line: BudgetExecutionRecord | None, measure: str) -> float | None:
    if line is None:
        return None
    amount = getattr(line, measure)
    return float(Decimal(amount) / unit_scale(line.unit)[0])


def sound_amount(line: BudgetExecutionRecord | None, measure: str) -> float | None:
    """A measure in the unit of the chart; None where nothing was stated, or what was stated is under a fault."""
    return None if line is None or line.blocked else _scaled(line, measure)


def _period_plan(line: BudgetExecutionRecord | None) -> float | None:
    """A source that has no plan of the period writes 0."""
    return _scaled(line, "period_plan_payments") if line is not None and line.period_plan_payments else None
