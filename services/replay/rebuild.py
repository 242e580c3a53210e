"""``esep replay``: everything that follows from the accepted events is computed anew, the published record is copied.

Bounded memory: the facts of one partition at a time; the events of budgets pass through. Decision 0018 says what is copied.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from schemas.envelope import Event
from schemas.events.states import Lifecycle
from schemas.rows.mapping import to_rows
from schemas.rows.tables import (
    AlertEventRow,
    DeadLetterRow,
    DeadlineEventRow,
    DeliveryRow,
    FindingEventRow,
    ObligationRow,
    Row,
)
from schemas.rulebook import Rulebook
from schemas.topics import BUCKETS, BUDGET, FACTS, STAGE_MARK, partition_of, partitions_for
from services.adapters.clickhouse import MigrationError, Warehouse, pending_migrations
from services.adapters.codec import content_digest
from services.replay.reading import ReplayError, events_where, stored_rows
from services.replay.target import finish, prepare
from services.verify.expected import obligation_rows

RECORD: tuple[type[Row], ...] = (DeadlineEventRow, AlertEventRow, DeliveryRow, FindingEventRow, DeadLetterRow)
"""What was published or kept, when and to whom: copied as it is, never derived."""

Advance = Callable[[str, int], None]
"""Is told what is being done and how many more rows are done."""

_BATCH_ROWS = 5_000
_EVERYWHERE = f"family IN ({', '.join(repr(family) for family in FACTS.broadcast)})"
_OF_STAGES = f"position(subject, '{STAGE_MARK}') > 0"
_OF_BUDGETS = f"family IN ({', '.join(repr(family) for family in BUDGET.families)})"

if BUCKETS % FACTS.partitions:
    raise AssertionError("a bucket must lie within one partition of the facts log")


@dataclass(slots=True)
class Rebuilt:
    """What was written: rows by table, those of the record among them, and stages that only the record still knows."""

    rows: Counter[str] = field(default_factory=Counter)
    closed_stages: int = 0


def size_of(source: Warehouse) -> int:
    """How many rows a replay has to read, for a bar.

    Raises: WarehouseError.
    """
    tables = (*(model.table for model in RECORD),)
    return int(source.scalar("SELECT count() FROM events")) + sum(
        int(source.scalar(f"SELECT count() FROM {table} FINAL"))  # noqa: S608  # names of our own
        for table in tables
    )


def replay(source: Warehouse, target: Warehouse, rulebook: Rulebook, advance: Advance, *, restart: bool) -> Rebuilt:
    """Rebuild ``target``, fresh and migrated, from the events and the record of ``source``.

    An interrupted replay leaves a target that says so and is refused until it is begun anew with ``restart``.
    Raises: ReplayError, MigrationError, WarehouseError.
    """
    _refuse_older(source)
    prepare(target, restart=restart)
    writing = _Writing(target)
    _rebuild_facts(source, writing, rulebook, advance)
    for event, body in events_where(source, _OF_BUDGETS):
        writing.add(_rows_of(event, body))
        advance("events of budgets", 1)
    for model in RECORD:
        for rows in stored_rows(source, model):
            writing.add(rows)
            advance(f"the record: {model.table}", len(rows))
    writing.flush()
    finish(target)
    return writing.rebuilt


def _refuse_older(source: Warehouse) -> None:
    pending = pending_migrations(source)
    if pending:
        raise MigrationError(f"the warehouse lacks {pending[0].name}; run `esep migrate` on it first")
    if not source.scalar("SELECT count() FROM events"):
        raise ReplayError("the warehouse holds no event, so nothing can be rebuilt from it; name it with --data")


def _rebuild_facts(source: Warehouse, writing: "_Writing", rulebook: Rulebook, advance: Advance) -> None:
    """Every partition of the facts log by itself; what goes to all of them, and facts of later stages, is read before."""
    shared: dict[int, list[Event]] = defaultdict(list)
    for event, body in events_where(source, f"({_EVERYWHERE}) OR ({_OF_STAGES} AND NOT ({_OF_BUDGETS}))"):
        for partition in partitions_for(event.data, event.subject):
            shared[partition].append(event)
        writing.add(_rows_of(event, body))
        advance("ticks, watermarks and releases", 1)
    for partition in range(FACTS.partitions):
        events = shared.pop(partition, [])
        own = f"bucket % {FACTS.partitions} = {partition} AND NOT ({_EVERYWHERE} OR {_OF_STAGES} OR {_OF_BUDGETS})"
        for event, body in events_where(source, own):
            events.append(event)
            writing.add(_rows_of(event, body))
            advance(f"facts of partition {partition + 1} of {FACTS.partitions}", 1)
        _rebuild_obligations(source, writing, events, rulebook, partition)


def _rebuild_obligations(
    source: Warehouse, writing: "_Writing", events: list[Event], rulebook: Rulebook, partition: int
) -> None:
    """Obligations by the plain fold; stages that were shown for a while and closed again are on record only."""
    stages: set[str] = set()
    if events:
        for row in obligation_rows(events, rulebook, partition):
            if row.opened_by:
                stages.add(row.obligation_id)
            writing.add((row,))
    closed = f"opened_by != '' AND lifecycle = '{Lifecycle.RETRACTED.value}'"
    for rows in stored_rows(source, ObligationRow, closed):
        gone = [
            row
            for row in rows
            if row.obligation_id not in stages and partition_of(row.obligation_id, FACTS.partitions) == partition
        ]
        writing.add(gone)
        writing.rebuilt.closed_stages += len(gone)


def _rows_of(event: Event, body: str) -> Iterator[Row]:
    yield from to_rows(event, body=body, sha256=content_digest(event))


@dataclass(slots=True)
class _Writing:
    """Collects rows by table and inserts them in blocks; every block has a token of its own in a fresh database."""

    target: Warehouse
    rebuilt: Rebuilt = field(default_factory=Rebuilt)
    pending: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    blocks: int = 0

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            held = self.pending[row.table]
            held.append(row)
            if len(held) >= _BATCH_ROWS:
                self._write(row.table)

    def flush(self) -> None:
        for table in list(self.pending):
            self._write(table)

    def _write(self, table: str) -> None:
        rows = self.pending.pop(table, [])
        self.blocks += 1
        self.target.insert(rows, token=f"replay:{table}:{self.blocks}")
        self.rebuilt.rows[table] += len(rows)
