"""The expander of the tests expands what the plugin expands, and refuses what the plugin would leave as it is."""

from datetime import UTC, datetime

import pytest

from dashboards.kit.sql import chosen
from tests.dashboards.macros import ALL, UnexpandedError, expand

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, 12, tzinfo=UTC)


def expanded(sql: str, **values: str | list[str]) -> str:
    """The query between two fixed instants."""
    return expand(sql, values, SINCE, UNTIL)


def test_a_filter_is_dropped_while_all_are_chosen() -> None:
    assert expanded(chosen("owed_by", "body"), body=ALL) == "1=1"


def test_a_filter_holds_every_value_quoted() -> None:
    assert expanded(chosen("owed_by", "body"), body=["a", "Dep't O"]) == "owed_by IN ('a','Dep\\'t O')"


def test_time_filters() -> None:
    assert expanded("$__dateFilter(day)") == "day >= toDate('2026-01-01') AND day <= toDate('2026-01-02')"
    assert expanded("$__timeFilter(at)") == "at >= toDateTime(1767225600) AND at <= toDateTime(1767355200)"


@pytest.mark.parametrize(
    "sql",
    [
        "$__conditionalAll(a IN (1), b, $body)",
        "$__conditionalAll(a = 1, ${body})",
        "$__timeGroup(at, 5m)",
        "SELECT ${body}",
    ],
)
def test_what_the_plugin_leaves_alone_is_an_error(sql: str) -> None:
    with pytest.raises(UnexpandedError):
        expanded(sql, body=ALL)


def test_a_dollar_inside_a_value_is_only_a_dollar() -> None:
    assert expanded("${body:singlequote}", body="$__all of it") == "'$__all of it'"
