"""``esep verify``: read the truth, recount, read the warehouse, name the first differences.

A running home keeps moving, so a difference counts only when it stands in every recount for a while.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from schemas.events.states import Lifecycle
from schemas.rows.tables import BudgetStatementRow, EventRow, ObligationRow, Row
from schemas.rulebook import Rulebook
from services.adapters.clickhouse import Warehouse
from services.adapters.codec import content_digest, decode
from services.adapters.truth import Message
from services.verify.differences import Difference, compare
from services.verify.expected import Accepted, Expected, expect


@dataclass(frozen=True, slots=True)
class Report:
    """What was counted and every difference, in the order of views and keys."""

    events: int
    obligations: int
    budget_statements: int
    standing_alerts: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether the warehouse says exactly what the truth says."""
        return not self.differences


def verify(
    read_truth: Callable[[], Iterable[Message]],
    warehouse: Warehouse,
    rulebook: Rulebook,
    *,
    patience_s: float,
    wait: Callable[[float], None],
) -> Report:
    """Recount until every row was seen to agree, or until some have differed in every recount for ``patience_s`` seconds.

    A home at work is never still: what differs in one recount and agrees in the next was on its way. Rows that the first
    recount did not know are the business of the next ``verify``.
    Raises: FactLogUnavailableError, TruthUnreadableError, WarehouseError.
    """
    report = check_once(read_truth(), warehouse, rulebook)
    give_up_at = monotonic() + patience_s
    while not report.holds and monotonic() < give_up_at:
        wait(1.0)
        again = check_once(read_truth(), warehouse, rulebook)
        still = {(difference.view, difference.key) for difference in again.differences}
        standing = tuple(each for each in report.differences if (each.view, each.key) in still)
        report = replace(report, differences=standing)
    return report


def check_once(messages: Iterable[Message], warehouse: Warehouse, rulebook: Rulebook) -> Report:
    """One recount against the warehouse as it stands this moment."""
    expected = expect((_accepted(message) for message in messages), rulebook)
    return Report(
        events=len(expected.events),
        obligations=len(expected.obligations),
        budget_statements=len(expected.budget_statements),
        standing_alerts=len(expected.alerts),
        differences=tuple(_differences(expected, warehouse)),
    )


def _accepted(message: Message) -> Accepted:
    event = decode(message.value)
    return Accepted(message.topic, message.partition, message.value.decode(), content_digest(event), event)


def _differences(expected: Expected, warehouse: Warehouse) -> Iterator[Difference]:
    yield from compare("events", _comparable(expected.events), _found(warehouse, "events", EventRow, ("event_id",)))
    obligations = _found(warehouse, "obligations", ObligationRow, ("obligation_id",))
    yield from compare(
        "obligations",
        _comparable(expected.obligations),
        {key: row for key, row in obligations.items() if key in expected.obligations or not _is_closed_stage(row)},
    )
    yield from compare(
        "budget_statements",
        _comparable(expected.budget_statements),
        _found(warehouse, "budget_statements", BudgetStatementRow, ("line_id", "period_end"), but=("event_id",)),
    )
    yield from compare("alerts", _comparable(expected.alerts), _standing_alerts(warehouse))
    yield from compare("findings", _comparable(expected.findings), _standing_findings(warehouse))


def _is_closed_stage(row: Mapping[str, object]) -> bool:
    """A later stage that was shown for a while: what opened it turned out not to hold, and only the history knows it."""
    return row["opened_by"] != "" and row["lifecycle"] == Lifecycle.RETRACTED.value


def _found(
    warehouse: Warehouse, view: str, model: type[Row], key: tuple[str, ...], but: tuple[str, ...] = ()
) -> dict[str, Mapping[str, object]]:
    columns = [name for name in model.columns() if name not in ("bucket", "version", "row_version", *but)]
    rows = warehouse.rows(f"SELECT {', '.join(columns)} FROM {view}")  # noqa: S608  # names come from our own models
    return {" ".join(str(row[name]) for name in key): _plain(row) for row in rows}


def _standing_alerts(warehouse: Warehouse) -> dict[str, Mapping[str, object]]:
    rows = warehouse.rows("SELECT obligation_id, due_on FROM alerts WHERE state != 'cleared'")
    return {row["obligation_id"]: _plain({"due_on": row["due_on"]}) for row in rows}


def _standing_findings(warehouse: Warehouse) -> dict[str, Mapping[str, object]]:
    """The findings of money that stand; those of records follow from obligations, which are compared themselves."""
    rows = warehouse.rows(
        "SELECT finding_id, code, params FROM findings WHERE state = 'raised' AND code LIKE 'budget.%'"
    )
    return {row["finding_id"]: {"code": row["code"], "params": json.loads(row["params"])} for row in rows}


def _comparable(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, object]]:
    return {key: _plain(row) for key, row in rows.items()}


def _plain(row: Mapping[str, Any]) -> dict[str, object]:
    """Values as the warehouse keeps them: ids as text, instants to the millisecond."""
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value
