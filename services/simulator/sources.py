"""How the simulated sources are read: several times a day, without delay, except when one stands still.

The appeals source falls behind now and then, so that "due, not yet observed" can be seen for what it is.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from schemas.envelope import Event
from schemas.events.sources import SourceObservedV1
from services.adapters.chance import Chance
from services.adapters.rulebook import load_rulebook
from services.domain.identity import new_event
from services.domain.schedule import source_of
from services.simulator import country

READ_AT_HOURS: Final = (0, 6, 12, 18)
COVERS: Final = {country.PETITIONS: ("kz.petition.publish",)}
"""The later stages whose fulfilment a source shows; of the others nobody knows, and nothing is claimed."""
BUDGET_LAG: Final = timedelta(days=20)
"""The treasury of the simulation publishes a month's figures up to this late, and says so."""
OUTAGE_PERIOD_DAYS: Final = 35
LONGEST_OUTAGE_DAYS: Final = 4


def lags() -> dict[str, timedelta]:
    """Every simulated source with the delay it declares."""
    scheduled = {source_of(rule, country.SIMULATION): timedelta() for rule in load_rulebook().scheduled()}
    at_once = dict.fromkeys((country.INQUIRIES, country.APPEALS, country.PETITIONS, country.ACTS), timedelta())
    return at_once | {country.BUDGET: BUDGET_LAG} | scheduled


def seen_at(seed: int, source: str, happened_at: datetime) -> datetime:
    """When something that happened is read: at once, or when the source moves again."""
    outage = _outage(seed, source, happened_at)
    return outage[1] if outage is not None else happened_at


def watermarks(seed: int, day: date) -> Iterator[Event]:
    """What each source says of itself in the course of a local day; one that stands still says nothing."""
    for hour in READ_AT_HOURS:
        read_up_to = country.at(day, hour)
        for source, lag in lags().items():
            if _outage(seed, source, read_up_to) is None:
                yield new_event(
                    SourceObservedV1(read_up_to=read_up_to, lag_s=int(lag.total_seconds()), covers=COVERS.get(source)),
                    source=source,
                    subject=source,
                    time=read_up_to,
                    observed_at=read_up_to,
                    native_id=source,
                    version=read_up_to.isoformat(),
                    simulation=country.SIMULATION,
                )


def _outage(seed: int, source: str, instant: datetime) -> tuple[datetime, datetime] | None:
    """The time without readings (from, until) that ``instant`` lies in; one such time in every period of days."""
    if source != country.APPEALS:
        return None
    begins_at = country.at(country.BEGINS_ON)
    period = (instant - begins_at) // timedelta(days=OUTAGE_PERIOD_DAYS)
    chance = Chance(seed, "outage", source, period)
    length = chance.between(2, LONGEST_OUTAGE_DAYS)
    first_day = period * OUTAGE_PERIOD_DAYS + chance.between(1, OUTAGE_PERIOD_DAYS - length - 1)
    start = begins_at + timedelta(days=first_day, hours=3)
    end = start + timedelta(days=length)
    return (start, end) if start <= instant < end else None
