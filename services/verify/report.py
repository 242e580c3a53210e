"""What a recount found: counts per topic, day and view, and every difference; as JSON and as a table for a person.

Nothing is counted here.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.table import Table

from services.verify.differences import Difference

SHOWN = 20
"""How many differences are listed; how many there are is always said."""


@dataclass(frozen=True, slots=True)
class TopicCount:
    """Messages as they lie in a topic's log, how many different ones must be stored, and how many are."""

    messages: int
    expected: int
    stored: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """Events of one type, observed on one day and happened on another (UTC): how many must be stored, and how many are."""

    type: str
    observed_on: date
    happened_on: date
    expected: int
    stored: int

    @property
    def key(self) -> str:
        """Its name in a difference."""
        return f"{self.type} observed {self.observed_on}, happened {self.happened_on}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was counted and every difference, stored rows first, then figures, in the order of views and keys."""

    events: int
    obligations: int
    budget_statements: int
    standing_alerts: int
    topics: Mapping[str, TopicCount]
    days: tuple[DayCount, ...]
    views: Mapping[str, int]
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether the warehouse says exactly what the truth says."""
        return not self.differences

    def first_of(self, view: str) -> Difference | None:
        """The first difference of a view; None when it holds."""
        return next((each for each in self.differences if each.view == view), None)

    def to_json(self) -> dict[str, Any]:
        """Everything but the rows: counts per topic, day and view, and the first differences."""
        different = Counter(each.view for each in self.differences)
        return {
            "holds": self.holds,
            "events": self.events,
            "obligations": self.obligations,
            "budget_statements": self.budget_statements,
            "standing_alerts": self.standing_alerts,
            "different": len(self.differences),
            "differences": [str(difference) for difference in self.differences[:SHOWN]],
            "topics": {
                name: {"messages": each.messages, "expected": each.expected, "stored": each.stored}
                for name, each in self.topics.items()
            },
            "days": [
                {
                    "type": each.type,
                    "observed_on": each.observed_on,
                    "happened_on": each.happened_on,
                    "expected": each.expected,
                    "stored": each.stored,
                }
                for each in self.days
            ],
            "views": {
                view: {"rows": rows, "different": different[view], "first": self._first_key(view)}
                for view, rows in self.views.items()
            },
        }

    def tables(self) -> tuple[Table, Table]:
        """What was recounted, per topic and per view, with a mark for each."""
        topics = Table("topic", "messages", "different ones", "stored", "", title="Per topic")
        for name, each in self.topics.items():
            counts = (f"{n:,}" for n in (each.messages, each.expected, each.stored))
            stands = any(found.view == "per topic" and found.key == name for found in self.differences)
            topics.add_row(name, *counts, _mark(not stands))
        views = Table("view", "rows", "", "first that differs", title="Per view")
        for view, rows in self.views.items():
            views.add_row(view, f"{rows:,}", _mark(self.first_of(view) is None), self._first_key(view) or "")
        views.add_section()
        views.add_row("events by type and day", f"{len(self.days):,}", _mark(self.first_of("per day") is None), "")
        return topics, views

    def _first_key(self, view: str) -> str | None:
        first = self.first_of(view)
        return first.key if first is not None else None


def _mark(holds: bool) -> str:
    return "[green]✓[/green]" if holds else "[red]✗[/red]"
