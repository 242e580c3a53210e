"""Expands what Grafana and the ClickHouse plugin 4.20 put into a query before the warehouse sees it.

Only what our boards use; anything else left in a query is an error, as it would be in Grafana.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

ALL = "$__all"
Chosen = str | Sequence[str]
"""The value of a variable: one, or several of a multi-value variable."""

_CONDITIONAL = re.compile(r"\$__conditionalAll\(((?:[^(),]|\([^()]*\))*),\s*\$(\w+)\)")
_VARIABLE = re.compile(r"\$\{(\w+):singlequote\}")
_DATE_FILTER = re.compile(r"\$__dateFilter\(([^()]+)\)")
_TIME_FILTER = re.compile(r"\$__timeFilter\(([^()]+)\)")


class UnexpandedError(Exception):
    """Something in the query would reach the warehouse as written."""


def expand(sql: str, chosen: Mapping[str, Chosen], since: datetime, until: datetime) -> str:
    """The query as the warehouse gets it.

    Raises: UnexpandedError for a macro or variable that is not expanded, KeyError for one without a value.
    """
    start, end = (instant.astimezone(UTC) for instant in (since, until))
    expanded = _CONDITIONAL.sub(lambda hit: "1=1" if chosen[hit[2]] == ALL else hit[1], sql)
    expanded = _VARIABLE.sub(lambda hit: _quoted(chosen[hit[1]]), expanded)
    days = f"toDate('{start:%Y-%m-%d}') AND {{}} <= toDate('{end:%Y-%m-%d}')"
    expanded = _DATE_FILTER.sub(lambda hit: f"{hit[1]} >= {days.format(hit[1])}", expanded)
    seconds = f"toDateTime({start.timestamp():.0f}) AND {{}} <= toDateTime({end.timestamp():.0f})"
    expanded = _TIME_FILTER.sub(lambda hit: f"{hit[1]} >= {seconds.format(hit[1])}", expanded)
    if "$" in re.sub(r"'(?:\\.|[^'\\])*'", "''", expanded):
        raise UnexpandedError(expanded)
    return expanded


def _quoted(chosen: Chosen) -> str:
    """Grafana's ``singlequote``: each value in quotes, a quote inside it behind a backslash."""
    values = [chosen] if isinstance(chosen, str) else chosen
    return ",".join("'" + value.replace("'", "\\'") + "'" for value in values)
