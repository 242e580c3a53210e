"""The board "Budget execution": what each administrator was given, what it paid, and what share that is.

Its queries stand here, over views only. Where the plan is zero there is no share, and none is made up.
"""

from grafana_foundation_sdk.builders import barchart, dashboard, stat, table, timeseries
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.boards.budget_faults import blocked_share, faults
from dashboards.kit.boards import frame, world_label
from dashboards.kit.captions import figure, portal, records
from dashboards.kit.panels import Colour, Column, Unit, bars, coloured, number, row, rows, series, words
from dashboards.kit.sql import IN_WORLD, chosen, picked, query
from dashboards.kit.variables import many_of, one_of, portal_address, world

UID = "esep-budget-execution"

_NO_REGION = "-"
_REGION = f"if(region = '', '{_NO_REGION}', region)"
_PAGE = "/en/budget"
_LINE_PAGE = portal("/en/budget/${__data.fields.line_id}?world=${__data.fields.simulation}")

_TABLE = f"{IN_WORLD} AND classification = 'administrator'"
_LEVEL = f"{_TABLE} AND {picked('jurisdiction', 'jurisdiction')} AND {picked('level', 'level')}"
_PLACE = f"{_LEVEL} AND {picked(_REGION, 'region')}"
_YEAR = f"{_PLACE} AND {picked('toString(fiscal_year)', 'fiscal_year')}"
_LINES = f"NOT is_total AND {chosen('code', 'administrator')}"
_NOW = f"{_YEAR} AND {picked('toString(period_end)', 'period')} AND {_LINES}"
_EVER = f"{_PLACE} AND {_LINES} AND $__dateFilter(period_end)"

_FACTOR = "if(unit = 'thousand KZT', 1000, 1)"
_CURRENCY = "if(unit = 'thousand KZT', 'KZT', unit)"
_ONE_CURRENCY = f"uniqExact({_CURRENCY}) = 1"


def _whole(amount: str) -> str:
    """An amount in whole currency units. A float: it is drawn, never added up further."""
    return f"toFloat64({amount}) * {_FACTOR}"


def _sum(amount: str) -> str:
    return f"sum({_whole(amount)})"


_PERIOD_PLAN = f"nullIf({_sum('period_plan_payments')}, 0)"
"""None where the source has no plan for the period, which it writes as 0 in every row."""


def board() -> Dashboard:
    """The whole board."""
    about = (
        "Amounts are cumulative from 1 January to the end of the chosen period. "
        "Tables show the source's own unit; numbers and charts show whole currency units."
    )
    on = (
        frame(
            UID,
            "Budget execution",
            "By administrator: approved, adjusted, paid, the share paid. No percentage of a zero plan.",
            since="now-5y",
        )
        .with_variable(world("budget_execution"))
        .with_variable(_choice("jurisdiction", "Jurisdiction", "jurisdiction", _TABLE))
        .with_variable(
            _choice(
                "level",
                "Level",
                "level",
                f"{_TABLE} AND {picked('jurisdiction', 'jurisdiction')}",
                latest_first=True,
            )
        )
        .with_variable(_choice("region", "Region", _REGION, _LEVEL))
        .with_variable(_choice("fiscal_year", "Fiscal year", "toString(fiscal_year)", _PLACE, latest_first=True))
        .with_variable(_choice("period", "Period to", "toString(period_end)", _YEAR, latest_first=True))
        .with_variable(_administrators())
        .with_variable(portal_address())
        .with_panel(world_label(1, about))
        .with_panel(_what_is_shown())
    )
    return _with_months(_with_administrators(_with_numbers(on))).build()


def _choice(
    name: str, label: str, expression: str, within: str, *, latest_first: bool = False
) -> dashboard.QueryVariable:
    order = "DESC" if latest_first else "ASC"
    sql = f"SELECT DISTINCT {expression} AS value FROM budget_execution WHERE {within} ORDER BY value {order}"
    return one_of(name, label, sql)


