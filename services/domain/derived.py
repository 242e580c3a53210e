"""From what was published to what is true now: the derived events in between.

Ids depend on facts and due dates only, so the same step derived twice is the same event.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from schemas.envelope import Event
from schemas.events.alerts import AlertClearedV1, AlertEscalatedV1, AlertEvent, AlertRaisedV1
from schemas.events.deadlines import (
    DeadlineDueSoonV1,
    DeadlineDueV1,
    DeadlineEvent,
    DeadlineMetV1,
    DeadlineMissedV1,
    DeadlineMovedV1,
    DeadlineSetV1,
    DeadlineWithdrawnV1,
)
from schemas.events.findings import FindingClearedV1, FindingEvent, FindingRaisedV1
from schemas.events.registry import EventData
from schemas.events.states import Lifecycle, Timeliness
from services.domain.identity import derived_id, finding_subject, wrap
from services.domain.snapshots import Judged

SOURCE = "/tracker"
BACKFILL_AFTER = timedelta(hours=72)
"""An alert whose moment lies further back than this is recorded, not sent."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a derivation happens: its clock's latest tick, or the causing fact's observation before the first tick."""

    at: datetime
    simulation: str | None


@dataclass(frozen=True, slots=True)
class Published:
    """What readers have been told about one obligation.

    ``because_of`` is the fact or release that set the due date as it is. ``set_by`` tells one setting of it from every
    other, also when releases move it away and back; ``claimed_by`` does so for the standing claim, and keeps the alert's
    identity while later facts leave the claim as it is.
    """

    judged: Judged
    because_of: UUID
    set_by: UUID
    claimed_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """From what was published to what is true now, at one moment."""

    was: Published | None
    now: Published
    moment: Moment
    release: UUID | None

    @property
    def moved(self) -> bool:
        """Whether there was a due date, and it is another one now."""
        old = self.was.judged.deadline.due_on if self.was is not None else None
        new = self.now.judged.deadline.due_on
        return old is not None and new is not None and old != new

    @property
    def by_release(self) -> bool:
        """Whether a release of the rulebook, and no fact, changed the due date."""
        return self.moved and self.release is not None and self.now.because_of == self.release


def derive(
    before: Published | None, after: Judged, moment: Moment, release: UUID | None = None
) -> tuple[Published, tuple[Event, ...]]:
    """What is published now, and every event that leads there; no event when nothing changed.

    ``release`` is the latest release of the rulebook: what changes the due date when no fact did.
    """
    if before is not None and _content(before.judged) == _content(after):
        return before, ()
    published = _published(before, after, release)
    step = _Step(before, published, moment, release)
    events = (
        _event(after.snapshot, after, moment, str(after.snapshot.version)),
        *_deadline_events(step),
        *_alert_events(before, published, moment),
        *_finding_events(before, published, moment),
    )
    return published, events


def _published(before: Published | None, after: Judged, release: UUID | None) -> Published:
    fact = after.obligation.set_by.id
    if before is None:
        return Published(after, fact, fact, _claimed_by(before, after, fact))
    because_of, set_by = before.because_of, before.set_by
    if before.judged.obligation.set_by.id != fact or _stands_again(before.judged, after):
        because_of = fact
    elif before.judged.deadline.due_on != after.deadline.due_on:
        because_of = _judged_anew_by(before.judged, after, release) or because_of
    else:
        return Published(after, because_of, set_by, _claimed_by(before, after, set_by))
    set_by = derived_id(after.obligation.id, "due date set", str(set_by), str(because_of))
    return Published(after, because_of, set_by, _claimed_by(before, after, set_by))


def _stands_again(before: Judged, after: Judged) -> bool:
    """Whether an end was undone or replaced by another: what follows is not what was said before it, though alike."""
    was, now = before.obligation.ended_by, after.obligation.ended_by
    return was is not None and (now is None or now.id != was.id)


def _judged_anew_by(before: Judged, after: Judged, release: UUID | None) -> UUID | None:
    """What moved the due date when no fact set it: an end judged by what was known then, or a release."""
    ended, was_ended = after.obligation.ended_by, before.obligation.ended_by
    if (ended.id if ended is not None else None) != (was_ended.id if was_ended is not None else None):
        return ended.id if ended is not None else after.obligation.set_by.id
    return release


def _claimed_by(before: Published | None, after: Judged, set_by: UUID) -> UUID | None:
    if not after.claims_late:
        return None
    if before is not None and before.claimed_by is not None and before.judged.deadline.due_on == after.deadline.due_on:
        return before.claimed_by
    # A claim that comes back when a contest is rejected is another one than the claim that was contested.
    settled = after.obligation.disputed_by
    return settled.id if settled is not None else set_by


