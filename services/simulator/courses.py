"""What an invented case is made of: an obligation's id, and what happens to it when, as a source tells it.

Which cases there are is decided in the modules of their families; nothing here knows a family or a rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from schemas.events.verbs import ObligationFact
from services.adapters.chance import Chance
from services.simulator import country

LONGEST_LIFE_DAYS: Final = 130
"""Nothing happens to a case later than this many days after it came in."""

NEVER_DONE: Final = 0.10
CLERKS_SLIP: Final = 0.006


@dataclass(frozen=True, slots=True)
class Case:
    """One invented obligation: its id, its source, and what happens to it, each at an instant (UTC).

    ``contests`` are what its body and the registrar say about it, which another source tells. A later stage of a matter
    is a case of its own that no filing begins: the rule of the earlier one opens it.
    """

    subject: str
    source: str
    happenings: tuple[tuple[datetime, ObligationFact], ...]
    contests: tuple[tuple[datetime, ObligationFact], ...] = ()


def done_on(
    seed: int, chance: Chance, body: str, start: date, *, prompt: tuple[int, int], tardy: tuple[int, int]
) -> date | None:
    """When the body does it, after a prompt or a tardy number of days; None when it never does."""
    if chance.happens(country.punctuality(seed, body)):
        return later(start, chance, *prompt)
    return None if chance.happens(NEVER_DONE) else later(start, chance, *tardy)


def later(day: date, chance: Chance, least: int, most: int) -> date:
    """A working day some days after ``day``."""
    return country.on_workday(day + timedelta(days=chance.between(least, most)))


def happening(
    chance: Chance, facts: Iterable[ObligationFact], *, came_in: date
) -> tuple[tuple[datetime, ObligationFact], ...]:
    """Each fact with an instant of office hours on its day; none before the case came in, whatever day a clerk wrote."""
    return tuple(
        (country.at(max(fact.occurred_on, came_in), chance.between(9, 17), chance.between(0, 59)), fact)
        for fact in facts
    )


def name_of(letter: str, day: date, number: int) -> str:
    """A case's short name: its family's letter, the simulated day, and its number on it."""
    return f"{letter}{(day - country.BEGINS_ON).days}-{number}"
