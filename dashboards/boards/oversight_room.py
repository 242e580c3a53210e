"""The board "Today in the oversight room": what is owed, due and late now, by whom, and how sure we are.

Numbers and charts stand here, lists and sources in modules of their own. Queries read views only.
"""

from grafana_foundation_sdk.builders import dashboard, stat, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.boards.oversight_lists import BY_JURISDICTION, HERE, with_lists
from dashboards.boards.oversight_sources import with_sources
from dashboards.kit.boards import frame, world_clock, world_label
from dashboards.kit.captions import figure, records
from dashboards.kit.panels import Colour, Unit, coloured, number, row, series
from dashboards.kit.sql import DUE_TODAY, IN_WORLD, query
from dashboards.kit.variables import many_of, portal_address, world
from schemas.metrics import MINIMUM_N

UID = "esep-oversight-room"


def board() -> Dashboard:
    """The whole board."""
    empty = (
        frame(
            UID,
            "Today in the oversight room",
            "What is owed to parliament and public now: due, late, withheld, and how fresh the sources are.",
            since="now-90d",
        )
        .with_variable(world("obligations"))
        .with_variable(_jurisdictions())
        .with_variable(_bodies())
        .with_variable(portal_address())
    )
    return with_sources(_with_flow(with_lists(_with_numbers(empty)))).build()


def _jurisdictions() -> dashboard.QueryVariable:
    sql = f"SELECT DISTINCT jurisdiction FROM bodies WHERE {IN_WORLD} ORDER BY jurisdiction"
    return many_of("jurisdiction", "Jurisdiction", sql)


def _bodies() -> dashboard.QueryVariable:
    sql = f"""
        SELECT owed_by AS value, any(owed_by_name) AS text
        FROM bodies WHERE {IN_WORLD} AND {BY_JURISDICTION}
        GROUP BY owed_by ORDER BY text
    """
    return many_of("body", "Body", sql)


def _with_numbers(on: dashboard.Dashboard) -> dashboard.Dashboard:
    about = "Numbers stand as of this world's clock; charts follow the time range above."
    on = on.with_panel(world_label(1, about)).with_panel(world_clock(2))
    for panel in (_owed(), _due_today(), _due_soon(), _late(), _due_unobserved(), _withheld()):
        on = on.with_panel(panel)
    return on


def _owed() -> stat.Panel:
    sql = f"SELECT sum(open) AS owed FROM bodies WHERE {HERE}"
    return number(figure(11, "obligations.open"), sql)


def _due_today() -> stat.Panel:
    sql = f"SELECT count() AS due_today FROM obligations WHERE {HERE} AND {DUE_TODAY}"
    return number(figure(12, "obligations.due_today"), sql, colour=Colour.CAUTION)


def _due_soon() -> stat.Panel:
    caption = records(
        13,
        "Due soon",
        "Open obligations inside the reminder period of their rule, today's included. None of them is late.",
        page="/en/obligations?timeliness=due_soon",
    )
    sql = f"SELECT sum(due_soon) AS due_soon FROM bodies WHERE {HERE}"
    return number(caption, sql, colour=Colour.NOTICE)


def _late() -> stat.Panel:
    sql = f"SELECT count() AS late FROM overdue WHERE {HERE}"
    return number(figure(14, "obligations.late"), sql, colour=Colour.CLAIM)


def _due_unobserved() -> stat.Panel:
    sql = f"SELECT sum(due_unobserved) AS due_unobserved FROM bodies WHERE {HERE}"
    return number(figure(15, "obligations.due_unobserved"), sql, colour=Colour.CAUTION)


def _withheld() -> stat.Panel:
    sql = f"SELECT sum(withheld) AS withheld FROM bodies WHERE {HERE}"
    return number(figure(16, "obligations.withheld"), sql, colour=Colour.NOTICE)


def _with_flow(on: dashboard.Dashboard) -> dashboard.Dashboard:
    return on.with_row(row(40, "Over time")).with_panel(_flow()).with_panel(_late_share())


def _flow() -> timeseries.Panel:
    caption = records(
        41,
        "Filed, fell due, closed, became late, per day",
        "Counted on local legal dates, as the record stands now. The choice of bodies does not apply here.",
        page="/en/about",
    )
    sql = query(f"""
        SELECT toDateTime(day, 'UTC') AS time, sum(filed) AS filed, sum(fell_due) AS fell_due,
               sum(closed) AS closed, sum(became_late) AS became_late
        FROM daily_flow
        WHERE {IN_WORLD} AND {BY_JURISDICTION} AND $__dateFilter(day)
        GROUP BY time ORDER BY time
    """)
    panel = series(caption, sql, unit=Unit.COUNT, points=True)
    coloured(panel, {"became_late": Colour.CLAIM, "closed": Colour.GOOD})
    return panel


def _late_share() -> timeseries.Panel:
    caption = figure(
        42,
        "timeliness.late_share",
        note="By rule and month of filing. A month in which some are still undecided may yet rise.",
    )
    sql = query(f"""
        SELECT toDateTime(month, 'UTC') AS time, rule_id AS rule, sum(not_in_time) / sum(n) AS share
        FROM timeliness_by_month
        WHERE {IN_WORLD} AND {BY_JURISDICTION} AND late_share IS NOT NULL AND $__dateFilter(month)
        GROUP BY time, rule HAVING sum(n) >= {MINIMUM_N} ORDER BY time, rule
    """)
    return series(caption, sql, unit=Unit.SHARE, points=True)
