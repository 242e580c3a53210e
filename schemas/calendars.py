"""Calendars as plain data: which days do not count, by name, as known on a day.

The holiday library and our own exceptions are read by ``services.adapters.rulebook``; here they are only looked up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.events.registry import Code, Contract
from schemas.rules import LocalText

WEEKEND = frozenset({5, 6})


class HolidayException(Contract):
    """A day that differs from the holiday library: a transfer, or a day later abolished, with when that was known."""

    day: date
    working: bool
    name: LocalText
    known_from: date
    known_to: date | None = None
    source: str


class CalendarRule(Contract):
    """A working-day calendar: the library's country and subdivisions, the years covered, and our own exceptions."""

    id: Code
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    subdivisions: tuple[str, ...] = ()
    first_year: Annotated[int, Field(ge=1990, le=2100)]
    last_year: Annotated[int, Field(ge=1990, le=2100)]
    exceptions: tuple[HolidayException, ...] = ()


class SittingsRule(Contract):
    """The days on which a chamber sits, listed; ``first`` and ``last`` bound what is known, and none means nothing is."""

    id: Code
    chamber: LocalText
    first: date | None
    last: date | None
    days: tuple[date, ...] = ()
    source: str

    @model_validator(mode="after")
    def _days_lie_within(self) -> Self:
        if (self.first is None) != (self.last is None):
            raise ValueError("first and last are given together, or neither")
        if self.first is None or self.last is None:
            if self.days:
                raise ValueError("days are listed, but first and last do not say what is covered")
        elif not all(self.first <= day <= self.last for day in self.days):
            raise ValueError("a listed day lies outside first to last")
        return self


class CalendarGap(ValueError):
    """A date outside the days a calendar covers: nothing is guessed there."""

    def __init__(self, calendar: str, needed: date) -> None:
        super().__init__(f"calendar {calendar} does not cover {needed}; extend its cover in schemas/jurisdictions")
        self.calendar = calendar
        self.needed = needed


@dataclass(frozen=True, slots=True)
class DayOff:
    """Why a day does not count: ``weekend``, ``holiday`` with its English name, or ``not_sitting``."""

    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off between ``first`` and ``last`` (inclusive), with exceptions that were known only for a while.

    With ``sittings`` only the days listed there count. ``first`` after ``last`` covers nothing.
    """

    id: str
    first: date
    last: date
    holidays: Mapping[date, str]
    worked_weekends: frozenset[date] = frozenset()
    exceptions: tuple[HolidayException, ...] = ()
    sittings: frozenset[date] | None = None

    def day_off(self, day: date, known: date) -> DayOff | None:
        """Why ``day`` does not count, as known on ``known``; None for a day that does.

        Raises: CalendarGap outside the calendar's cover.
        """
        if not self.first <= day <= self.last:
            raise CalendarGap(self.id, day)
        if self.sittings is not None:
            return None if day in self.sittings else DayOff("not_sitting")
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