def _content(judged: Judged) -> EventData:
    return judged.snapshot.model_copy(update={"version": 0})


def _event(data: EventData, judged: Judged, moment: Moment, *parts: str, subject: str | None = None) -> Event:
    about = subject or judged.obligation.id
    return wrap(
        data,
        id_=derived_id(judged.obligation.id, data.type, *parts),
        source=SOURCE,
        subject=about,
        time=moment.at,
        observed_at=moment.at,
        simulation=moment.simulation,
    )


def _deadline_events(step: _Step) -> Iterator[Event]:
    was, now, moment = (step.was.judged if step.was is not None else None), step.now.judged, step.moment
    claimed_before = step.was is not None and step.was.judged.claims_late
    if step.was is not None and claimed_before and (not now.claims_late or step.moved):
        yield _deadline(DeadlineWithdrawnV1, step.was, moment, now.cause, reason=_why_withdrawn(step))
    if now.deadline.due_on is None:
        return
    if was is None or was.deadline.due_on is None:
        yield _deadline(DeadlineSetV1, step.now, moment, step.now.because_of)
    elif step.moved:
        moved_from = was.deadline.due_on
        yield _deadline(
            DeadlineMovedV1, step.now, moment, step.now.because_of, was_due_on=moved_from, reason=_why_moved(step)
        )
    if now.claims_late and (not claimed_before or step.moved):
        settled = now.obligation.disputed_by
        yield _deadline(DeadlineMissedV1, step.now, moment, settled.id if settled is not None else step.now.because_of)
    timeliness = now.assessment.timeliness
    if was is not None and was.assessment.timeliness is timeliness and not step.moved:
        return
    if timeliness is Timeliness.DUE_SOON:
        yield _deadline(DeadlineDueSoonV1, step.now, moment, step.now.because_of)
    elif timeliness is Timeliness.DUE_UNOBSERVED:
        yield _deadline(DeadlineDueV1, step.now, moment, step.now.because_of)
    elif timeliness is Timeliness.IN_TIME:
        done_on = now.obligation.closed_on or now.obligation.holding_on
        yield _deadline(DeadlineMetV1, step.now, moment, now.cause, fulfilled_on=done_on)


def _why_moved(step: _Step) -> str:
    """What moved the due date: a release, or a fact by its verb (``due_date_changed``, ``extended``, ``transferred``).

    An end seen earlier than the latest release is judged by what was known then, which may move the date too.
    """
    if step.by_release:
        return "rules_released"
    fact = step.now.judged.obligation.set_by
    if step.now.because_of != fact.id or (step.was is not None and step.was.judged.obligation.set_by.id == fact.id):
        return "as_known_then"
    return fact.data.type.split(".")[2]


def _deadline(
    kind: type[DeadlineEvent], published: Published, moment: Moment, because_of: UUID, **more: date | str | None
) -> Event:
    judged = published.judged
    deadline = judged.deadline
    if deadline.rule is None or deadline.due_on is None or deadline.due_at is None:
        raise AssertionError("a deadline event needs a due date")
    data = kind(
        kind=judged.snapshot.kind,
        owed_by=judged.snapshot.held_when_due or judged.snapshot.owed_by,
        rule=deadline.rule.id,
        rule_version=deadline.rule.version,
        due_on=deadline.due_on,
        due_at=deadline.due_at,
        because_of=because_of,
        **more,  # each event type's own fields
    )
    # What set the date and what contested it are part of the id: met, retracted, restored and met again are two events.
    contested = judged.obligation.disputed_by
    parts = (deadline.due_on.isoformat(), str(because_of), str(published.set_by), str(deadline.rule.version))
    return _event(data, judged, moment, *parts, *([str(contested.id)] if contested is not None else []))


def _why_withdrawn(step: _Step) -> str:
    now = step.now.judged
    if step.moved:
        return "rules_released" if step.by_release else "due_date_moved"
    if now.assessment.withheld_reason is not None:
        return now.assessment.withheld_reason.value
    if now.assessment.timeliness is Timeliness.IN_TIME:
        return "fulfilled_in_time"
    if now.obligation.lifecycle in (Lifecycle.WITHDRAWN, Lifecycle.RETRACTED):
        return now.obligation.lifecycle.value
    if now.assessment.timeliness is Timeliness.UNKNOWN and now.obligation.closed_no_earlier_than is not None:
        return "perhaps_in_time"
    return "deadline_no_longer_applies"


