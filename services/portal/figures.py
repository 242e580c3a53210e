"""Published shares: each with its n, rule, window and freshness, and withheld where they would mislead.

What a figure means is written in ``schemas.metrics``; counts come from the views; here they become shares.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal

from schemas.metrics import METRICS, MINIMUM_N, MetricUnit
from services.portal.listings import TIMELINESS, Query, Value
from services.portal.records import Instant, Record, Simulation, TimelinessRecord
from services.portal.warehouse_reader import WarehouseReader

WithheldBecause = Literal["small_n", "no_legal_deadline"]
SHARES: Final = ("timeliness.in_time_share", "timeliness.late_share", "timeliness.undecided_share")

_Window = tuple[str, str, str, date]


class Share(TimelinessRecord):
    """One month under one rule: the counts, the shares that may be shown, and how far its sources were read.

    ``other`` are those that ended before they were due or whose dates are unknown. ``read_up_to`` is null when one of
    the sources has not said how far it has been read.
    """

    other: int
    in_time_share: float | None
    undecided_share: float | None
    withheld_because: WithheldBecause | None
    read_up_to: Instant | None


class Figure(Record):
    """One published figure with everything needed to quote it."""

    metric: str
    simulation: Simulation
    jurisdiction: str
    kind: str
    rule_id: str
    window_from: date
    window_to: date
    n: int
    value: float | None
    unit: MetricUnit
    withheld_because: WithheldBecause | None
    as_of: Instant | None
    read_up_to: Instant | None


class _Freshness(Record):
    jurisdiction: str
    kind: str
    rule_id: str
    month: date
    read_up_to: Instant | None
    unread: int


def shares(
    reader: WarehouseReader, world: str, given: Mapping[str, Value], *, after: Sequence[Value] = (), limit: int
) -> list[Share]:
    """Newest months first. Raises: WarehouseAway."""
    rows = reader.read(TimelinessRecord, TIMELINESS.query(world, given, after=after, limit=limit))
    fresh = freshness(reader, world, rows)
    return [share(row, fresh.get(_window(row))) for row in rows]


def share(row: TimelinessRecord, read_up_to: Instant | None) -> Share:
    """The shares of one row of counts: none where the rule has no deadline, or n is under the minimum."""
    because: WithheldBecause | None = None
    if row.late_share is None:
        because = "no_legal_deadline"
    elif row.n < MINIMUM_N:
        because = "small_n"
    shown = because is None
    return Share(
        **row.model_dump(exclude={"late_share"}),
        late_share=row.late_share if shown else None,
        other=row.n - row.in_time - row.not_in_time - row.open_undecided,
        in_time_share=row.in_time / row.n if shown else None,
        undecided_share=row.open_undecided / row.n if shown else None,
        withheld_because=because,
        read_up_to=read_up_to,
    )


def freshness(
    reader: WarehouseReader, world: str, rows: Sequence[TimelinessRecord]
) -> Mapping[_Window, Instant | None]:
    """Per window, the instant up to which every source of it has been read; None when one never said so."""
    if not rows:
        return {}
    months = [row.month for row in rows]
    query = Query(_FRESHNESS, {"world": world, "first": min(months), "end": next_month(max(months))})
    return {
        (row.jurisdiction, row.kind, row.rule_id, row.month): None if row.unread else row.read_up_to
        for row in reader.read(_Freshness, query)
    }


def figures(rows: Iterable[Share], metrics: Sequence[str], as_of: Instant | None) -> list[Figure]:
    """Every share of every window as a figure of its own."""
    return [_figure(row, metric, as_of) for row in rows for metric in metrics]


def _figure(row: Share, metric: str, as_of: Instant | None) -> Figure:
    values = {
        "timeliness.in_time_share": row.in_time_share,
        "timeliness.late_share": row.late_share,
        "timeliness.undecided_share": row.undecided_share,
    }
    return Figure(
        metric=metric,
        simulation=row.simulation,
        jurisdiction=row.jurisdiction,
        kind=row.kind,
        rule_id=row.rule_id,
        window_from=row.month,
        window_to=next_month(row.month) - timedelta(days=1),
        n=row.n,
        value=values[metric],
        unit=METRICS[metric].unit,
        withheld_because=row.withheld_because,
        as_of=as_of,
        read_up_to=row.read_up_to,
    )


def next_month(day: date) -> date:
    """The first day of the month after."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _window(row: TimelinessRecord) -> _Window:
    return (row.jurisdiction, row.kind, row.rule_id, row.month)


_FRESHNESS: Final = """
SELECT
    o.jurisdiction AS jurisdiction, o.kind AS kind, o.rule_id AS rule_id, o.month AS month,
    minOrNull(s.read_up_to) AS read_up_to,
    countIf(s.source_id = '') AS unread
FROM (
    SELECT DISTINCT
        jurisdiction, kind, rule_id, source_id,
        makeDate32(toYear(filed_on), toMonth(filed_on), 1) AS month
    FROM obligations
    WHERE simulation = {world:String} AND filed_on >= {first:Date32} AND filed_on < {end:Date32}
        AND lifecycle NOT IN ('withdrawn', 'retracted')
) AS o
LEFT JOIN (SELECT source_id, read_up_to FROM sources WHERE simulation = {world:String}) AS s
    ON s.source_id = o.source_id
GROUP BY jurisdiction, kind, rule_id, month
"""
