"""The fold: a set of facts about one obligation becomes its state.

Facts are ordered by when they happened, never by when they arrived; the same set gives the same state in any order.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from schemas.envelope import Event
from schemas.events import verbs
from schemas.events.obligations import Dispute, HoldingSpan
from schemas.events.states import Lifecycle
from services.domain.counting import Pause
from services.domain.extensions import Grant
from services.domain.sightings import dated


@dataclass(frozen=True, slots=True)
class Obligation:
    """What is owed, by whom, since when, and where it stands in its life.

    ``set_by`` is the fact that set the due date as it is now, ``ended_by`` the fact that ended the duty; both are events
    whose ids derived events carry. ``suspended_term`` is true after a reopening that named no new date. ``moved_by`` is
    the latest transfer, ``handovers`` the intervals of those whose day is not known, ``disputed_by`` the latest step of a
    contest, ``milestones`` the day of each recorded step by name.
    """

    id: str
    filing_event: Event
    filing: verbs.Filed
    facts: int
    title: str
    named_on: date | None
    spans: tuple[HoldingSpan, ...]
    set_by: Event
    lifecycle: Lifecycle = Lifecycle.OPEN
    ended_by: Event | None = None
    closed_on: date | None = None
    holding_on: date | None = None
    grants: tuple[Grant, ...] = ()
    pauses: tuple[Pause, ...] = ()
    moved_by: verbs.Transferred | None = None
    handovers: tuple[tuple[date, date], ...] = ()
    milestones: Mapping[str, date] = field(default_factory=dict)
    dispute: Dispute | None = None
    disputed_by: Event | None = None
    rejudged_as_known_on: date | None = None
    suspended_term: bool = False
    before_retraction: "Obligation | None" = None

    @property
    def is_open(self) -> bool:
        """Whether something is still owed."""
        return self.lifecycle in (Lifecycle.OPEN, Lifecycle.PARTLY_FULFILLED)

    @property
    def is_paused(self) -> bool:
        """Whether the clock stands still now."""
        return bool(self.pauses) and self.pauses[-1].end is None

    @property
    def closed_no_earlier_than(self) -> date | None:
        """The first day on which it may have ended, when its source saw only that it had."""
        ended = self.ended_by.data if self.ended_by is not None else None
        return ended.earliest_on if isinstance(ended, verbs.ObligationFact) else None

    @property
    def is_contested(self) -> bool:
        """Whether a body's contest of what is published has not been settled."""
        return self.dispute is not None and self.dispute.state in ("claimed", "held")


def fold(facts: Iterable[Event]) -> Obligation | None:
    """The obligation that a set of facts describes; None while its filing is not known.

    Shape:  facts of one subject, any order, duplicates allowed.
    Raises: nothing for facts that parsed; contradictory dates are judged later, not here.
    """
    known = {event.id: dated(event) for event in facts}
    filings = [event for event in known.values() if isinstance(event.data, verbs.Filed)]
    if not filings:
        return None
    filings.sort(key=lambda e: (e.observedat, str(e.id)))
    moved = any(isinstance(event.data, verbs.Transferred) for event in known.values())
    obligation = _begin(filings[-1], filings[0] if moved else filings[-1], len(known))
    later = (event for event in known.values() if not isinstance(event.data, verbs.Filed))
    for event in sorted(later, key=_order):
        if isinstance(event.data, verbs.ObligationFact):
            obligation = _applied(obligation, event, _verb(event.data))
    return obligation


def _applied(o: Obligation, event: Event, verb: type[verbs.ObligationFact]) -> Obligation:
    """One step. What happens while a record is gone happened to the duty all the same, and shows when it comes back."""
    stepped = _STEPS[verb](o, event)
    if o.before_retraction is None or verb in (verbs.Retracted, verbs.Reopened):
        return stepped
    return replace(stepped, before_retraction=_applied(o.before_retraction, event, verb))


def _begin(event: Event, first: Event, facts: int) -> Obligation:
    """The beginning as its latest filing tells it; ``first`` says who held it first.

    Where it changed hands a later filing may name whoever has it now; where it did not, it corrects the addressee.
    """
    filing, told_first = event.data, first.data
    if not isinstance(filing, verbs.Filed) or not isinstance(told_first, verbs.Filed):
        raise AssertionError("an obligation begins with a filing")
    span = HoldingSpan(body=told_first.owed_by, name=told_first.owed_by_name, from_on=filing.occurred_on)
    return Obligation(
        id=event.subject,
        filing_event=event,
        filing=filing,
        facts=facts,
        title=filing.title,
        named_on=filing.named_on,
        spans=(span,),
        set_by=event,
    )


