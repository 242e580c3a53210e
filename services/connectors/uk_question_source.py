"""The source of written questions: its ids, its zone, its days, its watermarks and the lag it is declared with.

Shared by whoever reads its files; no file is read here.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.events.sources import SourceObservedV1
from services.connectors.base import Watermark, content_version
from services.domain.identity import new_event

SOURCE: Final = "/sources/uk-written-questions"
ZONE: Final = ZoneInfo("Europe/London")

LAG: Final = timedelta(days=2)
"""How late the source may show what happened, at whatever hour it is read: measured, see decisions/0006."""

UNSUPPORTED_HOUSE: Final = "unsupported_house"


def source_of(month: str) -> str:
    """The id of the source that holds the questions tabled in a month, ``YYYY-MM``."""
    return f"{SOURCE}/{month}"


def subject_of(question_id: int) -> str:
    """The id of the obligation to answer a question."""
    return f"gb.wq:{question_id}"


def start_of(day: date) -> datetime:
    """The first instant of a London day, in UTC."""
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


def london_date(instant: datetime) -> date:
    """The London date of an instant."""
    return instant.astimezone(ZONE).date()


def watermark_of(month: str, read_up_to: datetime) -> Watermark:
    """A month's questions have been read completely up to an instant."""
    data = SourceObservedV1(read_up_to=read_up_to, lag_s=int(LAG.total_seconds()))
    source = source_of(month)
    event = new_event(
        data,
        source=source,
        subject=source,
        time=read_up_to,
        observed_at=read_up_to,
        native_id=month,
        version=content_version(data),
    )
    return Watermark(event)