def _alert_events(before: Published | None, after: Published, moment: Moment) -> Iterator[Event]:
    old_id = _alert_id(before)
    new_id = _alert_id(after)
    if before is not None and old_id is not None and old_id != new_id:
        yield _alert(AlertClearedV1, before, old_id, moment, None, reason=_why_cleared(after.judged))
    if new_id is None:
        return
    if new_id != old_id:
        yield _alert(AlertRaisedV1, after, new_id, moment, _late_since(after.judged))
    was_very_late = (
        before is not None and old_id == new_id and before.judged.assessment.timeliness is Timeliness.VERY_LATE
    )
    if after.judged.assessment.timeliness is Timeliness.VERY_LATE and not was_very_late:
        yield _alert(AlertEscalatedV1, after, new_id, moment, _very_late_at(after.judged))


def _alert_id(published: Published | None) -> UUID | None:
    if published is None or published.claimed_by is None or not published.judged.alerts:
        return None
    due_on = published.judged.deadline.due_on
    return derived_id(published.judged.obligation.id, "alert", str(due_on), str(published.claimed_by))


def _why_cleared(now: Judged) -> str:
    if now.assessment.timeliness is Timeliness.FULFILLED_LATE:
        return "fulfilled_late"
    if now.obligation.lifecycle is Lifecycle.LAPSED:
        return "lapsed"
    if now.obligation.is_contested:
        return "disputed"
    return "claim_withdrawn"


def _late_since(judged: Judged) -> datetime | None:
    """When the claim became true: the due instant, or the end of the rule's grace after it."""
    deadline = judged.deadline
    if deadline.due_at is None or deadline.rule is None:
        return None
    return deadline.due_at + timedelta(days=deadline.rule.grace_days)


def _very_late_at(judged: Judged) -> datetime | None:
    deadline = judged.deadline
    if deadline.due_at is None or deadline.rule is None or deadline.rule.very_late_days is None:
        return None
    return deadline.due_at + timedelta(days=deadline.rule.very_late_days)


def _alert(
    kind: type[AlertEvent], published: Published, alert_id: UUID, moment: Moment, since: datetime | None, **more: str
) -> Event:
    """An alert event; ``since`` is when it became true, None for an end, which is news whenever it is learned."""
    snapshot = published.judged.snapshot
    if snapshot.due_on is None or snapshot.due_at is None:
        raise AssertionError("an alert needs a due date")
    data = kind(
        alert_id=alert_id,
        severity="critical" if snapshot.timeliness is Timeliness.VERY_LATE else "warning",
        obligation_id=published.judged.obligation.id,
        kind=snapshot.kind,
        owed_by=snapshot.held_when_due or snapshot.owed_by,
        owed_by_name=snapshot.held_when_due_name or snapshot.owed_by_name,
        title=snapshot.title,
        rule=snapshot.rule,
        due_on=snapshot.due_on,
        due_at=snapshot.due_at,
        backfill=since is not None and moment.at - since > BACKFILL_AFTER,
        **more,  # each event type's own fields
    )
    return _event(data, published.judged, moment, str(alert_id), subject=str(alert_id))


def _finding_events(was: Published | None, now: Published, moment: Moment) -> Iterator[Event]:
    old = _problem(was.judged if was is not None else None)
    new = _problem(now.judged)
    if old == new:
        return
    cause = f"{now.judged.cause} {now.set_by} {now.judged.obligation.filing_event.id}"
    if old is not None and was is not None:
        yield _finding(FindingClearedV1, old, was.judged, moment, cause)
    if new is not None:
        yield _finding(FindingRaisedV1, new, now.judged, moment, cause)


def _problem(judged: Judged | None) -> str | None:
    """What is wrong with a record: impossible dates, or a term that could not be counted."""
    if judged is None:
        return None
    if judged.deadline.problem is not None:
        return judged.deadline.problem
    return (
        "impossible_dates"
        if judged.assessment.timeliness is Timeliness.UNKNOWN and _closed_before_filed(judged)
        else None
    )


def _closed_before_filed(judged: Judged) -> bool:
    closed_on = judged.obligation.closed_on
    return closed_on is not None and closed_on < judged.obligation.filing.occurred_on


def _finding(kind: type[FindingEvent], code: str, judged: Judged, moment: Moment, cause: str) -> Event:
    params = {key: value for step in judged.snapshot.trace for key, value in step.params.items()}
    data = kind(
        code=f"record.{code}",
        severity="warning",
        source_id=judged.snapshot.source_id,
        params={"obligation": judged.obligation.id, **params},
    )
    return _event(data, judged, moment, code, cause, subject=finding_subject(f"record.{code}", judged.obligation.id))