def _first_day(data: verbs.ObligationFact) -> date:
    """The first day on which it may have happened: where a source leaves that open, the body is believed."""
    return data.earliest_on or data.occurred_on


def _amended(o: Obligation, event: Event) -> Obligation:
    return replace(o, title=event.data.title) if isinstance(event.data, verbs.Amended) else o


def _due_date_changed(o: Obligation, event: Event) -> Obligation:
    if not isinstance(event.data, verbs.DueDateChanged):
        return o
    grants = o.grants
    if o.suspended_term:
        grants = (*grants, Grant(event.data.occurred_on, event.data.named_on, anew=True, named=True))
    return replace(o, named_on=event.data.named_on, set_by=event, suspended_term=False, grants=grants)


def _transferred(o: Obligation, event: Event) -> Obligation:
    if not isinstance(event.data, verbs.Transferred):
        return o
    dated_anew = event.data.received_on is not None or event.data.registered_on is not None
    moved = replace(o, moved_by=event.data, set_by=event if dated_anew else o.set_by)
    if event.data.owed_by == o.spans[-1].body:
        return moved
    ended = o.spans[-1].model_copy(update={"to_on": event.data.occurred_on})
    begun = HoldingSpan(body=event.data.owed_by, name=event.data.owed_by_name, from_on=event.data.occurred_on)
    since = event.data.earliest_on
    handovers = (*o.handovers, (since, event.data.occurred_on)) if since is not None else o.handovers
    return replace(moved, spans=(*o.spans[:-1], ended, begun), handovers=handovers)


def _holding_answered(o: Obligation, event: Event) -> Obligation:
    if not isinstance(event.data, verbs.HoldingAnswered):
        return o
    lifecycle = Lifecycle.PARTLY_FULFILLED if o.lifecycle is Lifecycle.OPEN else o.lifecycle
    return replace(o, lifecycle=lifecycle, holding_on=o.holding_on or _first_day(event.data))


def _closed(lifecycle: Lifecycle) -> Callable[[Obligation, Event], Obligation]:
    def close(o: Obligation, event: Event) -> Obligation:
        if not o.is_open or not isinstance(event.data, verbs.ObligationFact):
            return o
        return replace(o, lifecycle=lifecycle, closed_on=event.data.occurred_on, ended_by=event)

    return close


def _extended(o: Obligation, event: Event) -> Obligation:
    if not isinstance(event.data, verbs.Extended):
        return o
    grant = Grant(_first_day(event.data), event.data.until, anew=o.suspended_term)
    return replace(o, grants=(*o.grants, grant), set_by=event, suspended_term=False)


def _paused(o: Obligation, event: Event) -> Obligation:
    if o.is_paused or not isinstance(event.data, verbs.Paused):
        return o
    return replace(o, pauses=(*o.pauses, Pause(_first_day(event.data), None)), set_by=event)


def _resumed(o: Obligation, event: Event) -> Obligation:
    if not o.is_paused or not isinstance(event.data, verbs.Resumed):
        return o
    last = Pause(o.pauses[-1].start, event.data.occurred_on)
    return replace(o, pauses=(*o.pauses[:-1], last), set_by=event)


def _retracted(o: Obligation, event: Event) -> Obligation:
    if o.lifecycle is Lifecycle.RETRACTED or not isinstance(event.data, verbs.Retracted):
        return o
    return replace(
        o,
        lifecycle=Lifecycle.RETRACTED,
        closed_on=event.data.occurred_on,
        ended_by=event,
        before_retraction=o,
    )


def _reopened(o: Obligation, event: Event) -> Obligation:
    if o.before_retraction is not None:
        return replace(o.before_retraction, set_by=event)
    if o.is_open:
        return o
    return replace(
        o,
        lifecycle=Lifecycle.OPEN,
        closed_on=None,
        ended_by=None,
        set_by=event,
        suspended_term=True,
        grants=(),
        rejudged_as_known_on=None,
    )


