"""Months of a budget table: which are said to be published whole, which are not, and who is told why."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.events.reports import ReportFoundV1
from schemas.events.sources import SourceObservedV1
from services.adapters.clock import FakeClock
from services.adapters.codec import decode
from services.adapters.memory import MemoryFactLog
from services.adapters.rulebook import load_rulebook
from services.connectors.base import Notice, Reading, Record, Rejected, Watermark
from services.connectors.kz_budget import KzBudget
from services.connectors.kz_budget_periods import REPORT_RULE
from services.connectors.kz_budget_table import Table
from services.importing.run import run_import
from tests.connectors.kz_tables import marked, markers, row, table
from tests.connectors.readings import ADMINISTRATORS, READ_AT, of_kind, read

JANUARY, FEBRUARY, MARCH = ({"month": f"0{number}.2025"} for number in (1, 2, 3))


def notices(readings: list[Reading]) -> list[tuple[str, str]]:
    """Code and text of each notice."""
    return [(notice.code, notice.text) for notice in of_kind(Notice, readings)]


def found(readings: list[Reading]) -> list[tuple[str, str]]:
    """The reports that were there: which, and since when at the earliest."""
    events = [watermark.event for watermark in of_kind(Watermark, readings)]
    return [(e.subject, str(e.data.earliest_on)) for e in events if isinstance(e.data, ReportFoundV1)]


def observed(readings: list[Reading]) -> list[str]:
    """How far the table is said to have been read."""
    events = [watermark.event for watermark in of_kind(Watermark, readings)]
    return [e.data.model_dump(mode="json")["read_up_to"] for e in events if isinstance(e.data, SourceObservedV1)]


def test_each_month_is_marked_in_order_after_all_rows(tmp_path: Path) -> None:
    lines = (row(**MARCH), row(**JANUARY), row(code="902", **JANUARY), row(code="902", **MARCH))
    readings = read(ADMINISTRATORS, table(tmp_path, *lines))
    assert marked(readings) == ["2025-01-31", "2025-03-31"]
    assert [type(reading) for reading in readings[-9:]] == [Record] * 4 + [Watermark] * 5


def test_of_each_whole_month_the_report_was_found_and_the_table_read_up_to_the_last(tmp_path: Path) -> None:
    readings = read(ADMINISTRATORS, table(tmp_path, row(**JANUARY), row(**MARCH)))
    assert found(readings) == [("kz.bud.month.pub:2025-01", "2025-02-01"), ("kz.bud.month.pub:2025-03", "2025-04-01")]
    assert observed(readings) == ["2025-03-31T19:00:00Z"]


def test_a_refused_row_hides_whether_its_month_was_published(tmp_path: Path) -> None:
    """Nothing is said of that month, and the table counts as read up to the month before."""
    lines = (row(**JANUARY), row(sumrg="1,5", **FEBRUARY), row(**MARCH))
    readings = read(ADMINISTRATORS, table(tmp_path, *lines))
    assert [subject for subject, _ in found(readings)] == ["kz.bud.month.pub:2025-01", "kz.bud.month.pub:2025-03"]
    assert observed(readings) == ["2025-01-31T19:00:00Z"]
    assert observed(read(ADMINISTRATORS, table(tmp_path, row(sumrg="1,5", **JANUARY)))) == []


def test_only_the_republican_table_by_administrator_is_the_report(tmp_path: Path) -> None:
    by_function = KzBudget(READ_AT, Table("republican", "function"))
    readings = read(by_function, table(tmp_path, row(**JANUARY)))
    assert (found(readings), observed(readings), marked(readings)) == ([], [], ["2025-01-31"])


def test_found_again_on_another_day_is_the_same_fact(tmp_path: Path) -> None:
    path, log = table(tmp_path, row(**JANUARY)), MemoryFactLog()
    for days in (0, 40):
        read_at = READ_AT + timedelta(days=days)
        run_import(replace(ADMINISTRATORS, read_at=read_at), [path], log, FakeClock(read_at))
    (report,) = (event for event in map(decode, (e.value for e in log.entries)) if event.type == ReportFoundV1.type)
    assert report.observedat == READ_AT, "the first look stands"


def test_the_rule_of_the_reports_names_no_day() -> None:
    """If it did, a table that begins after the duty could accuse: then a table has to say from when on it was read."""
    assert all(version.term is None for version in load_rulebook().rules[REPORT_RULE])


def test_a_marker_says_how_many_lines_the_month_has_and_where_it_comes_from(tmp_path: Path) -> None:
    (marker,) = markers(read(ADMINISTRATORS, table(tmp_path, row(), row(code="902"))))
    assert marker.data.model_dump(mode="json", exclude_none=True) == {
        "jurisdiction": "kz",
        "level": "republican",
        "classification": "administrator",
        "fiscal_year": 2025,
        "period_end": "2025-01-31",
        "lines": 2,
    }
    assert (marker.source, marker.subject) == (
        "/sources/kz-budget/republican-administrator",
        "kz/republican/administrator/-/2025-01",
    )
    assert (marker.time.isoformat(), marker.observedat) == ("2025-01-31T19:00:00+00:00", READ_AT)
    assert (marker.sourceuri, marker.sourcelocator) == ("table.csv", None)
    assert marker.sourcesha256


def test_a_month_is_no_line(tmp_path: Path) -> None:
    """Functional groups have codes of two digits, and 10 is one of them."""
    readings = read(ADMINISTRATORS, table(tmp_path, row(code="10", month="10.2024")))
    (record,) = of_kind(Record, readings)
    (marker,) = markers(readings)
    assert record.events[0].subject != marker.subject


def test_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    path, log, clock = table(tmp_path, row(**JANUARY), row(**FEBRUARY)), MemoryFactLog(), FakeClock(READ_AT)
    first = run_import(ADMINISTRATORS, [path], log, clock)
    assert (first.read, first.facts["esep.budget.period_published.v1"]) == (2, 2)
    again = run_import(ADMINISTRATORS, [path], log, clock)
    assert (again.read, again.total.accepted, again.total.duplicate, dict(again.facts)) == (2, 0, 2, {})


def test_rows_in_another_order_are_the_same_publication(tmp_path: Path) -> None:
    one, other = row(code="901"), row(code="902")
    there, back = (markers(read(ADMINISTRATORS, table(tmp_path, *lines)))[0] for lines in ((one, other), (other, one)))
    assert there.id == back.id


def test_a_row_that_stands_twice_is_one_line(tmp_path: Path) -> None:
    (marker,) = markers(read(ADMINISTRATORS, table(tmp_path, row(), row())))
    assert marker.data.model_dump()["lines"] == 1


def test_other_figures_publish_the_month_again_and_only_it(tmp_path: Path) -> None:
    log, clock = MemoryFactLog(), FakeClock(READ_AT)
    run_import(ADMINISTRATORS, [table(tmp_path, row(**JANUARY), row(**FEBRUARY))], log, clock)
    summary = run_import(ADMINISTRATORS, [table(tmp_path, row(**JANUARY), row(sumrg="11.0", **FEBRUARY))], log, clock)
    assert dict(summary.facts) == {"esep.budget.statement.v1": 1, "esep.budget.period_published.v1": 1}


def test_a_month_with_a_refused_row_is_not_marked(tmp_path: Path) -> None:
    lines = (row(**JANUARY), row(**FEBRUARY), row(code="902", sumrg="1,5", **FEBRUARY), row(**MARCH))
    readings = read(ADMINISTRATORS, table(tmp_path, *lines))
    assert marked(readings) == ["2025-01-31", "2025-03-31"]
    said = "table.csv: 02.2025 is not marked as published whole: the row of line 4 was refused"
    assert notices(readings) == [("period_not_marked", said)]


@pytest.mark.parametrize(
    ("bad", "left"),
    [
        (row(month="13.2025"), ["2025-01-31"]),
        (row(month=""), ["2025-01-31"]),
        ("\n", ["2025-01-31"]),
        (row(name="Музей; примеров", **MARCH), ["2025-01-31", "2025-02-28"]),
        (row(name='"Музей', **FEBRUARY), ["2025-01-31", "2025-03-31"]),
        (row(sumrg="x", month='"02.2025"'), ["2025-01-31", "2025-03-31"]),
    ],
)
def test_a_row_of_no_known_month_spoils_the_months_around_it(tmp_path: Path, bad: str, left: list[str]) -> None:
    """Between February and March it may be either's; a month that can be read in it is the one."""
    lines = (row(**JANUARY), row(**FEBRUARY), bad, row(**MARCH))
    readings = read(ADMINISTRATORS, table(tmp_path, *lines))
    assert len(of_kind(Rejected, readings)) == 1
    assert marked(readings) == left


