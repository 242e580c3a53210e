"""Query parameters of pages and API, declared once: their form, their bounds, and what they mean.

An empty value is no value, since forms send empty fields. What is wrong here never reaches a query.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, TypeVar

from fastapi import Depends, Query
from pydantic import BeforeValidator, StringConstraints

from schemas.events.states import Claim, Lifecycle, Timeliness
from services.portal.listings import MAX_LIMIT, Value

ParamT = TypeVar("ParamT")


def _blank(value: object) -> object:
    return None if value == "" else value


def _limit(value: object) -> int | str:
    text = str(value)
    if text == "all":
        return text
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT):
        raise ValueError(f"give a number from 1 to {MAX_LIMIT}, or all for a download")
    return int(text)


_Blank = BeforeValidator(_blank)
_CODE = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$"
_BODY = r"^[a-z]{2}(\.[a-z0-9_-]+)+$"

World = Annotated[
    Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]*)?$", max_length=40)] | None,
    Query(description="Which record: empty for the real one, or the name of a simulation. Default: the one with data."),
]
Body = Annotated[
    Annotated[str, StringConstraints(pattern=_BODY, max_length=120)] | None,
    _Blank,
    Query(description="Id of the body that owes it, such as kz.gov."),
]
Kind = Annotated[
    Annotated[str, StringConstraints(pattern=_CODE, max_length=120)] | None,
    _Blank,
    Query(description="Kind of obligation, such as inquiry.deputy."),
]
InLifecycle = Annotated[Lifecycle | None, _Blank, Query(description="Where it stands in its life.")]
InTimeliness = Annotated[Timeliness | None, _Blank, Query(description="How it stands against its deadline.")]
InClaim = Annotated[Claim | None, _Blank, Query(description="Whether lateness is claimed, or withheld.")]
Owed = Annotated[bool | None, _Blank, Query(description="Still owed: open or only partly fulfilled.")]
Jurisdiction = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] | None, _Blank, Query(description="Country code.")
]
Region = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None,
    _Blank,
    Query(description="ISO 3166-2 code of a region."),
]
Since = Annotated[date | None, _Blank, Query(description="Local date, inclusive, as 2026-01-31.")]
DueOn = Annotated[date | None, _Blank, Query(description="Due on exactly this local date.")]
State = Annotated[
    Literal["raised", "escalated", "cleared"] | None, _Blank, Query(description="State, as it stands now.")
]
Severity = Annotated[
    Literal["info", "warning", "error", "critical"] | None, _Blank, Query(description="How grave it is.")
]
Code = Annotated[
    Annotated[str, StringConstraints(pattern=_CODE, max_length=120)] | None, _Blank, Query(description="Its code.")
]
RuleId = Annotated[
    Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(\.[a-z0-9_]+)+$", max_length=120)] | None,
    _Blank,
    Query(description="Id of a rule, such as kz.inquiry.answer."),
]
SourceId = Annotated[
    Annotated[str, StringConstraints(pattern=r"^/[a-z0-9][a-z0-9/_.-]*$", max_length=200)] | None,
    _Blank,
    Query(description="Id of a source, such as /sources/uk-written-questions/2023-12."),
]
BudgetCode = Annotated[
    Annotated[str, StringConstraints(max_length=200)] | None, _Blank, Query(description="Code of the line.")
]
FiscalYear = Annotated[
    Annotated[int, Query(ge=1990, le=2100)] | None, _Blank, Query(description="Fiscal year of the line.")
]
PeriodEnd = Annotated[date | None, _Blank, Query(description="Last day of the period, as 2026-01-31.")]
Level = Annotated[Literal["republican", "local"] | None, _Blank, Query(description="Level of the budget.")]
Classification = Annotated[
    Literal["administrator", "function", "economic", "tree"] | None,
    _Blank,
    Query(description="By what the budget is divided."),
]
Blocked = Annotated[
    bool | None, _Blank, Query(description="Whether a fault of the source forbids conclusions about execution.")
]
FindingCode = Annotated[
    Annotated[str, StringConstraints(pattern=r"^budget\.[a-z_]+$", max_length=60)] | None,
    _Blank,
    Query(description="Code of a finding about a budget table, such as budget.cumulative_fell."),
]
Cursor = Annotated[
    Annotated[str, StringConstraints(max_length=1000)] | None,
    _Blank,
    Query(description="next_cursor of the previous answer."),
]
Limit = Annotated[
    int | Literal["all"],
    BeforeValidator(_limit),
    Query(description=f"Rows per answer, at most {MAX_LIMIT}; `all` for a whole list in a download format."),
]
Format = Annotated[
    Literal["json", "csv", "parquet"], Query(description="`csv` and `parquet` are downloads of the same columns.")
]


@dataclass(frozen=True, slots=True)
class ObligationFilters:
    """How a list of obligations may be narrowed, on pages and in the API alike."""

    lifecycle: InLifecycle = None
    timeliness: InTimeliness = None
    claim: InClaim = None
    owed: Owed = None
    body: Body = None
    kind: Kind = None
    jurisdiction: Jurisdiction = None
    region: Region = None
    since: Since = None
    due_on: DueOn = None

    def given(self) -> dict[str, Value]:
        """The filters a reader set."""
        return given(**{name: getattr(self, name) for name in self.__slots__})


OwedFilters = Annotated[ObligationFilters, Depends()]


@dataclass(frozen=True, slots=True)
class BudgetLineFilters:
    """How lists of budget lines may be narrowed."""

    period_end: PeriodEnd = None
    fiscal_year: FiscalYear = None
    jurisdiction: Jurisdiction = None
    level: Level = None
    region: Region = None
    classification: Classification = None
    code: BudgetCode = None
    blocked: Blocked = None

    def given(self) -> dict[str, Value]:
        """The filters a reader set."""
        return given(**{name: getattr(self, name) for name in self.__slots__})


LineFilters = Annotated[BudgetLineFilters, Depends()]


def given(**parameters: Value | None) -> dict[str, Value]:
    """The parameters a reader gave, as plain values."""
    return {
        name: value.value if isinstance(value, Lifecycle | Timeliness | Claim) else value
        for name, value in parameters.items()
        if value is not None
    }
