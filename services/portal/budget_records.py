"""What the portal hands out about money: budget lines, published periods, findings, with measure and phase of each amount.

``phase`` is a term of the Fiscal Data Package: approved, adjusted or executed. How rows are found is not their business.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from services.portal.records import Instant, Money, Record, Simulation

Phase = Literal["approved", "adjusted", "executed"]


def _measure(phase: Phase, says: str) -> Any:  # noqa: ANN401  # what pydantic's Field returns
    return Field(description=f"{says} Phase: {phase}.", json_schema_extra={"phase": phase})


Approved = Annotated[Money, _measure("approved", "The annual plan as enacted by law.")]
Specified = Annotated[Money, _measure("adjusted", "The annual plan as the law was amended.")]
Adjusted = Annotated[Money, _measure("adjusted", "The annual plan with every change made by the end of the period.")]
PlannedPayments = Annotated[Money, _measure("adjusted", "Payments planned from 1 January to the end of the period.")]
PlannedObligations = Annotated[
    Money, _measure("adjusted", "Obligations planned from 1 January to the end of the period.")
]
Paid = Annotated[Money, _measure("executed", "Paid from 1 January to the end of the period.")]
Obligations = Annotated[Money, _measure("executed", "Obligations taken from 1 January to the end of the period.")]
Blocked = Annotated[
    bool, Field(description="Whether a fault of the source forbids conclusions about execution; shares are then null.")
]
BlockedBy = Annotated[str, Field(description="Codes of the findings that block, separated by spaces.")]


class BudgetLineRecord(Record):
    """The latest statement of one budget line for one period, cumulative from 1 January, in ``unit``.

    A line of a tree is named by ``path``, a JSON array of the names from the root down; it is empty for other lines.
    """

    line_id: str
    period_end: date
    simulation: Simulation
    jurisdiction: str
    level: str
    classification: str
    region: str
    code: str
    name: str
    path: str
    depth: int
    fiscal_year: int
    unit: str
    is_total: bool
    approved: Approved
    specified: Specified
    adjusted: Adjusted
    period_plan_payments: PlannedPayments
    period_plan_obligations: PlannedObligations
    paid: Paid
    obligations_taken: Obligations
    observed_at: Instant
    blocked: Blocked
    blocked_by: BlockedBy


class BudgetExecutionRecord(BudgetLineRecord):
    """A budget line with its shares; null where the source has nothing to divide by, and where it is blocked."""

    executed_of_approved: float | None
    executed_of_period_plan: float | None
    commitments_outstanding: Money


class BudgetFindingRecord(Record):
    """A fault of a budget table that still stands: of one line, or of the whole table where ``line_id`` is empty.

    It speaks of the source, never of a body's conduct. ``expected``, ``seen`` and ``difference`` are as the check
    wrote them, in the unit of the table.
    """

    finding_id: str
    simulation: Simulation
    code: str
    severity: str
    blocks: Annotated[bool, Field(description="Whether it forbids conclusions about execution.")]
    jurisdiction: str
    level: str
    classification: str
    region: str
    table_id: str
    period_end: date | None
    line_id: str
    line_code: str
    line_name: str
    successors: Annotated[str, Field(description="Codes of those who took over from the line, separated by spaces.")]
    measure: str
    expected: str
    seen: str
    difference: str
    other: Annotated[str, Field(description="The table it was compared with.")]
    since: str
    lines: str
    missing: Annotated[str, Field(description="Months that were never published, separated by spaces.")]
    source_id: str
    raised_at: Instant
    changed_at: Instant


class BudgetPeriodRecord(Record):
    """A period of one table that its source published whole; ``age_days`` is how old it is on the clock of the world."""

    simulation: Simulation
    jurisdiction: str
    level: str
    classification: str
    region: str
    fiscal_year: int
    period_end: date
    lines: int
    source_id: str
    published_at: Instant
    is_latest: bool
    age_days: int | None


class Head(Record):
    """One line as it entered an indicator; ``expected`` is its appropriation moved as the whole has moved."""

    line_id: str
    name: str
    approved: Money
    paid: Money
    expected: Money


class PefaYear(Record):
    """One indicator in one year: ``percent``, or ``reason`` and the ``findings`` why there is none.

    ``heads`` are the rows it was computed from, their sums ``approved`` and ``paid`` in ``unit``.
    """

    simulation: Simulation
    jurisdiction: str
    level: str
    indicator: str
    fiscal_year: int
    percent: Money | None
    reason: str
    findings: tuple[str, ...]
    approved: Money | None
    paid: Money | None
    unit: str
    rows: Annotated[tuple[str, ...], Field(description="Ids of the lines used.")]
    heads: tuple[Head, ...]
    standing: str = "own arithmetic, not an official score"


class PefaScore(Record):
    """One indicator over three completed years: a ``letter`` when all three could be computed, else only bounds."""

    simulation: Simulation
    jurisdiction: str
    level: str
    indicator: str
    first_year: int
    last_year: int
    letter: str | None
    best: str
    worst: str
    standing: str = "own arithmetic, not an official score"
