"""What a line will have paid by the end of its year, from what it has paid so far and what is left of its plan.

One idea: lines spend of the rest of their plan what lines spent of it in past years. No chance and no float in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from services.domain.budget.book import Scope
from services.domain.budget.measures import CheckedBook, NotComputable

INTERVAL: Final = Decimal("0.8")
"""The share of past lines between the bounds: from their tenth to their ninetieth percentile."""
LEAST_LINES: Final = 10
"""With fewer lines not one of them would be outside either bound, and the bounds would be the extremes."""

COLUMNS: Final = frozenset({"adjusted", "paid"})


@dataclass(frozen=True, slots=True)
class RestOfYear:
    """What lines spent, from the end of one month on, of what was then left of their plans: 1 is all of it.

    ``line_ids`` are the lines of past years it was learnt from.
    """

    scope: Scope
    low: Decimal
    middle: Decimal
    high: Decimal
    years: tuple[int, ...]
    line_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The payments of a whole year in the unit of the source; ``low`` to ``high`` is the interval of ``INTERVAL``.

    It says what is usual among lines, and knows nothing of the one at hand but its plan and its payments.
    """

    line_id: str
    period_end: date
    paid: Decimal
    plan: Decimal
    low: Decimal
    expected: Decimal
    high: Decimal
    rest: RestOfYear


def rest_of_year(checked: CheckedBook, scope: Scope) -> RestOfYear | NotComputable:
    """What past years say of the rest of the year after this month, over all lines of the table but its total.

    Lines under a finding, and lines with nothing left of their plan, teach nothing. After December nothing is left.
    """
    if scope.period_end.month == 12:
        return RestOfYear(scope, Decimal(), Decimal(), Decimal(), (), ())
    past = sorted(each for each in checked.book.published if _is_same_month_before(each, scope))
    learnt = [found for each in past for found in _shares(checked, each)]
    if len(learnt) < LEAST_LINES:
        return NotComputable("history_missing")
    shares = sorted(share for share, _, _ in learnt)
    outside = (1 - INTERVAL) / 2
    return RestOfYear(
        scope,
        low=percentile(shares, outside),
        middle=percentile(shares, Decimal("0.5")),
        high=percentile(shares, 1 - outside),
        years=tuple(sorted({year for _, year, _ in learnt})),
        line_ids=tuple(line_id for _, _, line_id in learnt),
    )


def forecast(checked: CheckedBook, rest: RestOfYear, key: str) -> Forecast | NotComputable:
    """The year's payments of one line of the period ``rest`` is about, or why they cannot be forecast."""
    line = checked.line(rest.scope, key, COLUMNS)
    if isinstance(line, NotComputable):
        return line
    if line.is_total:
        return NotComputable("total_line")
    if line.adjusted <= 0:
        return NotComputable("no_plan")
    left = line.adjusted - line.paid
    is_over = rest.scope.period_end.month == 12
    if left <= 0 and not is_over:
        return NotComputable("plan_spent")
    return Forecast(
        line.line_id,
        rest.scope.period_end,
        line.paid,
        line.adjusted,
        low=line.paid + left * rest.low,
        expected=line.paid + left * rest.middle,
        high=line.paid + left * rest.high,
        rest=rest,
    )


def percentile(ordered: Sequence[Decimal], share: Decimal) -> Decimal:
    """The value below which ``share`` of the ordered values lie, interpolated between its two neighbours.

    Raises: ValueError when there are no values.
    """
    if not ordered:
        raise ValueError("no values, no percentile")
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _is_same_month_before(each: Scope, scope: Scope) -> bool:
    same = (each.classification, each.period_end.month) == (scope.classification, scope.period_end.month)
    return same and each.period_end < scope.period_end


def _shares(checked: CheckedBook, scope: Scope) -> list[tuple[Decimal, int, str]]:
    """Of each line of a past month: the share of the rest it spent, the year, the line."""
    year = scope.period_end.year
    december = Scope(scope.classification, date(year, 12, 31))
    found = []
    for key in sorted(checked.book.lines(scope)):
        then = checked.line(scope, key, COLUMNS)
        end = checked.line(december, key, COLUMNS)
        if isinstance(then, NotComputable) or isinstance(end, NotComputable):
            continue
        left = then.adjusted - then.paid
        if left > 0 and not then.is_total:
            found.append(((end.paid - then.paid) / left, year, then.line_id))
    return found
