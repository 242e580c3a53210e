"""One obligation, judged: its published snapshot, and which claim it makes.

A snapshot holds codes and parameters only; its version is made of facts, watermark and tick, never of an offset.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from schemas.envelope import Event
from schemas.events.obligations import HoldingSpan, ObligationChangedV1
from schemas.events.states import Claim, Timeliness
from schemas.events.verbs import Reopened
from schemas.rulebook import Rulebook
from schemas.topics import STAGE_MARK
from services.domain.attribution import held_when_due, with_delays
from services.domain.claims import Assessment, Gap, Watermark, assess, deadline_of, known_for
from services.domain.deadlines import KNOWN_NOW, Deadline
from services.domain.obligations import Obligation, fold
from services.domain.releases import NO_RELEASES, Releases
from services.domain.steps import step

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AFTER_ALL = datetime(2200, 1, 1, tzinfo=UTC)


_STEP = 2
_PAST_DUE = frozenset({Timeliness.LATE, Timeliness.VERY_LATE, Timeliness.FULFILLED_LATE})


@dataclass(frozen=True, slots=True)
class Opened:
    """What an earlier stage says about a later one: the filing that stands, or the one that stood and its end.

    ``weight`` counts the facts the earlier stages rest on, ``_STEP`` for each: a stage that is closed has one event more
    than one that stands, and its snapshots must keep growing in version whichever way it goes. ``sources`` are those that
    filed the earlier stages.
    """

    events: tuple[Event, ...]
    weight: int
    sources: frozenset[str]
    stands: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """What besides facts decides a judgement: the clock's latest tick, the source's watermark and gaps, the releases.

    ``seen`` are the watermarks of every source that ever filed it, so that versions grow when another one files anew.
    """

    now: datetime | None = None
    watermark: Watermark | None = None
    seen: tuple[Watermark, ...] = ()
    gaps: tuple[Gap, ...] = ()
    releases: Releases = NO_RELEASES


@dataclass(frozen=True, slots=True)
class Judged:
    """An obligation with its deadline and assessment, ready to be compared with what was published.

    ``weight`` counts the facts it rests on and how early they were observed, those of earlier stages included; it only ever
    grows.
    """

    obligation: Obligation
    deadline: Deadline
    assessment: Assessment
    snapshot: ObligationChangedV1
    weight: int

    @property
    def weight_of_stages(self) -> int:
        """What it weighs in the versions of the stages it opens."""
        return _STEP * self.weight

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
    facts: Iterable[Event], rulebook: Rulebook, standing: Standing, opened: Opened | None = None
) -> Judged | None:
    """Fold facts and judge the result; None while the filing is not known.

    Shape:  facts each once, in any order; ``opened`` is what an earlier stage of the matter says about this one, if it is a
            later stage.
    """
    facts = list(facts)
    seen_early = sum(_left_to_see(event) for event in facts)
    derived = opened.events if opened is not None else ()
    if opened is not None and not opened.stands:
        # What opened the stage does not hold, so nothing reopens it but that.
        facts = [event for event in facts if not isinstance(event.data, Reopened)]
    obligation = fold((*facts, *derived))
    if obligation is None:
        return None
    deadline = deadline_of(obligation, rulebook, standing.releases)
    assessment = assess(obligation, deadline, now=standing.now, watermark=standing.watermark, gaps=standing.gaps)
    snapshot = _snapshot(obligation, deadline, assessment)
    weight = obligation.facts + seen_early + (opened.weight if opened is not None else 0)
    known_on = known_for(obligation, standing.releases)
    told = {"version": _version(weight, standing), "known_on": known_on if known_on != KNOWN_NOW else None}
    return Judged(obligation, deadline, assessment, snapshot.model_copy(update=told), weight)


def _left_to_see(event: Event) -> int:
    """Milliseconds from its observation to an instant after all of them: more for a copy that was observed earlier."""
    return max(0, (_AFTER_ALL - event.observedat) // timedelta(milliseconds=1))


def _milliseconds(instant: datetime) -> int:
    return max(0, (instant - _EPOCH) // timedelta(milliseconds=1))


def _version(weight: int, standing: Standing) -> int:
    """A number that grows whenever facts, clock, watermark or releases grow, and when a fact turns out observed earlier.

    Each of them only ever grows, so their sum orders the snapshots of any one history, and the complete history has
    the largest sum of all: a replay in another order still ends on top.
    """
    ticked = _milliseconds(standing.now) if standing.now is not None else 0
    observed = sum(_milliseconds(mark.observed_until) + len(mark.covers) for mark in standing.seen)
    return weight + ticked + observed + _STEP * (len(standing.releases.all) + len(standing.gaps))


def _snapshot(o: Obligation, deadline: Deadline, assessment: Assessment) -> ObligationChangedV1:
    """The snapshot, but for its version."""
    rule = deadline.rule
    at_due = _held_when_due(o, deadline, assessment)
    impossible = o.closed_on is not None and o.closed_on < o.filing.occurred_on
    return ObligationChangedV1(
        version=0,
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
        extended=any(step.code in ("extended", "extension_limited") for step in deadline.trace),
        paused=o.is_paused,
        transferred=len(o.spans) > 1,
        set_down_for=o.filing.set_down_for,
        held_when_due=at_due.body if at_due is not None else None,
        held_when_due_name=at_due.name if at_due is not None else None,
        opened_by=_opened_by(o),
        dispute=o.dispute,
        facts=o.facts,
        spans=_spans(o, deadline, assessment),
        trace=(*deadline.trace, step(code="impossible_dates", on=o.closed_on)) if impossible else deadline.trace,
    )


def _held_when_due(o: Obligation, deadline: Deadline, assessment: Assessment) -> HoldingSpan | None:
    past = deadline.due_on is not None and assessment.timeliness in _PAST_DUE
    return held_when_due(o.spans, deadline.due_on) if past and deadline.due_on is not None else None


def _spans(o: Obligation, deadline: Deadline, assessment: Assessment) -> tuple[HoldingSpan, ...]:
    """The spans with their share of the delay; without it where nobody can say how long it is."""
    if assessment.timeliness is Timeliness.UNKNOWN:
        return o.spans
    in_time = assessment.timeliness is Timeliness.IN_TIME
    return with_delays(o.spans, deadline.due_on, deadline.due_on if in_time else o.closed_on)


def _opened_by(o: Obligation) -> str | None:
    origin, mark, _ = o.id.partition(STAGE_MARK)
    return origin if mark else None
