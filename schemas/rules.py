"""Rules as data: what a norm says about a deadline, with its citation, force and two kinds of dating.

These are models only; the YAML is read in ``services.adapters.rulebook`` and counted in ``services.domain.deadlines``.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.events.registry import BodyId, Code, Contract, Jurisdiction, RuleId
from schemas.events.states import Confidence, Force

Language = Literal["kk", "ru", "en"]


class LocalText(Contract):
    """The same words in the three languages of every page."""

    kk: Annotated[str, StringConstraints(min_length=1)]
    ru: Annotated[str, StringConstraints(min_length=1)]
    en: Annotated[str, StringConstraints(min_length=1)]


class Basis(StrEnum):
    """The date the count starts from; it must be stated by the source, or nothing is counted."""

    FILED = "filed"
    RECEIVED = "received"
    REGISTERED = "registered"
    NAMED = "named"
    CALENDAR = "calendar"


class Unit(StrEnum):
    """What is counted."""

    DAY = "day"
    WORKING_DAY = "working_day"
    MONTH = "month"
    FIXED_DATE = "fixed_date"


class Term(Contract):
    """How a due date is counted.

    ``amount`` of ``unit`` from ``basis``; day one is the day after the basis date. ``roll_forward`` moves a due date that
    is not a working day to the next one. A ``fixed_date`` term is a month and day of the year that follows the period.
    """

    basis: Basis
    unit: Unit
    amount: Annotated[int, Field(ge=0, le=1000)]
    roll_forward: bool
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None

    @model_validator(mode="after")
    def _fixed_date_is_whole(self) -> Self:
        if (self.unit is Unit.FIXED_DATE) != (self.month is not None and self.day is not None):
            raise ValueError("a fixed_date term needs month and day, and no other unit may have them")
        if (self.unit is Unit.FIXED_DATE) != (self.basis is Basis.CALENDAR):
            raise ValueError("basis calendar and unit fixed_date belong together")
        return self


class Citation(Contract):
    """Where the norm stands: act, article, the edition that was read, and its address if it has one."""

    act: Annotated[str, StringConstraints(min_length=1)]
    article: Annotated[str, StringConstraints(min_length=1)]
    edition: Annotated[str, StringConstraints(min_length=1)]
    url: str | None = None


class Schedule(Contract):
    """A duty the calendar itself opens each year: who owes what to whom."""

    owed_by: BodyId
    owed_to: BodyId
    source: Annotated[str, StringConstraints(pattern=r"^/sources/[a-z0-9/-]+$")]


class Rule(Contract):
    """One version of one rule.

    ``valid_from``/``valid_to`` bound the basis date (law); ``known_from`` is when the edition became known. A rule without
    ``term`` sets no legal deadline. ``reminder_days`` and ``very_late_days`` are calendar days before and after the due date.
    """

    id: RuleId
    version: Annotated[int, Field(ge=1)]
    jurisdiction: Jurisdiction
    kind: Code
    title: LocalText
    zone: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+/[A-Za-z_]+$")]
    calendar: Code | None
    term: Term | None
    holding_answer_fulfils: bool = False
    reminder_days: Annotated[int, Field(ge=0, le=60)] = 3
    very_late_days: Annotated[int, Field(ge=1, le=1000)] | None = None
    schedule: Schedule | None = None
    valid_from: date
    valid_to: date | None = None
    known_from: date
    force: Force
    confidence: Confidence
    citation: Citation
    assumptions: tuple[LocalText, ...] = ()
    exclusions: tuple[LocalText, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"{self.id}.v{self.version}: valid_to is before valid_from")
        if (
            self.term is not None
            and self.calendar is None
            and (self.term.roll_forward or self.term.unit is Unit.WORKING_DAY)
        ):
            raise ValueError(f"{self.id}.v{self.version}: working days or roll-forward need a calendar")
        if (self.schedule is not None) != (self.term is not None and self.term.basis is Basis.CALENDAR):
            raise ValueError(f"{self.id}.v{self.version}: a calendar basis and a schedule belong together")
        return self

    @property
    def may_accuse(self) -> bool:
        """Statutes and standing orders that are verified or secondary may accuse; nothing else may."""
        return self.force is not Force.CONVENTION and self.confidence is not Confidence.UNVERIFIED


class Body(Contract):
    """A public body, by its stable id, in three languages, with the codes other systems know it by."""

    id: BodyId
    jurisdiction: Jurisdiction
    name: LocalText
    codes: dict[str, str] = Field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[BodyId, ...] = ()
    confidence: Confidence


class HolidayException(Contract):
    """A day that differs from the holiday library: a transfer, or a day later abolished, with when that was known."""

    day: date
    working: bool
    name: LocalText
    known_from: date
    known_to: date | None = None
    source: str


class CalendarRule(Contract):
    """A working-day calendar: the library's country and subdivisions, the years covered, and our own exceptions."""

    id: Code
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    subdivisions: tuple[str, ...] = ()
    first_year: int
    last_year: int
    exceptions: tuple[HolidayException, ...] = ()
