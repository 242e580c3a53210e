"""Rules as data: what a norm says about a deadline, with its citation, force and two kinds of dating.

These are models only; the YAML is read in ``services.adapters.rulebook`` and counted in ``services.domain.deadlines``.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.events.registry import BodyId, Code, Contract, Jurisdiction, RuleId, ZoneName
from schemas.events.states import Confidence, Force

Language = Literal["kk", "ru", "en"]


class LocalText(Contract):
    """The same words in the three languages of every page."""

    kk: Annotated[str, StringConstraints(min_length=1)]
    ru: Annotated[str, StringConstraints(min_length=1)]
    en: Annotated[str, StringConstraints(min_length=1)]


class Basis(StrEnum):
    """The date the count starts from; it must be stated by the source, or nothing is counted.

    ``expired`` is the day on which the term of an earlier stage ran out; only a stage opened by that can count from it.
    """

    FILED = "filed"
    RECEIVED = "received"
    REGISTERED = "registered"
    DELIVERED = "delivered"
    PUBLISHED = "published"
    DECIDED = "decided"
    THRESHOLD_REACHED = "threshold_reached"
    EXPIRED = "expired"
    NAMED = "named"
    CALENDAR = "calendar"


class Unit(StrEnum):
    """What is counted."""

    HOUR = "hour"
    DAY = "day"
    WORKING_DAY = "working_day"
    SITTING_DAY = "sitting_day"
    MONTH = "month"
    FIXED_DATE = "fixed_date"


ON_A_CALENDAR = frozenset({Unit.WORKING_DAY, Unit.SITTING_DAY})
"""Units whose days must be looked up."""


class Term(Contract):
    """How a due date is counted.

    ``amount`` of ``unit`` from ``basis``; ``day_one`` says whether the day of the basis counts itself. ``roll_forward``
    moves a due date that is not a working day to the next one. A ``fixed_date`` term is a month and day of the year in
    which the duty opens or, for a duty of every month, a day of the month in which it opens. Hours run from the end of
    the basis day, since sources give dates.
    """

    basis: Basis
    unit: Unit
    amount: Annotated[int, Field(ge=0, le=1000)]
    day_one: Literal["next_day", "same_day"] = "next_day"
    roll_forward: bool
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None

    @model_validator(mode="after")
    def _fixed_date_is_whole(self) -> Self:
        if (self.unit is Unit.FIXED_DATE) != (self.day is not None) or (self.month is not None and self.day is None):
            raise ValueError(
                "a fixed_date term needs month and day (a monthly one a day), and no other unit may have them"
            )
        if (self.unit is Unit.FIXED_DATE) != (self.basis is Basis.CALENDAR):
            raise ValueError("basis calendar and unit fixed_date belong together")
        if self.month is not None and self.day is not None:
            # 29 February would be owed in some years only; a rule of that kind needs a unit of its own.
            date(2023, self.month, self.day)
        if self.month is None and self.day is not None and self.day > 28:
            raise ValueError(f"February has no day {self.day} in most years; a day of every month is at most 28")
        return self

    @model_validator(mode="after")
    def _day_one_can_be_counted(self) -> Self:
        counted = self.unit in {Unit.DAY, *ON_A_CALENDAR} and self.amount > 0
        if self.day_one == "same_day" and not counted:
            raise ValueError("day_one same_day needs at least one day, working_day or sitting_day to count")
        return self


class Extension(Contract):
    """How far a body may extend the term: ``amount`` of ``unit`` from the due date, or from its own decision to extend.

    A decision taken after the term ran out extends nothing.
    """

    amount: Annotated[int, Field(ge=1, le=1000)]
    unit: Literal[Unit.DAY, Unit.WORKING_DAY, Unit.MONTH]
    counted_from: Literal["due_date", "decision"]


class Stage(Contract):
    """A later stage of the same matter: when this happens, another rule's term begins on that day.

    ``when``: ``fulfilled``, ``extended``, ``expired`` (the term ran out and nothing was done in it), or the name of a
    milestone, such as ``threshold_reached``. Without ``owed_by`` the same body owes it.
    """

    when: Code
    rule: RuleId
    owed_by: BodyId | None = None


class Citation(Contract):
    """Where the norm stands: act, article, the edition that was read, and its address if it has one."""

    act: Annotated[str, StringConstraints(min_length=1)]
    article: Annotated[str, StringConstraints(min_length=1)]
    edition: Annotated[str, StringConstraints(min_length=1)]
    url: Annotated[str, StringConstraints(pattern=r"^https://")] | None = None


RegionLevel = Literal["oblast", "republican_city"]
BodyPattern = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(\.([a-z0-9_-]+|\{region\}))+$", max_length=120)]
"""A body id; ``{region}`` stands for the second half of a region's ISO code, as in ``kz.akimat.{region}``."""


