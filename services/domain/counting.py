"""Days, working days, sitting days, months and fixed dates, counted one by one with a step for each surprise.

One count of one term; which rule applies and what extends it is decided elsewhere.
"""

import calendar as month_lengths
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.calendars import Calendar
from schemas.events.obligations import TraceStep
from schemas.rules import ON_A_CALENDAR, Term, Unit
from services.domain.steps import step

ONE_DAY = timedelta(days=1)
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still from ``start`` up to, not including, ``end``; open when ``end`` is None."""

    start: date
    end: date | None


def months_later(start: date, months: int) -> date:
    """The same day of a later month, or that month's last day when it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, month_lengths.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class Count:
    """One count of ``term``, as known on ``known``; ``pauses`` have ended. Steps are appended to ``trace``.

    Every method raises CalendarGap for a day that the calendar does not cover.
    """

    term: Term
    calendar: Calendar | None
    known: date
    pauses: tuple[Pause, ...]
    trace: list[TraceStep]

    def due_from(self, basis_on: date) -> date:
        """The last day of the term that begins at ``basis_on``, before any roll-forward or extension."""
        if self.term.unit is Unit.FIXED_DATE:
            return self._fixed_date(basis_on)
        if self.term.unit is Unit.MONTH:
            return self._paused_days_later(self._months(basis_on), basis_on)
        if self.term.unit is Unit.HOUR:
            # Hours run from the end of the basis day, and a begun day is the body's to the end: sources give dates.
            return self._paused_days_later(self._hours(basis_on), basis_on)
        return self._days(basis_on)

    def rolled(self, due_on: date) -> date:
        """``due_on``, or the next day that counts."""
        if self.calendar is None:
            return due_on
        rolled = self.calendar.next_working_day(due_on, self.known)
        if rolled != due_on:
            self.trace.append(step(code="rolled_forward", on=rolled, params={"from": due_on.isoformat()}))
        return rolled

    def _fixed_date(self, opened_on: date) -> date:
        if self.term.day is None:
            raise AssertionError("a fixed_date term has a day")
        return date(opened_on.year, self.term.month or opened_on.month, self.term.day)

    def _months(self, basis_on: date) -> date:
        due_on = months_later(basis_on, self.term.amount)
        self._counted(basis_on + ONE_DAY, due_on)
        if basis_on.day > due_on.day:
            self.trace.append(step(code="month_end_clamped", on=due_on))
        return due_on

    def _hours(self, basis_on: date) -> date:
        due_on = basis_on + ONE_DAY * -(-self.term.amount // HOURS_A_DAY)
        self._counted(basis_on + ONE_DAY, due_on)
        return due_on

    def _counted(self, day_one: date, due_on: date) -> None:
        if self.term.amount:
            self.trace.append(step(code="day_one", on=day_one))
        params = {"n": str(self.term.amount), "unit": self.term.unit.value}
        self.trace.append(step(code="counted", on=due_on, params=params))

    def _paused_days_later(self, due_on: date, basis_on: date) -> date:
        for pause in self.pauses:
            start = max(pause.start, basis_on + ONE_DAY)
            if pause.end is not None and start <= due_on and pause.end > start:
                due_on += pause.end - start
                self._paused(pause.start, pause.end)
        return due_on

    def _days(self, basis_on: date) -> date:
        day = basis_on - ONE_DAY if self.term.day_one == "same_day" else basis_on
        remaining = self.term.amount
        while remaining:
            day = self._after_pauses(day + ONE_DAY)
            reason = self._why_not_counted(day)
            if reason is not None:
                self.trace.append(reason)
                continue
            if remaining == self.term.amount:
                self.trace.append(step(code="day_one", on=day))
            remaining -= 1
        params = {"n": str(self.term.amount), "unit": self.term.unit.value}
        self.trace.append(step(code="counted", on=day, params=params))
        return day

    def _after_pauses(self, day: date) -> date:
        """``day``, or the day on which the clock runs again."""
        for pause in self.pauses:
            if pause.end is not None and pause.start <= day < pause.end:
                self._paused(pause.start, pause.end)
                day = pause.end
        return day

    def pushed(self, due_on: date, base_due_on: date) -> date:
        """``due_on`` later by the pauses that the count itself could not meet: those within an extension or a roll.

        A fixed or named day meets none: every pause on or before it pushes it.
        """
        met = base_due_on if self.term.amount and self.term.unit is not Unit.FIXED_DATE else date.min
        for pause in self.pauses:
            if pause.end is not None and met < pause.start <= due_on and pause.end > pause.start:
                due_on += pause.end - pause.start
                self._paused(pause.start, pause.end)
        return due_on

    def _paused(self, start: date, end: date) -> None:
        self.trace.append(step(code="paused", on=start))
        self.trace.append(step(code="resumed", on=end))

    def _why_not_counted(self, day: date) -> TraceStep | None:
        if self.term.unit not in ON_A_CALENDAR or self.calendar is None:
            return None
        off = self.calendar.day_off(day, self.known)
        if off is None:
            return None
        named = {"name": off.name} if off.name else {}
        return step(code="skipped", on=day, params={"reason": off.reason, **named})
