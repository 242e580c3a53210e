"""The last rows of the board "Today in the oversight room": how sure we are, and what was announced.

A part of that board: sources, findings, alerts, deliveries, dead letters.
"""

from grafana_foundation_sdk.builders import dashboard, stat, table

from dashboards.boards.oversight_lists import BY_BODY, MOST_ROWS, OBLIGATION_COLUMNS
from dashboards.kit.captions import figure, records
from dashboards.kit.panels import Colour, Column, Unit, number, row, rows
from dashboards.kit.sql import IN_WORLD, WORLD_NOW, query


def with_sources(on: dashboard.Dashboard) -> dashboard.Dashboard:
    """Add the rows "How sure we are" and "Alerts"."""
    return (
        on.with_row(row(50, "How sure we are"))
        .with_panel(_sources())
        .with_panel(_findings())
        .with_row(row(60, "Alerts"))
        .with_panel(_alerts())
        .with_panel(_failed_deliveries())
        .with_panel(_not_understood())
    )


def _sources() -> table.Panel:
    caption = figure(
        51,
        "sources.age",
        title="Freshness of sources",
        note="Behind: the age, less the delay the source declares.",
    )
    sql = query(f"""
        SELECT source_id, read_up_to,
               greatest(0, dateDiff('second', read_up_to, {WORLD_NOW})) AS age_s,
               lag_s, greatest(0, age_s - toInt64(lag_s)) AS behind_s
        FROM sources WHERE {IN_WORLD} ORDER BY behind_s DESC, source_id LIMIT {MOST_ROWS}
    """)
    columns = {
        "source_id": Column("Source"),
        "read_up_to": Column("Read completely up to (UTC)", width=200),
        "age_s": Column("Age", Unit.SECONDS, width=110),
        "lag_s": Column("Declared delay", Unit.SECONDS, width=130),
        "behind_s": Column("Behind", Unit.SECONDS, width=110),
    }
    return rows(caption, sql, columns, span=12)


def _findings() -> table.Panel:
    sql = query(f"""
        SELECT severity, code, source_id, finding_id, params, raised_at
        FROM findings WHERE {IN_WORLD} AND state = 'raised'
        ORDER BY raised_at DESC, finding_id LIMIT {MOST_ROWS}
    """)
    columns = {
        "severity": Column("Severity", width=90),
        "code": Column("What", width=200),
        "source_id": Column("Source", width=200),
        "finding_id": Column("About"),
        "params": Column("Figures"),
        "raised_at": Column("Since (UTC)", width=170),
    }
    return rows(figure(52, "findings.open"), sql, columns, span=12)


def _alerts() -> table.Panel:
    caption = records(
        61,
        "Alerts that stand",
        "Raised the moment a claim is published, cleared when it ends. "
        "One about a moment long past is recorded only and sent to nobody.",
        page="/en/overdue",
    )
    sql = query(f"""
        SELECT severity, state, toString(due_on) AS due_on, owed_by, owed_by_name, title, obligation_id,
               rule_id, if(backfill, 'recorded only', 'sent') AS announced, changed_at, simulation
        FROM alerts WHERE {IN_WORLD} AND {BY_BODY} AND state IN ('raised', 'escalated')
        ORDER BY changed_at DESC, alert_id LIMIT {MOST_ROWS}
    """)
    more = {
        "severity": Column("Severity", width=90),
        "state": Column("State", width=90),
        "announced": Column("Announced", width=120),
        "changed_at": Column("Since (UTC)", width=170),
    }
    return rows(caption, sql, OBLIGATION_COLUMNS | more, span=16)


def _failed_deliveries() -> stat.Panel:
    caption = records(
        62,
        "Deliveries that failed",
        "Attempts in the time range above to hand an alert to a channel; a later one may have succeeded.",
        page="/en/about",
    )
    sql = f"""SELECT count() AS failed FROM deliveries
WHERE {IN_WORLD} AND state = 'failed' AND $__timeFilter(happened_at)"""
    return number(caption, sql, colour=Colour.CAUTION)


def _not_understood() -> stat.Panel:
    caption = figure(63, "dead_letters.count", note="All of them, whatever the time range; they belong to no world.")
    return number(caption, "SELECT count() AS not_understood FROM dead_letters", colour=Colour.CAUTION)
