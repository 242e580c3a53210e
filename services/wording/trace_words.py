"""Why this date: the steps of counting a deadline, told in sentences of one language.

Codes and parameters come from the tracker; nothing is counted here, and an unknown code is shown as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from schemas.events.obligations import TraceStep
from services.wording.names import Names
from services.wording.words import Shown, Words


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One sentence, with the code it tells, and finer lines below it (skipped days by name)."""

    code: str
    text: str
    details: tuple[str, ...] = field(default=())


def tell(trace: Sequence[TraceStep], words: Words, names: Names) -> list[TraceLine]:
    """The whole trace in order; neighbouring skipped days become one line with its days below."""
    lines: list[TraceLine] = []
    for skipped, steps in groupby(trace, key=lambda step: step.code == "skipped" and step.on is not None):
        group = list(steps)
        lines += [_skipped(group, words, names)] if skipped else [_line(step, words, names) for step in group]
    return lines


def _line(step: TraceStep, words: Words, names: Names) -> TraceLine:
    try:
        return TraceLine(step.code, words(_key(step), **_params(step, words, names)))
    except (KeyError, TypeError, ValueError):
        # A code or parameter this release has no words for: shown raw, so that nothing is lost.
        shown = [*([words.date(step.on)] if step.on else []), *(f"{k}: {v}" for k, v in sorted(step.params.items()))]
        return TraceLine(step.code, f"{step.code}" + (f" ({'; '.join(shown)})" if shown else ""))


def _key(step: TraceStep) -> str:
    variant = {"basis": step.params.get("basis"), "counted": step.params.get("unit")}.get(step.code)
    return f"trace.{step.code}.{variant}" if variant else f"trace.{step.code}"


def _params(step: TraceStep, words: Words, names: Names) -> dict[str, Shown]:
    params: dict[str, Shown] = dict(step.params)
    if step.on is not None:
        params["on"] = step.on
    for name in ("from", "until", "needed", "basis_on", "granted_on"):
        if name in step.params:
            params[name] = date.fromisoformat(step.params[name])
    if "from" in params:
        params["since"] = params.pop("from")
    if step.code == "rule":
        params["title"] = names.rule(step.params["rule"], int(step.params["version"]))
    if step.code == "basis_missing":
        params["basis"] = words.code("basis", step.params["basis"])
    if step.code == "counted":
        params["n"] = int(step.params["n"])
    if step.code == "due_instant":
        params["at"] = words.instant(datetime.fromisoformat(step.params["at"]), step.params["zone"])
    return params


def _skipped(steps: Sequence[TraceStep], words: Words, names: Names) -> TraceLine:
    by_reason: dict[str, list[date]] = {}
    holidays: list[tuple[date, str]] = []
    for step in steps:
        if step.on is None:
            raise AssertionError("only dated steps are grouped")
        reason = step.params.get("reason", "")
        if reason == "holiday":
            holidays.append((step.on, names.holiday(step.params.get("name", ""))))
        else:
            by_reason.setdefault(reason, []).append(step.on)
    details = [_days_of(reason, days, words) for reason, days in by_reason.items()]
    details += [words("trace.skipped_holiday", day=words.weekday_date(day), name=name) for day, name in holidays]
    return TraceLine("skipped", words("trace.skipped", n=len(steps)), tuple(details))


def _days_of(reason: str, days: Sequence[date], words: Words) -> str:
    listed = ", ".join(_ranges(days, words))
    key = f"trace.skipped_{reason}"
    return words(key, n=len(days), days=listed) if key in words else f"{reason}: {listed}"


def _ranges(days: Sequence[date], words: Words) -> Iterator[str]:
    """Runs of neighbouring days as ``first – last``, each day with its month; the year once, with the last run."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    for run in runs:
        first, last = words.day_month(run[0]), words.day_month(run[-1])
        yield first if len(run) == 1 else f"{first} – {last}"
