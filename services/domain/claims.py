"""From obligation, deadline, clock and watermark to what may be said: timeliness and claim.

A body is called late only when the clock has passed the due instant and its source has been read past it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from schemas.events.sources import SourceObservedV1
from schemas.events.states import Claim, Force, Lifecycle, Timeliness, WithheldReason
from schemas.rulebook import Rulebook
from schemas.rules import Basis, Rule
from schemas.topics import STAGE_MARK
from services.domain.counting import Pause
from services.domain.deadlines import Deadline, count_deadline, local_midnight, opening_steps
from services.domain.extensions import Grant
from services.domain.obligations import Obligation
from services.domain.releases import NO_RELEASES, Releases
from services.domain.steps import step


@dataclass(frozen=True, slots=True)
class Watermark:
    """A source has been read completely up to ``read_up_to``; what happened shows there at most ``lag`` later.

    ``covers`` are the rules of later stages whose fulfilment the source shows too.
    """

    read_up_to: datetime
    lag: timedelta
    covers: frozenset[str] = frozenset()

    @property
    def observed_until(self) -> datetime:
        """Everything that happened before this instant has been seen."""
        return self.read_up_to - self.lag

    def later(self, other: "Watermark | None") -> "Watermark":
        """The one that has seen further; what a source once covered it goes on covering."""
        if other is None:
            return self
        best = max(self, other, key=lambda mark: (mark.observed_until, mark.read_up_to))
        return Watermark(best.read_up_to, best.lag, self.covers | other.covers)


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A source is known to lack what happened between two local dates (inclusive)."""

    from_on: date
    to_on: date


def watermark_of(data: SourceObservedV1) -> Watermark:
    """The watermark an event states."""
    return Watermark(data.read_up_to.astimezone(UTC), timedelta(seconds=data.lag_s), frozenset(data.covers or ()))


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


def deadline_of(obligation: Obligation, rulebook: Rulebook, releases: Releases = NO_RELEASES) -> Deadline:
    """The deadline of an obligation under the rule in force on its basis date.

    A closed obligation is judged by what was known when its closing fact was observed (or by what a re-judgement says
    instead), an open one by what is known now.
    """
    known = known_for(obligation, releases)
    rule = _rule_of(obligation, rulebook, known)
    if rule is None:
        return _without_date("rule_missing", None, {"rule": obligation.filing.rule}, known)
    if rule.term is None:
        return count_deadline(rule, obligation.filing.occurred_on, None, known=known)
    basis_on = basis_date(obligation, rule)
    if basis_on is None:
        return _without_date("basis_missing", rule, {"basis": rule.term.basis.value}, known)
    if basis_on < obligation.filing.occurred_on:
        return _without_date("impossible_dates", rule, {"basis_on": basis_on.isoformat()}, known)
    if obligation.suspended_term:
        steps = (*opening_steps(rule, known), step(code="reopened_without_term", on=basis_on))
        return Deadline(rule, basis_on, None, None, steps)
    return count_deadline(
        rule,
        basis_on,
        rulebook.calendars.get(rule.calendar or ""),
        known=known,
        grants=_grants(obligation, rule),
        pauses=_pauses(obligation),
    )


def _rule_of(obligation: Obligation, rulebook: Rulebook, known: date) -> Rule | None:
    """The version in force on the date it itself counts from; of several, the one in force when it was filed.

    A version whose own date is not stated is the last resort: then that is what is missing.
    """
    rule_id = obligation.filing.rule
    filed_under = rulebook.rule_in_force(rule_id, obligation.filing.occurred_on, known)
    others = sorted(rulebook.rules.get(rule_id, ()), key=lambda rule: (rule.known_from, rule.valid_from), reverse=True)
    undated: Rule | None = None
    for rule in (filed_under, *others):
        basis_on = basis_date(obligation, rule) if rule is not None else None
        if basis_on is not None and rulebook.rule_in_force(rule_id, basis_on, known) is rule:
            return rule
        if rule is filed_under and basis_on is None:
            undated = rule
    return undated


def _grants(obligation: Obligation, rule: Rule) -> tuple[Grant, ...]:
    """The extensions that count: a term that began anew with a transfer is not prolonged by what came before it.

    A day named after a reopening sets the term, unless the rule counts from the named day anyway.
    """
    moved = obligation.moved_by if rule.on_transfer == "restarts" else None
    from_named = rule.term is not None and rule.term.basis is Basis.NAMED
    return tuple(
        grant
        for grant in obligation.grants
        if not (grant.named and from_named) and (moved is None or grant.granted_on >= moved.occurred_on)
    )