def _milestone(o: Obligation, event: Event) -> Obligation:
    if not isinstance(event.data, verbs.Milestone):
        return o
    # Its name is the verb in its type: esep.petition.threshold_reached.v1 is the milestone threshold_reached.
    name = event.data.type.split(".")[2]
    return replace(o, milestones={name: event.data.occurred_on, **o.milestones})


def _disputed(o: Obligation, event: Event) -> Obligation:
    if not isinstance(event.data, verbs.DisputeClaimed) or o.is_contested:
        return o
    claimed = Dispute(
        contested_by=event.data.contested_by,
        contested_on=event.data.occurred_on,
        reason=event.data.reason,
        state="claimed",
    )
    return replace(o, dispute=claimed, disputed_by=event)


def _dispute_held(o: Obligation, event: Event) -> Obligation:
    if o.dispute is None or not o.is_contested or not isinstance(event.data, verbs.DisputeHeld):
        return o
    held = o.dispute.model_copy(update={"state": "held", "finding": event.data.reason})
    return replace(o, dispute=held, disputed_by=event)


def _dispute_settled(o: Obligation, event: Event) -> Obligation:
    if o.dispute is None or not o.is_contested or not isinstance(event.data, verbs.DisputeSettled):
        return o
    settled = {"state": event.data.outcome, "settled_on": event.data.occurred_on, "finding": event.data.reason}
    return replace(o, dispute=o.dispute.model_copy(update=settled), disputed_by=event)


def _rejudged(o: Obligation, event: Event) -> Obligation:
    if not isinstance(event.data, verbs.Rejudged):
        return o
    return replace(o, rejudged_as_known_on=event.data.known_on, set_by=event)


def _unchanged(o: Obligation, event: Event) -> Obligation:
    return o


_STEPS: Mapping[type[verbs.ObligationFact], Callable[[Obligation, Event], Obligation]] = {
    verbs.Amended: _amended,
    verbs.DueDateChanged: _due_date_changed,
    verbs.Transferred: _transferred,
    verbs.Extended: _extended,
    verbs.Paused: _paused,
    verbs.Resumed: _resumed,
    verbs.HoldingAnswered: _holding_answered,
    # A source that shows a closure without its words tells a lapse as an answer; the one that knows better stands.
    verbs.Lapsed: _closed(Lifecycle.LAPSED),
    verbs.Fulfilled: _closed(Lifecycle.FULFILLED),
    verbs.AnswerCorrected: _unchanged,
    verbs.AnswerRated: _unchanged,
    verbs.Milestone: _milestone,
    verbs.Withdrawn: _closed(Lifecycle.WITHDRAWN),
    verbs.Retracted: _retracted,
    verbs.Reopened: _reopened,
    verbs.DisputeClaimed: _disputed,
    verbs.DisputeHeld: _dispute_held,
    verbs.DisputeSettled: _dispute_settled,
    verbs.Rejudged: _rejudged,
}
_RANK = {verb: rank for rank, verb in enumerate(_STEPS)}
_UNDOING: Final[tuple[frozenset[type[verbs.ObligationFact]], ...]] = (
    frozenset({verbs.Paused, verbs.Resumed}),
    frozenset({verbs.Lapsed, verbs.Fulfilled, verbs.Withdrawn, verbs.Retracted, verbs.Reopened}),
    frozenset({verbs.DisputeClaimed, verbs.DisputeHeld, verbs.DisputeSettled}),
)
_NO_INSTANT: Final = datetime.min.replace(tzinfo=UTC)


def _verb(data: verbs.ObligationFact) -> type[verbs.ObligationFact]:
    for verb in _STEPS:
        if isinstance(data, verb):
            return verb
    raise AssertionError(f"no step for {data.type}; add its verb to the fold")


def _order(event: Event) -> tuple[date, int, datetime, int, datetime, str]:
    """Facts in the order they happened: local date, then the order in which same-day steps make sense.

    Steps that undo one another stand in one group, where the instant decides as far as the source gives one.
    """
    if not isinstance(event.data, verbs.ObligationFact):
        return (date.max, len(_RANK), event.time, 0, event.observedat, str(event.id))
    rank = _RANK[_verb(event.data)]
    group, instant = rank, _NO_INSTANT
    for undoing in _UNDOING:
        if _verb(event.data) in undoing:
            group, instant = min(_RANK[each] for each in undoing), event.time
    return (event.data.occurred_on, group, instant, rank, event.observedat, str(event.id))
