"""The account of one body: what it owes, how timely it has been under each rule, how long its answers took.

The page and ``/api/v1/bodies/{id}`` show this same record.
"""

from datetime import date
from typing import Final

from schemas.metrics import MINIMUM_N
from services.portal.figures import WithheldBecause
from services.portal.listings import BODIES, Query
from services.portal.records import BodyRecord, Instant, Record, Simulation
from services.portal.spreads import Bucket, waits
from services.portal.warehouse_reader import WarehouseReader
from services.portal.worlds import World

_MOST: Final = 50


class BodyShare(Record):
    """What one body owes or owed under one version of one rule, by what became of it, with the shares that may be shown."""

    rule_id: str
    rule_version: int
    simulation: Simulation
    kind: str
    window_from: date
    window_to: date
    n: int
    in_time: int
    not_in_time: int
    open_undecided: int
    other: int
    in_time_share: float | None
    late_share: float | None
    undecided_share: float | None
    withheld_because: WithheldBecause | None
    read_up_to: Instant | None


class BodyAccount(Record):
    """One body: counts per jurisdiction, timeliness per rule, and the distribution of its waits (empty for small n)."""

    owed_by: str
    owed_by_name: str
    jurisdiction: str
    simulation: Simulation
    as_of: Instant | None
    counts: tuple[BodyRecord, ...]
    rules: tuple[BodyShare, ...]
    waits: tuple[Bucket, ...]
    waits_n: int


class _Counts(Record):
    rule_id: str
    rule_version: int
    kind: str
    window_from: date
    window_to: date
    n: int
    in_time: int
    not_in_time: int
    open_undecided: int
    with_deadline: int
    read_up_to: Instant | None
    unread: int


def read_body(reader: WarehouseReader, world: World, body: str) -> BodyAccount | None:
    """The account of a body; None when it owes and owed nothing in this world. Raises: WarehouseAway."""
    name = world.simulation
    counts = reader.read(BodyRecord, BODIES.query(name, {"body": body}, limit=_MOST))
    if not counts:
        return None
    spread = waits(reader, name, body)
    rules = reader.read(_Counts, Query(_BY_RULE, {"world": name, "body": body}))
    return BodyAccount(
        owed_by=body,
        owed_by_name=counts[0].owed_by_name,
        jurisdiction=counts[0].jurisdiction,
        simulation=name,
        as_of=world.now,
        counts=tuple(counts),
        rules=tuple(_share(row, name) for row in rules),
        waits=tuple(spread),
        waits_n=sum(bucket.n for bucket in spread),
    )


def _share(row: _Counts, simulation: str) -> BodyShare:
    because: WithheldBecause | None = None
    if row.with_deadline == 0:
        because = "no_legal_deadline"
    elif row.n < MINIMUM_N:
        because = "small_n"
    shown = because is None
    return BodyShare(
        **row.model_dump(exclude={"with_deadline", "unread", "read_up_to"}),
        simulation=simulation,
        other=row.n - row.in_time - row.not_in_time - row.open_undecided,
        in_time_share=row.in_time / row.n if shown else None,
        late_share=row.not_in_time / row.n if shown else None,
        undecided_share=row.open_undecided / row.n if shown else None,
        withheld_because=because,
        read_up_to=None if row.unread else row.read_up_to,
    )


# The same conditions as the view timeliness_by_month, over a body instead of a month; a test compares their sums.
_BY_RULE: Final = """
SELECT
    o.rule_id AS rule_id, o.rule_version AS rule_version, any(o.kind) AS kind,
    min(o.filed_on) AS window_from, max(o.filed_on) AS window_to,
    count() AS n,
    countIf(o.timeliness = 'in_time') AS in_time,
    countIf(o.timeliness IN ('late', 'very_late', 'fulfilled_late')) AS not_in_time,
    countIf(o.lifecycle IN ('open', 'partly_fulfilled')
        AND o.timeliness IN ('not_due', 'due_soon', 'due_unobserved')) AS open_undecided,
    countIf(o.due_on IS NOT NULL) AS with_deadline,
    minOrNull(s.read_up_to) AS read_up_to,
    countIf(s.source_id = '') AS unread
FROM obligations AS o
LEFT JOIN (SELECT source_id, read_up_to FROM sources WHERE simulation = {world:String}) AS s
    ON s.source_id = o.source_id
WHERE o.simulation = {world:String} AND o.answerable = {body:String}
    AND o.lifecycle NOT IN ('withdrawn', 'retracted')
GROUP BY rule_id, rule_version
ORDER BY rule_id, rule_version DESC
"""
