"""Reads rules, bodies, regions and calendars from ``schemas/jurisdictions`` into a rulebook.

Strict: a fault stops with the file and line named. The YAML itself is read in ``services.adapters.rule_files``.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import holidays

from schemas.bodies import Body, Region
from schemas.calendars import Calendar, CalendarRule, SittingsRule
from schemas.pefa import PefaBase
from schemas.rulebook import Rulebook
from schemas.rules import Rule
from services.adapters.rule_files import Entry, ModelT, RulesInvalid, read_entries

__all__ = ["RulesInvalid", "jurisdictions", "load_rulebook", "read_rulebook", "rule_entries"]

REGION = "{region}"


def jurisdictions() -> Traversable:
    """The folder the package's own rule data lie in."""
    return files("schemas") / "jurisdictions"


@cache
def load_rulebook() -> Rulebook:
    """Everything this release knows about rules, calendars, bodies and regions.

    Raises: RulesInvalid for data that cannot be used, naming file and line.
    """
    return read_rulebook(jurisdictions())


def read_rulebook(folder: Traversable) -> Rulebook:
    """The rulebook of a folder: one folder per jurisdiction, in each rules/*.yaml and the lists beside it.

    Raises: RulesInvalid, naming file and line.
    """
    found = _Files(folder)
    bodies = _by_id(found.entries("bodies.yaml", Body))
    regions = _by_id(found.entries("regions.yaml", Region))
    worked = {
        id_: _calendar(entry.model) for id_, entry in _by_id(found.entries("calendars.yaml", CalendarRule)).items()
    }
    sat = {id_: _sittings(entry.model) for id_, entry in _by_id(found.entries("sittings.yaml", SittingsRule)).items()}
    rules = list(found.entries("rules", Rule))
    book = Rulebook(
        rules=_versions(rules),
        calendars={**worked, **sat},
        bodies={id_: entry.model for id_, entry in bodies.items()},
        regions={id_: entry.model for id_, entry in regions.items()},
        pefa=tuple(entry.model for entry in _by_id(found.entries("pefa.yaml", PefaBase)).values()),
        digest=found.digest(),
    )
    _refuse_lost_successors(bodies)
    for rule in rules:
        _refuse_dangling(rule, book)
    _refuse_circles(rules, book)
    return book


def rule_entries(folder: Traversable) -> Iterator[Entry[Rule]]:
    """Every version of every rule of a folder, with the place it stands at.

    Raises: RulesInvalid, naming file and line.
    """
    return _Files(folder).entries("rules", Rule)


class _Files:
    """The YAML files of a folder of jurisdictions."""

    def __init__(self, folder: Traversable) -> None:
        self._folders = sorted((f for f in folder.iterdir() if f.is_dir()), key=lambda f: f.name)

    def entries(self, name: str, model: type[ModelT]) -> Iterator[Entry[ModelT]]:
        """The entries of the files of this name, or of the YAML files in folders of this name."""
        for folder in self._folders:
            for file, where in _files_at(folder / name, f"{folder.name}/{name}"):
                yield from read_entries(file, where, model)

    def digest(self) -> str:
        """One digest of all files: it changes when, and only when, one of them does."""
        seen = hashlib.sha256()
        for folder in self._folders:
            for file, where in _files_at(folder, folder.name):
                seen.update(where.encode() + b"\0" + file.read_bytes() + b"\0")
        return seen.hexdigest()


def _files_at(place: Traversable, where: str) -> Iterator[tuple[Traversable, str]]:
    if place.is_file():
        yield place, where
    elif place.is_dir():
        for inner in sorted(place.iterdir(), key=lambda entry: entry.name):
            if inner.is_dir() or inner.name.endswith(".yaml"):
                yield from _files_at(inner, f"{where}/{inner.name}")


def _by_id(entries: Iterator[Entry[ModelT]]) -> dict[str, Entry[ModelT]]:
    found: dict[str, Entry[ModelT]] = {}
    for entry in entries:
        id_: str = entry.model.id  # type: ignore[attr-defined]  # every listed model has one
        if id_ in found:
            raise RulesInvalid(f"{entry.where}: {id_} is already given at {found[id_].where}; keep one")
        found[id_] = entry
    return found


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


def _sittings(rule: SittingsRule) -> Calendar:
    return Calendar(
        id=rule.id,
        first=rule.first or date.max,
        last=rule.last or date.min,
        holidays={},
        sittings=frozenset(rule.days),
    )


