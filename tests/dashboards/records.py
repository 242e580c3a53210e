"""A small invented record of two worlds, as rows of the warehouse: enough for every panel to show something.

The real world here is invented too; it stands in for one. Names and amounts are chosen to be awkward.
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from schemas.rows.tables import (
    AlertEventRow,
    BudgetStatementRow,
    DeadLetterRow,
    DeliveryRow,
    FindingEventRow,
    ObligationRow,
    Row,
    SourceWatermarkRow,
    TickRow,
)
from schemas.topics import bucket_of

SIMULATION = "kz-demo"
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = NOW.date()
BODY, BODY_NAME = "gb.dept.o'neil", "Dep't O"
YEAR = 2025


def every_row(simulation: str) -> list[Row]:
    """The record of one world, '' for the real one."""
    return [
        *_clock(simulation),
        *_obligations(simulation),
        *_alerts(simulation),
        *_findings(simulation),
        *_budget(simulation),
    ]


def _id(*names: object) -> UUID:
    return uuid5(NAMESPACE_URL, "/".join(map(str, names)))


def _clock(simulation: str) -> Iterator[Row]:
    watermark = "/sources/uk-written-questions/2026-03"
    yield TickRow(
        bucket=0,
        simulation=simulation,
        event_id=_id("tick", simulation),
        subject="tick:0",
        at=NOW,
        row_version=1,
    )
    yield SourceWatermarkRow(
        bucket=bucket_of(watermark),
        simulation=simulation,
        event_id=_id("watermark", simulation),
        source_id=watermark,
        sha256="",
        read_up_to=NOW - timedelta(hours=30),
        lag_s=86_400,
        observed_at=NOW,
        row_version=1,
    )


def _obligations(simulation: str) -> Iterator[Row]:
    open_ = {"lifecycle": "open"}
    done = {"lifecycle": "fulfilled", "closed_on": TODAY}
    yield _obligation(simulation, "today", 0, timeliness="due_soon", **open_)
    yield _obligation(simulation, "soon", 3, timeliness="due_soon", **open_)
    yield _obligation(simulation, "newly-late", -2, timeliness="late", claim="publishable", **open_)
    yield _obligation(simulation, "long-late", -40, timeliness="very_late", claim="publishable", **open_)
    yield _obligation(simulation, "unobserved", -1, timeliness="due_unobserved", **open_)
    yield _obligation(
        simulation, "withheld", -5, timeliness="late", claim="withheld", withheld_reason="source_behind", **open_
    )
    for n in range(12):
        yield _obligation(simulation, f"in-time-{n}", n - 20, timeliness="in_time", **done)
    yield _obligation(simulation, "slow", -20, timeliness="fulfilled_late", claim="publishable", delay_days=20, **done)


def _obligation(simulation: str, name: str, due_in_days: int, **more: Any) -> ObligationRow:
    due_on = TODAY + timedelta(days=due_in_days)
    subject = f"gb.wq:{name}"
    row: dict[str, Any] = {
        "bucket": bucket_of(subject),
        "simulation": simulation,
        "obligation_id": subject,
        "kind": "written_question",
        "jurisdiction": "gb",
        "rule_id": "gb.wq.named_day",
        "rule_version": 1,
        "force": "standing_order",
        "confidence": "verified",
        "source_id": "/sources/uk-written-questions/2026-03",
        "owed_by": BODY,
        "owed_by_name": BODY_NAME,
        "owed_to": "gb.parliament",
        "title": "What's \\owed, and when?",
        "reference": "HC 1",
        "region": "",
        "url": "",
        "period": "",
        "filed_on": due_on - timedelta(days=5),
        "basis_on": due_on - timedelta(days=5),
        "due_on": due_on,
        "due_at": datetime(due_on.year, due_on.month, due_on.day, tzinfo=UTC) + timedelta(days=1),
        "closed_on": None,
        "holding_answered_on": None,
        "delay_days": None,
        "claim": "none",
        "withheld_reason": "",
        "extended": False,
        "paused": False,
        "transferred": False,
        "facts": 1,
        "spans": "[]",
        "trace": "[]",
        "set_down_for": None,
        "held_when_due": "",
        "held_when_due_name": "",
        "opened_by": "",
        "known_on": None,
        "dispute": "",
        "version": 1,
    }
    return ObligationRow(**(row | more))


def _alerts(simulation: str) -> Iterator[Row]:
    alert_id = _id("alert", simulation)
    raised = AlertEventRow(
        bucket=0,
        simulation=simulation,
        event_id=_id("raised", simulation),
        alert_id=alert_id,
        state="raised",
        severity="warning",
        obligation_id="gb.wq:newly-late",
        kind="written_question",
        owed_by=BODY,
        owed_by_name=BODY_NAME,
        title="What's \\owed, and when?",
        rule_id="gb.wq.named_day",
        due_on=TODAY - timedelta(days=2),
        due_at=NOW - timedelta(days=1),
        backfill=False,
        reason="",
        happened_at=NOW - timedelta(days=1),
        row_version=1,
    )
    yield raised
    yield DeliveryRow(
        bucket=0,
        simulation=simulation,
        event_id=_id("delivery", simulation),
        alert_id=alert_id,
        alert_event_id=raised.event_id,
        alert_event_type="esep.alert.raised.v1",
        channel="desk",
        attempt=1,
        state="failed",
        reason="refused",
        happened_at=NOW - timedelta(days=1),
        row_version=1,
    )


def _findings(simulation: str) -> Iterator[Row]:
    yield FindingEventRow(
        bucket=0,
        simulation=simulation,
        event_id=_id("finding", simulation),
        finding_id=f"finding:series.broken:{simulation}",
        code="series.broken",
        severity="warning",
        source_id="/sources/kz-budget",
        params="{}",
        state="raised",
        revision=1,
        happened_at=NOW - timedelta(days=3),
        row_version=1,
    )
    named = {"jurisdiction": "kz", "level": "republican", "classification": "administrator", "region": ""}
    of_line = {"line_id": f"kz/republican/administrator/-/{YEAR}/229", "code": "229", "name": "Ministry at fault"}
    seen = {"period_end": f"{YEAR}-03-31", "expected": "70", "seen": "60"}
    yield FindingEventRow(
        bucket=0,
        simulation=simulation,
        event_id=_id("budget finding", simulation),
        finding_id=f"finding:budget.cumulative_fell:{of_line['line_id']}:{YEAR}-03",
        code="budget.cumulative_fell",
        severity="error",
        source_id="/sources/kz-budget",
        params=json.dumps(named | of_line | seen),
        state="raised",
        revision=1,
        happened_at=NOW - timedelta(days=3),
        row_version=1,
    )
    yield DeadLetterRow(
        bucket=0,
        simulation=simulation,
        event_id=_id("dead", simulation),
        code="invalid_json",
        reason="not JSON",
        origin="gateway",
        field="",
        code_version="0",
        sha256="0" * 64,
        size_bytes=1,
        original="eA==",
        truncated=False,
        kept_at=NOW,
        refused_id="",
        refused_sha256="",
        row_version=1,
    )


def _budget(simulation: str) -> Iterator[Row]:
    for month in (1, 2, 3):
        yield _statement(simulation, "0", "Total", month, approved=300, paid=30 * month, is_total=True)
        yield _statement(simulation, "226", "Ministry of Health", month, approved=200, paid=10 * month)
        yield _statement(simulation, "228", "Ministry, new: Dep't O", month, approved=0, paid=20 * month)
        yield _statement(simulation, "229", "Ministry at fault", month, approved=100, paid=10 * month)
    for code, unit in (("1", "GBP"), ("2", "EUR")):
        yield _statement(simulation, code, unit, 1, approved=10, paid=1, jurisdiction="xx", unit=unit)


def _statement(
    simulation: str, code: str, name: str, month: int, *, approved: int, paid: int, **more: Any
) -> BudgetStatementRow:
    row: dict[str, Any] = {
        "simulation": simulation,
        "jurisdiction": "kz",
        "level": "republican",
        "classification": "administrator",
        "region": "",
        "code": code,
        "name": name,
        "path": "",
        "depth": 0,
        "fiscal_year": YEAR,
        "period_end": date(YEAR, month + 1, 1) - timedelta(days=1),
        "unit": "thousand KZT",
        "is_total": False,
        "approved": Decimal(approved),
        "specified": Decimal(approved),
        "adjusted": Decimal(250),
        "period_plan_payments": Decimal(50 * month),
        "period_plan_obligations": Decimal(0),
        "paid": Decimal(paid),
        "obligations_taken": Decimal(paid + 5),
        "observed_at": NOW,
        "row_version": 1,
    } | more
    line_id = f"{row['jurisdiction']}/republican/administrator/-/{YEAR}/{code}"
    return BudgetStatementRow(
        line_id=line_id, bucket=bucket_of(line_id), event_id=_id(line_id, month, simulation), sha256="", **row
    )
