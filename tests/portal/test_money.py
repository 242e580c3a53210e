"""Money for readers: faults of the source first, nothing concluded from what is blocked, PEFA with its inputs."""

import ast
import inspect
from decimal import Decimal
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.domain.budget import checks
from services.portal.budget_checks import CHECKS
from services.portal.budget_records import BudgetExecutionRecord
from services.portal.pages.budget_charts import sound_amount
from services.wording.words import LANGUAGES, all_words
from tests.portal.reading import Element, read
from tests.portal.recorded_money import BLOCKED_LINE, ENDED_LINE, LINE


def got(portal: TestClient, path: str, **query: str | int) -> Any:
    answer = portal.get(f"/api/v1/budget/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def shown(portal: TestClient, path: str, language: str = "en") -> Element:
    answer = portal.get(f"/{language}/budget{path}")
    assert answer.status_code == 200, answer.text[:300]
    return read(answer.text)


def rows_of(page: Element, name: str) -> list[Element]:
    """The rows of the body of the first table of this class."""
    table = next(each for each in page.all("table") if name in each.attributes.get("class", "").split())
    return table.all("tbody")[0].all("tr")


def test_every_check_has_a_page_words_and_an_example_in_three_languages() -> None:
    called = {"_of_line", "_of_table"}
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(checks))) if isinstance(node, ast.Call)]
    named = [node.args[0] for node in calls if isinstance(node.func, ast.Name) and node.func.id in called]
    raised = {f"budget.{each.value}" for each in named if isinstance(each, ast.Constant)}
    assert raised == set(CHECKS)
    for language in LANGUAGES:
        words = all_words()[language]
        assert all(f"finding_codes.{code}" in words for code in CHECKS)
        names = [code.removeprefix("budget.") for code in CHECKS]
        assert all(f"budget_checks.{name}.{part}" in words for name in names for part in ("means", "example"))


def test_a_blocked_line_keeps_its_amounts_and_gets_no_share(portal: TestClient) -> None:
    rows = {(row["line_id"], row["period_end"]): row for row in got(portal, "execution", blocked="true")["items"]}
    assert {(line.rpartition("/")[2], end) for line, end in rows} == {
        ("0", "2026-02-28"),
        ("226", "2026-02-28"),
        ("227", "2026-04-30"),
    }
    blocked = rows[BLOCKED_LINE, "2026-04-30"]
    assert (blocked["paid"], blocked["blocked_by"]) == ("100000000", "budget.cumulative_fell")
    assert (blocked["executed_of_approved"], blocked["executed_of_period_plan"]) == (None, None)


def test_lines_are_filtered_by_table_and_place(portal: TestClient) -> None:
    tree = got(portal, "lines", classification="tree", level="republican", fiscal_year=2025)["items"]
    assert sorted(row["name"] for row in tree) == ["Health", "II. ЗАТРАТЫ", "Taxes", "Обслуживание долга"]
    region = got(portal, "lines", region="KZ-71")["items"]
    assert [row["paid"] for row in region] == ["40", "10"]
    assert len(got(portal, "lines", code="226", period_end="2026-04-30")["items"]) == 1


def test_findings_are_filtered_and_typed(portal: TestClient) -> None:
    assert len(got(portal, "findings", blocks="true")["items"]) == 2
    [fell] = got(portal, "findings", finding="budget.cumulative_fell")["items"]
    assert (fell["blocks"], fell["line_id"], fell["period_end"], fell["seen"]) == (
        True,
        BLOCKED_LINE,
        "2026-04-30",
        "100000000",
    )


def test_pefa_has_value_inputs_and_rows_for_every_year_and_indicator(portal: TestClient) -> None:
    answer = got(portal, "pefa")
    assert answer["standing"] == "own arithmetic, not an official score"
    by = {(row["indicator"], row["fiscal_year"]): row for row in answer["items"]}
    assert (by["PI-1", 2024]["percent"], by["PI-1", 2025]["percent"]) == ("120", "99")
    assert (by["PI-1", 2024]["approved"], by["PI-1", 2024]["paid"]) == ("100", "120")
    assert [head["name"] for head in by["PI-1", 2024]["heads"]] == [
        row["name"]
        for line in by["PI-1", 2024]["rows"]
        for row in got(portal, "lines", fiscal_year=2024)["items"]
        if row["line_id"] == line
    ]
    assert len(by["PI-2.1 without interest", 2025]["rows"]) == 1
    assert (by["PI-1", 2026]["percent"], by["PI-1", 2026]["reason"]) == (None, "year_not_over")
    assert by["PI-2.2", 2025]["percent"] is None
    [score] = [each for each in answer["scores"] if each["indicator"] == "PI-1"]
    assert (score["letter"], score["best"], score["worst"], score["last_year"]) == (None, "A", "D", 2025)
    assert {row["fiscal_year"] for row in got(portal, "pefa", year=2025)["items"]} == {2025}


