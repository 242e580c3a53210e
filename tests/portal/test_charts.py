"""Charts: well-formed, told in words, to scale, and gaps are not zeros."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal.charts import Alternative, Bar, Bars, Flow, Panel, both_widths, ceiling, meter, shortened, stacked

SVG = "{http://www.w3.org/2000/svg}"
ALTERNATIVE = Alternative("A title <&>", "A description")


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(str(svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314


def flow(values: list[int | None], width: int = 960) -> ElementTree.Element:
    drawing = Flow("t", ALTERNATIVE, [Panel("Filed", "fill-flow", values)], [str(v) for v in values], ["up to 9"])
    return parsed(drawing.at(width, "wide"))


def heights(svg: ElementTree.Element, style: str) -> list[float]:
    return [float(r.attrib["height"]) for r in svg.iter(f"{SVG}rect") if r.attrib["class"] == style]


def test_a_chart_is_told_to_those_who_do_not_see_it() -> None:
    svg = flow([1, 2])
    assert svg.attrib["role"] == "img"
    title, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert svg.attrib["aria-labelledby"].split() == [title.attrib["id"], description.attrib["id"]]
    assert (title.text, description.text) == ("A title <&>", "A description")


def test_bars_are_to_one_scale() -> None:
    small, large = heights(flow([2, 8]), "fill-flow")
    assert large == pytest.approx(4 * small, rel=0.01)


def test_a_day_not_observed_is_a_gap_and_a_zero_is_nothing() -> None:
    svg = flow([3, 0, None])
    assert len(heights(svg, "fill-flow")) == 1
    assert len(heights(svg, "chart-gap")) == 1


def test_the_longest_horizontal_bar_fills_the_width() -> None:
    bars = [Bar("One", 4, "4 of 9"), Bar("Two <b>", 1, "1 of 2")]
    svg = parsed(Bars("t", ALTERNATIVE, bars, "fill-late").at(960, "wide"))
    widths = [float(r.attrib["width"]) for r in svg.iter(f"{SVG}rect") if r.attrib["class"] == "fill-late"]
    assert widths == [960, 240]


def test_both_widths_have_ids_of_their_own() -> None:
    html = both_widths(Bars("t", ALTERNATIVE, [Bar("One", 1, "1")], "fill-late"))
    assert html.count('id="chart-t-wide-title"') == html.count('id="chart-t-narrow-title"') == 1


def test_nothing_to_draw_draws_nothing() -> None:
    assert heights(parsed(Flow("t", ALTERNATIVE, [], [], []).at(960, "wide")), "fill-flow") == []
    assert heights(parsed(Bars("t", ALTERNATIVE, [], "fill-late").at(960, "wide")), "fill-late") == []


@given(st.lists(st.none() | st.integers(min_value=0, max_value=10**6), max_size=60), st.sampled_from([340, 960]))
def test_no_bar_leaves_the_picture(values: list[int | None], width: int) -> None:
    svg = flow(values, width)
    _, _, right, bottom = (float(part) for part in svg.attrib["viewBox"].split())
    for rect in svg.iter(f"{SVG}rect"):
        x, y, wide, tall = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert -0.01 <= x <= x + wide <= right + 0.05
        assert -0.01 <= y <= y + tall <= bottom + 0.05


@given(st.integers(min_value=0, max_value=10**9))
def test_the_scale_is_round_and_holds_its_value(value: int) -> None:
    top = ceiling(value)
    assert value <= top <= max(2 * value, 1)
    assert str(top).rstrip("0") in {"1", "2", "3", "4", "5", "6", "8"}


@given(st.floats(min_value=-1, max_value=9))
def test_a_meter_stays_within_its_frame(share: float) -> None:
    width = float(list(parsed(meter(share, "fill-flow")).iter(f"{SVG}rect"))[1].attrib["width"])
    assert 0 <= width <= 100


def test_parts_of_a_whole_lie_side_by_side() -> None:
    rects = list(parsed(stacked([(0.5, "a"), (0.25, "b")])).iter(f"{SVG}rect"))[1:]
    assert [(r.attrib["x"], r.attrib["width"]) for r in rects] == [("0", "50"), ("50", "25")]


@pytest.mark.parametrize(
    ("name", "letters", "shown"),
    [
        ("Ministry", 20, "Ministry"),
        ("Ministry of Labour and Protection", 22, "Ministry of Labour…"),
        ("Министерство", 5, "Мини…"),
    ],
)
def test_long_names_are_cut_at_a_word(name: str, letters: int, shown: str) -> None:
    assert shortened(name, letters) == shown
