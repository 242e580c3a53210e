"""Panels about faults of the budget data: what share of lines is blocked by them, and each of them with its figures.

They speak of sources, never of bodies; the board that shows them is ``budget_execution``.
"""

from grafana_foundation_sdk.builders import stat, table

from dashboards.kit.captions import records
from dashboards.kit.panels import Colour, Column, Unit, number, rows
from dashboards.kit.sql import picked, query

_PAGE = "/en/budget/findings"


def blocked_share(panel_id: int, lines: str) -> stat.Panel:
    """The share of the lines chosen by the condition ``lines`` of which nothing is concluded."""
    caption = records(
        panel_id,
        "Under a fault of the source",
        "Share of the administrators chosen of whom nothing is concluded in this period, because a check of the source "
        "found their line or the whole table at fault.",
        page=_PAGE,
    )
    sql = f"SELECT if(count() = 0, NULL, countIf(blocked) / count()) AS share FROM budget_execution WHERE {lines}"
    return number(caption, sql, unit=Unit.SHARE, colour=Colour.NOTICE)


def faults(panel_id: int, within: str) -> table.Panel:
    """The findings that stand in the world ``within``, those that block first."""
    caption = records(
        panel_id,
        "Faults found in the budget data",
        "Every finding that stands, those that forbid conclusions first. It speaks of the source, never of a body.",
        page=_PAGE,
    )
    sql = query(f"""
        SELECT if(blocks, 'blocks', 'note') AS effect, code, assumeNotNull(period_end) AS period, table_id,
               concat(line_code, ' ', line_name) AS line, measure, expected, seen, raised_at
        FROM budget_findings
        WHERE {within} AND {picked("jurisdiction", "jurisdiction")} AND {picked("level", "level")}
              AND period_end IS NOT NULL
        ORDER BY blocks DESC, period DESC, code, finding_id LIMIT 500
    """)
    columns = {
        "effect": Column("Effect", width=80),
        "code": Column("What", width=240),
        "period": Column("Period to", width=110),
        "table_id": Column("Table", width=220),
        "line": Column("Line"),
        "measure": Column("Measure", width=140),
        "expected": Column("Expected", width=140),
        "seen": Column("Seen", width=140),
        "raised_at": Column("Since (UTC)", width=170),
    }
    return rows(caption, sql, columns)