def _administrators() -> dashboard.QueryVariable:
    sql = f"""
        SELECT code AS value, concat(code, ' ', argMax(name, period_end)) AS text
        FROM budget_execution WHERE {_YEAR} AND NOT is_total
        GROUP BY code ORDER BY code
    """
    return many_of("administrator", "Administrator", sql)


def _what_is_shown() -> stat.Panel:
    caption = records(
        2,
        "Shown",
        "The currency of numbers and charts, and how many administrators the source lists in this period.",
        page=_PAGE,
    )
    sql = query(f"""
        SELECT {_CURRENCY} AS currency, concat(toString(count()), ' administrators') AS lines
        FROM budget_execution WHERE {_NOW} GROUP BY currency ORDER BY currency
    """)
    return words(caption, sql, span=8)


def _with_numbers(on: dashboard.Dashboard) -> dashboard.Dashboard:
    amounts = (
        (11, "Approved", _sum("approved"), "The annual plan as enacted."),
        (12, "Adjusted", _sum("adjusted"), "The annual plan as amended by the end of the period."),
        (13, "Planned for the period", _PERIOD_PLAN, "Payments planned from 1 January to its end."),
        (14, "Paid", _sum("paid"), "Paid from 1 January to the end of the period."),
    )
    for panel_id, title, total, says in amounts:
        on = on.with_panel(_amount(panel_id, title, total, says))
    return on.with_panel(_executed()).with_panel(_without_plan()).with_panel(blocked_share(17, _NOW))


def _amount(panel_id: int, title: str, total: str, says: str) -> stat.Panel:
    caption = records(
        panel_id,
        title,
        f"{says} Summed over the administrators chosen, the source's own total line left out.",
        page=_PAGE,
    )
    # Two currencies do not add up: then there is no figure.
    sql = f"SELECT if({_ONE_CURRENCY}, {total}, NULL) AS amount FROM budget_execution WHERE {_NOW}"
    return number(caption, sql, unit=Unit.AMOUNT, span=3)


def _executed() -> stat.Panel:
    caption = figure(
        15,
        "budget.executed_of_approved",
        note="Over the administrators chosen, taken together; those under a fault of the source are left out.",
    )
    sql = query(f"""
        SELECT if(adds_up AND approved_sum > 0, paid_sum / approved_sum, NULL) AS share
        FROM (
            SELECT {_ONE_CURRENCY} AS adds_up, {_sum("paid")} AS paid_sum, {_sum("approved")} AS approved_sum
            FROM budget_execution WHERE {_NOW} AND NOT blocked)
    """)
    return number(caption, sql, unit=Unit.SHARE)


def _without_plan() -> stat.Panel:
    caption = records(
        16,
        "Without an approved plan",
        "Administrators with nothing approved, for whom no share is computed: new, merged, or closed bodies, "
        "or a fault of the source.",
        page=_PAGE,
    )
    sql = f"SELECT count() AS lines FROM budget_execution WHERE {_NOW} AND NOT blocked AND executed_of_approved IS NULL"
    return number(caption, sql, colour=Colour.NOTICE)


def _with_administrators(on: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        on.with_row(row(20, "By administrator"))
        .with_panel(_least_executed())
        .with_panel(_largest())
        .with_panel(_every_administrator())
    )


def _least_executed() -> barchart.Panel:
    caption = figure(
        21,
        "budget.executed_of_approved",
        title="Least paid, of the approved plan",
        note="The 20 lowest. Left out: who has nothing approved, whose plan was taken away since, and every line under "
        "a fault of the source.",
    )
    sql = query(f"""
        SELECT concat(code, ' ', name) AS administrator, executed_of_approved
        FROM budget_execution WHERE {_NOW} AND executed_of_approved IS NOT NULL AND adjusted > 0
        ORDER BY executed_of_approved, code LIMIT 20
    """)
    return bars(caption, sql, unit=Unit.SHARE, height=16)


