"""The views of obligations, recounted in plain Python from rows: bodies, what is overdue, the flow of days, the months.

Pure. Written from the views' definitions and not from their SQL's form, so that a slip in one shows beside the other.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from schemas.rows.views import key_of
from services.verify.differences import Columns, Rows

Bases = Mapping[str, Rows]
"""The rows below the figures, by view."""

_Row = Mapping[str, Any]
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_OPEN = ("open", "partly_fulfilled")
_GONE = ("withdrawn", "retracted")
_LATE = ("late", "very_late")
_LATE_OR_DONE_LATE = (*_LATE, "fulfilled_late")
_UNDECIDED = ("not_due", "due_soon", "due_unobserved")
_CALENDAR_OF_QUESTIONS = "gb.england"


def bodies(bases: Bases) -> Rows:
    """Counts of obligations per body answerable for them."""
    found = {}
    for (simulation, jurisdiction, body), group in _grouped(_standing(bases), _body_of).items():
        newest = max(group, key=lambda row: (row["filed_on"], row["obligation_id"]))
        row = {
            "simulation": simulation,
            "jurisdiction": jurisdiction,
            "owed_by": body,
            "owed_by_name": newest["answerable_name"],
            "total": len(group),
            "open": _count(group, _is_open),
            "due_soon": _count(group, lambda row: row["timeliness"] == "due_soon"),
            "due_unobserved": _count(group, lambda row: row["timeliness"] == "due_unobserved"),
            "late": _count(group, _is_overdue),
            "in_time": _count(group, lambda row: row["timeliness"] == "in_time"),
            "fulfilled_late": _count(group, lambda row: _is_claimed(row) and row["timeliness"] == "fulfilled_late"),
            "withheld": _count(group, lambda row: row["claim"] == "withheld"),
        }
        found[key_of("bodies", row)] = row
    return found


def overdue(bases: Bases) -> Rows:
    """Obligations claimed to be late and still owed, with the days begun since."""
    found = {}
    for row in _obligations(bases):
        if _is_overdue(row):
            since = row["due_at"] or _NEVER
            seconds = int(_now(bases, row["simulation"]).timestamp()) - int(since.timestamp())
            found[str(row["obligation_id"])] = {**row, "days_late": 1 + max(0, seconds // 86400)}
    return found


def daily_flow(bases: Bases) -> Rows:
    """Obligations per legal date: filed, fallen due, closed, become late."""
    steps: dict[tuple[str, str, date], Counter[str]] = defaultdict(Counter)
    for row in _standing(bases):
        for step, day in _steps(row, _now(bases, row["simulation"])):
            steps[row["simulation"], row["jurisdiction"], day][step] += 1
    found = {}
    for (simulation, jurisdiction, day), counts in steps.items():
        named = {"simulation": simulation, "jurisdiction": jurisdiction, "day": day}
        counted = {step: counts[step] for step in ("filed", "fell_due", "closed", "became_late")}
        found[key_of("daily_flow", named)] = {**named, **counted}
    return found


def _steps(row: _Row, now: datetime) -> Iterator[tuple[str, date]]:
    yield "filed", row["filed_on"]
    if row["due_on"] is not None and row["due_at"] is not None and row["due_at"] <= now:
        yield "fell_due", row["due_on"]
    if row["closed_on"] is not None and row["lifecycle"] in ("fulfilled", "lapsed"):
        yield "closed", row["closed_on"]
    if row["due_on"] is not None and _is_claimed(row) and row["timeliness"] in _LATE_OR_DONE_LATE:
        yield "became_late", row["due_on"] + timedelta(days=1)


def timeliness_by_month(bases: Bases) -> Rows:
    """Counts and shares per month of filing and rule, with n."""
    found = {}
    for (simulation, jurisdiction, kind, rule, month), group in _grouped(_standing(bases), _rule_and_month).items():
        not_in_time = _count(group, lambda row: row["timeliness"] in _LATE_OR_DONE_LATE)
        row = {
            "simulation": simulation,
            "jurisdiction": jurisdiction,
            "kind": kind,
            "rule_id": rule,
            "month": month,
            "n": len(group),
            "in_time": _count(group, lambda row: row["timeliness"] == "in_time"),
            "not_in_time": not_in_time,
            "lapsed_after_due": _count(group, lambda row: row["lifecycle"] == "lapsed" and row["timeliness"] in _LATE),
            "open_undecided": _count(group, lambda row: _is_open(row) and row["timeliness"] in _UNDECIDED),
            "late_share": not_in_time / len(group) if any(row["due_on"] is not None for row in group) else None,
        }
        found[key_of("timeliness_by_month", row)] = row
    return found


def written_questions_by_month(bases: Bases) -> Rows:
    """Written questions of the UK per month of tabling and rule: counts, shares, and the median of weekdays, with n."""
    weekday_number = {
        row["day"]: int(row["working_days"])
        for row in _rows(bases, "calendar_days")
        if row["calendar"] == _CALENDAR_OF_QUESTIONS
    }
    questions = (
        row for row in _standing(bases) if row["jurisdiction"] == "gb" and row["kind"] == "inquiry.written_question"
    )
    found = {}
    for (simulation, rule, month), group in _grouped(questions, _question_month).items():
        row = {"simulation": simulation, "rule_id": rule, "month": month, **_of_questions(group, weekday_number)}
        found[key_of("written_questions_by_month", row)] = row
    return found


def _of_questions(group: Sequence[_Row], weekday_number: Mapping[date, int]) -> Columns:
    n, done = len(group), [row for row in group if row["lifecycle"] == "fulfilled"]
    answered, lapsed = len(done), [row for row in group if row["lifecycle"] == "lapsed"]
    answered_after, lapsed_after = _count(done, _closed_after_day), _count(lapsed, _closed_after_day)
    taken = [_weekdays(row, weekday_number) for row in done]
    known = [days for days in taken if days is not None]
    uncounted = len(taken) - len(known)
    within = {limit: sum(days <= limit for days in known) for limit in (5, 7)}
    shares: dict[str, object] = {}
    for limit, count in within.items():
        shares[f"within_{limit}_weekdays"] = count
        shares[f"within_{limit}_weekdays_share"] = None if uncounted else count / n
        shares[f"within_{limit}_weekdays_share_of_answered"] = None if uncounted or not answered else count / answered
    return {
        "n": n,
        "answered": answered,
        "lapsed": len(lapsed),
        "unanswered": _count(group, _is_open),
        "answered_after_day": answered_after,
        "lapsed_after_day": lapsed_after,
        "uncounted": uncounted,
        "after_day_share": (answered_after + lapsed_after) / n,
        "after_day_share_of_answered": answered_after / answered if answered else None,
        "median_weekdays": None if uncounted or not known else float(median(known)),
        **shares,
    }


def _closed_after_day(row: _Row) -> bool:
    day = row["due_on"] or row["set_down_for"]
    return day is not None and row["closed_on"] is not None and row["closed_on"] > day


def _weekdays(row: _Row, number: Mapping[date, int]) -> int | None:
    first, last = number.get(row["filed_on"]), number.get(row["closed_on"])
    return last - first if first is not None and last is not None else None


def _rows(bases: Bases, view: str) -> Iterable[_Row]:
    return bases[view].values()


def _obligations(bases: Bases) -> Iterable[_Row]:
    return _rows(bases, "obligations")


def _standing(bases: Bases) -> Iterator[_Row]:
    return (row for row in _obligations(bases) if row["lifecycle"] not in _GONE)


def _now(bases: Bases, simulation: str) -> datetime:
    """The latest tick of a clock; before any, a moment before everything, as in the views."""
    clock = bases["clocks"].get(simulation)
    now = clock["now_at"] if clock is not None else _NEVER
    if not isinstance(now, datetime):
        raise AssertionError(f"the clock {simulation!r} says {now!r}")
    return now


def _grouped(rows: Iterable[_Row], by: Callable[[_Row], tuple[Any, ...]]) -> dict[tuple[Any, ...], list[_Row]]:
    found: dict[tuple[Any, ...], list[_Row]] = defaultdict(list)
    for row in rows:
        found[by(row)].append(row)
    return found


def _count(rows: Iterable[_Row], holds: Callable[[_Row], bool]) -> int:
    return sum(1 for row in rows if holds(row))


def _body_of(row: _Row) -> tuple[str, str, str]:
    return row["simulation"], row["jurisdiction"], row["answerable"]


def _rule_and_month(row: _Row) -> tuple[str, str, str, str, date]:
    return row["simulation"], row["jurisdiction"], row["kind"], row["rule_id"], row["filed_on"].replace(day=1)


def _question_month(row: _Row) -> tuple[str, str, date]:
    return row["simulation"], row["rule_id"], row["filed_on"].replace(day=1)


def _is_open(row: _Row) -> bool:
    return row["lifecycle"] in _OPEN


def _is_claimed(row: _Row) -> bool:
    return bool(row["claim"] == "publishable")


def _is_overdue(row: _Row) -> bool:
    return _is_claimed(row) and _is_open(row) and row["timeliness"] in _LATE
