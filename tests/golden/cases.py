"""Reads the golden cases: ``cases/*.yaml``, one situation each, strictly.

What a case leaves out stands here once: the usual rule, bodies, source and calendar. Nothing is judged here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field

from schemas.bodies import Body, Region
from schemas.calendars import Calendar
from schemas.events.registry import Contract
from schemas.events.states import Claim, Confidence, Lifecycle, Timeliness, WithheldReason
from schemas.rulebook import Rulebook
from schemas.rules import Rule
from services.adapters.rule_files import read_entries
from services.adapters.rulebook import load_rulebook

CASES: Final = Path(__file__).parent / "cases"
WORLD: Final = "golden"
SUBJECT: Final = f"{WORLD}.matter:1"
SOURCE: Final = f"/sources/{WORLD}"
USUAL_RULE: Final = "kz.golden.answer"

Group = Literal[
    "Answers",
    "Sources and claims",
    "Moving between bodies",
    "More time",
    "How it ends",
    "Dates and rules",
    "Later stages",
    "Contests",
    "New knowledge",
    "Duties of the calendar",
    "Order of arrival",
]

_BODIES: Final = {
    "kz.golden.first": "First Ministry",
    "kz.golden.second": "Second Ministry",
    "kz.golden.applicant": "Applicant",
    "kz.golden.akimat.aa": "Akimat of Aa",
    "kz.golden.akimat.bb": "Akimat of Bb",
}


class Span(Contract):
    """Who held it from when to when, and how many days late fall to that body."""

    body: str
    from_on: date
    to_on: date | None = None
    days_late: int | None = None


class Outcome(Contract):
    """What is said about one obligation in the end; what is left out is none or false.

    ``trace`` are the codes of its steps, a repeated one once.
    """

    lifecycle: Lifecycle
    timeliness: Timeliness
    claim: Claim = Claim.NONE
    withheld_reason: WithheldReason | None = None
    due_on: date | None = None
    closed_on: date | None = None
    delay_days: int | None = None
    held_when_due: str | None = None
    dispute: str | None = None
    known_on: date | None = None
    flags: tuple[Literal["extended", "paused", "transferred"], ...] = ()
    spans: tuple[Span, ...]
    trace: tuple[str, ...]


class Case(Contract):
    """One situation: the messages in the order in which they arrive, what becomes of each obligation, what is published.

    Rules are invented; a case that gives none has the usual one, and a ``packaged`` one is judged by the data of this
    release.
    """

    title: str
    group: Group
    shows: str
    packaged: bool = False
    zone: str = "Asia/Almaty"
    rules: tuple[dict[str, Any], ...] = ()
    days_off: dict[date, str] = Field(default_factory=dict)
    messages: tuple[dict[str, Any], ...]
    becomes: dict[str, Outcome]
    published: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Named:
    """A case and the name of its file, which is the name of its page and its test."""

    name: str
    case: Case

    @property
    def rulebook(self) -> Rulebook:
        """The rules the case is judged by."""
        return load_rulebook() if self.case.packaged else _invented(self.case)


@cache
def all_cases() -> tuple[Named, ...]:
    """Every case, by name.

    Raises: RulesInvalid naming file and line, for an unknown, repeated or missing key too.
    """
    return tuple(read_case(path) for path in sorted(CASES.glob("*.yaml")))


def read_case(path: Path) -> Named:
    """The case of one file.

    Raises: RulesInvalid.
    """
    (entry,) = read_entries(path, path.name, Case)
    return Named(path.stem, entry.model)


def rules_of(case: Case) -> Iterator[Rule]:
    """The invented rules of a case, with everything they leave out."""
    for given in case.rules or ({"id": USUAL_RULE},):
        term = given.get("term", {"basis": "received", "unit": "day", "amount": 10})
        yield Rule.model_validate(_USUAL | given | {"term": {"roll_forward": False} | term if term else None})


def name_of(body: str) -> str:
    """A body's name, which an event carries beside its id."""
    return _BODIES.get(body) or load_rulebook().bodies[body].name.en


def _invented(case: Case) -> Rulebook:
    versions: dict[str, tuple[Rule, ...]] = {}
    for rule in rules_of(case):
        versions[rule.id] = (*versions.get(rule.id, ()), rule)
    calendar = Calendar(WORLD, date(2025, 1, 1), date(2027, 12, 31), case.days_off)
    return Rulebook(versions, {WORLD: calendar}, _bodies(), {region.id: region for region in _regions()})


def _bodies() -> Mapping[str, Body]:
    return {
        id_: Body(id=id_, jurisdiction="kz", name=_in_three_languages(name), confidence=Confidence.VERIFIED)
        for id_, name in _BODIES.items()
    }


def _regions() -> Iterator[Region]:
    for code in ("AA", "BB"):
        yield Region(
            id=f"KZ-{code}",
            jurisdiction="kz",
            level="oblast",
            name=_in_three_languages(code),
            confidence=Confidence.VERIFIED,
        )


def _in_three_languages(words: str) -> Any:
    return {"kk": words, "ru": words, "en": words}


_USUAL: Final[dict[str, Any]] = {
    "version": 1,
    "jurisdiction": "kz",
    "kind": "inquiry.golden",
    "title": _in_three_languages("An invented rule"),
    "zone": "Asia/Almaty",
    "calendar": WORLD,
    "reminder_days": 3,
    "very_late_days": 30,
    "valid_from": date(2020, 1, 1),
    "known_from": date(2020, 1, 1),
    "force": "statute",
    "confidence": "verified",
    "citation": {"act": "Invented act", "article": "1", "edition": "invented"},
}
