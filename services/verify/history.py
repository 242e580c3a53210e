"""What was published, derived again: the fold of every log in its own order, one message at a time.

Pure. It holds because the order of a partition's log is part of the truth, ticks included (decision 0001): the same log
derives the same events with the same ids, however it was once cut into batches.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.envelope import Event
from schemas.events.obligations import ObligationChangedV1
from schemas.events.states import Lifecycle
from schemas.rows.mapping import to_rows
from schemas.rows.tables import AlertEventRow, DeadlineEventRow, FindingEventRow, ObligationRow, Row
from schemas.rulebook import Rulebook
from schemas.topics import topic_of
from services.adapters.codec import encode
from services.domain.budget.partition import BudgetPartition
from services.domain.partition import Partition
from services.verify.differences import Columns
from services.verify.values import plain

_VIEWS: Mapping[type[Row], str] = {
    DeadlineEventRow: "deadline_events",
    AlertEventRow: "alert_events",
    FindingEventRow: "finding_events",
}


@dataclass(slots=True)
class History:
    """The published record as the log leads to it: rows by view and event id, and messages by topic.

    ``closed_stages`` are later stages that were shown for a while until what opened them turned out not to hold: only
    the order of the log knows them.
    """

    rows: dict[str, dict[str, Columns]] = field(default_factory=lambda: {view: {} for view in _VIEWS.values()})
    by_topic: Counter[str] = field(default_factory=Counter)
    closed_stages: tuple[ObligationRow, ...] = ()


def history_of(
    facts: Mapping[int, Sequence[Event]], money: Mapping[int, Sequence[Event]], rulebook: Rulebook
) -> History:
    """Derive everything that follows from the logs of all partitions, each in its own order."""
    history, closed = History(), dict[str, ObligationRow]()
    for number, events in facts.items():
        _take(history, closed, _fold_facts(events, rulebook, number))
    for events in money.values():
        _take(history, closed, _fold_money(events, rulebook))
    history.closed_stages = tuple(closed.values())
    return history


def _fold_facts(events: Sequence[Event], rulebook: Rulebook, number: int) -> Iterator[Event]:
    partition = Partition(rulebook, number)
    for event in events:
        decision = partition.decide([event])
        partition.apply(decision)
        yield from decision.derived


def _fold_money(events: Sequence[Event], rulebook: Rulebook) -> Iterator[Event]:
    partition = BudgetPartition(rulebook.bodies)
    for event in events:
        decision = partition.decide([event])
        partition.apply(decision)
        yield from decision.derived


def _take(history: History, closed: dict[str, ObligationRow], derived: Iterator[Event]) -> None:
    ids: dict[str, set[object]] = defaultdict(set)
    for event in derived:
        ids[topic_of(event.data).name].add(event.id)
        if isinstance(event.data, ObligationChangedV1):
            _note_stage(closed, event, event.data)
            continue
        for row in to_rows(event, body=encode(event).decode(), sha256=""):
            columns = {name: value for name, value in row.__dict__.items() if name not in ("bucket", "row_version")}
            history.rows[_VIEWS[type(row)]][str(event.id)] = plain(columns)
    history.by_topic.update({topic: len(found) for topic, found in ids.items()})


def _note_stage(closed: dict[str, ObligationRow], event: Event, data: ObligationChangedV1) -> None:
    """A stage that was closed may open again: the last word counts."""
    closed.pop(event.subject, None)
    if data.opened_by is not None and data.lifecycle is Lifecycle.RETRACTED:
        for row in to_rows(event, body="", sha256=""):
            if isinstance(row, ObligationRow):
                closed[event.subject] = row
