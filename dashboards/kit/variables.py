"""The variables boards share: which world, where the public pages are, and choices read from views.

Values come from the warehouse; a chosen value reaches SQL only through ``kit.sql``.
"""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import VariableRefresh, VariableSort

from dashboards.kit.captions import PORTAL_VARIABLE
from dashboards.kit.query import warehouse
from dashboards.kit.sql import REAL_WORLD, query

HOME_PORTAL = "http://127.0.0.1:8000"
"""Where the public pages of a home on this machine are; publishing replaces it."""


def world(view: str) -> dashboard.QueryVariable:
    """Which world to show: the real one, which comes first, or a simulation found in ``view``."""
    sql = query(f"""
        SELECT if(simulation = '', '{REAL_WORLD}', simulation) AS value,
               if(simulation = '', 'Real world', concat('SIMULATED: ', simulation)) AS text
        FROM (SELECT '' AS simulation UNION DISTINCT SELECT simulation FROM {view})
        ORDER BY simulation
    """)
    return _from_warehouse("world", "World", sql)


def portal_address() -> dashboard.ConstantVariable:
    """The address of the public pages. A constant: an address taken from a link could lead anywhere."""
    return dashboard.ConstantVariable(PORTAL_VARIABLE).value(HOME_PORTAL)


def one_of(name: str, label: str, sql: str) -> dashboard.QueryVariable:
    """A single choice; the first value the query gives is the one a board opens with."""
    return _from_warehouse(name, label, sql)


def many_of(name: str, label: str, sql: str) -> dashboard.QueryVariable:
    """Any number of choices, All at first. ``sql`` gives values, or values and texts."""
    return _from_warehouse(name, label, sql).multi(True).include_all(True)


def _from_warehouse(name: str, label: str, sql: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(warehouse())
        .query(query(sql))
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.DISABLED)
        .allow_custom_value(False)
    )
