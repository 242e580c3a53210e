"""Working-day calendars as plain data: which days do not count, by name, as known on a day.

The holiday library and our own exceptions are read by ``services.adapters.rulebook``; here they are only looked up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.rules import HolidayException

WEEKEND = frozenset({5, 6})


class CalendarGap(ValueError):
    """A date outside the years a calendar covers: nothing is guessed there."""

    def __init__(self, calendar: str, needed: date) -> None:
        super().__init__(f"calendar {calendar} does not cover {needed}; extend its years in schemas/jurisdictions")
        self.calendar = calendar
        self.needed = needed


@dataclass(frozen=True, slots=True)
class DayOff:
    """Why a day does not count: ``weekend``, or ``holiday`` with its name."""

    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off between ``first`` and ``last`` (inclusive), with exceptions that were known only for a while."""

    id: str
    first: date
    last: date
    holidays: Mapping[date, str]
    worked_weekends: frozenset[date] = frozenset()
    exceptions: tuple[HolidayException, ...] = ()

    def day_off(self, day: date, known: date) -> DayOff | None:
        """Why ``day`` does not count, as known on ``known``; None for a working day.

        Raises: CalendarGap outside the calendar's cover.
        """
        if not self.first <= day <= self.last:
            raise CalendarGap(self.id, day)
        exception = self._exception(day, known)
        if exception is not None:
            return None if exception.working else DayOff("holiday", exception.name.en)
        if day in self.worked_weekends:
            return None
        name = self.holidays.get(day)
        if name is not None and day.weekday() not in WEEKEND:
            return DayOff("holiday", name)
        return DayOff("weekend") if day.weekday() in WEEKEND else None

    def _exception(self, day: date, known: date) -> HolidayException | None:
        applicable = [
            e
            for e in self.exceptions
            if e.day == day and e.known_from <= known and (e.known_to is None or known <= e.known_to)
        ]
        return max(applicable, key=lambda e: e.known_from, default=None)

    def next_working_day(self, day: date, known: date) -> date:
        """``day`` itself when it counts, otherwise the first later day that does."""
        while self.day_off(day, known) is not None:
            day += timedelta(days=1)
        return day