def _versions(entries: Sequence[Entry[Rule]]) -> Mapping[str, tuple[Rule, ...]]:
    versions: dict[str, list[Entry[Rule]]] = {}
    for entry in entries:
        versions.setdefault(entry.model.id, []).append(entry)
    for found in versions.values():
        found.sort(key=lambda entry: (entry.model.valid_from, entry.model.known_from))
        _refuse_overlap(found)
    return {rule_id: tuple(entry.model for entry in found) for rule_id, found in versions.items()}


def _refuse_overlap(entries: Sequence[Entry[Rule]]) -> None:
    for index, later in enumerate(entries):
        for earlier in entries[:index]:
            if earlier.model.version == later.model.version:
                raise RulesInvalid(f"{later.where}: version {later.model.version} is already at {earlier.where}")
            open_end = earlier.model.valid_to is None or earlier.model.valid_to >= later.model.valid_from
            # Learned on another day, a version corrects the earlier one; learned on the same day, they contradict.
            if open_end and earlier.model.known_from == later.model.known_from:
                raise RulesInvalid(
                    f"{later.where}: {later.model.id} version {later.model.version} and version "
                    f"{earlier.model.version} ({earlier.where}) are both valid on {later.model.valid_from}; "
                    "end one of them with valid_to"
                )


def _refuse_dangling(entry: Entry[Rule], book: Rulebook) -> None:
    rule = entry.model
    for where, body in _bodies_named(entry, book):
        if body not in book.bodies:
            raise RulesInvalid(f"{where}: {rule.id} names body {body}, which is in no bodies.yaml")
    for index, stage in enumerate(rule.opens):
        if stage.rule not in book.rules:
            where = entry.at("opens", index, "rule")
            raise RulesInvalid(f"{where}: {rule.id} opens {stage.rule}, which is in no rules file")
    if rule.calendar is not None and rule.calendar not in book.calendars:
        where = entry.at("calendar")
        raise RulesInvalid(f"{where}: {rule.id} needs calendar {rule.calendar}, which is in no calendars.yaml")


def _bodies_named(entry: Entry[Rule], book: Rulebook) -> Iterator[tuple[str, str]]:
    """(place, body id) of every body a rule names."""
    rule = entry.model
    for index, stage in enumerate(rule.opens):
        if stage.owed_by is not None:
            yield entry.at("opens", index, "owed_by"), stage.owed_by
    if rule.schedule is None:
        return
    for key, pattern in (("owed_by", rule.schedule.owed_by), ("owed_to", rule.schedule.owed_to)):
        where = entry.at("schedule", key)
        if pattern is None:
            continue
        if REGION not in pattern:
            yield where, pattern
            continue
        for region in book.regions.values():
            if region.level in rule.schedule.regions and region.jurisdiction == rule.jurisdiction:
                yield where, pattern.replace(REGION, region.suffix)


def _refuse_circles(entries: Sequence[Entry[Rule]], book: Rulebook) -> None:
    """Stages come to an end, and within a matter each is opened by one rule: its id names the matter and the stage."""
    for entry in entries:
        if any(rule_id == entry.model.id for _, rule_id in _stages_ahead(entry.model, book)):
            raise RulesInvalid(f"{entry.at('opens')}: {entry.model.id} opens itself again; stages must come to an end")
    for entry in entries:
        opened_by: dict[str, str] = {}
        for opener, rule_id in _stages_ahead(entry.model, book):
            if opened_by.setdefault(rule_id, opener) != opener:
                raise RulesInvalid(
                    f"{entry.at('opens')}: {rule_id} is opened by both {opened_by[rule_id]} and {opener}; "
                    "let one of them do it"
                )


def _stages_ahead(rule: Rule, book: Rulebook) -> Iterator[tuple[str, str]]:
    """(opener, opened) of every stage that may follow, each opener looked into once."""
    ahead = [(rule.id, stage.rule) for stage in rule.opens]
    seen: set[str] = set()
    while ahead:
        opener, rule_id = ahead.pop()
        yield opener, rule_id
        if rule_id not in seen:
            seen.add(rule_id)
            ahead.extend((rule_id, stage.rule) for version in book.rules[rule_id] for stage in version.opens)


def _refuse_lost_successors(bodies: Mapping[str, Entry[Body]]) -> None:
    for body_id, entry in bodies.items():
        for successor in entry.model.successors:
            if successor not in bodies:
                raise RulesInvalid(f"{entry.where}: successor {successor} of {body_id} is in no bodies.yaml")
