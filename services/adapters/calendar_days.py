"""The days of the rulebook's calendars as rows of the warehouse, so that views can count working days.

Only the SQL is made here; it is run by ``services.adapters.clickhouse.migrate``.
"""

from datetime import date, timedelta
from typing import Final, NamedTuple

from schemas.calendars import Calendar

TABLE: Final = "calendar_days_rows"


class CalendarDay(NamedTuple):
    """One day of a calendar; ``name`` says why it does not count: a holiday's name, ``weekend`` or ``not_sitting``."""

    day: date
    working: bool
    name: str


def days_of(calendar: Calendar) -> list[CalendarDay]:
    """Every day a calendar covers, in order, as this release knows it."""
    found = []
    for number in range((calendar.last - calendar.first).days + 1):
        day = calendar.first + timedelta(days=number)
        off = calendar.day_off(day, date.max)
        found.append(CalendarDay(day, off is None, "" if off is None else off.name or off.reason))
    return found


def insert_of(calendar_id: str, days: list[CalendarDay]) -> str:
    """The statement that writes the days of one calendar, none left out between the first and the last.

    Only the days off are spelled out: the engine reads a long list of values slowly.
    """
    off = [(number, day.name) for number, day in enumerate(days) if not day.working]
    numbers = ", ".join(str(number) for number, _ in off)
    names = ", ".join(_quoted(name) for _, name in off)
    return (
        f"INSERT INTO {TABLE} (calendar, day, working, name) "  # noqa: S608  # our own rule data, quoted
        f"WITH [{numbers}]::Array(UInt32) AS off, [{names}]::Array(String) AS names "
        f"SELECT {_quoted(calendar_id)}, toDate32({_quoted(days[0].day.isoformat())}) + number, "
        "indexOf(off, number) = 0, if(indexOf(off, number) = 0, '', names[indexOf(off, number)]) "
        f"FROM (SELECT arrayJoin(range({len(days)})) AS number)"
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
