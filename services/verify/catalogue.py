"""Which views repeat stored rows, which are figures over them, and how each of these is recounted.

Pure. A view that is in neither list must say here why not; a test holds that none is forgotten.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from services.verify.differences import Rows
from services.verify.duty_figures import bodies, daily_flow, overdue, timeliness_by_month, written_questions_by_month
from services.verify.money_figures import (
    budget_execution,
    budget_findings,
    budget_heat,
    budget_lines,
    budget_periods,
    budget_year_end_rush,
)
from services.verify.record_figures import alerts, findings, timeline

Bases = Mapping[str, Rows]

STORED_VIEWS = (
    "events",
    "clocks",
    "sources",
    "calendar_days",
    "obligations",
    "deadline_events",
    "alert_events",
    "finding_events",
    "deliveries",
    "dead_letters",
    "refused_contents",
    "budget_statements",
)
"""Views that show stored rows as they are; each row is held against the truth."""

FIGURES: Mapping[str, Callable[[Bases], Rows]] = MappingProxyType(
    {
        "alerts": alerts,
        "findings": findings,
        "timeline": timeline,
        "bodies": bodies,
        "overdue": overdue,
        "daily_flow": daily_flow,
        "timeliness_by_month": timeliness_by_month,
        "written_questions_by_month": written_questions_by_month,
        "budget_periods": budget_periods,
        "budget_lines": budget_lines,
        "budget_findings": budget_findings,
        "budget_execution": budget_execution,
        "budget_heat": budget_heat,
        "budget_year_end_rush": budget_year_end_rush,
    }
)
"""Views that say something over other rows, in an order in which each finds what it needs."""

NOT_RECOUNTED: Mapping[str, str] = MappingProxyType({})
"""Views that are not recounted, and why."""
