"""The forecast of the year's end against simpler ones: learnt from 2023, asked in 2024, over all administrators.

Needs the real budget; printed is what was found, also where a simpler method is better.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pytest
from rich.console import Console
from rich.table import Table

from services.domain.budget.book import Figures
from services.domain.budget.forecast import COLUMNS, INTERVAL, Forecast, forecast, percentile, rest_of_year
from services.domain.budget.measures import CheckedBook, NotComputable
from tests.domain.budget_books import needs_real_budget, real_republican, scope_of

pytestmark = [pytest.mark.bench, needs_real_budget]

LEARNT: Final = 2023
ASKED: Final = 2024
BILLION: Final = Decimal(1_000_000)
"""Thousand tenge in a billion."""


@dataclass(frozen=True)
class Asked:
    """A line in a month of 2024, with its year of 2023 where that is sound, and what it paid in the end."""

    now: Figures
    month: int
    actual: Decimal
    forecast: Forecast
    profile: Decimal | None
    own_rest: Decimal | None
    usual_profile: Decimal

    @property
    def left(self) -> Decimal:
        """What of the plan has not been paid."""
        return self.now.adjusted - self.now.paid

    def by_profile(self, own_weight: Decimal) -> Decimal:
        """Payments over the share of a year they were of in 2023, mixed of the line's own and the median one."""
        own = self.usual_profile if self.profile is None else self.profile
        return self.now.paid / (own_weight * own + (1 - own_weight) * self.usual_profile)

    def by_rest(self, own_weight: Decimal) -> Decimal:
        """As the product does it, with the line's own 2023 mixed in."""
        own = self.forecast.rest.middle if self.own_rest is None else self.own_rest
        return self.now.paid + self.left * (own_weight * own + (1 - own_weight) * self.forecast.rest.middle)


HALF: Final = Decimal("0.5")
METHODS: Final[dict[str, Callable[[Asked], Decimal]]] = {
    "the adjusted plan itself": lambda asked: asked.now.adjusted,
    "plan x elapsed share: the rest at an even pace": lambda asked: (
        asked.now.paid + asked.now.adjusted * (12 - asked.month) / 12
    ),
    "payments / elapsed share": lambda asked: asked.now.paid * 12 / asked.month,
    "last year's own profile": lambda asked: asked.by_profile(Decimal(1)),
    "profile, half own and half median": lambda asked: asked.by_profile(HALF),
    "rest of the plan, as this line in 2023": lambda asked: asked.by_rest(Decimal(1)),
    "rest of the plan, half own and half median": lambda asked: asked.by_rest(HALF),
    "Esep: rest of the plan, as the median line": lambda asked: asked.forecast.expected,
}


@pytest.mark.parametrize("month", [6, 9, 10])
def test_the_forecast_against_simpler_ones(month: int) -> None:
    checked = real_republican()
    asked, refused = _ask(checked, month)
    _say(f"end of month {month} of {ASKED}, findings heeded: {len(asked)} lines asked", refused)
    if not asked:
        checked = _with_tables_believed(checked)
        asked, refused = _ask(checked, month)
        _say(f"only to compare methods, findings about whole tables set aside: {len(asked)} lines asked", refused)
    assert asked
    own = [each for each in asked if each.profile is not None and each.own_rest is not None]
    _print(f"{len(own)} lines with a sound {LEARNT} of their own", own)
    _print(f"all {len(asked)} lines (the median stands in for what a line does not have)", asked)


def _with_tables_believed(checked: CheckedBook) -> CheckedBook:
    """The same book without findings about whole tables: no product would read it so."""
    scopes = [each for each in checked.book.published if each.classification == "administrator"]
    for scope in scopes:
        checked.blocking(scope, "", COLUMNS)
    kept = {scope: tuple(each for each in checked.findings[scope] if each.line is not None) for scope in scopes}
    return CheckedBook(checked.book, kept)


def _ask(checked: CheckedBook, month: int) -> tuple[list[Asked], Counter[str]]:
    """The lines that can be forecast and judged, and why others cannot."""
    scope, refused = scope_of(ASKED, month), Counter[str]()
    rest = rest_of_year(checked, scope)
    assert not isinstance(rest, NotComputable)
    profiles = {key: own for key in checked.book.lines(scope) if (own := _profile(checked, key, month))}
    usual = percentile(sorted(profile for profile, _ in profiles.values()), HALF)
    asked = []
    for key in sorted(checked.book.lines(scope)):
        found = forecast(checked, rest, key)
        end = checked.line(scope_of(ASKED, 12), key, COLUMNS)
        if isinstance(found, NotComputable):
            refused[" ".join((found.reason, *found.findings))] += 1
        elif isinstance(end, NotComputable):
            refused[" ".join(("in December:", end.reason, *end.findings))] += 1
        else:
            profile, own_rest = profiles.get(key, (None, None))
            now = checked.book.lines(scope)[key]
            asked.append(Asked(now, month, end.paid, found, profile, own_rest, usual))
    return asked, refused


def _profile(checked: CheckedBook, key: str, month: int) -> tuple[Decimal, Decimal | None] | None:
    """Of a line in 2023: the share of the year paid by the month, and the share of the rest of the plan paid after."""
    then = checked.line(scope_of(LEARNT, month), key, COLUMNS)
    end = checked.line(scope_of(LEARNT, 12), key, COLUMNS)
    if isinstance(then, NotComputable) or isinstance(end, NotComputable) or not (then.paid > 0 and end.paid > 0):
        return None
    left = then.adjusted - then.paid
    return then.paid / end.paid, (end.paid - then.paid) / left if left > 0 else None


def _say(what: str, refused: Counter[str]) -> None:
    Console().print(what)
    for why, lines in sorted(refused.items()):
        Console(width=120).print(f"  refused {lines}: {why}")


def _print(title: str, asked: Sequence[Asked]) -> None:
    table = Table("method", "mean error, %", "median error, %", "mean error, bn KZT", title=title)
    for name, method in METHODS.items():
        apart = [abs(method(each) - each.actual) for each in asked]
        shares = sorted(error * 100 / each.actual for error, each in zip(apart, asked, strict=True))
        mean, billions = sum(shares) / len(shares), sum(apart) / len(apart) / BILLION
        table.add_row(name, f"{mean:.2f}", f"{percentile(shares, HALF):.2f}", f"{billions:.2f}")
    Console(width=120).print(table)
    inside = sum(1 for each in asked if each.forecast.low <= each.actual <= each.forecast.high)
    widths = [(each.forecast.high - each.forecast.low) * 100 / each.actual for each in asked]
    Console(width=120).print(
        f"the interval meant for {INTERVAL:.0%} of lines held {inside} of {len(asked)}"
        f" ({Decimal(inside) / len(asked):.0%}); on average it is {sum(widths) / len(widths):.1f} % of the year wide"
    )
