"""What a body's own extension does to a due date: how far the rule lets it reach, and when it comes too late.

Where a rule says nothing about extensions, because its norm was not established, what the source reports is taken as
granted: that reading favours the body.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.calendars import Calendar
from schemas.events.obligations import TraceStep
from schemas.rules import Extension, Rule, Unit
from services.domain.counting import months_later
from services.domain.steps import step


@dataclass(frozen=True, slots=True)
class Grant:
    """The body decided on ``granted_on`` to extend the term to ``until`` (inclusive).

    ``anew``: the matter had been reopened without a term, so this sets one instead of prolonging one; ``named``: by
    naming a day.
    """

    granted_on: date
    until: date
    anew: bool = False
    named: bool = False


def extend(
    rule: Rule, due_on: date, grants: Sequence[Grant], calendar: Calendar | None, known: date, trace: list[TraceStep]
) -> date:
    """The due date after every extension, never an earlier one; each leaves a step in the trace.

    Raises: CalendarGap.
    """
    for grant in grants:
        due_on = _extended(rule, due_on, grant, calendar, known, trace)
    return due_on


def _extended(
    rule: Rule, due_on: date, grant: Grant, calendar: Calendar | None, known: date, trace: list[TraceStep]
) -> date:
    asked = {"from": due_on.isoformat(), "until": grant.until.isoformat(), "granted_on": grant.granted_on.isoformat()}
    if grant.anew:
        trace.append(step(code="extended", on=max(grant.until, due_on), params=asked))
        return max(grant.until, due_on)
    if rule.extension == "forbidden":
        trace.append(step(code="extension_forbidden", on=grant.granted_on, params=asked))
        return due_on
    if rule.extension is not None and grant.granted_on > _last_day(rule, due_on, calendar, known):
        trace.append(step(code="extension_too_late", on=grant.granted_on, params=asked))
        return due_on
    if grant.until <= due_on:
        trace.append(step(code="extension_ignored", on=grant.until, params=asked))
        return due_on
    limit = _limit(rule.extension, due_on, grant, calendar, known) if rule.extension is not None else grant.until
    if grant.until > limit:
        until = max(limit, due_on)
        trace.append(step(code="extension_limited", on=until, params=asked))
        return until
    trace.append(step(code="extended", on=grant.until, params=asked))
    return grant.until


def _last_day(rule: Rule, due_on: date, calendar: Calendar | None, known: date) -> date:
    """The last day on which the term still runs: extensions decided on a rolled-forward day come in time."""
    rolls = rule.term is not None and rule.term.roll_forward and calendar is not None
    return calendar.next_working_day(due_on, known) if rolls and calendar is not None else due_on


def _limit(extension: Extension, due_on: date, grant: Grant, calendar: Calendar | None, known: date) -> date:
    start = due_on if extension.counted_from == "due_date" else grant.granted_on
    if extension.unit is Unit.MONTH:
        return months_later(start, extension.amount)
    if extension.unit is Unit.DAY or calendar is None:
        return start + timedelta(days=extension.amount)
    day, remaining = start, extension.amount
    while remaining:
        day += timedelta(days=1)
        remaining -= calendar.day_off(day, known) is None
    return day
