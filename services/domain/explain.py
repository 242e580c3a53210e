"""Why this date? One rule counted from one day, as known on a day, with every step.

The same counting that judges obligations; nothing is looked up elsewhere.
"""

from datetime import date

from schemas.rulebook import Rulebook
from schemas.rules import Example, Rule
from services.domain.deadlines import KNOWN_NOW, Deadline, count_deadline


class RuleUnknown(LookupError):
    """No rule of that id, or none in force on that day; the message lists what there is."""


def explain(rulebook: Rulebook, rule_id: str, on: date, known: date | None = None) -> Deadline:
    """Count a rule from its basis date ``on``, with rules and days off as known on ``known`` (default: all there is).

    Raises: RuleUnknown.
    """
    name, version = _split_version(rule_id)
    if name not in rulebook.rules:
        raise RuleUnknown(f"no rule {name!r}; known rules: {', '.join(sorted(rulebook.rules))}")
    known_on = known or KNOWN_NOW
    rule = rulebook.rule_in_force(name, on, known_on)
    if version is not None:
        rule = next((found for found in rulebook.rules[name] if found.version == version), None)
    if rule is None:
        raise RuleUnknown(f"no version of {rule_id!r} is in force on {on}; valid: {_validity(rulebook, name)}")
    return count_deadline(rule, on, rulebook.calendars.get(rule.calendar or ""), known=known_on)


def count_example(rulebook: Rulebook, rule: Rule, example: Example) -> Deadline:
    """Count one worked example of this version of a rule, as known on the day the example names."""
    calendar = rulebook.calendars.get(rule.calendar or "")
    return count_deadline(rule, example.on, calendar, known=example.known or KNOWN_NOW)


def _split_version(rule_id: str) -> tuple[str, int | None]:
    name, mark, version = rule_id.rpartition(".v")
    return (name, int(version)) if mark and version.isdigit() else (rule_id, None)


def _validity(rulebook: Rulebook, name: str) -> str:
    return "; ".join(f"v{r.version} {r.valid_from} to {r.valid_to or 'now'}" for r in rulebook.rules[name])
