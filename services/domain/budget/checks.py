"""Faults of a budget source, each a pure check of one published period against what was published before and beside it.

A finding speaks about the source, never about a body's conduct. Those that block say: nothing may be concluded about
how much of the plan was carried out from these figures.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from services.domain.budget.book import MEASURES, Book, Figures, Scope

SUM_TOLERANCE: Final = Decimal("0.000001")
"""Share of the total by which it may differ from the sum of its parts: the source's own rounding."""
TABLE_TOLERANCE: Final = Decimal("0.001")
"""Share by which totals of two classifications of one budget may differ."""
LINE_DROP: Final = Decimal("0.7")
TOTAL_DROP: Final = Decimal("0.9")
"""An adjusted plan below this share of an earlier one of the year has lost a part."""
OVER_PLAN: Final = Decimal("1.005")
SCALE: Final = Decimal(500)
"""A figure that is so many times another one is in another unit."""
_ADDED_UP: Final = ("approved", "adjusted", "paid")
_SIDES_OF_A_BALANCE: Final = 2
SHARE_TOLERANCE: Final = Decimal("0.01")
"""Percentage points by which a stated share may differ from its own numerator and denominator."""


Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: of a whole table (``line`` is None) or of one line of it, with the figures that show it."""

    code: str
    severity: Severity
    line: Figures | None
    params: Mapping[str, str]
    blocks: bool


@dataclass(frozen=True, slots=True)
class Period:
    """A published period to be checked, with what the checks compare it to."""

    book: Book
    scope: Scope
    lines: Mapping[str, Figures]
    earlier: tuple[tuple[date, Mapping[str, Figures]], ...]
    is_tree: bool

    @classmethod
    def of(cls, book: Book, scope: Scope) -> "Period":
        """The period as stated last, and the earlier published ones of its year, oldest first."""
        earlier = tuple((each.period_end, book.lines(each)) for each in book.earlier(scope))
        return cls(book, scope, book.lines(scope), earlier, scope.classification == "tree")

    @property
    def parts(self) -> list[Figures]:
        """The lines but for the total."""
        return [line for line in self.lines.values() if not line.is_total]

    @property
    def previous(self) -> Mapping[str, Figures] | None:
        """The lines of the last period published before in the same year."""
        return self.earlier[-1][1] if self.earlier else None


def period_plan_missing(period: Period) -> Iterator[Finding]:
    """Every line with an annual plan has no plan for the period."""
    planned = [line for line in period.parts if line.adjusted > 0]
    if planned and all(line.period_plan_payments == 0 for line in planned):
        yield _of_table("period_plan_missing", {"lines": str(len(planned))})


def period_incomplete(period: Period) -> Iterator[Finding]:
    """Fewer statements are known than the source says the period has: some were refused, or are still on their way."""
    declared, known = period.book.declared(period.scope), len(period.lines)
    if known < declared:
        yield _of_table("period_incomplete", {"expected": str(declared), "seen": str(known)})


def total_differs(period: Period) -> Iterator[Finding]:
    """The total is not the sum of its lines."""
    total = next((line for line in period.lines.values() if line.is_total), None)
    if total is None or period.is_tree:
        return
    sums = {name: sum((line.measure(name) for line in period.parts), Decimal()) for name in MEASURES}
    # A classification without appropriations says 0 in every line; that it lacks them is no wrong sum.
    apart = {name: abs(total.measure(name) - whole) for name, whole in sums.items() if whole}
    off = {name: by for name, by in apart.items() if by > max(Decimal(1), SUM_TOLERANCE * abs(sums[name]))}
    if off:
        worst = max(off, key=lambda name: off[name] / abs(sums[name]))
        yield _of_table("total_differs", _compared(sums[worst], total.measure(worst)) | {"measure": worst})


def parts_differ(period: Period) -> Iterator[Finding]:
    """In a tree, a line is not the sum of the lines below it."""
    if not period.is_tree:
        return
    below: dict[tuple[str, ...], list[Figures]] = {}
    for line in period.lines.values():
        below.setdefault(line.path[:-1], []).append(line)
    for line in period.lines.values():
        children = below.get(line.path, [])
        # A section of two parts is a balance: lending less repayment, borrowing less redemption.
        if len(line.path) > 1 or len(children) > _SIDES_OF_A_BALANCE:
            for name, expected in _off_by(line, children).items():
                yield _of_line("parts_differ", line, _compared(expected, line.measure(name)) | {"measure": name})


def _off_by(line: Figures, children: Sequence[Figures]) -> dict[str, Decimal]:
    """The sums of the lines below a line, where they are not its own figures; by measure."""
    sums = {name: sum((child.measure(name) for child in children), Decimal()) for name in _ADDED_UP} if children else {}
    return {
        name: expected
        for name, expected in sums.items()
        if abs(line.measure(name) - expected) > max(Decimal(1), SUM_TOLERANCE * abs(expected))
    }


def classifications_disagree(period: Period) -> Iterator[Finding]:
    """Two tables of the same budget give different totals for the same period."""
    own = period.book.total(period.scope)
    if own is None:
        return
    for other in sorted(period.book.classifications() - {period.scope.classification}):
        beside = Scope(other, period.scope.period_end)
        theirs = period.book.total(beside) if beside in period.book.published else None
        if theirs is None or theirs.unit != own.unit:
            continue
        apart = {name: _apart(own.measure(name), theirs.measure(name)) for name in ("adjusted", "paid", "approved")}
        worst = max(apart, key=lambda name: apart[name])
        if apart[worst] > TABLE_TOLERANCE:
            params = _compared(theirs.measure(worst), own.measure(worst)) | {"measure": worst, "other": other}
            yield _of_table("classifications_disagree", params)


def _apart(seen: Decimal, expected: Decimal) -> Decimal:
    """By what share two figures differ; one that says 0 is one a classification does not have."""
    return abs(seen - expected) / abs(expected) if seen and expected else Decimal()


def cumulative_fell(period: Period) -> Iterator[Finding]:
    """Payments since 1 January are less than they already were."""
    for line in _flat(period):
        since, highest = _highest(period, line, "paid")
        if since is not None and line.paid < highest - 1:
            yield _of_line("cumulative_fell", line, _compared(highest, line.paid) | {"since": since.isoformat()})


def programme_dropped(period: Period) -> Iterator[Finding]:
    """The adjusted plan has lost a large part of what it was earlier in the year."""
    for line in _flat(period):
        kept = TOTAL_DROP if line.is_total else LINE_DROP
        since, highest = _highest(period, line, "adjusted", kept)
        if since is not None and highest > 0 and line.adjusted < highest * kept:
            yield _of_line("programme_dropped", line, _compared(highest, line.adjusted) | {"since": since.isoformat()})


def line_vanished(period: Period) -> Iterator[Finding]:
    """A line published earlier in the year is not there any more."""
    if period.previous is None:
        return
    for key in sorted(period.previous.keys() - period.lines.keys()):
        line = period.previous[key]
        yield _of_line("line_vanished", line, {"expected": str(line.adjusted), "seen": ""})


def line_appeared(period: Period) -> Iterator[Finding]:
    """A line is there that the earlier periods of the year do not have."""
    if period.previous is None:
        return
    for key in sorted(period.lines.keys() - period.previous.keys()):
        line = period.lines[key]
        yield _of_line("line_appeared", line, {"expected": "", "seen": str(line.adjusted)}, "info", blocks=False)


def code_ended(period: Period) -> Iterator[Finding]:
    """A code of the year before is not there any more when the new year begins: it was closed or merged."""
    before, now = _over_new_year(period)
    for key in sorted(before.keys() - now.keys()):
        line = before[key]
        yield _of_line("code_ended", line, {"expected": str(line.adjusted), "seen": ""}, "info", blocks=False)


def code_began(period: Period) -> Iterator[Finding]:
    """A code that the year before did not have is there when the new year begins."""
    before, now = _over_new_year(period)
    for key in sorted(now.keys() - before.keys()):
        line = now[key]
        yield _of_line("code_began", line, {"expected": "", "seen": str(line.adjusted)}, "info", blocks=False)


def _over_new_year(period: Period) -> tuple[Mapping[str, Figures], Mapping[str, Figures]]:
    """The lines of the end of the year before and of the first published period of this one; else nothing twice."""
    end = period.book.end_of_year_before(period.scope)
    if end is None or period.earlier or period.is_tree:
        return {}, {}
    return period.book.lines(end), period.lines


def share_disagrees(period: Period) -> Iterator[Finding]:
    """A share the source states is not what its own figures give."""
    for line in period.lines.values():
        pairs = (
            ("period_plan_payments", line.stated_of_period_plan, line.period_plan_payments),
            ("adjusted", line.stated_of_adjusted, line.adjusted),
        )
        for name, stated, whole in pairs:
            if stated is None or whole == 0:
                continue
            expected = line.paid * 100 / whole
            if abs(stated - expected) > SHARE_TOLERANCE:
                params = {"expected": f"{expected:.4f}", "seen": f"{stated:.4f}", "measure": name}
                yield _of_line("share_disagrees", line, params, blocks=False)


def impossible_amount(period: Period) -> Iterator[Finding]:
    """A plan or a payment is below zero."""
    for line in _expenditure(period):
        for name in MEASURES:
            if line.measure(name) < 0:
                params = {"expected": "0", "seen": str(line.measure(name)), "measure": name}
                yield _of_line("negative_amount", line, params)


def over_plan(period: Period) -> Iterator[Finding]:
    """More was paid than the adjusted annual plan allows."""
    for line in _expenditure(period):
        if line.paid > max(Decimal(1), line.adjusted * OVER_PLAN):
            yield _of_line("over_plan", line, _compared(line.adjusted, line.paid))


def appropriation_unplanned(period: Period) -> Iterator[Finding]:
    """A line has an appropriation, but neither a plan nor a payment: what was its, another line has."""
    for line in _flat(period):
        if line.approved > 0 and line.adjusted == 0 and line.paid == 0:
            yield _of_line("appropriation_unplanned", line, {"expected": str(line.approved), "seen": "0"})


def plan_unappropriated(period: Period) -> Iterator[Finding]:
    """A line has a plan, but no appropriation in the law: nothing can be compared with the law."""
    appropriated = any(line.approved > 0 for line in period.parts)
    for line in _flat(period):
        if appropriated and line.approved == 0 and line.adjusted > 0:
            yield _of_line(
                "plan_unappropriated", line, {"expected": "", "seen": str(line.adjusted)}, "info", blocks=False
            )


def scale_jump(period: Period) -> Iterator[Finding]:
    """The total is hundreds of times what it was: another unit."""
    for line in _flat(period):
        before = period.previous.get(line.key) if period.previous is not None and line.is_total else None
        for name in ("approved", "adjusted") if before is not None and before.unit == line.unit else ():
            now, then = line.measure(name), before.measure(name) if before is not None else Decimal()
            if now > 0 and then > 0 and not then / SCALE < now < then * SCALE:
                yield _of_line("scale_jump", line, _compared(then, now) | {"measure": name})


def renamed(period: Period) -> Iterator[Finding]:
    """A code has another name than in the period before."""
    for line in _flat(period):
        before = period.previous.get(line.key) if period.previous is not None else None
        if before is not None and before.name != line.name:
            yield _of_line("renamed", line, {"expected": before.name, "seen": line.name}, "info", blocks=False)


def period_missing(period: Period) -> Iterator[Finding]:
    """Months of the year before this one were never published."""
    published = {each.month for each, _ in period.earlier}
    missing = [month for month in range(1, period.scope.period_end.month) if month not in published]
    if missing:
        months = " ".join(f"{period.scope.period_end.year}-{month:02}" for month in missing)
        yield _of_table("period_missing", {"missing": months}, blocks=False)


def stale(period: Period) -> Iterator[Finding]:
    """Other tables of the same budget go further; this one has stopped."""
    book, scope = period.book, period.scope
    if book.latest(scope.classification) != scope.period_end:
        return
    furthest = max((book.latest(each) or date.min for each in book.classifications()), default=date.min)
    if furthest - scope.period_end > timedelta(days=31):
        yield _of_table("stale", {"expected": furthest.isoformat(), "seen": scope.period_end.isoformat()}, blocks=False)


CHECKS: Final[tuple[Callable[[Period], Iterator[Finding]], ...]] = (
    period_incomplete,
    period_plan_missing,
    total_differs,
    parts_differ,
    classifications_disagree,
    cumulative_fell,
    programme_dropped,
    line_vanished,
    line_appeared,
    code_ended,
    code_began,
    share_disagrees,
    impossible_amount,
    over_plan,
    appropriation_unplanned,
    plan_unappropriated,
    scale_jump,
    renamed,
    period_missing,
    stale,
)


def check(book: Book, scope: Scope) -> list[Finding]:
    """Every fault of one published period."""
    period = Period.of(book, scope)
    return [finding for each in CHECKS for finding in each(period)]


def _flat(period: Period) -> list[Figures]:
    """The lines of a flat table. In a tree the lines below one another move all the time, and its sums are checked."""
    return [] if period.is_tree else list(period.lines.values())


def _expenditure(period: Period) -> list[Figures]:
    """Lines of which no more can be spent than planned: those of flat tables; a tree has revenue and balances too."""
    return _flat(period)


def _highest(period: Period, line: Figures, measure: str, kept: Decimal = Decimal(1)) -> tuple[date | None, Decimal]:
    """The highest earlier figure of a line in the year, and since when it has been below this share of it."""
    highest: Decimal | None = None
    since: date | None = None
    for period_end, lines in (*period.earlier, (period.scope.period_end, period.lines)):
        before = lines.get(line.key)
        # Another unit is another scale: nothing is compared across it.
        if before is None or before.unit != line.unit:
            continue
        value = before.measure(measure)
        if highest is None or value >= highest:
            highest, since = value, None
        elif value >= highest * kept:
            since = None
        elif since is None:
            since = period_end
    return since, highest or Decimal()


def _compared(expected: Decimal, seen: Decimal) -> dict[str, str]:
    return {"expected": f"{expected:f}", "seen": f"{seen:f}", "difference": f"{seen - expected:f}"}


def _of_table(code: str, params: Mapping[str, str], *, blocks: bool = True) -> Finding:
    return Finding(f"budget.{code}", "error" if blocks else "warning", None, params, blocks)


def _of_line(
    code: str, line: Figures, params: Mapping[str, str], severity: Severity = "warning", *, blocks: bool = True
) -> Finding:
    return Finding(f"budget.{code}", "error" if blocks else severity, line, params, blocks)
