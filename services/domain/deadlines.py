"""Counting a due date from a rule, with the trace of every step.

Pure arithmetic over dates; words are made of the trace by readers, in their language.
"""

import calendar as month_lengths
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.calendars import Calendar, CalendarGap
from schemas.events.obligations import TraceStep
from schemas.rules import Rule, Term, Unit

KNOWN_NOW = date.max
"""Judge by everything this release knows."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still from ``start`` up to, not including, ``end``; open when ``end`` is None."""

    start: date
    end: date | None


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
    extended_until: date | None = None,
    pauses: Sequence[Pause] = (),
) -> Deadline:
    """Count one rule from one basis date.

    Shape:  ``calendar`` is the rule's own calendar; ``pauses`` do not overlap and are in order.
    Units:  local dates of the rule's zone; day one is the day after the basis date.
    Raises: nothing; a date outside the calendar gives a Deadline with ``problem`` ``calendar_gap``.
    """
    trace = [_rule_step(rule)]
    if rule.term is None:
        return Deadline(rule, basis_on, None, None, (*trace, TraceStep(code="no_term")))
    trace.append(TraceStep(code="basis", on=basis_on, params={"basis": rule.term.basis.value}))
    if pauses and pauses[-1].end is None:
        step = TraceStep(code="paused", on=pauses[-1].start)
        return Deadline(rule, basis_on, None, None, (*trace, step))
    try:
        due_on = _count(rule.term, basis_on, calendar, known, pauses, trace)
        due_on = _extend(due_on, extended_until, trace)
    except CalendarGap as gap:
        step = TraceStep(
            code="calendar_gap",
            on=gap.needed,
            params={"calendar": gap.calendar, "needed": gap.needed.isoformat()},
        )
        return Deadline(rule, basis_on, None, None, (*trace, step), problem="calendar_gap")
    due_at = due_instant(due_on, rule.zone)
    trace.append(TraceStep(code="due", on=due_on))
    trace.append(TraceStep(code="due_instant", params={"at": due_at.isoformat(), "zone": rule.zone}))
    return Deadline(rule, basis_on, due_on, due_at, tuple(trace))


def _rule_step(rule: Rule) -> TraceStep:
    cited = {"act": rule.citation.act, "article": rule.citation.article, "edition": rule.citation.edition}
    return TraceStep(code="rule", params={"rule": rule.id, "version": str(rule.version), **cited})


def _count(
    term: Term,
    basis_on: date,
    calendar: Calendar | None,
    known: date,
    pauses: Sequence[Pause],
    trace: list[TraceStep],
) -> date:
    if term.unit is Unit.FIXED_DATE:
        due_on = _fixed_date(term, basis_on)
    elif term.unit is Unit.MONTH:
        due_on = _paused_days_later(_months_later(basis_on, term.amount, trace), basis_on, pauses, trace)
    else:
        due_on = _count_days(term, basis_on, calendar, known, pauses, trace)
    if term.roll_forward and calendar is not None:
        due_on = _roll_forward(due_on, calendar, known, trace)
    return due_on


def _fixed_date(term: Term, basis_on: date) -> date:
    if term.month is None or term.day is None:
        raise AssertionError("a fixed_date term has month and day")
    return date(basis_on.year, term.month, term.day)


def _months_later(start: date, months: int, trace: list[TraceStep]) -> date:
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    last = month_lengths.monthrange(year, month + 1)[1]
    due_on = date(year, month + 1, min(start.day, last))
    trace.append(TraceStep(code="day_one", on=start + timedelta(days=1)))
    trace.append(TraceStep(code="counted", on=due_on, params={"n": str(months), "unit": Unit.MONTH.value}))
    if start.day > last:
        trace.append(TraceStep(code="month_end_clamped", on=due_on))
    return due_on


def _paused_days_later(due_on: date, basis_on: date, pauses: Sequence[Pause], trace: list[TraceStep]) -> date:
    for pause in pauses:
        end = pause.end or pause.start
        start = max(pause.start, basis_on + timedelta(days=1))
        if start <= due_on and end > start:
            due_on += end - start
            trace.append(TraceStep(code="paused", on=pause.start))
            trace.append(TraceStep(code="resumed", on=end))
    return due_on


def _count_days(
    term: Term,
    basis_on: date,
    calendar: Calendar | None,
    known: date,
    pauses: Sequence[Pause],
    trace: list[TraceStep],
) -> date:
    day = basis_on
    remaining = term.amount
    while remaining:
        day += timedelta(days=1)
        reason = _why_not_counted(term, day, calendar, known, pauses)
        if reason is not None:
            trace.append(reason)
            continue
        if remaining == term.amount:
            trace.append(TraceStep(code="day_one", on=day))
        remaining -= 1
    trace.append(TraceStep(code="counted", on=day, params={"n": str(term.amount), "unit": term.unit.value}))
    return day


def _why_not_counted(
    term: Term, day: date, calendar: Calendar | None, known: date, pauses: Sequence[Pause]
) -> TraceStep | None:
    if any(pause.start <= day and pause.end is not None and day < pause.end for pause in pauses):
        return TraceStep(code="skipped", on=day, params={"reason": "paused"})
    if term.unit is not Unit.WORKING_DAY or calendar is None:
        return None
    off = calendar.day_off(day, known)
    if off is None:
        return None
    return TraceStep(code="skipped", on=day, params={"reason": off.reason, **({"name": off.name} if off.name else {})})


def _roll_forward(due_on: date, calendar: Calendar, known: date, trace: list[TraceStep]) -> date:
    rolled = calendar.next_working_day(due_on, known)
    if rolled != due_on:
        trace.append(TraceStep(code="rolled_forward", on=rolled, params={"from": due_on.isoformat()}))
    return rolled


def _extend(due_on: date, until: date | None, trace: list[TraceStep]) -> date:
    if until is None:
        return due_on
    code = "extended" if until > due_on else "extension_ignored"
    trace.append(TraceStep(code=code, on=until, params={"from": due_on.isoformat()}))
    return max(due_on, until)
