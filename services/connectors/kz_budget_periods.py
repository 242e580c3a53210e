"""Which months of a table were read whole: each gets a marker, and where one does not, a notice says why.
Of the republican table by administrator they also say that the month's report was found published (rule kz.bud.month.pub).

Only what was read and refused is counted here; whether a month's figures make sense is judged elsewhere.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.envelope import Event
from schemas.events.budget import BudgetPeriodPublishedV1
from schemas.events.registry import EventData
from schemas.events.reports import ReportFoundV1
from schemas.events.sources import SourceObservedV1
from services.connectors.base import Notice, Watermark, content_version
from services.connectors.kz_budget_table import Row, Table, months_of
from services.domain.identity import Provenance, new_event
from services.domain.schedule import scheduled_subject

SOURCE: Final = "/sources/kz-budget"
REPEATED: Final = "repeated_line"
ZONE: Final = ZoneInfo("Asia/Almaty")
REPORT_RULE: Final = "kz.bud.month.pub"
REPORT_TABLE: Final = Table("republican", "administrator")
"""The table whose months are taken for the monthly reports. The law names no day for them, so that nothing can be called
late by a table that begins later than the duty."""
_SHOWN_CODES: Final = 5


def published_from(period_end: date) -> datetime:
    """The first instant after a period, in UTC: before it nothing can have been said about the whole of it."""
    return datetime.combine(period_end + timedelta(days=1), time.min, ZONE).astimezone(UTC)


def months_touched(rows: Sequence[Row]) -> list[frozenset[date]]:
    """The months each row may belong to: its own or, where that cannot be read, those of the rows around it.

    The portal's tables keep the rows of a month together.
    """
    own = [months_of(row) for row in rows]
    return [
        months or before | after
        for months, before, after in zip(own, _carried(own), reversed(_carried(own[::-1])), strict=True)
    ]


def _carried(months: Sequence[frozenset[date]]) -> list[frozenset[date]]:
    """For each row its months or, where it has none, those of the last row that had."""
    carried: list[frozenset[date]] = []
    for own in months:
        carried.append(own or (carried[-1] if carried else own))
    return carried


@dataclass(slots=True)
class _Month:
    """What was read of one month: its statements by id, their codes by line, and the refused lines, repeated ones apart."""

    statements: set[str] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)


class Periods:
    """The months of one file of one table, while its rows are read."""

    def __init__(self, file: str, table: Table) -> None:
        self._file = file
        self._table = table
        self._months: dict[date, _Month] = {}
        self._codes: dict[str, dict[date, int]] = {}

    def stated(self, period_end: date, code: str, event: Event, line: int) -> None:
        """A row was understood."""
        self._month(period_end).statements.add(str(event.id))
        self._codes.setdefault(code, {}).setdefault(period_end, line)

    def refused(self, months: frozenset[date], line: int, reason: str) -> None:
        """A row was not; every month it may belong to lacks it."""
        for period_end in months:
            month = self._month(period_end)
            month.refused.append(line)
            if reason == REPEATED:
                month.repeated.append(line)

    def close(self, read_at: datetime, provenance: Provenance, *, is_complete: bool) -> Iterator[Notice | Watermark]:
        """Notices, and the markers in the order of months; none when the file is known to lack rows of some month."""
        yield from self._lone_codes()
        for period_end, month in sorted(self._months.items()):
            if month.repeated:
                yield self._notice("repeated_month", period_end, _repeated(month))
            if month.refused:
                said = f"is not marked as published whole: {_rows(month.refused)} refused"
                yield self._notice("period_not_marked", period_end, said)
        if not is_complete:
            return
        whole = {end: month for end, month in sorted(self._months.items()) if not month.refused}
        for period_end, month in whole.items():
            yield self._marker(period_end, month, read_at, provenance)
        if self._table == REPORT_TABLE:
            yield from self._reports(list(whole), read_at, provenance)

    def _reports(self, whole: Sequence[date], read_at: datetime, provenance: Provenance) -> Iterator[Watermark]:
        """Each whole month's report was there; the table was read up to the last month before the first faulty one."""
        for period_end in whole:
            opens_on = period_end + timedelta(days=1)
            data = ReportFoundV1(earliest_on=opens_on, zone=ZONE.key)
            subject = scheduled_subject(REPORT_RULE, f"{period_end:%Y-%m}", None)
            yield self._stated(data, subject, published_from(period_end), read_at, provenance)
        faulty = min((end for end, month in self._months.items() if month.refused), default=date.max)
        read_up_to = max((published_from(end) for end in whole if end < faulty), default=None)
        if read_up_to is not None:
            observed = SourceObservedV1(read_up_to=read_up_to, lag_s=0)
            yield self._stated(observed, f"{SOURCE}/{self._table.name}", read_up_to, read_at, provenance)

    def _stated(
        self, data: EventData, subject: str, at: datetime, read_at: datetime, provenance: Provenance, figures: str = ""
    ) -> Watermark:
        event = new_event(
            data,
            source=f"{SOURCE}/{self._table.name}",
            subject=subject,
            time=at,
            observed_at=read_at,
            native_id=subject,
            version=f"{content_version(data)}:{figures}" if figures else content_version(data),
            provenance=provenance,
        )
        return Watermark(event)

    def _month(self, period_end: date) -> _Month:
        return self._months.setdefault(period_end, _Month())

    def _notice(self, code: str, period_end: date, said: str) -> Notice:
        return Notice(self._file, code, f"{self._file}: {period_end:%m.%Y} {said}")

    def _lone_codes(self) -> Iterator[Notice]:
        """A code that one month knows and no other may be new, or mistyped: the reader can tell."""
        if len(self._months) == 1:
            return
        lone = [(code, *next(iter(seen.items()))) for code, seen in sorted(self._codes.items()) if len(seen) == 1]
        if lone:
            shown = ", ".join(
                f"{code or 'blank'} ({end:%m.%Y}, line {line})" for code, end, line in lone[:_SHOWN_CODES]
            )
            more = f" and {len(lone) - _SHOWN_CODES} more" if len(lone) > _SHOWN_CODES else ""
            yield Notice(self._file, "lone_code", f"{self._file}: codes that one month only knows: {shown}{more}")

    def _marker(self, period_end: date, month: _Month, read_at: datetime, provenance: Provenance) -> Watermark:
        data = BudgetPeriodPublishedV1(
            jurisdiction="kz",
            level=self._table.level,
            classification=self._table.classification,
            region=self._table.region,
            fiscal_year=period_end.year,
            period_end=period_end,
            lines=len(month.statements),
        )
        # Ids of statements are made of what they say: other figures are another publication of the month.
        figures = hashlib.sha256("\n".join(sorted(month.statements)).encode()).hexdigest()
        at = published_from(period_end)
        return self._stated(data, self._table.period(period_end), at, read_at, provenance, figures)


def _repeated(month: _Month) -> str:
    return f"is in the file again with other content: {_rows(month.repeated)} refused; what came first stands"


def _rows(lines: Sequence[int]) -> str:
    return (
        f"the row of line {lines[0]} was"
        if len(lines) == 1
        else f"{len(lines)} rows, lines {lines[0]} to {lines[-1]}, were"
    )
