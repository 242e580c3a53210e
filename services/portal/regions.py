"""What is owed in each region, as far as sources name one.

Counts follow the definitions of the view ``bodies``, over a region instead of a body.
"""

from typing import Final

from services.portal.listings import Query
from services.portal.records import Record, Simulation
from services.portal.warehouse_reader import WarehouseReader


class RegionRecord(Record):
    """Obligations of one region (ISO 3166-2; empty when the source states none), counted."""

    region: str
    simulation: Simulation
    jurisdiction: str
    total: int
    open: int
    due_unobserved: int
    late: int


def read_regions(reader: WarehouseReader, world: str) -> list[RegionRecord]:
    """Regions in the order of their codes; nothing when no obligation names one. Raises: WarehouseAway."""
    rows = reader.read(RegionRecord, Query(_REGIONS, {"world": world}))
    return rows if any(row.region for row in rows) else []


_REGIONS: Final = """
SELECT
    o.region AS region, o.simulation AS simulation, o.jurisdiction AS jurisdiction,
    count() AS total,
    countIf(o.lifecycle IN ('open', 'partly_fulfilled')) AS open,
    countIf(o.timeliness = 'due_unobserved') AS due_unobserved,
    countIf(o.claim = 'publishable' AND o.lifecycle IN ('open', 'partly_fulfilled')
        AND o.timeliness IN ('late', 'very_late')) AS late
FROM obligations AS o
WHERE o.simulation = {world:String} AND o.lifecycle NOT IN ('withdrawn', 'retracted')
GROUP BY region, simulation, jurisdiction
ORDER BY region = '', region, jurisdiction
LIMIT 500
"""
