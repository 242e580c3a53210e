"""The JSON API: lists with filters and cursors, single records, figures, problems; and that it agrees with the pages."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from schemas.metrics import METRICS, MINIMUM_N
from services.portal.budget_listings import BUDGET_EXECUTION, BUDGET_FINDINGS, BUDGET_LINES
from services.portal.listings import (
    ALERTS,
    BODIES,
    DEAD_LETTERS,
    FINDINGS,
    OBLIGATIONS,
    OVERDUE,
    SOURCES,
)
from tests.portal.reading import read
from tests.portal.recorded_country import (
    APPEAL,
    COMPLAINT,
    DISPUTED,
    EXTENSION_NOTICE,
    LATE_INQUIRY,
    PASSED_ON_LATE,
    SIMULATION,
    TRANSFERRED,
)

LISTS = {
    "obligations": (OBLIGATIONS, 36),
    "overdue": (OVERDUE, 4),
    "bodies": (BODIES, 6),
    "alerts": (ALERTS, 5),
    "findings": (FINDINGS, 4),
    "sources": (SOURCES, 2),
    "dead-letters": (DEAD_LETTERS, 2),
    "budget/lines": (BUDGET_LINES, 23),
    "budget/execution": (BUDGET_EXECUTION, 23),
    "budget/findings": (BUDGET_FINDINGS, 3),
}


def got(portal: TestClient, path: str, **query: str | int) -> Any:
    answer = portal.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_complete_whatever_the_page_size(portal: TestClient, path: str) -> None:
    listing, expected = LISTS[path]
    whole = got(portal, path, limit=1000)
    assert (len(whole["items"]), whole["next_cursor"], whole["simulation"]) == (expected, None, "")
    read_on, cursor = [], ""
    while True:
        answer = got(portal, path, limit=2, cursor=cursor)
        read_on += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert read_on == whole["items"]
    assert tuple(whole["items"][0]) == listing.columns


@pytest.mark.parametrize("path", LISTS)
def test_every_row_says_which_world_it_is_of(portal: TestClient, path: str) -> None:
    real = {row["simulation"] for row in got(portal, path)["items"]}
    simulated = {row["simulation"] for row in got(portal, path, world=SIMULATION)["items"]}
    assert real == {""}
    assert simulated <= {SIMULATION}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"lifecycle": "withdrawn"}, {"kz.inquiry:withdrawn"}),
        ({"lifecycle": "partly_fulfilled"}, {"kz.inquiry:held"}),
        ({"timeliness": "due_unobserved"}, {"kz.inquiry:behind", EXTENSION_NOTICE}),
        ({"timeliness": "no_legal_deadline"}, {"gb.wq:10"}),
        ({"claim": "withheld"}, {"kz.inquiry:behind", EXTENSION_NOTICE, DISPUTED}),
        ({"body": "kz.adm.228"}, {TRANSFERRED}),
        ({"body": "kz.adm.217"}, {"kz.inquiry:late-2"}),
        ({"body": "kz.adm.226", "claim": "publishable", "owed": "true"}, {LATE_INQUIRY, PASSED_ON_LATE}),
        ({"kind": "appeal.citizen", "owed": "true"}, {APPEAL, TRANSFERRED}),
        (
            {"since": "2026-04-22", "jurisdiction": "kz"},
            {"kz.inquiry:soon", "kz.inquiry:held", "kz.appeal:3", EXTENSION_NOTICE, COMPLAINT},
        ),
        ({"due_on": "2026-05-20"}, {"kz.inquiry:today"}),
        ({"region": "KZ-75"}, set()),
        ({"body": "", "lifecycle": "", "kind": "", "due_on": "2026-05-22"}, {"kz.inquiry:soon"}),
    ],
)
def test_filters_narrow_the_list(portal: TestClient, query: dict[str, str], expected: set[str]) -> None:
    assert {row["obligation_id"] for row in got(portal, "obligations", **query)["items"]} == expected


def test_obligations_are_sorted_by_filing_and_overdue_by_lateness(portal: TestClient) -> None:
    filed = [row["filed_on"] for row in got(portal, "obligations", limit=1000)["items"]]
    late = [(row["days_late"], row["obligation_id"]) for row in got(portal, "overdue")["items"]]
    assert filed == sorted(filed, reverse=True)
    assert late == [(44, LATE_INQUIRY), (44, "kz.inquiry:late-2"), (14, PASSED_ON_LATE), (5, TRANSFERRED)]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "all"}, "format=csv"),
        ({"lifecycle": "lost"}, "lifecycle"),
        ({"body": "' OR 1=1 --"}, "body"),
        ({"since": "2026-02-30"}, "since"),
        ({"cursor": "%%%"}, "cursor"),
        ({"cursor": "WyJvdmVyZHVlIiwgMSwgImEiXQ"}, "cursor"),
        ({"cursor": "WyJvYmxpZ2F0aW9ucyIsICIyMDI2LTA1LTAxIiwgMV0"}, "cursor"),
        ({"format": "xml"}, "format"),
        ({"world": "../x"}, "world"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(portal: TestClient, query: dict[str, str], word: str) -> None:
    answer = portal.get("/api/v1/obligations", params=query)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 400
    assert word in problem["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "obligations/kz.inquiry:none",
        "bodies/kz.none",
        "rules/kz.none",
        "metrics/none",
        "nothing",
        "overview?world=none",
    ],
)
def test_what_is_not_there_is_a_problem(portal: TestClient, path: str) -> None:
    answer = portal.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_one_obligation_has_its_trace_spans_and_timeline(portal: TestClient) -> None:
    one = got(portal, f"obligations/{TRANSFERRED}")
    assert [span["body"] for span in one["spans"]] == ["kz.adm.213", "kz.adm.228"]
    assert one["trace"][0]["code"] == "rule"
    assert [entry["type"].split(".")[2] for entry in one["timeline"]] == [
        "filed",
        "set",
        "transferred",
        "moved",
        "missed",
    ]
    assert one["timeline"][0]["event"]["data"]["reference"] == "A-2"
    assert one["timeline"][0]["sourcelocator"] == "row 7"
    assert (one["source"]["source_id"], one["days_late"]) == ("/sources/kz-inquiries/test", 5)


def test_the_explanation_comes_in_the_language_asked_for(portal: TestClient) -> None:
    texts = {lang: got(portal, f"obligations/{APPEAL}", lang=lang)["explanation"] for lang in ("kk", "ru", "en")}
    assert any("1 мая 2026" in detail for line in texts["ru"] for detail in line["details"])
    assert any("Қазақстан халқының бірлігі мерекесі" in detail for line in texts["kk"] for detail in line["details"])
    assert len({len(lines) for lines in texts.values()}) == 1


def test_the_overview_and_its_page_show_the_same_numbers(portal: TestClient) -> None:
    totals = got(portal, "overview")["totals"]
    tiles = read(portal.get("/en/").text).all("dl")[0]
    shown = [
        int(number.text.replace(",", "")) for number in tiles.all("span") if number.attributes.get("class") == "big"
    ]
    assert shown == [totals[name] for name in ("late", "due_today", "open", "due_unobserved", "withheld")]
    assert totals | {"bodies": 6, "late": 4, "due_today": 1, "due_unobserved": 2, "withheld": 3} == totals


def test_counts_agree_with_the_lists_behind_them(portal: TestClient) -> None:
    overview = got(portal, "overview")
    totals = overview["totals"]
    assert totals["late"] == len(got(portal, "overdue", limit=1000)["items"])
    assert totals["open"] == len(got(portal, "obligations", owed="true", limit=1000)["items"])
    assert totals["withheld"] == len(got(portal, "obligations", claim="withheld", limit=1000)["items"])
    assert [row["obligation_id"] for row in overview["due_today"]] == ["kz.inquiry:today"]


def test_bodies_and_their_page_show_the_same_numbers(portal: TestClient) -> None:
    rows = got(portal, "bodies")["items"]
    tables = read(portal.get("/en/bodies").text).all("tbody")
    shown = {
        row.all("a")[0].attributes["href"].rsplit("/", 1)[1]: [int(cell.text) for cell in row.all("td")]
        for table in tables
        for row in table.all("tr")
    }
    columns = ("late", "due_soon", "due_unobserved", "open", "in_time", "fulfilled_late", "withheld", "total")
    assert shown == {row["owed_by"]: [row[column] for column in columns] for row in rows}


def test_a_share_has_its_n_rule_window_and_freshness(portal: TestClient) -> None:
    figures = got(portal, "metrics", rule="kz.inquiry.answer", since="2026-03-01", limit=1000)["items"]
    march = {figure["metric"]: figure for figure in figures if figure["window_from"] == "2026-03-01"}
    late = march["timeliness.late_share"]
    assert (late["n"], late["value"], late["withheld_because"]) == (14, pytest.approx(4 / 14), None)
    assert (late["rule_id"], late["window_to"], late["as_of"]) == (
        "kz.inquiry.answer",
        "2026-03-31",
        "2026-05-20T06:00:00Z",
    )
    # One of its sources never said how far it was read, so neither can the figure.
    assert late["read_up_to"] is None
    (gb,) = got(portal, "metrics/timeliness.late_share", rule="gb.wq.named_day")["items"]
    assert (gb["value"], gb["read_up_to"]) == (0.3, "2026-05-17T06:00:00Z")


def test_small_n_and_missing_deadlines_have_no_value(portal: TestClient) -> None:
    figures = got(portal, "metrics", limit=1000)["items"]
    assert {figure["withheld_because"] for figure in figures} == {None, "small_n", "no_legal_deadline"}
    for figure in figures:
        assert (figure["value"] is None) == (figure["withheld_because"] is not None)
        if figure["withheld_because"] is None:
            assert figure["n"] >= MINIMUM_N


def test_the_catalogue_is_published_whole(portal: TestClient) -> None:
    published = got(portal, "metrics")["definitions"]
    assert [metric["id"] for metric in published] == list(METRICS)
    assert got(portal, "metrics/obligations.late")["definition"]["view"] == "overdue"


def test_shares_by_body_add_up_to_the_shares_by_month(portal: TestClient) -> None:
    by_month: dict[str, list[int]] = {}
    answer = portal.get("/api/v1/overview").json()
    for row in answer["shares"]:
        sums = by_month.setdefault(row["rule_id"], [0, 0, 0, 0])
        for index, name in enumerate(("n", "in_time", "not_in_time", "open_undecided")):
            sums[index] += row[name]
    by_body: dict[str, list[int]] = {}
    for body in answer["bodies"]:
        for row in got(portal, f"bodies/{body['owed_by']}")["rules"]:
            sums = by_body.setdefault(row["rule_id"], [0, 0, 0, 0])
            for index, name in enumerate(("n", "in_time", "not_in_time", "open_undecided")):
                sums[index] += row[name]
    assert by_body == by_month


def test_waits_are_a_distribution_and_small_ones_are_withheld(portal: TestClient) -> None:
    healthcare = got(portal, "bodies/kz.adm.226")
    assert healthcare["waits_n"] == sum(bucket["n"] for bucket in healthcare["waits"]) == 10
    assert [bucket["n"] for bucket in healthcare["waits"]] == [0, 0, 0, 8, 2, 0]
    assert got(portal, "bodies/kz.adm.213")["waits"] == []


def test_budget_shares_are_null_where_nothing_can_be_divided_by(portal: TestClient) -> None:
    rows = {(row["code"], row["period_end"]): row for row in got(portal, "budget/execution", fiscal_year=2026)["items"]}
    assert rows["226", "2026-03-31"]["executed_of_period_plan"] is None
    assert rows["226", "2026-04-30"]["executed_of_period_plan"] == 0.875
    assert rows["777", "2026-04-30"]["executed_of_approved"] is None
    assert rows["0", "2026-03-31"]["paid"] == "600000000.5"


def test_rules_are_published_with_every_version(portal: TestClient) -> None:
    rules = {rule["id"]: rule["versions"] for rule in got(portal, "rules")["items"]}
    assert [version["version"] for version in rules["kz.inquiry.answer"]] == [1, 2]
    assert got(portal, "rules/kz.inquiry.answer")["versions"] == rules["kz.inquiry.answer"]


def test_status_counts_the_record(portal: TestClient) -> None:
    status = got(portal, "status")
    assert (status["judged_up_to"], status["dead_letters"], status["findings_open"]) == ("2026-05-20T06:00:00Z", 2, 4)
    assert {(row["channel"], row["state"]) for row in status["deliveries"]} == {("press", "sent"), ("clerk", "failed")}


def test_the_description_of_the_api_names_every_path_and_no_other_host(portal: TestClient) -> None:
    spec = portal.get("/api/openapi.json").json()
    expected = {f"/api/v1/{name}" for name in (*LISTS, "overview", "metrics", "rules", "status")}
    assert expected <= set(spec["paths"])
    page = portal.get("/api/docs", headers={"accept-language": "en"}).text
    assert all(f'id="{path}"' in page for path in expected)
    assert "http" not in page.split("<main")[0]


def test_public_data_may_be_read_from_any_site(portal: TestClient) -> None:
    assert portal.get("/api/v1/bodies").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in portal.get("/en/").headers


def test_original_messages_are_never_published(portal: TestClient) -> None:
    letters = got(portal, "dead-letters")["items"]
    single = [
        f"{where}/dead-letters/{each['event_id']}" for each in letters for where in ("/api/v1", "/kk", "/ru", "/en")
    ]
    lists = ("/api/v1/dead-letters", "/en/data", "/en/dead-letters", "/api/v1/dead-letters?format=csv&limit=all")
    for path in (*lists, "/api/v1/dead-letter-codes", *single):
        answer = portal.get(path)
        assert answer.status_code == 200, path
        shown = answer.text
        assert "is not JSON" not in shown
        assert "Testova" not in shown
        assert "R2FyYmFnZ" not in shown
        assert "Z2FyYmFnZ" not in shown
