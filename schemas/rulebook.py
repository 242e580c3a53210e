"""The rulebook: every rule, body and calendar known to this release, and which rule was in force when.

It is data handed in from the edge; nothing here reads a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schemas.calendars import Calendar
from schemas.rules import Body, Rule


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules by id (all versions, oldest first), calendars and bodies by id."""

    rules: Mapping[str, tuple[Rule, ...]]
    calendars: Mapping[str, Calendar]
    bodies: Mapping[str, Body]

    def rule_in_force(self, rule_id: str, on: date) -> Rule | None:
        """The version of a rule whose validity covers the local date ``on``; None when there is none."""
        for rule in self.rules.get(rule_id, ()):
            if rule.valid_from <= on and (rule.valid_to is None or on <= rule.valid_to):
                return rule
        return None

    def scheduled(self) -> tuple[Rule, ...]:
        """Rules whose duties the calendar opens by itself."""
        return tuple(rule for versions in self.rules.values() for rule in versions if rule.schedule is not None)
