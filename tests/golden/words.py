"""Plain English for the pages of the golden cases: what codes mean, and what a rule of a case says.

Words only; which of them stand on a page is decided in ``tests.golden.pages``.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from schemas.events.states import Claim, Lifecycle, Timeliness, WithheldReason
from schemas.rules import Basis, Rule, Unit
from tests.golden.cases import Case, rules_of


def points(rule: Rule) -> Iterator[str]:
    """What an invented rule says, point by point, as far as it differs from the usual one."""
    yield _term(rule)
    usual = next(rules_of(_USUAL_CASE))
    if rule.valid_from != usual.valid_from or rule.valid_to is not None:
        yield f"in force from {rule.valid_from}" + (f" to {rule.valid_to}" if rule.valid_to else "")
    if rule.known_from != usual.known_from:
        yield f"known since {rule.known_from}"
    if rule.extension is not None:
        yield (
            "may not be extended"
            if rule.extension == "forbidden"
            else f"may be extended by {amount_of(rule.extension.amount, rule.extension.unit)} "
            f"from the {words(rule.extension.counted_from)}"
        )
    if rule.bound == "applicant":
        yield "the term is the applicant's to use"
    if rule.grace_days:
        yield f"{rule.grace_days} days of grace before anything is published"
    for field in ("force", "confidence", "pause", "holding_answer_fulfils"):
        if getattr(rule, field) != getattr(usual, field):
            yield f"{words(field)}: {plain(getattr(rule, field))}"
    for stage in rule.opens:
        yield f"when {words(stage.when)}, opens `{stage.rule}`"


def _term(rule: Rule) -> str:
    term = rule.term
    if term is None:
        return "no term"
    if term.basis is Basis.NAMED:
        return "due on the day that was named"
    owed_by = rule.schedule.owed_by if rule.schedule is not None else "somebody"
    if term.day is not None and term.month is None:
        return f"due each month on day {term.day}, owed by `{owed_by}`"
    if term.month is not None and term.day is not None:
        return f"due each year on {date(2000, term.month, term.day):%-d %B}, owed by `{owed_by}`"
    counted = f"{amount_of(term.amount, term.unit)} from {_BASIS[term.basis]}"
    return counted + (", moved off a day off" if term.roll_forward else "")


def amount_of(amount: int, unit: Unit) -> str:
    """``2 working days``."""
    return f"{amount} {words(unit.value)}{'' if amount == 1 else 's'}"


def words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ")


def plain(value: Any) -> str:
    """A value of a message as words; an id stays an id."""
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f"`{text}`" if "." in text or "/" in text else words(text)


_USUAL_CASE: Final = Case(title="", group="Answers", shows="", messages=(), becomes={}, published=())

_BASIS: Final[Mapping[Basis, str]] = {
    Basis.FILED: "the day it was filed",
    Basis.RECEIVED: "the day it was received",
    Basis.REGISTERED: "the day it was registered",
    Basis.DELIVERED: "the day it was delivered",
    Basis.PUBLISHED: "the day it was published",
    Basis.DECIDED: "the day of the decision",
    Basis.THRESHOLD_REACHED: "the day the signatures were there",
    Basis.EXPIRED: "the day the earlier term ran out",
    Basis.NAMED: "the named day",
    Basis.CALENDAR: "the start of the year",
}
LIFECYCLE: Final[Mapping[Lifecycle, str]] = {
    Lifecycle.OPEN: "still owed",
    Lifecycle.PARTLY_FULFILLED: "partly fulfilled, by an interim answer",
    Lifecycle.FULFILLED: "done",
    Lifecycle.WITHDRAWN: "withdrawn",
    Lifecycle.LAPSED: "ended undone",
    Lifecycle.RETRACTED: "no longer on record",
}
TIMELINESS: Final[Mapping[Timeliness, str]] = {
    Timeliness.NO_LEGAL_DEADLINE: "no day binds",
    Timeliness.NOT_DUE: "not due",
    Timeliness.DUE_SOON: "due soon",
    Timeliness.DUE_UNOBSERVED: "due, not known whether done",
    Timeliness.LATE: "late",
    Timeliness.VERY_LATE: "very late",
    Timeliness.IN_TIME: "in time",
    Timeliness.FULFILLED_LATE: "done late",
    Timeliness.EXPIRED: "ran out, nobody is late",
    Timeliness.UNKNOWN: "cannot be judged",
}
CLAIM: Final[Mapping[Claim, str]] = {
    Claim.NONE: "nobody is accused",
    Claim.PUBLISHABLE: "yes: that it was missed",
    Claim.WITHHELD: "no",
}
WITHHELD: Final[Mapping[WithheldReason, str]] = {
    WithheldReason.UNVERIFIED_RULE: "the rule is not established",
    WithheldReason.CONVENTION: "a convention binds nobody",
    WithheldReason.SOURCE_BEHIND: "the source has not been read past the due date",
    WithheldReason.DISPUTED: "the body contests it",
    WithheldReason.CONTEST_UPHELD: "the body's contest was upheld",
    WithheldReason.SOURCE_FINDING: "the source itself is at fault",
    WithheldReason.GRACE: "the days of grace are not over",
    WithheldReason.NOT_REPORTED: "no source shows whether this is done",
    WithheldReason.HOLDER_UNCERTAIN: "it changed hands around the due date, on which side of it nobody knows",
}
