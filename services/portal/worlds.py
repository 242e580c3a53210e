"""Worlds: the real record and each simulation. A page or an answer shows exactly one of them, and says which.

What is judged is judged up to the latest tick of a world's clock; between ticks nothing changes by time alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from time import monotonic
from typing import Final
from zoneinfo import ZoneInfo

from schemas.rules import Rule
from services.adapters.clock import Clock, SimulatedClock
from services.portal.listings import Query
from services.portal.records import ClockRecord, Record, Simulation
from services.portal.warehouse_reader import WarehouseReader

REAL: Final = ""
_NAMES_KEPT_S: Final = 5.0


class UnknownWorld(LookupError):
    """Nobody has recorded anything in this world; ``known`` lists the ones there are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"no world named {name!r}")
        self.name = name
        self.known = tuple(known)


class _Presence(Record):
    simulation: Simulation
    jurisdictions: list[str]


@dataclass(frozen=True, slots=True)
class World:
    """One world at one moment.

    ``judged_up_to`` is its latest tick. ``now`` is that tick or, where its clock is at hand, the clock's later time, so
    that "today" does not stand still on quiet days; None for a simulation of which neither is known. ``names`` are all
    worlds with data and the real one, first; ``is_default``: a reader who asks for no world gets this one.
    """

    simulation: str
    names: tuple[str, ...]
    is_default: bool
    now: datetime | None
    judged_up_to: datetime | None
    zones: Mapping[str, str]

    @property
    def is_simulated(self) -> bool:
        """Whether everything in it is invented."""
        return self.simulation != REAL

    @property
    def zone(self) -> str:
        """The zone its instants are shown in: its own when it has only one, else UTC."""
        zones = set(self.zones.values())
        return zones.pop() if len(zones) == 1 else "UTC"

    def today(self, jurisdiction: str) -> date | None:
        """The local date of a jurisdiction now."""
        zone = self.zones.get(jurisdiction, "UTC")
        return self.now.astimezone(ZoneInfo(zone)).date() if self.now is not None else None


class Worlds:
    """Finds worlds in the warehouse. Which worlds there are is remembered for a few seconds; their time never is."""

    def __init__(self, reader: WarehouseReader, rules: Mapping[str, tuple[Rule, ...]], clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._zones = {rule.jurisdiction: rule.zone for versions in rules.values() for rule in versions}
        self._lock = Lock()
        self._found: tuple[float, Mapping[str, tuple[str, ...]]] | None = None

    def choose(self, asked: str | None) -> World:
        """The world asked for, or the default one: the only one with data, else the real one unless it is empty.

        Raises: UnknownWorld; WarehouseAway.
        """
        present = self._present()
        names = (REAL, *sorted(set(present) - {REAL}))
        default = REAL if REAL in present or not present else sorted(present)[0]
        chosen = default if asked is None else asked
        if chosen not in names:
            raise UnknownWorld(chosen, names)
        tick = self._tick(chosen)
        zones = {name: self._zones[name] for name in present.get(chosen, ()) if name in self._zones}
        return World(
            simulation=chosen,
            names=names,
            is_default=chosen == default,
            now=max((at for at in (tick, self._own_time(chosen)) if at is not None), default=None),
            judged_up_to=tick,
            zones=zones,
        )

    def _own_time(self, simulation: str) -> datetime | None:
        """The time on a world's clock, if this portal knows the clock."""
        if not isinstance(self._clock, SimulatedClock):
            return self._clock.now() if simulation == REAL else None
        if simulation == REAL:
            return self._clock.real.now()
        return self._clock.now() if simulation == self._clock.name else None

    def _tick(self, simulation: str) -> datetime | None:
        query = Query("SELECT simulation, now_at FROM clocks WHERE simulation = {world:String}", {"world": simulation})
        ticks = self._reader.read(ClockRecord, query)
        return ticks[0].now_at if ticks else None

    def _present(self) -> Mapping[str, tuple[str, ...]]:
        with self._lock:
            if self._found is not None and monotonic() - self._found[0] < _NAMES_KEPT_S:
                return self._found[1]
        rows = self._reader.read(_Presence, Query(_PRESENT, {}))
        found = {row.simulation: tuple(sorted(row.jurisdictions)) for row in rows}
        with self._lock:
            self._found = (monotonic(), found)
        return found


_PRESENT: Final = """
SELECT simulation, groupUniqArray(jurisdiction) AS jurisdictions
FROM (
    SELECT simulation, jurisdiction FROM bodies
    UNION ALL
    SELECT simulation, jurisdiction FROM budget_statements
)
GROUP BY simulation
"""