def test_the_fiscal_package_labels_every_measure_with_its_phase(portal: TestClient) -> None:
    package = portal.get("/data/budget-datapackage.json").json()
    measures = package["model"]["measures"]
    assert {name: each["phase"] for name, each in measures.items()} == {
        "approved": "approved",
        "specified": "adjusted",
        "adjusted": "adjusted",
        "period_plan_payments": "adjusted",
        "period_plan_obligations": "adjusted",
        "paid": "executed",
        "obligations_taken": "executed",
    }
    assert {(each["currency"], each["factor"]) for each in measures.values()} == {("KZT", 1000)}
    fields = {each["name"]: each for each in package["resources"][0]["schema"]["fields"]}
    assert fields["paid"]["phase"] == "executed"
    assert "Phase: executed" in fields["paid"]["description"]
    columns = {name for each in package["model"]["dimensions"].values() for name in each["attributes"]}
    assert columns <= set(fields)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_of_the_table_stands_first_and_no_share_is_shown(portal: TestClient, language: str) -> None:
    page = shown(portal, "?period=2026-02-28", language)
    notice = next(each for each in page.all("div") if "notice-blocks" in each.attributes.get("class", ""))
    words = all_words()[language]
    assert words("finding_codes.budget.period_plan_missing") in notice.text
    rows = rows_of(page, "administrators")
    assert all("is-blocked" in row.attributes["class"] and "%" not in row.text for row in rows)
    assert all(words("budget.not_concluded") in row.text for row in rows)


def test_the_map_marks_blocked_cells_with_a_letter_that_is_explained(portal: TestClient) -> None:
    page = shown(portal, "/heat")
    cells = {row.all("code")[0].text: row.all("td") for row in rows_of(page, "heat")}
    february, april = cells["226"][1], cells["227"][3]
    assert "heat-blocked" in february.attributes["class"]
    assert "Plan of the period is missing" in february.text
    assert (april.all("span")[0].text, cells["226"][3].text) == ("a", "35%")
    assert "heat-none" in cells["226"][0].attributes["class"]
    assert list(cells) == sorted(cells)


def test_one_administrator_is_shown_against_the_year_before_with_no_forecast_from_nothing(portal: TestClient) -> None:
    page = shown(portal, f"/{LINE}")
    april = next(row for row in rows_of(page, "figures") if "30 Apr 2026" in row.text)
    assert [cell.text for cell in april.all("td")][:5] == ["2,000.0", "2,000.0", "800.0", "700.0", "600.0"]
    assert "past years say too little" in page.text


def test_the_line_of_the_year_before_breaks_where_its_source_was_at_fault() -> None:
    sound = BudgetExecutionRecord.model_construct(paid=Decimal(7_000_000), unit="thousand KZT", blocked=False)
    assert sound_amount(sound, "paid") == pytest.approx(7)
    assert sound_amount(sound.model_copy(update={"blocked": True}), "paid") is None
    assert sound_amount(None, "paid") is None


def test_a_reorganised_body_links_its_successors_and_marks_the_break(portal: TestClient) -> None:
    page = shown(portal, f"/{ENDED_LINE}")
    links = [a.attributes["href"] for a in page.all("main")[0].all("a")]
    assert "/en/budget/kz/republican/administrator/-/2023/228" in links
    assert "break in the series" in page.text
    assert "1 September 2023" in page.text.replace("\u00a0", " ")


def test_regions_show_their_gaps_and_those_that_published_nothing(portal: TestClient) -> None:
    rows = {row.all("code")[0].text: row.text for row in rows_of(shown(portal, "/regions"), "stack")}
    assert "February 2026" in rows["KZ-71"]
    assert "20.0%" in rows["KZ-71"]
    assert "nothing has been published here" in rows["KZ-10"]


def test_a_check_that_does_not_exist_has_no_page(portal: TestClient) -> None:
    assert portal.get("/en/budget/findings/budget.nothing").status_code == 404
