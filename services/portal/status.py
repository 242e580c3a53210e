"""What the record is made of and how current it is: counts of facts, alerts, deliveries, faults.

The page and ``/api/v1/status`` show this same record.
"""

from collections.abc import Sequence
from typing import Final

from services.adapters.home_state import HomeState
from services.adapters.stops import Stop
from services.portal.listings import ALERTS, DEAD_LETTERS, FINDINGS, Query
from services.portal.overview import count
from services.portal.records import Instant, Record, Simulation
from services.portal.running import Behind, Running, behind_of, running_of
from services.portal.warehouse_reader import WarehouseReader
from services.portal.worlds import World


class Deliveries(Record):
    """Attempts to hand alerts to one channel, by outcome."""

    channel: str
    state: str
    n: int
    latest_at: Instant


class Status(Record):
    """One world's record in numbers. ``judged_up_to`` is the latest tick of its clock.

    ``stopped`` are programs of this home that stand still, since too much they read was not understood.
    """

    simulation: Simulation
    judged_up_to: Instant | None
    catching_up: bool
    facts: int
    latest_fact_at: Instant | None
    alerts_open: int
    findings_open: int
    dead_letters: int
    stopped: tuple[Stop, ...]
    deliveries: tuple[Deliveries, ...]
    services: tuple[Running, ...]
    lag: tuple[Behind, ...]


class _Facts(Record):
    n: int
    latest: Instant | None


def read_status(reader: WarehouseReader, world: World, *, home: HomeState, stopped: Sequence[Stop] = ()) -> Status:
    """Raises: WarehouseAway."""
    name = world.simulation
    facts = reader.read(_Facts, Query(_FACTS, {"world": name}))[0]
    return Status(
        simulation=name,
        judged_up_to=world.judged_up_to,
        catching_up=home.catching_up,
        facts=facts.n,
        latest_fact_at=facts.latest,
        alerts_open=count(reader, ALERTS, name, state="raised") + count(reader, ALERTS, name, state="escalated"),
        findings_open=count(reader, FINDINGS, name, state="raised"),
        dead_letters=count(reader, DEAD_LETTERS, name),
        stopped=tuple(stopped),
        deliveries=tuple(reader.read(Deliveries, Query(_DELIVERIES, {"world": name}))),
        services=running_of(home),
        lag=behind_of(home),
    )


_FACTS: Final = "SELECT count() AS n, maxOrNull(observed_at) AS latest FROM events WHERE simulation = {world:String}"
_DELIVERIES: Final = """
SELECT channel, state, count() AS n, max(happened_at) AS latest_at FROM deliveries
WHERE simulation = {world:String} GROUP BY channel, state ORDER BY channel, state
"""
