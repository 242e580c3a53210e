"""SQL fragments shared by boards: the world a viewer looks at, its clock, and the filters of the variables.

Fragments only; every complete query stands in its board.
"""

from textwrap import dedent

REAL_WORLD = "real_world"
"""The variable ``world`` for the real world. No simulation can be called so: names have no underscore.

An empty value would be the natural one, but Grafana takes an empty variable for "all".
"""

WORLD = f"if(${{world:singlequote}} = '{REAL_WORLD}', '', ${{world:singlequote}})"
"""The column ``simulation`` of the chosen world."""

IN_WORLD = f"simulation = {WORLD}"

WORLD_NOW = f"(SELECT maxOrNull(now_at) FROM clocks WHERE {IN_WORLD})"
"""The instant it is in the chosen world: its latest tick, which the public pages go by too. None before the first."""

STILL_OWED = "lifecycle IN ('open', 'partly_fulfilled')"

DUE_TODAY = f"{STILL_OWED} AND due_at > {WORLD_NOW} AND due_at <= {WORLD_NOW} + INTERVAL 24 HOUR"
"""The due instant is the first moment of the next local day: within 24 hours, the last day is today."""


def chosen(column: str, variable: str) -> str:
    """The filter of a multi-value variable; everything while it stands at All.

    The plugin expands this macro only when its condition has no comma outside brackets and its second
    argument is a plain variable.
    """
    return f"$__conditionalAll({column} IN (${{{variable}:singlequote}}), ${variable})"


def picked(expression: str, variable: str) -> str:
    """The filter of a single-value variable."""
    return f"{expression} = ${{{variable}:singlequote}}"


def query(text: str) -> str:
    """A query as it is stored: without the indentation of the Python source."""
    return dedent(text).strip()
