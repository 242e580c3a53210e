"""Counting a due date from a rule, with the trace of every step.

Pure arithmetic over dates; words are made of the trace by readers, in their language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.calendars import Calendar, CalendarGap
from schemas.events.obligations import TraceStep
from schemas.events.states import Force
from schemas.rules import Rule
from services.domain.counting import Count, Pause
from services.domain.extensions import Grant, extend
from services.domain.steps import step

KNOWN_NOW = date.max
"""Judge by everything this release knows."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The result of counting: a due date or the reason there is none, and the trace.

    ``due_at`` is the first moment of the local day after ``due_on``, in UTC. ``problem`` is set when a date should exist
    but could not be counted.
    """

    rule: Rule | None
    basis_on: date | None
    due_on: date | None
    due_at: datetime | None
    trace: tuple[TraceStep, ...]
    problem: str | None = None


def local_midnight(day: date, zone: str) -> datetime:
    """The first moment of a local day, as a UTC instant."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def due_instant(due_on: date, zone: str) -> datetime:
    """The moment from which it is late: the start of the local day after the due date."""
    return local_midnight(due_on + timedelta(days=1), zone)


def local_date(instant: datetime, zone: str) -> date:
    """The local date of an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def count_deadline(
    rule: Rule,
    basis_on: date,
    calendar: Calendar | None,
    *,
    known: date = KNOWN_NOW,
    grants: Sequence[Grant] = (),
    pauses: Sequence[Pause] = (),
) -> Deadline:
    """Count one rule from one basis date.

    Shape:  ``calendar`` is the rule's own calendar; ``pauses`` do not overlap; pauses and ``grants`` are in order.
    Units:  local dates of the rule's zone.
    Raises: nothing; a date outside the calendar gives a Deadline with ``problem`` ``calendar_gap``. A convention binds
            nobody, so there a gap is no problem: it has no date.
    """
    trace = opening_steps(rule, known)
    if rule.term is None:
        return Deadline(rule, basis_on, None, None, (*trace, step(code="no_term")))
    trace.append(step(code="basis", on=basis_on, params={"basis": rule.term.basis.value}))
    try:
        due_on = _count(rule, basis_on, calendar, known, pauses, grants, trace)
    except CalendarGap as gap:
        params = {"calendar": gap.calendar, "needed": gap.needed.isoformat()}
        trace.append(step(code="calendar_gap", on=gap.needed, params=params))
        problem = None if rule.force is Force.CONVENTION else "calendar_gap"
        return Deadline(rule, basis_on, None, None, tuple(trace), problem=problem)
    if due_on is None:
        return Deadline(rule, basis_on, None, None, tuple(trace))
    due_at = due_instant(due_on, rule.zone)
    trace.append(step(code="due", on=due_on))
    trace.append(step(code="due_instant", params={"at": due_at.isoformat(), "zone": rule.zone}))
    return Deadline(rule, basis_on, due_on, due_at, tuple(trace))


def opening_steps(rule: Rule, known: date) -> list[TraceStep]:
    """What every trace begins with: the rule, where it stands, and as known on which day."""
    cited = {"act": rule.citation.act, "article": rule.citation.article, "edition": rule.citation.edition}
    steps = [step(code="rule", params={"rule": rule.id, "version": str(rule.version), **cited})]
    return steps if known == KNOWN_NOW else [*steps, step(code="as_known", on=known)]


def _count(
    rule: Rule,
    basis_on: date,
    calendar: Calendar | None,
    known: date,
    pauses: Sequence[Pause],
    grants: Sequence[Grant],
    trace: list[TraceStep],
) -> date | None:
    """The due date; None while the clock stands still."""
    if rule.term is None:
        raise AssertionError("a rule without a term is not counted")
    if rule.pause == "ignored" and pauses:
        trace.append(step(code="pause_ignored", on=pauses[0].start))
        pauses = ()
    count = Count(rule.term, calendar, known, tuple(pause for pause in pauses if pause.end is not None), trace)
    base_due_on = count.due_from(basis_on)
    due_on = extend(rule, base_due_on, grants, calendar, known, trace)
    due_on = count.rolled(due_on) if rule.term.roll_forward else due_on
    pushed = count.pushed(due_on, base_due_on)
    if pushed != due_on:
        due_on = count.rolled(pushed) if rule.term.roll_forward else pushed
    running = pauses[-1].start if pauses and pauses[-1].end is None else None
    if running is None:
        return due_on
    # A term that had run out before the clock was stopped stays run out.
    if due_on < running:
        trace.append(step(code="paused_after_due", on=running))
        return due_on
    trace.append(step(code="paused", on=running))
    return None
