"""Day by day: which days are shown, what is summed, and what is unknown rather than zero."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient

from services.adapters.clock import FakeClock
from services.portal.app import create_app
from services.portal.overview import FLOW_DAYS, Flow, Overview
from services.portal.pages.front import FlowDay, flow_days
from services.portal.records import FlowRecord, SourceRecord
from services.portal.settings import PortalSettings
from tests.portal.recorded_country import NOW, TODAY

FIRST = date(2026, 5, 1)


def row(day: date, jurisdiction: str = "kz", filed: int = 0, closed: int = 0, fell_due: int = 0) -> FlowRecord:
    return FlowRecord(
        day=day,
        simulation="",
        jurisdiction=jurisdiction,
        filed=filed,
        closed=closed,
        fell_due=fell_due,
        became_late=0,
    )


def days(rows: tuple[FlowRecord, ...], read_up_to: datetime | None) -> list[FlowDay]:
    source = SourceRecord.model_construct(read_up_to=read_up_to)
    overview = Overview.model_construct(
        flow=Flow(first=FIRST, last=FIRST + timedelta(days=2), rows=rows), sources=(source,) if read_up_to else ()
    )
    return flow_days(overview, "Asia/Almaty")


def test_days_are_summed_over_countries_and_quiet_days_are_zero() -> None:
    shown = days((row(FIRST, filed=2), row(FIRST, "gb", filed=3, fell_due=1)), datetime(2026, 5, 9, tzinfo=UTC))
    assert [(day.filed, day.closed, day.fell_due) for day in shown] == [(5, 0, 1), (0, 0, 0), (0, 0, 0)]


def test_a_day_after_the_sources_were_read_is_unknown() -> None:
    shown = days((row(FIRST, filed=2),), datetime(2026, 5, 2, 12, tzinfo=UTC))
    assert [day.filed for day in shown] == [2, 0, None]
    assert [day.fell_due for day in shown] == [0, 0, 0]


def test_what_was_seen_is_shown_even_after_the_watermark() -> None:
    shown = days((row(FIRST + timedelta(days=2), closed=1),), datetime(2026, 5, 1, tzinfo=UTC))
    assert [day.closed for day in shown] == [0, None, 1]


def test_without_any_watermark_nothing_is_called_unknown() -> None:
    assert [day.filed for day in days((row(FIRST, filed=1),), None)] == [1, 0, 0]


def test_a_living_record_is_shown_up_to_today(portal: TestClient) -> None:
    flow = portal.get("/api/v1/overview").json()["flow"]
    assert flow["last"] == TODAY.isoformat()
    assert TODAY - date.fromisoformat(flow["first"]) < timedelta(days=FLOW_DAYS)


def test_a_record_of_long_ago_is_shown_where_it_ended(recorded: str, tmp_path: Path) -> None:
    app = create_app(PortalSettings(clickhouse_url=recorded, data=tmp_path), FakeClock(NOW + timedelta(days=400)))
    with TestClient(app) as client:
        flow = client.get("/api/v1/overview").json()["flow"]
        assert flow["last"] == "2026-05-15"
        assert flow["rows"] != []
