"""Distributions in days: how long answers took, how late the overdue are. Buckets say more than an average.

Bounds are fixed here and shown with every distribution; small n is withheld as for any share.
"""

from collections.abc import Sequence
from typing import Final

from schemas.metrics import MINIMUM_N
from services.portal.listings import Query, Value
from services.portal.records import Record
from services.portal.warehouse_reader import WarehouseReader

Bounds = Sequence[tuple[int, int | None]]
WAIT_BOUNDS: Final[Bounds] = ((0, 3), (4, 7), (8, 15), (16, 30), (31, 60), (61, None))
LATE_BOUNDS: Final[Bounds] = ((1, 5), (6, 20), (21, 60), (61, None))


class Bucket(Record):
    """Days from ``first`` to ``last`` inclusive (open-ended when null), how many lie there, and their share."""

    first: int
    last: int | None
    n: int
    share: float


class _Counts(Record):
    counts: list[int]


def waits(reader: WarehouseReader, world: str, body: str) -> list[Bucket]:
    """Calendar days from filing to fulfilment of what one body fulfilled. Raises: WarehouseAway."""
    source = (
        "FROM obligations WHERE simulation = {world:String} AND answerable = {body:String} "
        "AND lifecycle = 'fulfilled' AND closed_on >= filed_on"
    )
    return _spread(reader, "dateDiff('day', filed_on, closed_on)", WAIT_BOUNDS, source, {"world": world, "body": body})


def lateness(reader: WarehouseReader, world: str, conditions: str, given: dict[str, Value]) -> list[Bucket]:
    """Days late of the overdue obligations under the conditions of their listing. Raises: WarehouseAway."""
    source = f"FROM overdue WHERE simulation = {{world:String}}{conditions}"
    return _spread(reader, "days_late", LATE_BOUNDS, source, {"world": world, **given})


def _spread(
    reader: WarehouseReader, days: str, bounds: Bounds, source: str, parameters: dict[str, Value]
) -> list[Bucket]:
    columns = ", ".join(f"toUInt32(countIf({_between(days, first, last)}))" for first, last in bounds)
    found = reader.read(_Counts, Query(f"SELECT [{columns}] AS counts {source}", parameters))
    counts = found[0].counts
    n = sum(counts)
    if n < MINIMUM_N:
        return []
    return [
        Bucket(first=first, last=last, n=count, share=count / n)
        for (first, last), count in zip(bounds, counts, strict=True)
    ]


def _between(days: str, first: int, last: int | None) -> str:
    return f"{days} >= {first}" if last is None else f"{days} BETWEEN {first} AND {last}"