def _pauses(obligation: Obligation) -> tuple[Pause, ...]:
    """The pauses, the last one ended by the end of the duty."""
    closed_on = obligation.closed_on
    if closed_on is None or not obligation.is_paused:
        return obligation.pauses
    last = obligation.pauses[-1]
    return (*obligation.pauses[:-1], Pause(last.start, max(last.start, closed_on)))


def known_for(obligation: Obligation, releases: Releases) -> date:
    """The day of whose knowledge an obligation is judged."""
    if obligation.ended_by is None:
        return releases.known_now
    return obligation.rejudged_as_known_on or releases.known_at(obligation.ended_by.observedat)


def basis_date(obligation: Obligation, rule: Rule) -> date | None:
    """The date a rule counts from, if the source stated it.

    Where the term begins anew with a transfer, the new body's own date counts and no other.
    """
    filing = obligation.filing
    if rule.term is None:
        return filing.occurred_on
    moved = obligation.moved_by if rule.on_transfer == "restarts" else None
    if moved is not None and rule.term.basis is Basis.REGISTERED:
        return moved.registered_on
    if moved is not None and rule.term.basis is Basis.RECEIVED:
        return moved.received_on
    return {
        Basis.FILED: filing.occurred_on,
        Basis.CALENDAR: filing.occurred_on,
        Basis.EXPIRED: filing.occurred_on,
        Basis.RECEIVED: filing.received_on,
        Basis.REGISTERED: filing.registered_on,
        Basis.DELIVERED: filing.delivered_on,
        Basis.PUBLISHED: filing.published_on,
        Basis.DECIDED: filing.decided_on,
        Basis.THRESHOLD_REACHED: filing.threshold_reached_on,
        Basis.NAMED: obligation.named_on,
    }[rule.term.basis]


def assess(
    obligation: Obligation,
    deadline: Deadline,
    *,
    now: datetime | None,
    watermark: Watermark | None,
    gaps: Sequence[Gap] = (),
) -> Assessment:
    """Judge one obligation at one moment.

    Shape:  ``now`` is the latest tick of the obligation's clock (None before the first), ``watermark`` its source's,
            ``gaps`` what its source is known to lack.
    Raises: nothing. Delays are whole calendar days, at least one, and never negative.
    """
    if obligation.closed_on is not None and obligation.closed_on < obligation.filing.occurred_on:
        return Assessment(Timeliness.UNKNOWN)
    if deadline.problem is not None:
        return Assessment(Timeliness.UNKNOWN)
    if deadline.rule is None or deadline.due_on is None or deadline.due_at is None:
        return Assessment(Timeliness.NO_LEGAL_DEADLINE if not obligation.is_paused else Timeliness.NOT_DUE)
    case = _Case(obligation, deadline.rule, deadline.due_on, deadline.due_at, tuple(gaps))
    if case.done_on is not None or not obligation.is_open:
        return case.ended(now, watermark)
    return case.standing(now, watermark)


