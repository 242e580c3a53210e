"""One obligation, judged: its published snapshot, and which claim it makes.

A snapshot holds codes and parameters only; its version is made of facts, watermark and tick, never of an offset.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from schemas.envelope import Event
from schemas.events.obligations import ObligationChangedV1, TraceStep
from schemas.events.states import Claim, Timeliness
from schemas.rulebook import Rulebook
from services.domain.claims import Assessment, Watermark, assess, deadline_of
from services.domain.deadlines import Deadline
from services.domain.obligations import Obligation, fold

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Judged:
    """An obligation with its deadline and assessment, ready to be compared with what was published."""

    obligation: Obligation
    deadline: Deadline
    assessment: Assessment
    snapshot: ObligationChangedV1

    @property
    def claims_late(self) -> bool:
        """Whether it is said in public that the due date was missed."""
        return self.assessment.claim is Claim.PUBLISHABLE

    @property
    def alerts(self) -> bool:
        """Whether an alert stands: claimed late and still owed."""
        return (
            self.claims_late and self.obligation.is_open and self.assessment.timeliness is not Timeliness.FULFILLED_LATE
        )

    @property
    def cause(self) -> UUID:
        """The fact that ended the duty, or else the one that set its due date."""
        return (self.obligation.ended_by or self.obligation.set_by).id


def judge(
    facts: Iterable[Event], rulebook: Rulebook, *, now: datetime | None, watermark: Watermark | None
) -> Judged | None:
    """Fold facts and judge the result; None while the filing is not known."""
    obligation = fold(facts)
    if obligation is None:
        return None
    deadline = deadline_of(obligation, rulebook)
    assessment = assess(obligation, deadline, now=now, watermark=watermark)
    return Judged(
        obligation,
        deadline,
        assessment,
        _snapshot(obligation, deadline, assessment, _version(obligation, now, watermark)),
    )


def _milliseconds(instant: datetime) -> int:
    return max(0, (instant - _EPOCH) // timedelta(milliseconds=1))


def _version(obligation: Obligation, now: datetime | None, watermark: Watermark | None) -> int:
    """A number that grows whenever facts, clock or watermark grow.

    Each of the three only ever grows, so their sum orders the snapshots of any one history, and the complete history has
    the largest sum of all: a replay in another order still ends on top.
    """
    ticked = _milliseconds(now) if now is not None else 0
    observed = _milliseconds(watermark.observed_until) if watermark is not None else 0
    return obligation.facts + ticked + observed


def _snapshot(o: Obligation, deadline: Deadline, assessment: Assessment, version: int) -> ObligationChangedV1:
    rule = deadline.rule
    impossible = o.closed_on is not None and o.closed_on < o.filing.occurred_on
    return ObligationChangedV1(
        version=version,
        kind=o.filing.kind,
        jurisdiction=o.filing.jurisdiction,
        rule=o.filing.rule,
        rule_version=rule.version if rule is not None else 0,
        force=rule.force if rule is not None else None,
        confidence=rule.confidence if rule is not None else None,
        source_id=o.filing_event.source,
        owed_by=o.spans[-1].body,
        owed_by_name=o.spans[-1].name,
        owed_to=o.filing.owed_to,
        title=o.title,
        reference=o.filing.reference,
        region=o.filing.region,
        url=o.filing.url,
        period=o.filing.period,
        filed_on=o.filing.occurred_on,
        basis_on=deadline.basis_on,
        due_on=deadline.due_on,
        due_at=deadline.due_at,
        closed_on=o.closed_on,
        holding_answered_on=o.holding_on,
        delay_days=assessment.delay_days,
        lifecycle=o.lifecycle,
        timeliness=assessment.timeliness,
        claim=assessment.claim,
        withheld_reason=assessment.withheld_reason,
        extended=o.extended_until is not None,
        paused=o.is_paused,
        transferred=len(o.spans) > 1,
        facts=o.facts,
        spans=o.spans,
        trace=(*deadline.trace, TraceStep(code="impossible_dates", on=o.closed_on)) if impossible else deadline.trace,
    )
