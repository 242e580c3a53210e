"""Reads rules, bodies and calendars from ``schemas/jurisdictions`` into a rulebook.

Strict: an unknown key, overlapping validity or a missing citation stops with the file and the entry named.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Any, TypeVar

import holidays
import yaml
from pydantic import ValidationError

from schemas.calendars import Calendar
from schemas.events.registry import Contract
from schemas.rulebook import Rulebook
from schemas.rules import Body, CalendarRule, Rule

ModelT = TypeVar("ModelT", bound=Contract)


class RulesInvalid(ValueError):
    """The rule data cannot be used; the message names file, entry and field."""


def jurisdictions() -> Traversable:
    """The folder the package's own rule data lie in."""
    return files("schemas") / "jurisdictions"


@cache
def load_rulebook() -> Rulebook:
    """Everything this release knows about rules, calendars and bodies.

    Raises: RulesInvalid for data that cannot be used, naming file, entry and field.
    """
    calendars = {rule.id: _calendar(rule) for rule in _entries("calendar.yaml", CalendarRule)}
    bodies = {body.id: body for body in _entries("bodies.yaml", Body)}
    _refuse_lost_successors(bodies)
    versions: dict[str, list[Rule]] = {}
    for rule in _entries("rules.yaml", Rule):
        _refuse_dangling(rule, bodies, calendars)
        versions.setdefault(rule.id, []).append(rule)
    for rule_id, found in versions.items():
        found.sort(key=lambda rule: rule.valid_from)
        _refuse_overlap(rule_id, found)
    return Rulebook({rule_id: tuple(found) for rule_id, found in versions.items()}, calendars, bodies)


def _calendar(rule: CalendarRule) -> Calendar:
    """The union of the library's days off over the subdivisions; a weekend is worked only when the country says so."""
    years = range(rule.first_year, rule.last_year + 1)
    named: dict[date, str] = {}
    for subdivision in rule.subdivisions or (None,):
        for day, name in holidays.country_holidays(
            rule.country, subdiv=subdivision, years=years, language="en_US"
        ).items():
            named.setdefault(day, name)
    worked = holidays.country_holidays(rule.country, years=years).weekend_workdays
    return Calendar(
        id=rule.id,
        first=date(rule.first_year, 1, 1),
        last=date(rule.last_year, 12, 31),
        holidays=named,
        worked_weekends=frozenset(worked),
        exceptions=rule.exceptions,
    )


def _entries(name: str, model: type[ModelT]) -> Iterator[ModelT]:
    for folder in sorted(jurisdictions().iterdir(), key=lambda entry: entry.name):
        file = folder / name
        if folder.is_dir() and file.is_file():
            yield from _parse(file, f"{folder.name}/{name}", model)


def _parse(file: Traversable, where: str, model: type[ModelT]) -> Iterator[ModelT]:
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise RulesInvalid(f"{where} is not YAML: {error}") from error
    for number, entry in enumerate(content if isinstance(content, list) else [content], start=1):
        try:
            yield model.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            name = entry.get("id") if isinstance(entry, dict) else None
            raise RulesInvalid(f"{where}, entry {number} ({name}), {field or 'entry'}: {first['msg']}") from error


def _refuse_overlap(rule_id: str, versions: Sequence[Rule]) -> None:
    for earlier, later in pairwise(versions):
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            raise RulesInvalid(
                f"{rule_id}: versions {earlier.version} and {later.version} are both valid on {later.valid_from}"
            )


def _refuse_dangling(rule: Rule, bodies: Mapping[str, Body], calendars: Mapping[str, Calendar]) -> None:
    named = (rule.schedule.owed_by, rule.schedule.owed_to) if rule.schedule is not None else ()
    missing = [body for body in named if body not in bodies]
    if missing:
        raise RulesInvalid(f"{rule.id}.v{rule.version}: bodies {missing} are not in any bodies.yaml")
    if rule.calendar is not None and rule.calendar not in calendars:
        raise RulesInvalid(f"{rule.id}.v{rule.version}: calendar {rule.calendar} is not in any calendar.yaml")


def _refuse_lost_successors(bodies: Mapping[str, Body]) -> None:
    for body in bodies.values():
        missing = [successor for successor in body.successors if successor not in bodies]
        if missing:
            raise RulesInvalid(
                f"body {body.id}: successors {missing} are not in any bodies.yaml; add them or correct the id"
            )
