"""Budget execution: cumulative statements per budget line and period.

Money is decimal in the unit the event names; nothing here is a float.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, PlainSerializer, StringConstraints, model_validator

from schemas.events.registry import EventData, Jurisdiction, ShortText, event_type

FAMILY = "budget"


def _plain(amount: Decimal) -> str:
    return format(amount, "f")


_LIMIT = Decimal(10) ** 24

Money = Annotated[Decimal, Field(gt=-_LIMIT, lt=_LIMIT, decimal_places=6), PlainSerializer(_plain, return_type=str)]
"""A decimal amount below 10^24 either way, far beyond any budget; a string in JSON, up to six decimal places."""

Share = Annotated[Decimal, Field(gt=-_LIMIT, lt=_LIMIT, decimal_places=20), PlainSerializer(_plain, return_type=str)]
"""A ratio as a source states it, with as many digits as it gives; a string in JSON."""

Level = Literal["republican", "local"]
Classification = Literal["administrator", "function", "economic", "tree"]


class BudgetEvent(EventData):
    """Something about one budget: that of a jurisdiction, or of one region of it. All of it shares a partition."""

    jurisdiction: Jurisdiction
    level: Level
    classification: Classification
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    fiscal_year: Annotated[int, Field(ge=1990, le=2100)]

    def place(self, subject: str) -> str:
        """The budget, so that what is found across its lines and classifications is found in one place."""
        return f"{self.jurisdiction}/{self.level}/{self.region or '-'}"


class BudgetLine(BudgetEvent):
    """Identity of a budget line within its fiscal year.

    A line of a tree is identified by the names from the root down to itself, ``path``; its code may repeat or be blank.
    """

    code: Annotated[str, StringConstraints(max_length=200)]
    name: ShortText
    path: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=12)] | None = None
    unit: Literal["thousand KZT", "KZT", "GBP", "EUR"]

    @model_validator(mode="after")
    def _is_identified(self) -> Self:
        if (self.path is not None) != (self.classification == "tree"):
            raise ValueError("a path is given for lines of a tree, and for no others")
        if not self.code and self.path is None:
            raise ValueError("code is blank; only a line of a tree may lack one")
        if self.path is not None and self.path[-1] != self.name:
            raise ValueError("the path must end with the line's own name")
        return self


@event_type("esep.budget.statement.v1", family=FAMILY)
class BudgetStatementV1(BudgetLine):
    """Cumulative snapshot of one line from 1 January to ``period_end`` (inclusive), all measures in ``unit``.

    ``stated_*`` is arithmetic the source published beside its figures, kept to be checked: shares in percent.
    """

    period_end: date
    is_total: bool
    approved: Money
    specified: Money
    adjusted: Money
    period_plan_payments: Money
    period_plan_obligations: Money
    paid: Money
    obligations_taken: Money
    stated_of_period_plan: Share | None = None
    stated_of_adjusted: Share | None = None
    stated_outstanding: Share | None = None


@event_type("esep.budget.period_published.v1", family=FAMILY)
class BudgetPeriodPublishedV1(BudgetEvent):
    """The source has published a period of one table completely: ``lines`` statements, none of them missing.

    Only from here on is the period compared with others; before it a line that is not there may still be on its way.
    """

    period_end: date
    lines: Annotated[int, Field(ge=0)]


@event_type("esep.budget.approved.v1", family=FAMILY)
class BudgetApprovedV1(BudgetLine):
    """The appropriation of one line as enacted."""

    approved_on: date
    amount: Money


@event_type("esep.budget.amended.v1", family=FAMILY)
class BudgetAmendedV1(BudgetLine):
    """The appropriation of one line as amended; ``amount`` is the new total."""

    amended_on: date
    amount: Money


@event_type("esep.budget.paid.v1", family=FAMILY)
class BudgetPaidV1(BudgetLine):
    """One payment against a line, where a treasury publishes transactions."""

    paid_on: date
    amount: Money
    reference: Annotated[str, StringConstraints(min_length=1, max_length=80)]
