"""The house style of panels: sizes, legends, units, colours and what an empty cell says.

A panel here is a builder of the foundation SDK with good defaults; what a board shows is its own business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import barchart, common, dashboard, stat, table, text, timeseries
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import text as text_model
from grafana_foundation_sdk.models.dashboard import (
    DashboardSpecialValueMapOptions,
    DynamicConfigValue,
    FieldColorModeId,
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ThresholdsMode,
    ValueMappingResult,
)

from dashboards.kit.captions import Caption
from dashboards.kit.query import Format, Query, warehouse

NO_FIGURE = "no figure"
"""What stands where a share has no denominator: never a zero, never a blank."""


class Unit(StrEnum):
    """Grafana's units in use here."""

    COUNT = "locale"
    AMOUNT = "short"
    SHARE = "percentunit"
    SECONDS = "s"


class Colour(StrEnum):
    """Few colours, each with one meaning. Red is kept for published claims of lateness."""

    PLAIN = "text"
    CLAIM = "red"
    CAUTION = "orange"
    NOTICE = "blue"
    GOOD = "green"


@dataclass(frozen=True, slots=True)
class Column:
    """How a column of a table is shown. ``link`` may use ``${__data.fields.NAME}`` and ``${__value.raw}``."""

    title: str
    unit: Unit | None = None
    width: int | None = None
    link: str | None = None
    hidden: bool = False


class _Captioned(Protocol):
    def id(self, id_val: int) -> Self: ...
    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: common_model.DataSourceRef) -> Self: ...
    def with_target(self, target: Query) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...


_Panel = TypeVar("_Panel", bound=_Captioned)


def number(
    caption: Caption, sql: str, *, unit: Unit = Unit.COUNT, colour: Colour = Colour.PLAIN, span: int = 4
) -> stat.Panel:
    """One figure from a one-row query; it takes ``colour`` from 1 upwards."""
    panel = (
        _ask(stat.Panel(), caption, sql, Format.TABLE)
        .span(span)
        .height(4)
        .unit(unit)
        .graph_mode(common_model.BigValueGraphMode.NONE)
        .color_mode(common_model.BigValueColorMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .no_value(NO_FIGURE)
    )
    return panel.thresholds(_steps((None, Colour.PLAIN), (1, colour)))


def words(caption: Caption, sql: str, *, span: int) -> stat.Panel:
    """Words from a one-row query, each column a tile; a column may be an instant."""
    return (
        _ask(stat.Panel(), caption, sql, Format.TABLE)
        .span(span)
        .height(4)
        .graph_mode(common_model.BigValueGraphMode.NONE)
        .color_mode(common_model.BigValueColorMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/"))
        .no_value("not known yet")
    )


def rows(caption: Caption, sql: str, columns: Mapping[str, Column], *, span: int = 24, height: int = 9) -> table.Panel:
    """A table. ``columns`` names every column of the query, so a new one cannot appear unexplained."""
    panel = (
        _ask(table.Panel(), caption, sql, Format.TABLE)
        .span(span)
        .height(height)
        .cell_height(common_model.TableCellHeight.SM)
        .filterable(True)
        .mappings([_null_as(NO_FIGURE)])
        .no_value("nothing here")
    )
    for name, column in columns.items():
        panel = panel.override_by_name(name, _properties(column))
    return panel


def bars(caption: Caption, sql: str, *, unit: Unit, span: int = 12, height: int = 10) -> barchart.Panel:
    """Horizontal bars: the first column names the bar, each further one is a segment beside the others."""
    return (
        _ask(barchart.Panel(), caption, sql, Format.TABLE)
        .span(span)
        .height(height)
        .unit(unit)
        .orientation(common_model.VizOrientation.HORIZONTAL)
        .show_value(common_model.VisibilityMode.AUTO)
        .x_tick_label_max_length(40)
        .legend(_legend())
        .tooltip(_tooltip())
    )


def series(
    caption: Caption, sql: str, *, unit: Unit, span: int = 12, height: int = 9, points: bool = False
) -> timeseries.Panel:
    """Lines over time: ``time`` first, then numbers, or a label and a number. Gaps stay gaps."""
    return (
        _ask(timeseries.Panel(), caption, sql, Format.SERIES)
        .span(span)
        .height(height)
        .unit(unit)
        .line_width(2)
        .fill_opacity(0)
        .span_nulls(False)
        .show_points(common_model.VisibilityMode.ALWAYS if points else common_model.VisibilityMode.AUTO)
        .axis_soft_min(0)
        .legend(_legend())
        .tooltip(_tooltip())
    )


def note(panel_id: int, title: str, markdown: str, *, span: int, height: int = 4) -> text.Panel:
    """Words that do not come from the warehouse."""
    return (
        text.Panel()
        .id(panel_id)
        .title(title)
        .span(span)
        .height(height)
        .mode(text_model.TextMode.MARKDOWN)
        .content(markdown)
    )


def row(panel_id: int, title: str) -> dashboard.Row:
    """A heading between panels."""
    return dashboard.Row(title).id(panel_id)


def coloured(panel: timeseries.Panel | barchart.Panel, colours: Mapping[str, Colour]) -> None:
    """Give series the colours of their meaning, by column name."""
    for name, colour in colours.items():
        fixed = {"mode": FieldColorModeId.FIXED, "fixedColor": colour}
        panel.override_by_name(name, [DynamicConfigValue("color", fixed)])


def _ask(panel: _Panel, caption: Caption, sql: str, shape: Format) -> _Panel:
    return (
        panel.id(caption.id)
        .title(caption.title)
        .description(caption.description)
        .datasource(warehouse())
        .with_target(Query(sql, shape))
    )


def _properties(column: Column) -> list[DynamicConfigValue]:
    properties = [DynamicConfigValue("displayName", column.title)]
    if column.unit is not None:
        properties.append(DynamicConfigValue("unit", column.unit))
    if column.width is not None:
        properties.append(DynamicConfigValue("custom.width", column.width))
    if column.link is not None:
        link = {"title": column.title, "url": column.link, "targetBlank": True}
        properties.append(DynamicConfigValue("links", [link]))
    if column.hidden:
        properties.append(DynamicConfigValue("custom.hideFrom.viz", True))
    return properties


def _null_as(words_shown: str) -> SpecialValueMap:
    result = ValueMappingResult(text=words_shown)
    return SpecialValueMap(DashboardSpecialValueMapOptions(match=SpecialValueMatch.NULL, result=result))


def _steps(*steps: tuple[float | None, Colour]) -> dashboard.ThresholdsConfig:
    thresholds = [Threshold(value, colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(thresholds)


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(common_model.LegendDisplayMode.LIST)
        .placement(common_model.LegendPlacement.BOTTOM)
    )


def _tooltip() -> common.VizTooltipOptions:
    return (
        common.VizTooltipOptions().mode(common_model.TooltipDisplayMode.MULTI).sort(common_model.SortOrder.DESCENDING)
    )