@dataclass(frozen=True, slots=True)
class _Case:
    """An obligation with a due date, to be judged."""

    obligation: Obligation
    rule: Rule
    due_on: date
    due_at: datetime
    gaps: tuple[Gap, ...]

    @property
    def done_on(self) -> date | None:
        """The day it was done in the sense of the rule."""
        o = self.obligation
        done_on = o.closed_on if o.lifecycle is Lifecycle.FULFILLED else None
        if self.rule.holding_answer_fulfils and o.holding_on is not None and (o.is_open or done_on is not None):
            return min(o.holding_on, done_on or o.holding_on)
        return done_on

    def ended(self, now: datetime | None, watermark: Watermark | None) -> Assessment:
        """Done, or owed no more. Lateness is said only when clock and source have passed the due instant, as ever."""
        done_on, closed_on = self.done_on, self.obligation.closed_on
        if done_on is not None and done_on <= self.due_on:
            return Assessment(Timeliness.IN_TIME)
        if self.rule.bound == "applicant":
            return Assessment(Timeliness.NOT_DUE if done_on is None else Timeliness.EXPIRED)
        ended_on = done_on or closed_on
        if ended_on is None or ended_on <= self.due_on:
            return Assessment(Timeliness.NOT_DUE)
        return self._ended_late(ended_on, now, watermark)

    def _ended_late(self, ended_on: date, now: datetime | None, watermark: Watermark | None) -> Assessment:
        earliest_on = self.obligation.closed_no_earlier_than
        lapsed = self.obligation.lifecycle is Lifecycle.LAPSED
        # Seen ended at a later look only, it may have been in time; taken back late, nobody knows what was done.
        if (earliest_on is not None and earliest_on <= self.due_on) or (self.done_on is None and not lapsed):
            return Assessment(Timeliness.UNKNOWN)
        if now is None or now < self.due_at:
            return Assessment(Timeliness.UNKNOWN, changes_at=self.due_at)
        if watermark is None or watermark.observed_until < self.due_at:
            return self._unobserved(WithheldReason.SOURCE_BEHIND, self.due_at)
        days = (ended_on - self.due_on).days
        if lapsed:
            return Assessment(Timeliness.LATE, *self._claim(days))
        return Assessment(Timeliness.FULFILLED_LATE, *self._claim(days), delay_days=days)

    def standing(self, now: datetime | None, watermark: Watermark | None) -> Assessment:
        """Still owed."""
        soon_at = local_midnight(self.due_on - timedelta(days=self.rule.reminder_days), self.rule.zone)
        if now is None or now < soon_at:
            return Assessment(Timeliness.NOT_DUE, changes_at=soon_at)
        if now < self.due_at:
            return Assessment(Timeliness.DUE_SOON, changes_at=self.due_at)
        if self.rule.bound == "applicant":
            return Assessment(Timeliness.EXPIRED)
        observed = watermark.observed_until if watermark is not None else None
        if watermark is None or observed is None or observed < self.due_at:
            return self._unobserved(WithheldReason.SOURCE_BEHIND, self.due_at)
        if STAGE_MARK in self.obligation.id and self.rule.id not in watermark.covers:
            # A later watermark may cover more than this one, so the next one is waited for, whatever it says.
            return self._unobserved(WithheldReason.NOT_REPORTED, observed)
        return self._late(now, observed)

    def _unobserved(self, reason: WithheldReason, wait_for: datetime) -> Assessment:
        said = self._unpublishable() or reason
        return Assessment(Timeliness.DUE_UNOBSERVED, Claim.WITHHELD, said, needs_source_at=wait_for)

    def _late(self, now: datetime, observed: datetime) -> Assessment:
        seen_to = min(now, observed)
        thresholds = [self.rule.grace_days] if self.rule.grace_days else []
        thresholds += [self.rule.very_late_days] if self.rule.very_late_days is not None else []
        ahead = [at for at in (self.due_at + timedelta(days=days) for days in thresholds) if seen_to < at]
        very_late = self.rule.very_late_days is not None and (
            seen_to >= self.due_at + timedelta(days=self.rule.very_late_days)
        )
        in_grace = seen_to < self.due_at + timedelta(days=self.rule.grace_days)
        claim, reason = self._claim(0 if in_grace else self.rule.grace_days + 1)
        return Assessment(
            Timeliness.VERY_LATE if very_late else Timeliness.LATE,
            claim,
            reason,
            changes_at=min((at for at in ahead if now < at), default=None),
            needs_source_at=min((at for at in ahead if observed < at), default=None),
        )

    def _claim(self, days_late: int) -> tuple[Claim, WithheldReason | None]:
        reason = self._unpublishable()
        if reason is None and days_late <= self.rule.grace_days and self.rule.grace_days:
            reason = WithheldReason.GRACE
        return (Claim.PUBLISHABLE, None) if reason is None else (Claim.WITHHELD, reason)

    def _unpublishable(self) -> WithheldReason | None:
        """Why nothing is said against the body, however late it is."""
        if self.rule.force is Force.CONVENTION:
            return WithheldReason.CONVENTION
        if not self.rule.may_accuse:
            return WithheldReason.UNVERIFIED_RULE
        if self.obligation.is_contested:
            return WithheldReason.DISPUTED
        dispute = self.obligation.dispute
        if dispute is not None and dispute.state == "upheld":
            return WithheldReason.CONTEST_UPHELD
        if any(after <= self.due_on < by for after, by in self.obligation.handovers):
            return WithheldReason.HOLDER_UNCERTAIN
        return WithheldReason.SOURCE_FINDING if self._lies_in_a_gap() else None

    def _lies_in_a_gap(self) -> bool:
        """Whether the source is known to lack days on which it may have been done."""
        last = self.obligation.closed_on or date.max
        return any(gap.to_on >= self.obligation.filing.occurred_on and gap.from_on <= last for gap in self.gaps)


def _without_date(problem: str, rule: Rule | None, params: dict[str, str], known: date) -> Deadline:
    steps = opening_steps(rule, known) if rule is not None else []
    return Deadline(rule, None, None, None, (*steps, step(code=problem, params=params)), problem=problem)
