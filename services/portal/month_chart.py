"""A chart of cumulative amounts over the months of a year, as accessible SVG text: lines told apart by dash and colour.

Pure functions of numbers and finished labels; the table beside it, and what is charted, belong to the pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from services.portal.charts import WIDE, Alternative, Drawing, line, number, rect, text


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One line: its style class and a value per month, None where nothing is known, which breaks it."""

    style: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical mark at the beginning of a month (0 is January) with a word beside it."""

    month: int
    word: str


class MonthLines(Drawing):
    """Lines over twelve months from zero; months whose source is at fault are hatched behind them."""

    def __init__(  # all of it is drawn
        self,
        name: str,
        alternative: Alternative,
        lines: Sequence[MonthLine],
        months: Sequence[str],
        top: str,
        *,
        doubtful: Sequence[int] = (),
        marks: Sequence[Mark] = (),
    ) -> None:
        """``months`` are the twelve labels; ``top`` writes the highest value; ``doubtful`` are the hatched months."""
        super().__init__(name, alternative)
        self.lines = lines
        self.months = months
        self.top = top
        self.doubtful = doubtful
        self.marks = marks

    def at(self, width: int, variant: str) -> Markup:
        """The highest value of all touches the top line; a month alone between gaps is a point."""
        wide = width >= WIDE
        size, height = (15, 260) if wide else (13, 170)
        head = size * 1.7
        step = width / 12
        base = head + height
        highest = max((value or 0 for each in self.lines for value in each.values), default=0) or 1
        parts = [text(0, size, self.top, "chart-note"), line(0, head, width, head, "chart-grid")]
        parts.append(line(0, head + height / 2, width, head + height / 2, "chart-grid"))
        for month in self.doubtful:
            parts += _hatched(month * step, step, head, height)
        for mark in self.marks:
            x = mark.month * step
            parts.append(line(x, head, x, base, "chart-break"))
            parts.append(text(x + 4, head + size, mark.word, "chart-note"))
        for each in self.lines:
            parts += _drawn(each, step, base, height / highest)
        parts.append(line(0, base, width, base, "chart-axis"))
        for index, name in enumerate(self.months):
            if wide or index % 2 == 0:
                parts.append(text((index + 0.5) * step, base + size * 1.4, name, "chart-note", "middle"))
        return self._svg(width, base + size * 2, variant, parts)


def _drawn(drawn: MonthLine, step: float, base: float, scale: float) -> list[str]:
    at = [
        None if value is None else ((month + 0.5) * step, base - value * scale)
        for month, value in enumerate(drawn.values)
    ]
    parts = [line(*one, *other, drawn.style) for one, other in pairwise(at) if one is not None and other is not None]
    return parts + [
        f'<circle class="{drawn.style}-point" cx="{number(place[0])}" cy="{number(place[1])}" r="3"/>'
        for place in at
        if place is not None
    ]


def _hatched(x: float, step: float, top: float, height: float) -> list[str]:
    strokes = 4
    parts = [rect(x, top, step, height, "chart-gap")]
    for index in range(strokes):
        low, high = top + height * (index + 1) / strokes, top + height * index / strokes
        parts.append(line(x, low, x + step, high, "chart-gap-line"))
    return parts
