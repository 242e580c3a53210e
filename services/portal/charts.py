"""Charts as accessible SVG text: pure functions of numbers and finished labels, no script, no inline style.

Colours come from the style sheet through class names. What is charted, and the table beside it, belong to the pages.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from markupsafe import Markup, escape

WIDE: Final = 960
HALF: Final = 560
NARROW: Final = 340


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a chart says to those who do not see it: a short title and a sentence or two."""

    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One row of bars: its name, its style class, one value per column (None where nothing is known)."""

    name: str
    style: str
    values: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """One horizontal bar: its name, its value, and the value as written."""

    name: str
    value: float
    written: str


def both_widths(draw: "Drawing", wide: int = WIDE) -> Markup:
    """A chart drawn twice, for wide and for narrow screens; the style sheet shows one and hides the other from all."""
    return Markup('<div class="chart-wide">{}</div><div class="chart-narrow">{}</div>').format(
        draw.at(wide, "wide"), draw.at(NARROW, "narrow")
    )


class Drawing(ABC):
    """A chart that can be drawn at any width; ``name`` makes its ids unique on the page."""

    def __init__(self, name: str, alternative: Alternative) -> None:
        self.name = name
        self.alternative = alternative

    @abstractmethod
    def at(self, width: int, variant: str) -> Markup:
        """The SVG element, ``width`` user units wide."""

    def _svg(self, width: int, height: float, variant: str, parts: Sequence[str]) -> Markup:
        ident = f"chart-{self.name}-{variant}"
        return Markup(  # noqa: S704 (parts are numbers and escaped labels)
            f'<svg class="chart" role="img" viewBox="0 0 {width} {number(height)}" '
            f'aria-labelledby="{ident}-title {ident}-desc" focusable="false">'
            f'<title id="{ident}-title">{escape(self.alternative.title)}</title>'
            f'<desc id="{ident}-desc">{escape(self.alternative.description)}</desc>'
            f"{''.join(parts)}</svg>"
        )


class Flow(Drawing):
    """Small multiples: one panel of daily bars per series, one scale for all, dates below."""

    def __init__(
        self, name: str, alternative: Alternative, panels: Sequence[Panel], dates: Sequence[str], scale: Sequence[str]
    ) -> None:
        """``dates`` has one label per column; ``scale`` writes the top of the scale for every panel."""
        super().__init__(name, alternative)
        self.panels = panels
        self.dates = dates
        self.scale = scale

    def at(self, width: int, variant: str) -> Markup:
        """Panels one below another; a day without a row in the source is a gap, not a bar of zero."""
        wide = width >= WIDE
        size, bars_height = (15, 84) if wide else (13, 62)
        left, right, head, foot = 2, 2, size * 2.3, size * 2.2
        top_value = ceiling(max((value or 0 for panel in self.panels for value in panel.values), default=0))
        step = (width - left - right) / max(len(self.dates), 1)
        parts: list[str] = []
        for index, panel in enumerate(self.panels):
            base = (index + 1) * (head + bars_height)
            parts += self._panel(panel, (left, width - right), (base, bars_height), step, top_value)
            parts.append(text(left, base - bars_height - size * 0.6, panel.name, "chart-name"))
            parts.append(text(width - right, base - bars_height - size * 0.6, self.scale[index], "chart-note", "end"))
        base = len(self.panels) * (head + bars_height)
        parts += self._dates(left, step, base + size * 1.4, 6 if wide else 3)
        return self._svg(width, base + foot, variant, parts)

    def _panel(
        self, panel: Panel, across: tuple[float, float], down: tuple[float, float], step: float, top_value: int
    ) -> list[str]:
        (left, right), (base, height) = across, down
        gap = min(step * 0.22, 3)
        parts = [
            line(left, base - height, right, base - height, "chart-grid"),
            line(left, base, right, base, "chart-axis"),
        ]
        for column, value in enumerate(panel.values):
            if value is None:
                parts += _gap(left + column * step, step, base, height)
            elif value:
                tall = max(height * value / top_value, 1)
                parts.append(rect(left + column * step + gap / 2, base - tall, step - gap, tall, panel.style))
        return parts

    def _dates(self, left: float, step: float, y: float, wanted: int) -> list[str]:
        count = len(self.dates)
        if count == 0:
            return []
        every = max(ceil(count / wanted), 1)
        parts = []
        for column in range(0, count, every):
            x = left + (column + 0.5) * step
            if column == 0:
                parts.append(text(left, y, self.dates[0], "chart-note"))
            elif column + every / 3 < count:
                parts.append(text(x, y, self.dates[column], "chart-note", "middle"))
        return parts


def _gap(x: float, step: float, base: float, height: float) -> list[str]:
    """A column nobody has observed: shaded and crossed, so that it cannot be read as zero."""
    return [
        rect(x, base - height, step, height, "chart-gap"),
        line(x, base, x + step, base - height, "chart-gap-line"),
    ]


class Bars(Drawing):
    """Horizontal bars, each under its name; the longest fills the width."""

    def __init__(self, name: str, alternative: Alternative, bars: Sequence[Bar], style: str) -> None:
        super().__init__(name, alternative)
        self.bars = bars
        self.style = style

    def at(self, width: int, variant: str) -> Markup:
        """The name stands above its bar, so that a long one needs no second line."""
        wide = width > NARROW
        size, thick = (16, 14) if wide else (13.5, 12)
        row = size * 1.35 + thick + size * 0.85
        # A narrow screen has no room for name and value on one line: there the value stands at the end of the bar.
        longest_written = max((len(bar.written) for bar in self.bars), default=0)
        track = width if wide else width - longest_written * size * 0.56 - size * 0.6
        longest = max((bar.value for bar in self.bars), default=0) or 1
        letter = size * 0.6
        parts = []
        for index, bar in enumerate(self.bars):
            y = index * row
            room = int((width - (len(bar.written) * letter if wide else 0)) / letter) - 2
            bar_y = y + size * 1.35
            parts.append(text(0, y + size, shortened(bar.name, room), "chart-name"))
            parts.append(text(width, y + size if wide else bar_y + thick * 0.9, bar.written, "chart-value", "end"))
            parts.append(rect(0, bar_y, track, thick, "chart-track"))
            parts.append(rect(0, bar_y, track * bar.value / longest, thick, self.style))
        return self._svg(width, max(row * len(self.bars), 1), variant, parts)


def meter(share: float, style: str) -> Markup:
    """A small bar for a table cell, 0..1 of its width; decoration beside a written number, so hidden from readers."""
    filled = number(100 * min(max(share, 0.0), 1.0))
    return Markup(  # noqa: S704 (numbers and an escaped class)
        '<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<rect class="chart-track" width="100" height="6"/>'
        f'<rect class="{escape(style)}" width="{filled}" height="6"/></svg>'
    )


def stacked(shares: Sequence[tuple[float, str]]) -> Markup:
    """Parts of one whole as a small bar for a table cell: (share 0..1, style class), left to right."""
    parts, x = [], 0.0
    for share, style in shares:
        parts.append(rect(100 * x, 0, 100 * share, 6, style))
        x += share
    return Markup(  # noqa: S704 (numbers and escaped classes)
        '<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<rect class="chart-track" width="100" height="6"/>{"".join(parts)}</svg>'
    )


def ceiling(value: int) -> int:
    """The smallest of 1, 2, 3, 4, 5, 6, 8 × 10ⁿ that is not below ``value``; 1 for nothing."""
    if value <= 1:
        return 1
    power = int(10 ** floor(log10(value)))
    return next(top for top in (step * power for step in (1, 2, 3, 4, 5, 6, 8, 10)) if top >= value)


def shortened(name: str, letters: int) -> str:
    """At most ``letters`` characters, cut at a word and marked with an ellipsis."""
    if len(name) <= letters:
        return name
    return name[: letters - 1].rsplit(" ", 1)[0].rstrip(" ,;") + "…"


def number(value: float) -> str:
    """A coordinate with at most two decimals, without a trailing zero."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def rect(x: float, y: float, width: float, height: float, style: str) -> str:
    """A rectangle of a style class."""
    return (
        f'<rect class="{escape(style)}" x="{number(x)}" y="{number(y)}" '
        f'width="{number(width)}" height="{number(height)}"/>'
    )


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """A straight line of a style class."""
    return f'<line class="{escape(style)}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>'


def text(x: float, y: float, words: str, style: str, anchor: str = "start") -> str:
    """A label; ``anchor`` is start, middle or end."""
    return (
        f'<text class="{escape(style)}" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{escape(words)}</text>'
    )
