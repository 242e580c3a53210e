"""The lists of the board "Today in the oversight room": what is due, what is late, and which body stands how.

A part of that board; its filters and the columns of its lists are shared with the other parts.
"""

from grafana_foundation_sdk.builders import barchart, dashboard, table

from dashboards.kit.captions import figure, portal, records
from dashboards.kit.panels import Colour, Column, Unit, bars, coloured, row, rows
from dashboards.kit.sql import DUE_TODAY, IN_WORLD, WORLD_NOW, chosen, query

BY_JURISDICTION = chosen("jurisdiction", "jurisdiction")
BY_BODY = chosen("owed_by", "body")
HERE = f"{IN_WORLD} AND {BY_JURISDICTION} AND {BY_BODY}"
MOST_ROWS = 200

# The world is taken from the row: the pages call the real one '', which no variable of Grafana can be.
_ITS_WORLD = "?world=${__data.fields.simulation}"
OBLIGATION_PAGE = portal("/en/obligations/${__data.fields.obligation_id}" + _ITS_WORLD)
BODY_PAGE = portal("/en/bodies/${__data.fields.owed_by}" + _ITS_WORLD)
RULE_PAGE = portal("/en/rules/${__data.fields.rule_id}")

OBLIGATION_COLUMNS = {
    "simulation": Column("World", hidden=True),
    "owed_by": Column("Body id", hidden=True),
    "owed_by_name": Column("Body", width=260, link=BODY_PAGE),
    "title": Column("What is owed", link=OBLIGATION_PAGE),
    "obligation_id": Column("Obligation", width=170, link=OBLIGATION_PAGE),
    "rule_id": Column("Rule", width=160, link=RULE_PAGE),
    "due_on": Column("Due on", width=110),
}


def with_lists(on: dashboard.Dashboard) -> dashboard.Dashboard:
    """Add the rows "Due and late" and "By body"."""
    return (
        on.with_row(row(20, "Due and late"))
        .with_panel(_due_next())
        .with_panel(_newly_late())
        .with_panel(_overdue())
        .with_row(row(30, "By body"))
        .with_panel(_late_by_body())
        .with_panel(_withheld_by_reason())
        .with_panel(_by_body())
    )


def _due_next() -> table.Panel:
    caption = records(
        21,
        "Due today and soon",
        "Open obligations inside the reminder period of their rule, the nearest first. None of them is late.",
        page="/en/obligations?timeliness=due_soon",
    )
    sql = query(f"""
        SELECT toString(due_on) AS due_on, if({DUE_TODAY}, 'today', '') AS today,
               owed_by, owed_by_name, title, obligation_id, rule_id, simulation
        FROM obligations
        WHERE {HERE} AND (timeliness = 'due_soon' OR {DUE_TODAY})
        ORDER BY due_at, obligation_id LIMIT {MOST_ROWS}
    """)
    return rows(caption, sql, OBLIGATION_COLUMNS | {"today": Column("Today?", width=90)}, span=12)


def _newly_late() -> table.Panel:
    caption = figure(22, "obligations.late", title="Newly late", note="Those whose due date passed within seven days.")
    sql = query(f"""
        SELECT toString(due_on) AS due_on, days_late, owed_by, owed_by_name, title, obligation_id, rule_id,
               simulation
        FROM overdue
        WHERE {HERE} AND due_at > {WORLD_NOW} - INTERVAL 7 DAY
        ORDER BY due_at DESC, obligation_id LIMIT {MOST_ROWS}
    """)
    return rows(caption, sql, OBLIGATION_COLUMNS | {"days_late": _DAYS_LATE}, span=12)


_DAYS_LATE = Column("Days late", Unit.COUNT, width=100)


def _overdue() -> table.Panel:
    caption = figure(
        23,
        "obligations.late",
        title="Late now",
        note="Longest first. `secondary`: the rule's text was not seen.",
    )
    sql = query(f"""
        SELECT days_late, toString(due_on) AS due_on, owed_by, owed_by_name, title, reference,
               obligation_id, rule_id, confidence, simulation
        FROM overdue WHERE {HERE}
        ORDER BY days_late DESC, obligation_id LIMIT {MOST_ROWS}
    """)
    more = {
        "days_late": _DAYS_LATE,
        "reference": Column("Reference", width=150),
        "confidence": Column("Rule known from", width=140),
    }
    return rows(caption, sql, OBLIGATION_COLUMNS | more)


def _late_by_body() -> barchart.Panel:
    caption = figure(31, "obligations.late", title="Late, by body", note="The 15 bodies with most.")
    sql = query(f"""
        SELECT owed_by_name, sum(late) AS late
        FROM bodies WHERE {HERE}
        GROUP BY owed_by, owed_by_name HAVING late > 0 ORDER BY late DESC, owed_by_name LIMIT 15
    """)
    panel = bars(caption, sql, unit=Unit.COUNT)
    coloured(panel, {"late": Colour.CLAIM})
    return panel


def _withheld_by_reason() -> barchart.Panel:
    caption = figure(32, "obligations.withheld", title="Claims withheld, by reason")
    sql = query(f"""
        SELECT withheld_reason, count() AS withheld
        FROM obligations
        WHERE {HERE} AND claim = 'withheld' AND lifecycle NOT IN ('withdrawn', 'retracted')
        GROUP BY withheld_reason ORDER BY withheld DESC, withheld_reason
    """)
    panel = bars(caption, sql, unit=Unit.COUNT)
    coloured(panel, {"withheld": Colour.NOTICE})
    return panel


def _by_body() -> table.Panel:
    caption = records(
        33,
        "Every body",
        "Obligations of each body that owes them now; withdrawn and retracted ones are not counted. "
        "Late and fulfilled late hold published claims only.",
        page="/en/bodies",
    )
    sql = query(f"""
        SELECT owed_by, owed_by_name, jurisdiction, late, due_unobserved, due_soon, open,
               in_time, fulfilled_late, withheld, total, simulation
        FROM bodies WHERE {HERE}
        ORDER BY late DESC, open DESC, owed_by_name LIMIT 500
    """)
    titles = {
        "late": "Late",
        "due_unobserved": "Due, not observed",
        "due_soon": "Due soon",
        "open": "Open",
        "in_time": "In time",
        "fulfilled_late": "Fulfilled late",
        "withheld": "Claims withheld",
        "total": "All",
    }
    columns = {
        "simulation": Column("World", hidden=True),
        "owed_by": Column("Body id", hidden=True),
        "owed_by_name": Column("Body", width=320, link=BODY_PAGE),
        "jurisdiction": Column("Jurisdiction", width=110),
    }
    return rows(caption, sql, columns | {name: Column(title, Unit.COUNT) for name, title in titles.items()})
