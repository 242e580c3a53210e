"""The views of money, recounted in plain Python from rows: lines, periods, faults, execution, and what follows from it.

Pure. Written from the views' definitions; amounts are decimals, shares are fractions as the views give them.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from schemas.rows.views import key_of
from services.verify.differences import Columns, Rows
from services.verify.values import uuid_place

Bases = Mapping[str, Rows]
_Row = Mapping[str, Any]

_LINE = ("line_id", "jurisdiction", "level", "classification", "region", "fiscal_year", "simulation")
_TABLE = ("simulation", "jurisdiction", "level", "classification", "region")
_SAID_OF_A_FAULT = (
    *("jurisdiction", "level", "classification", "region", "line_id", "successors", "measure", "expected", "seen"),
    *("difference", "other", "since", "lines", "missing"),
)
_DECEMBER, _NOVEMBER = 12, 11


def budget_lines(bases: Bases) -> Rows:
    """The latest state of every line and year, where statements and single acts meet."""
    entries: dict[str, list[tuple[tuple[Any, ...], _Row]]] = defaultdict(list)
    for row in _rows(bases, "budget_statements"):
        place = (row["period_end"], row["observed_at"], (0, 0))
        entries[key_of("budget_lines", row)].append((place, {**row, "kind": "statement"}))
    for row in _rows(bases, "budget_transactions"):
        place = (row["happened_on"], row["observed_at"], uuid_place(row["event_id"]))
        entries[key_of("budget_lines", row)].append((place, {**row, "path": "", "depth": 0}))
    return {key: _line(sorted(found, key=lambda entry: entry[0])) for key, found in entries.items()}


def _line(entries: list[tuple[tuple[Any, ...], _Row]]) -> Columns:
    latest = entries[-1][1]
    rows = [row for _, row in entries]
    stated = [row for row in rows if row["kind"] == "statement"]
    enacted = [row["amount"] for row in rows if row["kind"] == "approved"]
    planned = [row["amount"] for row in rows if row["kind"] in ("approved", "amended")]
    paid = [row["amount"] for row in rows if row["kind"] == "paid"]
    return {
        **{name: latest[name] for name in (*_LINE, "code", "name", "path", "depth", "unit")},
        "has_statement": bool(stated),
        "payments": len(paid),
        "known_to": entries[-1][0][0],
        "approved": stated[-1]["approved"] if stated else _last(enacted),
        "adjusted": stated[-1]["adjusted"] if stated else _last(planned),
        "paid": stated[-1]["paid"] if stated else sum(paid, Decimal()),
    }


def budget_periods(bases: Bases) -> Rows:
    """Periods that their source published whole, and how old the figures are."""
    last: dict[tuple[str, ...], date] = {}
    for row in _rows(bases, "budget_publications"):
        table = _table_of(row)
        last[table] = max(row["period_end"], last.get(table, row["period_end"]))
    found = {}
    for row in _rows(bases, "budget_publications"):
        clock = bases["clocks"].get(row["simulation"])
        found[key_of("budget_periods", row)] = {
            **{name: row[name] for name in (*_TABLE, "fiscal_year", "period_end", "lines")},
            "source_id": row["source"],
            "published_at": row["observed_at"],
            "is_latest": row["period_end"] == last[_table_of(row)],
            "age_days": _days_between(row["period_end"], clock["now_at"]) if clock is not None else None,
        }
    return found


def budget_findings(bases: Bases) -> Rows:
    """Faults of budget tables that stand."""
    return {
        key: _fault(row)
        for key, row in bases["findings"].items()
        if row["state"] == "raised" and str(row["code"]).startswith("budget.")
    }


def _fault(row: _Row) -> Columns:
    params: dict[str, str] = json.loads(row["params"])
    said = {name: params.get(name, "") for name in _SAID_OF_A_FAULT}
    where = (said["jurisdiction"], said["level"], said["classification"], said["region"] or "-")
    world = (row["simulation"],) if row["simulation"] else ()
    return {
        **said,
        **{name: row[name] for name in ("finding_id", "code", "severity", "source_id", "raised_at", "changed_at")},
        "simulation": row["simulation"],
        "blocks": row["severity"] == "error",
        "table_id": "/".join((*world, *where)),
        "period_end": date.fromisoformat(params["period_end"]) if "period_end" in params else None,
        "line_code": params.get("code", ""),
        "line_name": params.get("name", ""),
    }


def budget_execution(bases: Bases) -> Rows:
    """What was paid of what was approved and of the plan of the period; nothing where a fault forbids it."""
    of_table: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    of_line: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for fault in bases["budget_findings"].values():
        if fault["blocks"] and fault["line_id"] == "":
            of_table[*_table_of(fault), fault["period_end"]].add(str(fault["code"]))
        elif fault["blocks"]:
            of_line[fault["simulation"], fault["line_id"], fault["period_end"]].add(str(fault["code"]))
    found = {}
    for key, row in bases["budget_statements"].items():
        codes = of_table.get((*_table_of(row), row["period_end"]), set()) | of_line.get(
            (row["simulation"], row["line_id"], row["period_end"]), set()
        )
        found[key] = {**row, **_executed(row, codes)}
    return found


def _executed(row: _Row, codes: set[str]) -> Columns:
    return {
        "blocked": bool(codes),
        "blocked_by": " ".join(sorted(codes)),
        "executed_of_approved": None if codes else _share(row["paid"], row["approved"]),
        "executed_of_period_plan": None if codes else _share(row["paid"], row["period_plan_payments"]),
        "commitments_outstanding": row["obligations_taken"] - row["paid"],
    }


def budget_heat(bases: Bases) -> Rows:
    """Administrators by month: the fraction of the approved year that was paid."""
    names = (
        *("line_id", "jurisdiction", "level", "region", "code", "name", "fiscal_year", "period_end", "unit"),
        *("approved", "adjusted", "paid", "executed_of_approved", "blocked", "blocked_by", "simulation"),
    )
    return {
        key: {**{name: row[name] for name in names}, "month": _month(row)}
        for key, row in bases["budget_execution"].items()
        if row["classification"] == "administrator" and not row["is_total"]
    }


def budget_year_end_rush(bases: Bases) -> Rows:
    """The share of a year's payments that was made in December."""
    months: dict[tuple[Any, Any], dict[int, _Row]] = defaultdict(dict)
    for row in _rows(bases, "budget_execution"):
        months[row["simulation"], row["line_id"]][_month(row)] = row
    found = {}
    for pair in months.values():
        if {_DECEMBER, _NOVEMBER} <= pair.keys():
            row = _rush(pair[_DECEMBER], pair[_NOVEMBER])
            found[key_of("budget_year_end_rush", row)] = row
    return found


def _rush(december: _Row, november: _Row) -> Columns:
    blocked = bool(december["blocked"] or november["blocked"])
    in_year, before = december["paid"], november["paid"]
    share = None if blocked or in_year <= 0 else (float(in_year) - float(before)) / float(in_year)
    return {
        **{name: december[name] for name in (*_LINE, "code", "name", "path", "unit", "is_total")},
        "paid_in_year": in_year,
        "paid_by_november": before,
        "blocked": blocked,
        "december_share": share,
    }


def _rows(bases: Bases, view: str) -> Iterator[_Row]:
    yield from bases[view].values()


def _table_of(row: _Row) -> tuple[str, ...]:
    return tuple(row[name] for name in _TABLE)


def _last(amounts: list[Decimal]) -> Decimal | None:
    return amounts[-1] if amounts else None


def _share(part: Decimal, whole: Decimal) -> float | None:
    return float(part) / float(whole) if whole > 0 else None


def _month(row: _Row) -> int:
    period_end: date = row["period_end"]
    return period_end.month


def _days_between(day: date, now: object) -> int:
    if not isinstance(now, datetime):
        raise AssertionError(f"the clock says {now!r}")
    return (now.date() - day).days
