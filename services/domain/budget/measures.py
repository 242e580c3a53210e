"""What a budget's statements amount to, line by line: execution, commitments, deviation from the law, year-end rush.

A measure is a value or the reason there is none; it judges nobody, and sums nothing over a reorganisation.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from schemas.bodies import Body
from services.domain.budget.book import MEASURES, Book, Figures, Scope
from services.domain.budget.checks import Finding, check

Reason = Literal[
    "period_missing",
    "year_not_over",
    "line_missing",
    "source_finding",
    "no_appropriation",
    "no_plan",
    "no_obligations",
    "no_payments",
    "plan_spent",
    "total_line",
    "history_missing",
]
"""Why something cannot be computed. ``total_line``: the sum of all lines is not a line to be forecast."""

ADMINISTRATOR_CODE: Final = "budget_administrator"
"""The name of a body's code in budgets, in ``Body.codes``."""

PERIOD_PLAN: Final = frozenset({"period_plan_payments", "period_plan_obligations"})
WHOLE_LINE: Final = frozenset(MEASURES) - PERIOD_PLAN
"""What a body is measured by. A plan that lost a part says its tasks went elsewhere, so all of it must be sound."""

_ABOUT: Final[Mapping[str, frozenset[str]]] = {
    "budget.period_plan_missing": PERIOD_PLAN,
    "budget.programme_dropped": frozenset({"adjusted"}),
    "budget.cumulative_fell": frozenset({"paid"}),
}
"""The columns a finding is about; every other finding is about all of them, whichever it shows them by."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, not rounded, and the lines it was computed from."""

    value: Decimal
    line_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotComputable:
    """Why there is no value; ``findings`` are the codes of the source's faults, when these are the reason."""

    reason: Reason
    findings: tuple[str, ...] = ()


Measure = Measured | NotComputable


@dataclass(frozen=True, slots=True)
class CheckedBook:
    """A book read only through its source's findings; they are computed once for each period, or given."""

    book: Book
    findings: dict[Scope, tuple[Finding, ...]] = field(default_factory=dict)

    def blocking(self, scope: Scope, key: str, columns: frozenset[str]) -> tuple[str, ...]:
        """The codes of findings, of the table or of this line of it, that forbid conclusions from these columns."""
        return self.blocking_any(scope, lambda line: line.key == key, columns)

    def blocking_any(
        self, scope: Scope, is_meant: Callable[[Figures], bool], columns: frozenset[str]
    ) -> tuple[str, ...]:
        """The same for several lines at once, among them those that have vanished from the period."""
        if scope not in self.findings:
            self.findings[scope] = tuple(check(self.book, scope))
        standing = (each for each in self.findings[scope] if each.blocks and _columns_of(each) & columns)
        return tuple(sorted({each.code for each in standing if each.line is None or is_meant(each.line)}))

    def missing(self, scope: Scope) -> NotComputable | None:
        """Why a period is not there, or None when it was published whole."""
        if scope in self.book.published:
            return None
        latest = self.book.latest(scope.classification)
        is_ahead = latest is None or latest < scope.period_end
        return NotComputable("year_not_over" if is_ahead and scope.period_end.month == 12 else "period_missing")

    def line(self, scope: Scope, key: str, columns: frozenset[str]) -> Figures | NotComputable:
        """A line of a published period of which these columns can be relied upon, or why there is none."""
        missing = self.missing(scope)
        if missing is not None:
            return missing
        blocking = self.blocking(scope, key, columns)
        if blocking:
            return NotComputable("source_finding", blocking)
        return self.book.lines(scope).get(key) or NotComputable("line_missing")


def execution_of_law(checked: CheckedBook, scope: Scope, key: str) -> Measure:
    """Payments since 1 January, in percent of the appropriation the law gives for the whole year."""
    line = checked.line(scope, key, WHOLE_LINE)
    if isinstance(line, NotComputable):
        return line
    return _percent(line.paid, line.approved, "no_appropriation", line)


def execution_of_period_plan(checked: CheckedBook, scope: Scope, key: str) -> Measure:
    """Payments since 1 January, in percent of what was planned to be paid by the end of the period."""
    line = checked.line(scope, key, WHOLE_LINE | PERIOD_PLAN)
    if isinstance(line, NotComputable):
        return line
    return _percent(line.paid, line.period_plan_payments, "no_plan", line)


