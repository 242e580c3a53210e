"""Budget execution: cumulative statements per budget line and period.

Money is decimal in the unit the event names; nothing here is a float.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, StringConstraints

from schemas.events.registry import EventData, Jurisdiction, ShortText, event_type

FAMILY = "budget"


def _plain(amount: Decimal) -> str:
    return format(amount, "f")


_LIMIT = Decimal(10) ** 24

Money = Annotated[Decimal, Field(gt=-_LIMIT, lt=_LIMIT, decimal_places=6), PlainSerializer(_plain, return_type=str)]
"""A decimal amount below 10^24 either way, far beyond any budget; a string in JSON, up to six decimal places."""

Level = Literal["republican", "local"]
Classification = Literal["administrator", "function", "economic", "tree"]


class BudgetLine(EventData):
    """Identity of a budget line within its fiscal year."""

    jurisdiction: Jurisdiction
    level: Level
    classification: Classification
    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")] | None = None
    code: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    name: ShortText
    fiscal_year: Annotated[int, Field(ge=1990, le=2100)]
    unit: Literal["thousand KZT", "KZT", "GBP", "EUR"]


@event_type("esep.budget.statement.v1", family=FAMILY)
class BudgetStatementV1(BudgetLine):
    """Cumulative snapshot of one line from 1 January to ``period_end`` (inclusive), all measures in ``unit``."""

    period_end: date
    is_total: bool
    approved: Money
    specified: Money
    adjusted: Money
    period_plan_payments: Money
    period_plan_obligations: Money
    paid: Money
    obligations_taken: Money


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
