"""The state of one world at a glance: what is owed, what falls due today, what is late, and how sure that is.

The page and ``/api/v1/overview`` show this same record, so their numbers cannot differ.
"""

from datetime import date, timedelta
from typing import Final

from pydantic import Field

from services.portal.budget import BudgetTotal, latest_total
from services.portal.figures import Share, shares
from services.portal.listings import BODIES, DEAD_LETTERS, FINDINGS, OBLIGATIONS, SOURCES, Listing, Query, Value
from services.portal.records import (
    BodyRecord,
    FlowRecord,
    Instant,
    ObligationRecord,
    Record,
    Simulation,
    SourceRecord,
)
from services.portal.warehouse_reader import WarehouseReader
from services.portal.worlds import World

FLOW_DAYS: Final = 42
_MOST_BODIES: Final = 500
_MOST_SOURCES: Final = 500
_MOST_DUE_TODAY: Final = 25
_MOST_SHARES: Final = 18


class Totals(Record):
    """Counts over the whole world; each is defined in the catalogue of metrics."""

    bodies: int
    open: int
    due_today: int
    late: int
    due_unobserved: int
    withheld: int
    findings_open: int
    dead_letters: int


class Today(Record):
    """The local date of a jurisdiction now."""

    jurisdiction: str
    today: date


class Flow(Record):
    """What arose, fell due and was closed, day by day from ``first`` to ``last``; a day without a row had nothing."""

    first: date | None = None
    last: date | None = None
    rows: tuple[FlowRecord, ...] = ()


class Overview(Record):
    """One world now. ``judged_up_to`` is the latest tick of its clock; by time alone nothing changed between the two."""

    simulation: Simulation
    as_of: Instant | None
    judged_up_to: Instant | None
    catching_up: bool = Field(description="True while a restarted home is still reading its log.")
    today: tuple[Today, ...]
    totals: Totals
    bodies: tuple[BodyRecord, ...]
    due_today: tuple[ObligationRecord, ...]
    flow: Flow
    shares: tuple[Share, ...]
    sources: tuple[SourceRecord, ...]
    budget: tuple[BudgetTotal, ...]


class Counted(Record):
    """A number of rows."""

    n: int


class _Latest(Record):
    active: date | None
    filed: date | None


def read_overview(reader: WarehouseReader, world: World, *, catching_up: bool) -> Overview:
    """Raises: WarehouseAway."""
    name = world.simulation
    bodies = reader.read(BodyRecord, BODIES.query(name, {}, limit=_MOST_BODIES))
    due_today, due_today_count = _due_today(reader, world)
    return Overview(
        simulation=name,
        as_of=world.now,
        judged_up_to=world.judged_up_to,
        catching_up=catching_up,
        today=_todays(world),
        totals=Totals(
            bodies=len(bodies),
            open=sum(body.open for body in bodies),
            due_today=due_today_count,
            late=sum(body.late for body in bodies),
            due_unobserved=sum(body.due_unobserved for body in bodies),
            withheld=sum(body.withheld for body in bodies),
            findings_open=count(reader, FINDINGS, name, state="raised"),
            dead_letters=count(reader, DEAD_LETTERS, name),
        ),
        bodies=tuple(bodies),
        due_today=tuple(due_today),
        flow=read_flow(reader, world),
        shares=tuple(shares(reader, name, {}, limit=_MOST_SHARES)),
        sources=tuple(reader.read(SourceRecord, SOURCES.query(name, {}, limit=_MOST_SOURCES))),
        budget=tuple(latest_total(reader, name)),
    )


def count(reader: WarehouseReader, listing: Listing[Record], world: str, **given: str) -> int:
    """How many rows a list has under these filters."""
    return reader.read(Counted, listing.count(world, given))[0].n


def _todays(world: World) -> tuple[Today, ...]:
    dated = ((name, world.today(name)) for name in sorted(world.zones))
    return tuple(Today(jurisdiction=name, today=day) for name, day in dated if day is not None)


def _due_today(reader: WarehouseReader, world: World) -> tuple[list[ObligationRecord], int]:
    """Still open and due on the local date of their jurisdiction; the first of them, and how many there are."""
    found: list[ObligationRecord] = []
    total = 0
    for entry in _todays(world):
        given: dict[str, Value] = {"jurisdiction": entry.jurisdiction, "due_on": entry.today, "owed": True}
        total += reader.read(Counted, OBLIGATIONS.count(world.simulation, given))[0].n
        found += reader.read(ObligationRecord, OBLIGATIONS.query(world.simulation, given, limit=_MOST_DUE_TODAY))
    return found[:_MOST_DUE_TODAY], total


def read_flow(reader: WarehouseReader, world: World) -> Flow:
    """Up to today; or, where nothing has happened for that long, up to the latest day on which anything arose.

    Raises: WarehouseAway.
    """
    if world.now is None:
        return Flow()
    today = max((entry.today for entry in _todays(world)), default=world.now.date())
    parameters: dict[str, Value] = {"world": world.simulation, "today": today}
    latest = reader.read(_Latest, Query(_LATEST_FLOW, parameters))[0]
    if latest.active is None:
        return Flow()
    is_live = latest.active > today - timedelta(days=FLOW_DAYS)
    last = today if is_live else latest.filed or latest.active
    first = last - timedelta(days=FLOW_DAYS - 1)
    rows = reader.read(FlowRecord, Query(_FLOW, {"world": world.simulation, "first": first, "last": last}))
    # What lies before the first record of all is not known, so it is not shown as quiet days.
    return Flow(first=max(first, rows[0].day) if rows else first, last=last, rows=tuple(rows))


_LATEST_FLOW: Final = """
SELECT maxOrNull(day) AS active, maxOrNullIf(day, filed > 0) AS filed FROM daily_flow AS flow
WHERE simulation = {world:String} AND day <= {today:Date32} AND flow.filed + flow.closed + flow.fell_due > 0
"""
_FLOW: Final = """
SELECT day, simulation, jurisdiction, filed, fell_due, closed, became_late FROM daily_flow
WHERE simulation = {world:String} AND day BETWEEN {first:Date32} AND {last:Date32}
ORDER BY day, jurisdiction
"""