def commitments_outstanding(checked: CheckedBook, scope: Scope, key: str) -> Measure:
    """Obligations taken since 1 January and not yet paid, in the unit of the source.

    Revenue and transfers have no obligations: where none were taken there is nothing that could be outstanding.
    """
    line = checked.line(scope, key, WHOLE_LINE)
    if isinstance(line, NotComputable):
        return line
    if line.obligations_taken <= 0:
        return NotComputable("no_obligations")
    return Measured(line.obligations_taken - line.paid, (line.line_id,))


def deviation_from_law(checked: CheckedBook, scope: Scope, key: str) -> Measure:
    """How much the adjusted annual plan is above (or, negative, below) the law, in percent of the law."""
    line = checked.line(scope, key, WHOLE_LINE)
    if isinstance(line, NotComputable):
        return line
    return _percent(line.adjusted - line.approved, line.approved, "no_appropriation", line)


def year_end_rush(checked: CheckedBook, classification: str, year: int, key: str) -> Measure:
    """Payments made in December, in percent of the payments of the year."""
    december = checked.line(Scope(classification, date(year, 12, 31)), key, WHOLE_LINE)
    if isinstance(december, NotComputable):
        return december
    november = checked.line(Scope(classification, date(year, 11, 30)), key, WHOLE_LINE)
    if isinstance(november, NotComputable):
        return november
    return _percent(december.paid - november.paid, december.paid, "no_payments", november, december)


def _percent(part: Decimal, whole: Decimal, without: Reason, *lines: Figures) -> Measure:
    """A zero or an absent whole gives no percentage."""
    if whole <= 0:
        return NotComputable(without)
    return Measured(part * 100 / whole, tuple(dict.fromkeys(line.line_id for line in lines)))


def _columns_of(finding: Finding) -> frozenset[str]:
    return _ABOUT.get(finding.code, frozenset(MEASURES))


@dataclass(frozen=True, slots=True)
class Link:
    """A body in a chain; ``code`` is that of its line in budgets, None when it is not known."""

    body: str
    code: str | None
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Break:
    """What one body had, another has: ``on`` is the first day of that, None when it is not known.

    ``is_whole`` says that nobody else gave or took a part; only then are the two lines one series.
    """

    before: str
    after: str
    on: date | None
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Succession:
    """A body with all it came from and all who came after it, the oldest first, and the breaks between them."""

    links: tuple[Link, ...]
    breaks: tuple[Break, ...]


def succession(bodies: Iterable[Body], body_id: str) -> Succession:
    """The chain a body stands in. Figures beyond a break are shown beside the body's own, never added to them.

    Bodies that only share a predecessor or a successor with it are left out; a break that is not whole tells of them.

    Raises: ValueError when the body, or a successor named by one, is not among the bodies.
    """
    known = {body.id: body for body in bodies}
    absent = sorted(({body_id} | {each for body in known.values() for each in body.successors}) - known.keys())
    if absent:
        raise ValueError(f"no body has the id {', '.join(absent)}; add it to the bodies of its jurisdiction")
    later = {body.id: body.successors for body in known.values()}
    earlier = {each: tuple(other for other in sorted(later) if each in later[other]) for each in later}
    before = list(_reached(body_id, earlier))[::-1]
    after = list(_reached(body_id, later))
    pairs = [(one, other) for one in (*before, body_id) for other in later[one] if other in (*before, body_id)]
    pairs += [(one, other) for one in (body_id, *after) for other in later[one]]
    return Succession(
        links=tuple(_link(known[each]) for each in dict.fromkeys((*before, body_id, *after))),
        breaks=tuple(
            Break(
                one, other, _first_day(known[one], known[other]), is_whole=len(later[one]) == len(earlier[other]) == 1
            )
            for one, other in dict.fromkeys(pairs)
        ),
    )


def _reached(start: str, towards: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Everyone reached from ``start``, the nearest first, once each: data that go in a circle end too."""
    seen, waiting = {start}, [start]
    while waiting:
        for each in towards[waiting.pop(0)]:
            if each not in seen:
                seen.add(each)
                waiting.append(each)
                yield each


def _link(body: Body) -> Link:
    return Link(body.id, body.codes.get(ADMINISTRATOR_CODE), body.valid_from, body.valid_to)


def _first_day(before: Body, after: Body) -> date | None:
    """A body is older than what it took over, so the end of the one before says more than the start of the other."""
    return before.valid_to + timedelta(days=1) if before.valid_to is not None else after.valid_from