class Schedule(Contract):
    """A duty the calendar itself opens: who owes what to whom, once or for every region of these levels.

    It opens on 1 January of every ``year``, or on the 1st of every ``month`` about the month before. Without ``owed_to`` it
    is owed to the public.
    """

    owed_by: BodyPattern
    owed_to: BodyPattern | None = None
    source: Annotated[str, StringConstraints(pattern=r"^/sources/[a-z0-9/-]+$")]
    regions: tuple[RegionLevel, ...] = ()
    every: Literal["year", "month"] = "year"

    @model_validator(mode="after")
    def _regions_are_named(self) -> Self:
        if ("{region}" in self.owed_by) != bool(self.regions):
            raise ValueError("owed_by names {region} when, and only when, regions are given")
        if "{region}" in (self.owed_to or "") and not self.regions:
            raise ValueError("owed_to names {region}, but no regions are given")
        return self


class Example(Contract):
    """A worked example that a test recounts: from ``on`` the due date is ``due``, as known on ``known``."""

    on: date
    due: date
    known: date | None = None


class Rule(Contract):
    """One version of one rule.

    ``valid_from``/``valid_to`` bound the basis date (law), as far as the text is established; ``known_from`` is when the
    edition became known here. A rule without ``term`` sets no legal deadline. ``extension`` is None where the norm was
    not established: what a source reports is then taken as granted. ``reminder_days``, ``grace_days`` and
    ``very_late_days`` are calendar days around the due date. ``bound`` applicant: the term is the applicant's to use.
    """

    id: RuleId
    version: Annotated[int, Field(ge=1)]
    jurisdiction: Jurisdiction
    kind: Code
    title: LocalText
    zone: ZoneName
    calendar: Code | None
    term: Term | None
    bound: Literal["body", "applicant"] = "body"
    extension: Extension | Literal["forbidden"] | None = None
    pause: Literal["stops", "ignored"] = "stops"
    on_transfer: Literal["continues", "restarts"] = "continues"
    holding_answer_fulfils: bool = False
    opens: tuple[Stage, ...] = ()
    reminder_days: Annotated[int, Field(ge=0, le=60)] = 3
    grace_days: Annotated[int, Field(ge=0, le=365)] = 0
    very_late_days: Annotated[int, Field(ge=1, le=1000)] | None = None
    schedule: Schedule | None = None
    valid_from: date
    valid_to: date | None = None
    known_from: date
    force: Force
    confidence: Confidence
    citation: Citation
    examples: tuple[Example, ...] = ()
    assumptions: tuple[LocalText, ...] = ()
    exclusions: tuple[LocalText, ...] = ()

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        if self.very_late_days is not None and self.very_late_days <= self.grace_days:
            raise ValueError("very_late_days must lie beyond grace_days")
        return self

    @model_validator(mode="after")
    def _calendar_is_there_when_needed(self) -> Self:
        if self.calendar is None and (self._counts_days() or (self.term is not None and self.term.roll_forward)):
            raise ValueError("working days, sitting days or roll-forward need a calendar")
        self._check_schedule()
        return self

    def _check_schedule(self) -> None:
        is_monthly = self.schedule is not None and self.schedule.every == "month"
        if self.term is not None and self.term.day is not None and (self.term.month is None) != is_monthly:
            raise ValueError("a term with a day and no month belongs to a schedule of every month, and to no other")
        if self.schedule is None or (is_monthly and self.term is None):
            return
        if self.term is None or self.term.basis is not Basis.CALENDAR:
            raise ValueError("a schedule needs a term with basis calendar; only a monthly one may name no day")

    def _counts_days(self) -> bool:
        limit = self.extension.unit if isinstance(self.extension, Extension) else None
        return limit is Unit.WORKING_DAY or (self.term is not None and self.term.unit in ON_A_CALENDAR)

    @property
    def may_accuse(self) -> bool:
        """Statutes and standing orders that are verified or secondary may accuse a body; nothing else may."""
        established = self.force is not Force.CONVENTION and self.confidence is not Confidence.UNVERIFIED
        return established and self.bound == "body"
