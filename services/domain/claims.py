"""From obligation, deadline, clock and watermark to what may be said: timeliness and claim.

A body is called late only when the clock has passed the due instant and its source has been read past it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schemas.events.obligations import TraceStep
from schemas.events.states import Claim, Force, Lifecycle, Timeliness, WithheldReason
from schemas.rulebook import Rulebook
from schemas.rules import Basis, Rule
from services.domain.deadlines import KNOWN_NOW, Deadline, count_deadline, local_midnight
from services.domain.obligations import Obligation


@dataclass(frozen=True, slots=True)
class Watermark:
    """A source has been read completely up to ``read_up_to``; what happened shows there at most ``lag`` later."""

    read_up_to: datetime
    lag: timedelta

    @property
    def observed_until(self) -> datetime:
        """Everything that happened before this instant has been seen."""
        return self.read_up_to - self.lag


@dataclass(frozen=True, slots=True)
class Assessment:
    """What may be said now, and what would change it.

    ``changes_at`` is the next instant at which the clock alone changes it; ``needs_source_at`` the instant the source must
    have been observed past before more can be said.
    """

    timeliness: Timeliness
    claim: Claim = Claim.NONE
    withheld_reason: WithheldReason | None = None
    delay_days: int | None = None
    changes_at: datetime | None = None
    needs_source_at: datetime | None = None


def deadline_of(obligation: Obligation, rulebook: Rulebook) -> Deadline:
    """The deadline of an obligation under the rule in force on its basis date.

    A closed obligation is judged by what was known when its closing fact was observed, an open one by what is known now.
    """
    filing = obligation.filing
    rule = rulebook.rule_in_force(filing.rule, filing.occurred_on)
    if rule is None:
        return _without_date("rule_missing", None, {"rule": filing.rule})
    basis_on = basis_date(obligation, rule)
    rule = (rulebook.rule_in_force(filing.rule, basis_on) if basis_on is not None else rule) or rule
    if rule.term is None:
        return count_deadline(rule, filing.occurred_on, None)
    if basis_on is None:
        return _without_date("basis_missing", rule, {"basis": rule.term.basis.value})
    if basis_on < filing.occurred_on:
        return _without_date("impossible_dates", rule, {"basis_on": basis_on.isoformat()})
    if obligation.suspended_term:
        return Deadline(rule, basis_on, None, None, (TraceStep(code="reopened_without_term", on=basis_on),))
    return count_deadline(
        rule,
        basis_on,
        rulebook.calendars.get(rule.calendar or ""),
        known=_known(obligation),
        extended_until=obligation.extended_until,
        pauses=obligation.pauses,
    )


def basis_date(obligation: Obligation, rule: Rule) -> date | None:
    """The date a rule counts from, if the source stated it."""
    if rule.term is None:
        return obligation.filing.occurred_on
    filing = obligation.filing
    return {
        Basis.FILED: filing.occurred_on,
        Basis.CALENDAR: filing.occurred_on,
        Basis.RECEIVED: filing.received_on,
        Basis.REGISTERED: filing.registered_on,
        Basis.NAMED: obligation.named_on,
    }[rule.term.basis]


def assess(
    obligation: Obligation, deadline: Deadline, *, now: datetime | None, watermark: Watermark | None
) -> Assessment:
    """Judge one obligation at one moment.

    Shape:  ``now`` is the latest tick of the obligation's clock (None before the first), ``watermark`` its source's.
    Raises: nothing. Delays are whole calendar days, at least one, and never negative.
    """
    if obligation.closed_on is not None and obligation.closed_on < obligation.filing.occurred_on:
        return Assessment(Timeliness.UNKNOWN)
    if deadline.problem is not None:
        return Assessment(Timeliness.UNKNOWN)
    if deadline.rule is None or deadline.due_on is None or deadline.due_at is None:
        return Assessment(Timeliness.NO_LEGAL_DEADLINE if not obligation.is_paused else Timeliness.NOT_DUE)
    if _done_on(obligation, deadline.rule) is not None or not obligation.is_open:
        return _assess_ended(obligation, deadline.rule, deadline.due_on)
    return _assess_open(deadline.rule, deadline.due_on, deadline.due_at, now, watermark)


def _done_on(obligation: Obligation, rule: Rule) -> date | None:
    if rule.holding_answer_fulfils and obligation.holding_on is not None and obligation.is_open:
        return obligation.holding_on
    return obligation.closed_on if obligation.lifecycle is Lifecycle.FULFILLED else None


def _assess_ended(obligation: Obligation, rule: Rule, due_on: date) -> Assessment:
    done_on = _done_on(obligation, rule)
    if done_on is not None and done_on <= due_on:
        return Assessment(Timeliness.IN_TIME)
    if done_on is not None:
        return Assessment(Timeliness.FULFILLED_LATE, *_claim(rule), delay_days=(done_on - due_on).days)
    ended_late = obligation.closed_on is not None and obligation.closed_on > due_on
    if obligation.lifecycle is Lifecycle.LAPSED and ended_late:
        return Assessment(Timeliness.LATE, *_claim(rule))
    return Assessment(Timeliness.UNKNOWN if ended_late else Timeliness.NOT_DUE)


def _assess_open(
    rule: Rule, due_on: date, due_at: datetime, now: datetime | None, watermark: Watermark | None
) -> Assessment:
    soon_at = local_midnight(due_on - timedelta(days=rule.reminder_days), rule.zone)
    if now is None or now < soon_at:
        return Assessment(Timeliness.NOT_DUE, changes_at=soon_at)
    if now < due_at:
        return Assessment(Timeliness.DUE_SOON, changes_at=due_at)
    observed = watermark.observed_until if watermark is not None else None
    if observed is None or observed < due_at:
        reason = _claim(rule)[1] or WithheldReason.SOURCE_BEHIND
        return Assessment(Timeliness.DUE_UNOBSERVED, Claim.WITHHELD, reason, needs_source_at=due_at)
    if rule.very_late_days is None:
        return Assessment(Timeliness.LATE, *_claim(rule))
    very_late_at = due_at + timedelta(days=rule.very_late_days)
    if min(now, observed) >= very_late_at:
        return Assessment(Timeliness.VERY_LATE, *_claim(rule))
    return Assessment(
        Timeliness.LATE,
        *_claim(rule),
        changes_at=very_late_at if now < very_late_at else None,
        needs_source_at=very_late_at if observed < very_late_at else None,
    )


def _claim(rule: Rule) -> tuple[Claim, WithheldReason | None]:
    if rule.may_accuse:
        return Claim.PUBLISHABLE, None
    reason = WithheldReason.CONVENTION if rule.force is Force.CONVENTION else WithheldReason.UNVERIFIED_RULE
    return Claim.WITHHELD, reason


def _known(obligation: Obligation) -> date:
    return obligation.ended_by.observedat.date() if obligation.ended_by is not None else KNOWN_NOW


def _without_date(problem: str, rule: Rule | None, params: dict[str, str]) -> Deadline:
    return Deadline(rule, None, None, None, (TraceStep(code=problem, params=params),), problem=problem)
