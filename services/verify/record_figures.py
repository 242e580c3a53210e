"""The views of the published record, recounted in plain Python from rows: alerts, findings, the timeline of a matter.

Pure. What was published when is held against the log elsewhere; here only what the views make of it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from services.verify.differences import Columns, Difference, Rows
from services.verify.values import uuid_place

Bases = Mapping[str, Rows]
_Row = Mapping[str, Any]

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_STEPS_OF_ALERTS: Final = ("raised", "escalated", "cleared")
_STEPS_OF_FINDINGS: Final = ("raised", "cleared")
_NOT_IN_TIMELINES: Final = ("sources", "clock", "budget")


def alerts(bases: Bases) -> Rows:
    """The latest step of every alert."""
    found = {}
    for alert_id, steps in _by(bases["alert_events"], "alert_id").items():
        last = max(steps, key=_place_of_alert_step)
        found[alert_id] = {
            **{name: value for name, value in last.items() if name not in ("event_id", "happened_at")},
            "raised_at": min(step["happened_at"] for step in steps),
            "changed_at": last["happened_at"],
        }
    return found


def findings(bases: Bases) -> Rows:
    """The latest word on every fault found."""
    found = {}
    for finding_id, steps in _by(bases["finding_events"], "finding_id").items():
        last = max(steps, key=_place_of_finding_step)
        found[finding_id] = {
            **{name: last[name] for name in ("finding_id", "code", "severity", "source_id", "params", "state")},
            "raised_at": max((step["happened_at"] for step in steps if step["state"] == "raised"), default=_NEVER),
            "changed_at": last["happened_at"],
            "simulation": last["simulation"],
        }
    return found


def timeline(bases: Bases) -> Rows:
    """Every fact and every deadline event of a matter; the texts of the latter where they are known."""
    found: dict[str, Columns] = {}
    shown = ("happened_at", "type", "event_id", "source", "body", "simulation")
    for key, row in bases["events"].items():
        if row["family"] not in _NOT_IN_TIMELINES:
            said = {name: row[name] for name in shown}
            found[f"fact {key}"] = {"obligation_id": row["subject"], "kind_of_entry": "fact", **said}
    for key, row in bases["deadline_events"].items():
        said = {name: row[name] for name in shown if name in row} | {"type": f"esep.deadline.{row['type']}.v1"}
        found[f"deadline {key}"] = {"obligation_id": row["obligation_id"], "kind_of_entry": "deadline", **said}
    return found


def raised_twice(alert_events: Rows) -> Iterator[Difference]:
    """Alerts with more than one event of a step: each is raised, escalated and cleared at most once."""
    for alert_id, steps in sorted(_by(alert_events, "alert_id").items()):
        for state in _STEPS_OF_ALERTS:
            times = sum(1 for step in steps if step["state"] == state)
            if times > 1:
                yield Difference("alert_events", alert_id, f"was {state} {times} times")


def delivered_of_nothing(deliveries: Rows, alert_events: Rows) -> Iterator[Difference]:
    """Deliveries of an alert event that is not on record."""
    for key, row in sorted(deliveries.items()):
        if str(row["alert_event_id"]) not in alert_events:
            missing = f"hands over the alert event {row['alert_event_id']}, which is not on record"
            yield Difference("deliveries", key, missing)


def _by(rows: Rows, column: str) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows.values():
        found[str(row[column])].append(row)
    return found


def _place_of_alert_step(row: _Row) -> tuple[Any, ...]:
    return _STEPS_OF_ALERTS.index(row["state"]), row["happened_at"], uuid_place(row["event_id"])


def _place_of_finding_step(row: _Row) -> tuple[Any, ...]:
    return (
        row["happened_at"],
        row["revision"],
        _STEPS_OF_FINDINGS.index(row["state"]),
        uuid_place(row["event_id"]),
    )
