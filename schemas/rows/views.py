"""What makes a row of each view one row: the columns that name it, so that two readings can be held side by side.

Names only; what the views say is in ``schemas/warehouse/views``.
"""

from collections.abc import Mapping
from types import MappingProxyType

VIEW_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "events": ("event_id",),
        "obligations": ("obligation_id",),
        "deadline_events": ("event_id",),
        "alert_events": ("event_id",),
        "finding_events": ("event_id",),
        "deliveries": ("event_id",),
        "dead_letters": ("event_id",),
        "refused_contents": ("event_id", "sha256"),
        "budget_statements": ("line_id", "period_end"),
        "calendar_days": ("calendar", "day"),
        "clocks": ("simulation",),
        "sources": ("simulation", "source_id"),
        "alerts": ("alert_id",),
        "findings": ("finding_id",),
        "timeline": ("kind_of_entry", "event_id"),
        "overdue": ("obligation_id",),
        "bodies": ("simulation", "jurisdiction", "owed_by"),
        "daily_flow": ("simulation", "jurisdiction", "day"),
        "timeliness_by_month": ("simulation", "jurisdiction", "kind", "rule_id", "month"),
        "written_questions_by_month": ("simulation", "rule_id", "month"),
        "budget_periods": ("simulation", "jurisdiction", "level", "classification", "region", "period_end"),
        "budget_lines": ("simulation", "line_id"),
        "budget_findings": ("finding_id",),
        "budget_execution": ("line_id", "period_end"),
        "budget_heat": ("line_id", "period_end"),
        "budget_year_end_rush": ("line_id", "fiscal_year"),
    }
)
"""The key of every view, by its name; a test holds that no view is left out and that each key is one."""


def key_of(view: str, row: Mapping[str, object]) -> str:
    """The name of a row within its view: its key columns, separated by spaces.

    Raises: KeyError for a view or a column that is not known.
    """
    return " ".join(str(row[column]) for column in VIEW_KEYS[view])
