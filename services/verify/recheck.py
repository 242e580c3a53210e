"""``esep verify``: read the truth, recount, read the warehouse, name the first differences.

A running home keeps moving, so a difference counts only when it stands in every recount for a while.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from time import monotonic
from uuid import UUID

from schemas.rows.views import key_of
from schemas.rulebook import Rulebook
from schemas.topics import (
    ALERTS,
    BUDGET,
    DEAD_LETTERS,
    DEADLINES,
    DELIVERIES,
    FACTS,
    FINDINGS,
    OBLIGATIONS,
    TOPICS,
    partitions_for,
    topic_of,
)
from services.adapters.calendar_days import days_of
from services.adapters.clickhouse import Warehouse
from services.adapters.codec import InvalidMessage, content_digest, decode
from services.adapters.truth import Message
from services.verify.catalogue import FIGURES, STORED_VIEWS
from services.verify.differences import Columns, Difference, Rows, compare
from services.verify.expected import Accepted, Expected, expect
from services.verify.record_figures import delivered_of_nothing, raised_twice
from services.verify.report import DayCount, Report, TopicCount

Tell = Callable[[str], None]
"""Is told what a long recount is doing."""

_TOLD_EVERY = 2_000
_TOPIC_OF_FAMILY = {family: topic.name for topic in TOPICS.values() for family in topic.families}
_VIEW_OF_TOPIC = {
    OBLIGATIONS.name: "obligations",
    DEADLINES.name: "deadline_events",
    FINDINGS.name: "finding_events",
    ALERTS.name: "alert_events",
    DELIVERIES.name: "deliveries",
    DEAD_LETTERS.name: "dead_letters",
}
_IN_ANOTHER_VIEW = {"deadline_events": ("source", "body")}
"""Columns that a view of stored rows leaves out; these two are in ``timeline``."""
_COUNTED = frozenset({FACTS.name, BUDGET.name, *_VIEW_OF_TOPIC})


def verify(
    read_truth: Callable[[], Iterable[Message]],
    warehouse: Warehouse,
    rulebook: Rulebook,
    *,
    patience_s: float,
    wait: Callable[[float], None],
    tell: Tell = lambda _: None,
) -> Report:
    """Recount until every row was seen to agree, or until some have differed in every recount for ``patience_s`` seconds.

    A home at work is never still: what differs in one recount and agrees in the next was on its way, and so was what
    differs in another way, as a clock or a count does that moves between looking at the truth and at the warehouse. Rows
    that the first recount did not know are the business of the next ``verify``.
    Raises: FactLogUnavailableError, TruthUnreadableError, WarehouseError.
    """
    report = check_once(read_truth(), warehouse, rulebook, tell)
    give_up_at = monotonic() + patience_s
    while not report.holds and monotonic() < give_up_at:
        tell(f"{len(report.differences)} differences: looking whether they stand")
        wait(1.0)
        again = check_once(read_truth(), warehouse, rulebook, tell)
        still = {(difference.view, difference.key, difference.what) for difference in again.differences}
        standing = tuple(each for each in report.differences if (each.view, each.key, each.what) in still)
        report = replace(report, differences=_with_their_cause(standing))
    return report


def check_once(
    messages: Iterable[Message], warehouse: Warehouse, rulebook: Rulebook, tell: Tell = lambda _: None
) -> Report:
    """One recount against the warehouse as it stands this moment."""
    unreadable: list[Message] = []
    expected = expect(_accepted(messages, unreadable, tell), rulebook)
    expected.bases["calendar_days"] = _calendar_days(rulebook)
    found = {view: _found(warehouse, view, tell) for view in (*STORED_VIEWS, *FIGURES)}
    tell("comparing rows and figures")
    topics = _topics(expected, found)
    days = _days(expected, warehouse)
    differences = [
        *_stored_differences(expected, found),
        *_figure_differences(expected, found),
        *_record_differences(expected, found),
        *_unreadable_without_letter(unreadable, found["dead_letters"]),
        *_count_differences(topics, days),
    ]
    return Report(
        events=len(expected.bases["events"]),
        obligations=len(expected.bases["obligations"]),
        budget_statements=len(expected.bases["budget_statements"]),
        standing_alerts=len(expected.standing_alerts),
        topics=topics,
        days=days,
        views={view: len(rows) for view, rows in found.items()},
        differences=_with_their_cause(tuple(differences)),
    )


def _accepted(messages: Iterable[Message], unreadable: list[Message], tell: Tell) -> Iterator[Accepted]:
    for number, message in enumerate(messages):
        if number % _TOLD_EVERY == 0:
            tell(f"recounting from the truth: {number:,} messages read")
        try:
            event = decode(message.value)
        except InvalidMessage:
            unreadable.append(message)
            continue
        right = topic_of(event.data).name == message.topic
        if right and message.partition in partitions_for(event.data, event.subject):
            yield Accepted(message.topic, message.partition, message.value.decode(), content_digest(event), event)
        else:
            unreadable.append(message)
    tell("recounting from the truth: folding every log in its order")


def _stored_differences(expected: Expected, found: Mapping[str, Rows]) -> Iterator[Difference]:
    for view in STORED_VIEWS:
        hidden = _IN_ANOTHER_VIEW.get(view, ())
        rows = expected.bases[view]
        if hidden:
            rows = {key: {c: v for c, v in row.items() if c not in hidden} for key, row in rows.items()}
        yield from compare(view, rows, found[view])


def _figure_differences(expected: Expected, found: Mapping[str, Rows]) -> Iterator[Difference]:
    """Figures against those of the recounted rows; one that only repeats what rows below it say wrongly ``follows``."""
    recounted = _figures_over(expected.bases)
    as_stored: Mapping[str, Rows] | None = None
    for view in FIGURES:
        differences = list(compare(view, recounted[view], found[view]))
        if not differences:
            continue
        as_stored = as_stored or _figures_over(_bases_as_stored(expected, found))
        own = list(compare(view, as_stored[view], found[view]))
        yield from own
        keys = {each.key for each in own}
        yield from (replace(each, follows=True) for each in differences if each.key not in keys)


def _bases_as_stored(expected: Expected, found: Mapping[str, Rows]) -> Mapping[str, Rows]:
    """The rows below the figures as the warehouse has them; what no view shows is taken from the truth."""
    bases = dict(expected.bases) | {view: found[view] for view in STORED_VIEWS}
    for view, hidden in _IN_ANOTHER_VIEW.items():
        must = expected.bases[view]
        bases[view] = {
            key: {**row, **{column: must[key][column] for column in hidden if key in must}}
            for key, row in found[view].items()
        }
    return bases


def _figures_over(bases: Mapping[str, Rows]) -> Mapping[str, Rows]:
    found: dict[str, Rows] = dict(bases)
    for view, recount in FIGURES.items():
        found[view] = recount(found)
    return found


def _record_differences(expected: Expected, found: Mapping[str, Rows]) -> Iterator[Difference]:
    """What must stand by the plain fold of a bag, beside what the order of the log leads to."""
    standing = {
        str(row["obligation_id"]): {"due_on": row["due_on"]}
        for row in found["alerts"].values()
        if row["state"] != "cleared"
    }
    yield from compare("alerts", expected.standing_alerts, standing)
    yield from compare("findings", expected.standing_findings, _standing_findings(found["findings"]))
    yield from raised_twice(found["alert_events"])
    yield from delivered_of_nothing(found["deliveries"], found["alert_events"])


def _standing_findings(findings: Rows) -> dict[str, Columns]:
    """The findings of money that stand; those of records follow from obligations, which are compared themselves."""
    return {
        key: {"code": row["code"], "params": json.loads(str(row["params"]))}
        for key, row in findings.items()
        if row["state"] == "raised" and str(row["code"]).startswith("budget.")
    }


def _unreadable_without_letter(unreadable: Iterable[Message], letters: Rows) -> Iterator[Difference]:
    """What lies in the log and is no event must be on record as a dead letter."""
    kept = {row["sha256"] for row in letters.values()}
    for message in unreadable:
        digest = sha256(message.value).hexdigest()
        if digest not in kept:
            key = f"{message.topic}/{message.partition}/{message.position}"
            yield Difference("dead_letters", key, f"a message that is no event (sha256 {digest}) has no dead letter")


def _topics(expected: Expected, found: Mapping[str, Rows]) -> Mapping[str, TopicCount]:
    must, stored = (
        Counter(_TOPIC_OF_FAMILY[str(row["family"])] for row in rows.values())
        for rows in (expected.bases["events"], found["events"])
    )
    for topic, view in _VIEW_OF_TOPIC.items():
        must[topic], stored[topic] = len(expected.bases[view]), len(found[view])
    messages = expected.by_topic + expected.derived
    return {name: TopicCount(messages[name], must[name], stored[name]) for name in TOPICS if name in _COUNTED}


def _days(expected: Expected, warehouse: Warehouse) -> tuple[DayCount, ...]:
    must = expected.by_day()
    stored: Counter[tuple[str, date, date]] = Counter()
    for row in warehouse.rows(
        "SELECT type, toDate32(observed_at) AS seen, toDate32(happened_at) AS happened, count() AS n "
        "FROM events GROUP BY type, seen, happened"
    ):
        stored[row["type"], row["seen"], row["happened"]] = row["n"]
    return tuple(DayCount(*day, must[day], stored[day]) for day in sorted(must.keys() | stored.keys()))


def _count_differences(topics: Mapping[str, TopicCount], days: Iterable[DayCount]) -> Iterator[Difference]:
    """Sums over rows that are compared themselves; they help to see where to look."""
    for name, topic in topics.items():
        if topic.expected != topic.stored:
            yield Difference("per topic", name, f"{topic.stored} are stored, the truth has {topic.expected}", True)
    for day in days:
        if day.expected != day.stored:
            yield Difference("per day", day.key, f"{day.stored} are stored, the truth has {day.expected}", True)


def _with_their_cause(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """What only follows from other rows counts as long as one of them differs."""
    return differences if any(not each.follows for each in differences) else ()


def _calendar_days(rulebook: Rulebook) -> dict[str, Columns]:
    found: dict[str, Columns] = {}
    for calendar in rulebook.calendars.values():
        counted = 0
        for day, working, name in days_of(calendar):
            counted += working
            row = {"calendar": calendar.id, "day": day, "working": working, "name": name, "working_days": counted}
            found[key_of("calendar_days", row)] = row
    return found


def _found(warehouse: Warehouse, view: str, tell: Tell) -> dict[str, Columns]:
    """The rows of a view by key; only ids differ from how they are kept here, and a view has them in all rows or none."""
    tell(f"reading the view {view}")
    rows = warehouse.rows(f"SELECT * FROM {view}")  # noqa: S608  # names of our own
    ids = [column for column, value in rows[0].items() if isinstance(value, UUID)] if rows else []
    for row in rows:
        for column in ids:
            row[column] = str(row[column])
    return {key_of(view, row): row for row in rows}