def test_two_stray_quotes_spoil_every_month_between_them(tmp_path: Path) -> None:
    spoilt = (row(name='Музей"', **JANUARY), row(**FEBRUARY), row(name='Музей"', **FEBRUARY))
    readings = read(ADMINISTRATORS, table(tmp_path, row(code="902", **JANUARY), *spoilt, row(**MARCH)))
    (rejected,) = of_kind(Rejected, readings)
    assert rejected.original == "".join(spoilt).encode()
    assert marked(readings) == ["2025-03-31"]


def test_a_file_that_breaks_off_leaves_its_last_month_unmarked(tmp_path: Path) -> None:
    readings = read(ADMINISTRATORS, table(tmp_path, row(**JANUARY), row(**FEBRUARY), row(code="902")[:40]))
    assert marked(readings) == ["2025-01-31"]


def test_a_month_that_stands_twice_with_other_figures_is_summed_up(tmp_path: Path) -> None:
    first = [row(code=code, **JANUARY) for code in ("901", "902", "903")]
    again = [row(code=code, sumrg="11.0", **JANUARY) for code in ("901", "902", "903")]
    readings = read(ADMINISTRATORS, table(tmp_path, *first, *again))
    assert [(rejected.code, rejected.row) for rejected in of_kind(Rejected, readings)] == [
        ("repeated_line", "5"),
        ("repeated_line", "6"),
        ("repeated_line", "7"),
    ]
    again_and_refused = "is in the file again with other content: 3 rows, lines 5 to 7, were refused"
    assert notices(readings) == [
        ("repeated_month", f"table.csv: 01.2025 {again_and_refused}; what came first stands"),
        (
            "period_not_marked",
            "table.csv: 01.2025 is not marked as published whole: 3 rows, lines 5 to 7, were refused",
        ),
    ]
    assert marked(readings) == []


def test_a_code_that_one_month_only_knows_is_told(tmp_path: Path) -> None:
    lines = (row(**JANUARY), row(code="365", **JANUARY), row(**FEBRUARY), row(code="91", **FEBRUARY))
    readings = read(ADMINISTRATORS, table(tmp_path, *lines))
    said = "table.csv: codes that one month only knows: 365 (01.2025, line 3), 91 (02.2025, line 5)"
    assert notices(readings) == [("lone_code", said)]
    assert marked(readings) == ["2025-01-31", "2025-02-28"]


def test_many_such_codes_are_counted(tmp_path: Path) -> None:
    lines = (row(**JANUARY), row(**FEBRUARY), *(row(code=str(code), **JANUARY) for code in range(100, 108)))
    ((_, said),) = notices(read(ADMINISTRATORS, table(tmp_path, *lines)))
    assert said.endswith("104 (01.2025, line 8) and 3 more")


def test_a_file_of_one_month_has_nothing_to_compare_its_codes_with(tmp_path: Path) -> None:
    assert notices(read(ADMINISTRATORS, table(tmp_path, row(), row(code="902")))) == []