def _largest() -> barchart.Panel:
    caption = records(
        22,
        "Approved, adjusted, paid: the 10 largest",
        "By adjusted plan. After a reorganisation one may have an adjusted plan and nothing approved.",
        page=_PAGE,
    )
    sql = query(f"""
        SELECT concat(code, ' ', name) AS administrator, {_whole("approved")} AS approved_plan,
               {_whole("adjusted")} AS adjusted_plan, {_whole("paid")} AS paid_so_far
        FROM budget_execution WHERE {_NOW}
        ORDER BY adjusted_plan DESC, code LIMIT 10
    """)
    return bars(caption, sql, unit=Unit.AMOUNT, height=16)


def _every_administrator() -> table.Panel:
    caption = records(
        23,
        "Every administrator",
        "In the source's own unit. A share with no plan under it is not a zero: it says no figure.",
        page=_PAGE,
    )
    amounts = {
        "approved": "Approved",
        "specified": "Specified",
        "adjusted": "Adjusted",
        "period_plan": "Planned for the period",
        "paid": "Paid",
        "obligations_taken": "Obligations taken",
        "outstanding": "Taken, not yet paid",
    }
    sql = query(f"""
        SELECT code, name, toFloat64(approved) AS approved, toFloat64(specified) AS specified,
               toFloat64(adjusted) AS adjusted, toFloat64(period_plan_payments) AS period_plan,
               toFloat64(paid) AS paid, executed_of_approved, executed_of_period_plan, blocked_by,
               toFloat64(obligations_taken) AS obligations_taken,
               toFloat64(commitments_outstanding) AS outstanding, unit, line_id, simulation
        FROM budget_execution WHERE {_NOW}
        ORDER BY code
    """)
    columns = {
        "code": Column("Code", width=70),
        "name": Column("Administrator", width=320, link=_LINE_PAGE),
        "executed_of_approved": Column("Paid / approved", Unit.SHARE, width=120),
        "executed_of_period_plan": Column("Paid / period plan", Unit.SHARE, width=130),
        "blocked_by": Column("Faults of the source", width=240),
        "unit": Column("Unit", width=120),
        "line_id": Column("Line", hidden=True),
        "simulation": Column("World", hidden=True),
    }
    shown = columns | {name: Column(title, Unit.COUNT) for name, title in amounts.items()}
    return rows(caption, sql, shown, height=14)


def _with_months(on: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        on.with_row(row(30, "Month by month"))
        .with_panel(_months())
        .with_panel(_shares_by_month())
        .with_panel(faults(33, IN_WORLD))
    )


def _months() -> timeseries.Panel:
    caption = records(
        31,
        "Adjusted, planned, paid: cumulative in each year",
        "For the administrators chosen, in the time range above. Each line starts again every January; "
        "a missing month is a gap in the source.",
        page=_PAGE,
    )
    sql = query(f"""
        SELECT toDateTime(period_end, 'UTC') AS time,
               {_sum("adjusted")} AS adjusted_plan,
               {_PERIOD_PLAN} AS planned_for_period,
               {_sum("paid")} AS paid_so_far
        FROM budget_execution WHERE {_EVER}
        GROUP BY time HAVING {_ONE_CURRENCY} ORDER BY time
    """)
    panel = series(caption, sql, unit=Unit.AMOUNT, points=True)
    coloured(panel, {"paid_so_far": Colour.GOOD, "planned_for_period": Colour.NOTICE})
    return panel


def _shares_by_month() -> timeseries.Panel:
    caption = figure(
        32,
        "budget.executed_of_approved",
        title="Paid, of the approved plan, by month",
        note="The 10 administrators with the largest approved plan in the chosen period, among those chosen.",
    )
    sql = query(f"""
        SELECT toDateTime(period_end, 'UTC') AS time, code AS administrator, executed_of_approved AS share
        FROM budget_execution
        WHERE {_EVER} AND executed_of_approved IS NOT NULL AND code IN (
            SELECT code FROM budget_execution WHERE {_NOW} ORDER BY approved DESC, code LIMIT 10)
        ORDER BY time, administrator
    """)
    return series(caption, sql, unit=Unit.SHARE, points=True)
