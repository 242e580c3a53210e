"""Whose delay is it? Each day after the due date belongs to the body that held the obligation on it.

A body that got it late is not called late for the days before.
"""

from collections.abc import Sequence
from datetime import date

from schemas.events.obligations import HoldingSpan


def held_when_due(spans: Sequence[HoldingSpan], due_on: date) -> HoldingSpan:
    """The span of the body that held it when the due date ended; the first one when the due date lies before all."""
    held = [span for span in spans if span.from_on <= due_on]
    return held[-1] if held else spans[0]


def with_delays(spans: Sequence[HoldingSpan], due_on: date | None, done_on: date | None) -> tuple[HoldingSpan, ...]:
    """The spans with the days after ``due_on`` that fall to each; they add up to the whole delay once it is done.

    The span that still holds an open obligation has none: its days still grow.
    """
    if due_on is None:
        return tuple(spans)
    found: list[HoldingSpan] = []
    begun = due_on
    for index, span in enumerate(spans):
        last = index == len(spans) - 1
        end = done_on if last else _bounded(span.to_on, done_on)
        if end is None:
            found.append(span)
            continue
        found.append(span.model_copy(update={"days_late": max(0, (end - begun).days)}))
        begun = max(begun, end)
    return tuple(found)


def _bounded(end: date | None, done_on: date | None) -> date | None:
    if end is None or done_on is None:
        return end
    return min(end, done_on)
