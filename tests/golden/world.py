"""Runs a golden case: its messages through every partition of the facts log, or through the plain recount.

Knows how a line of a case becomes an event, and an outcome a line of a case; what should be said stands in the cases.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from schemas.envelope import Event
from schemas.events.alerts import AlertEvent
from schemas.events.deadlines import DeadlineEvent
from schemas.events.findings import FindingEvent
from schemas.events.obligations import ObligationChangedV1
from schemas.events.registry import event_types
from schemas.events.verbs import Filed, ObligationFact, Transferred
from schemas.rulebook import Rulebook
from schemas.topics import FACTS, partitions_for
from services.domain.identity import new_event
from services.domain.partition import Partition
from services.domain.recount import recount
from tests.golden.cases import SOURCE, SUBJECT, USUAL_RULE, WORLD, Case, Outcome, Span, name_of

FIRST_BODY: Final = "kz.golden.first"
ENVELOPE: Final = frozenset({"message", "on", "seen", "about", "source"})
_FLAGS: Final = ("extended", "paused", "transferred")
_SAID: Final = ("due_on", "was_due_on", "fulfilled_on", "owed_by", "reason", "code", "backfill")


def events_of(case: Case) -> list[Event]:
    """The messages of a case as events, in their order."""
    return [_event(case, number, message) for number, message in enumerate(case.messages, start=1)]


def run(events: Sequence[Event], rulebook: Rulebook) -> tuple[dict[str, ObligationChangedV1], list[Event]]:
    """Every obligation as published in the end, and everything that was published on the way, in order."""
    folds = [Partition(rulebook, number) for number in range(FACTS.partitions)]
    published: list[Event] = []
    for event in events:
        for number in partitions_for(event.data, event.subject):
            decision = folds[number].decide([event])
            folds[number].apply(decision)
            published += decision.derived
    entries = {subject: entry for fold in folds for subject, entry in fold.entries.items()}
    return {s: e.published.judged.snapshot for s, e in entries.items() if e.published is not None}, published


def recounted(events: Iterable[Event], rulebook: Rulebook) -> dict[str, ObligationChangedV1]:
    """Every obligation by the plain recount of all partitions."""
    found: dict[str, ObligationChangedV1] = {}
    kept = list(events)
    for number in range(FACTS.partitions):
        mine = [event for event in kept if number in partitions_for(event.data, event.subject)]
        found |= {subject: snapshot for subject, _, snapshot in recount(mine, rulebook, number)}
    return found


def outcome_of(snapshot: ObligationChangedV1) -> Outcome:
    """A snapshot in the words of a case."""
    return Outcome(
        **{
            name: getattr(snapshot, name)
            for name in Outcome.model_fields
            if name not in ("flags", "spans", "trace", "dispute")
        },
        dispute=snapshot.dispute.state if snapshot.dispute is not None else None,
        flags=tuple(flag for flag in _FLAGS if getattr(snapshot, flag)),
        spans=tuple(
            Span(body=span.body, from_on=span.from_on, to_on=span.to_on, days_late=span.days_late)
            for span in snapshot.spans
        ),
        trace=tuple(code for code, _ in groupby(step.code for step in snapshot.trace)),
    )


def told(published: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """The deadline, alert and finding events in the words of a case; snapshots are compared as outcomes."""
    for event in published:
        if isinstance(event.data, DeadlineEvent | AlertEvent | FindingEvent):
            about = _about(event)
            said = {name: value for name in _SAID if (value := getattr(event.data, name, None)) not in (None, False)}
            yield {"event": short(event.type)} | ({"about": about} if about != SUBJECT else {}) | said


def short(event_type: str) -> str:
    """``deadline.missed`` for ``esep.deadline.missed.v1``."""
    return event_type.removeprefix("esep.").rpartition(".v")[0]


def _about(event: Event) -> str:
    if isinstance(event.data, AlertEvent):
        return event.data.obligation_id
    if isinstance(event.data, FindingEvent):
        return event.data.params["obligation"]
    return event.subject


def _event(case: Case, number: int, message: Mapping[str, Any]) -> Event:
    model = event_types()[f"esep.{message['message']}.v1"]
    given = {name: value for name, value in message.items() if name not in ENVELOPE}
    source = message.get("source", SOURCE)
    on = message["on"]
    at = _instant(on, case.zone)
    if issubclass(model, ObligationFact):
        about, seen_at = (
            message.get("about", SUBJECT),
            _instant(message.get("seen", on), case.zone) + timedelta(hours=12),
        )
        given |= {"occurred_on": on}
    else:
        about, seen_at = _subject_of(message["message"], source), _instant(message.get("seen", on), case.zone)
    if issubclass(model, Filed):
        given = _USUAL_FILING | {"reference": about, "owed_by_name": name_of(given.get("owed_by", FIRST_BODY))} | given
    if issubclass(model, Transferred):
        given |= {"owed_by_name": name_of(given["owed_by"])}
    if message["message"] == "clock.tick":
        given |= {"at": at}
    elif message["message"] == "source.observed":
        given = {"lag_s": 0, "read_up_to": at} | given
    elif message["message"] == "rules.released":
        given |= {"digest": "0" * 64}
    return new_event(
        model.model_validate(given),
        source=source,
        subject=about,
        time=at,
        observed_at=seen_at,
        native_id=about,
        version=str(number),
        simulation=WORLD,
    )


def _subject_of(message: str, source: str) -> str:
    return {"clock.tick": "tick:golden", "rules.released": "rules"}.get(message, source)


def _instant(day: date, zone: str) -> datetime:
    """The first moment of a local day."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


_USUAL_FILING: Final[dict[str, Any]] = {
    "kind": "inquiry.golden",
    "jurisdiction": "kz",
    "rule": USUAL_RULE,
    "owed_by": FIRST_BODY,
    "title": "An invented matter",
}
