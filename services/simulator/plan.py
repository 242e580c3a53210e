"""The plan of the simulation: what is read on each simulated day. Pure: the same seed and day give the same events.

It knows no clock and no log, so a day planned again after a crash is the same day, with the same ids.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from schemas.envelope import Event
from services.adapters.rulebook import load_rulebook
from services.domain.identity import new_event
from services.simulator import country
from services.simulator.cases import cases_of
from services.simulator.courses import LONGEST_LIFE_DAYS, Case
from services.simulator.publications import budget_statements, report_submissions
from services.simulator.sources import LONGEST_OUTAGE_DAYS, seen_at, watermarks

LONGEST_RUN: Final = timedelta(days=5 * 365)
_LOOK_BACK_DAYS: Final = LONGEST_LIFE_DAYS + LONGEST_OUTAGE_DAYS + 1


def last_day() -> date:
    """The last simulated day: five years on, or earlier where the calendar ends and no deadline could be counted."""
    calendar = load_rulebook().calendars[country.JURISDICTION]
    return min(country.OPENS_ON + LONGEST_RUN, calendar.last - timedelta(days=LONGEST_LIFE_DAYS))


def planned(seed: int, first_day: date) -> Iterator[Event]:
    """Every event read from ``first_day`` on, in the order in which it is read, to the end of the simulation."""
    day = max(first_day, country.BEGINS_ON)
    while day <= last_day():
        yield from plan_day(seed, day)
        day += timedelta(days=1)


def plan_day(seed: int, day: date) -> list[Event]:
    """What is read on one local day, in order; a watermark comes after everything it covers."""
    start, end = country.at(day), country.at(day + timedelta(days=1))
    facts = [
        *(
            fact
            for came_in in _look_back(day)
            for fact in _facts_of_cases(seed, came_in)
            if start <= fact.observedat < end
        ),
        *report_submissions(seed, day),
        *budget_statements(seed, day),
    ]
    # Sorting is stable: facts of the same instant stay before the watermarks that follow them here.
    return sorted([*facts, *watermarks(seed, day)], key=lambda event: event.observedat)


def _look_back(day: date) -> Iterator[date]:
    first = max(country.BEGINS_ON, day - timedelta(days=_LOOK_BACK_DAYS))
    return (first + timedelta(days=offset) for offset in range((day - first).days + 1))


@lru_cache(maxsize=2 * _LOOK_BACK_DAYS)
def _facts_of_cases(seed: int, came_in: date) -> tuple[Event, ...]:
    return tuple(fact for case in cases_of(seed, came_in) for fact in _facts(seed, case))


def _facts(seed: int, case: Case) -> Iterator[Event]:
    for source, course in ((case.source, case.happenings), (country.REGISTRAR, case.contests)):
        for happened_at, data in course:
            yield new_event(
                data,
                source=source,
                subject=case.subject,
                time=happened_at,
                observed_at=seen_at(seed, source, happened_at),
                native_id=case.subject,
                version=data.occurred_on.isoformat(),
                simulation=country.SIMULATION,
            )
