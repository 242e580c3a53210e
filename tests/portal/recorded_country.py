"""A small made-up record for the portal's tests: facts folded by the real domain, mapped to the real rows.

Two worlds, two countries, every state a page must show, and texts that try to break out of it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from schemas.envelope import Event
from schemas.events.appeals import AppealAnsweredV1, AppealExtendedV1, AppealFiledV1, AppealTransferredV1
from schemas.events.clock import ClockTickV1
from schemas.events.deliveries import DeliveryFailedV1, DeliverySentV1
from schemas.events.disputes import DisputeClaimedV1, DisputeHeldV1
from schemas.events.inquiries import (
    InquiryAnsweredV1,
    InquiryFiledV1,
    InquiryHoldingAnsweredV1,
    InquiryTransferredV1,
    InquiryWithdrawnV1,
)
from schemas.events.registry import EventData
from schemas.events.sources import SourceObservedV1
from schemas.rows.mapping import to_rows
from schemas.rows.tables import Row
from services.adapters.clickhouse import Warehouse
from services.adapters.clock import FakeClock
from services.adapters.codec import content_digest, encode
from services.adapters.deadletters import dead_letter
from services.adapters.rulebook import load_rulebook
from services.domain.identity import Provenance, new_event
from services.domain.partition import Partition
from tests.portal.recorded_money import money

NOW: Final = datetime(2026, 5, 20, 6, 0, tzinfo=UTC)
TODAY: Final = date(2026, 5, 20)
SIMULATION: Final = "kz-made-up"
KZ: Final = "/sources/kz-inquiries/test"
UK: Final = "/sources/uk-written-questions/2026-03"
BEHIND: Final = "/sources/kz-behind/test"

HOSTILE: Final = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
FORMULA: Final = '=HYPERLINK("http://evil.example","click")'
ONLY_SIMULATED: Final = "An inquiry that only the simulation knows"
LATE_INQUIRY: Final = "kz.inquiry:late-1"
APPEAL: Final = "kz.appeal:1"
TRANSFERRED: Final = "kz.appeal:2"
PASSED_ON_LATE: Final = "kz.inquiry:passed-on-late"
DISPUTED: Final = "kz.inquiry:disputed"
CONTEST: Final = "The answer was sent on 30 April; the register has not taken it in."
FINDING: Final = "The ministry's letter is being looked for."
EXTENSION_NOTICE: Final = "kz.appeal:1~kz.appeal.extension_notice"
COMPLAINT: Final = "kz.appeal:2~kz.complaint.file"


def day(month: int, number: int) -> date:
    """A day of 2026."""
    return date(2026, month, number)


def noon(on: date) -> datetime:
    """Noon UTC of a date."""
    return datetime(on.year, on.month, on.day, 12, tzinfo=UTC)


def fact(subject: str, on: date, data: EventData, source: str = KZ, simulation: str | None = None) -> Event:
    """A fact about an obligation, observed when it happened."""
    return new_event(
        data,
        source=source,
        subject=subject,
        time=noon(on),
        observed_at=noon(on),
        native_id=subject,
        version=on.isoformat(),
        simulation=simulation,
        provenance=Provenance(uri="https://example.org/record", sha256="ab" * 32, fetched_at=noon(on), locator="row 7"),
    )


def inquiry(number: str, filed: date, body: str = "kz.adm.226", **more: Any) -> Event:
    """A deputies' inquiry, received on the day it was filed."""
    simulation, source = more.pop("simulation", None), more.pop("source", KZ)
    usual: dict[str, Any] = {
        "kind": "inquiry.deputy",
        "jurisdiction": "kz",
        "rule": "kz.inquiry.answer",
        "owed_by": body,
        "owed_by_name": f"Body {body}",
        "owed_to": "kz.mazhilis",
        "received_on": filed,
        "title": f"Test inquiry {number}",
        "reference": f"T-{number}",
        "region": "KZ-71",
    }
    data = InquiryFiledV1(occurred_on=filed, **(usual | more))
    return fact(f"{simulation or 'kz'}.inquiry:{number}", filed, data, source, simulation)


def appeal(number: int, filed: date, body: str, **more: Any) -> Event:
    """A citizen's appeal, registered on the day it was filed."""
    data = AppealFiledV1(
        occurred_on=filed,
        kind="appeal.citizen",
        jurisdiction="kz",
        rule="kz.appeal.answer",
        owed_by=body,
        owed_by_name=f"Body {body}",
        registered_on=filed,
        title=more.get("title", f"Test appeal {number}"),
        reference=f"A-{number}",
    )
    return fact(f"kz.appeal:{number}", filed, data)


def question(number: int, rule: str, named: date | None) -> Event:
    """A written question of the other country."""
    data = InquiryFiledV1(
        occurred_on=day(3, 2),
        kind="inquiry.written_question",
        jurisdiction="gb",
        rule=rule,
        owed_by="gb.dept.900",
        owed_by_name="Department of Tests",
        named_on=named,
        title=f"Test question {number}",
        reference=str(number),
        url=f"https://example.org/question?a={number}&b=<>",
    )
    return fact(f"gb.wq:{number}", day(3, 2), data, UK)


def answered(subject: str, on: date, source: str = KZ) -> Event:
    """An answer to an inquiry."""
    return fact(subject, on, InquiryAnsweredV1(occurred_on=on), source)


def _inquiries() -> Iterator[Event]:
    """Twelve of March: eight in time, two late, two still owed; and some of other kinds."""
    for number in range(8):
        yield inquiry(f"march-{number}", day(3, 2 + number))
        yield answered(f"kz.inquiry:march-{number}", day(3, 20 + number))
    for number in (8, 9):
        yield inquiry(f"march-{number}", day(3, 3))
        yield answered(f"kz.inquiry:march-{number}", day(4, 20))
    yield inquiry("late-1", day(3, 4))
    yield inquiry("late-2", day(3, 5), body="kz.adm.217", title=HOSTILE)
    yield inquiry("today", day(4, 20), title="Due on the day of the test")
    yield inquiry("soon", day(4, 22), title=FORMULA)
    yield inquiry("behind", day(3, 6), source=BEHIND)
    yield inquiry("impossible", day(3, 9))
    yield answered("kz.inquiry:impossible", day(3, 1))
    yield inquiry("withdrawn", day(3, 9))
    yield fact("kz.inquiry:withdrawn", day(3, 11), InquiryWithdrawnV1(occurred_on=day(3, 11)))
    yield inquiry("passed-on-late", day(4, 6))
    passed_on = InquiryTransferredV1(occurred_on=day(5, 12), owed_by="kz.adm.217", owed_by_name="Body kz.adm.217")
    yield fact(PASSED_ON_LATE, day(5, 12), passed_on)
    yield inquiry("disputed", day(4, 7))
    yield inquiry("held", day(5, 4))
    yield fact("kz.inquiry:held", day(5, 8), InquiryHoldingAnsweredV1(occurred_on=day(5, 8)))


def _appeals() -> Iterator[Event]:
    """Three of April: too few for a share; over May's holidays, extended, transferred."""
    yield appeal(1, day(4, 20), "kz.adm.213")
    yield fact(
        APPEAL, day(5, 6), AppealExtendedV1(occurred_on=day(5, 6), until=day(6, 30), reason="needs an inspection")
    )
    yield appeal(2, day(4, 17), "kz.adm.213")
    transfer = AppealTransferredV1(
        occurred_on=day(4, 21), owed_by="kz.adm.228", owed_by_name="Body kz.adm.228", registered_on=day(4, 21)
    )
    yield fact(TRANSFERRED, day(4, 21), transfer)
    yield appeal(3, day(4, 22), "kz.adm.213")
    yield fact("kz.appeal:3", day(4, 29), AppealAnsweredV1(occurred_on=day(4, 29)))


def _contests() -> Iterator[Event]:
    """A body contests what had been claimed of it."""
    claimed = DisputeClaimedV1(occurred_on=day(5, 18), contested_by="kz.adm.226", reason=CONTEST)
    yield fact(DISPUTED, day(5, 18), claimed)
    yield fact(DISPUTED, day(5, 19), DisputeHeldV1(occurred_on=day(5, 19), reason=FINDING))


def _questions() -> Iterator[Event]:
    for number in range(10):
        yield question(number, "gb.wq.named_day", day(3, 6))
        yield answered(f"gb.wq:{number}", day(3, 6 if number < 7 else 9), UK)
    yield question(10, "gb.wq.ordinary", None)


def _simulated() -> Iterator[Event]:
    yield inquiry("sim-1", day(3, 4), title=ONLY_SIMULATED, simulation=SIMULATION, source=f"/sources/kz/{SIMULATION}")
    yield inquiry("sim-2", day(5, 4), simulation=SIMULATION, source=f"/sources/kz/{SIMULATION}")


def watermark(source: str, read_up_to: datetime, simulation: str | None = None) -> Event:
    """A source read completely up to an instant."""
    return new_event(
        SourceObservedV1(read_up_to=read_up_to, lag_s=3600),
        source=source,
        subject=source,
        time=read_up_to,
        observed_at=read_up_to,
        native_id=source,
        version=read_up_to.isoformat(),
        simulation=simulation,
    )


def tick(simulation: str | None = None) -> Event:
    """A tick at ``NOW``."""
    return new_event(
        ClockTickV1(at=NOW),
        source="/tracker",
        subject=f"tick:0:{simulation or 'real'}",
        time=NOW,
        observed_at=NOW,
        native_id=f"{simulation or 'real'}:0",
        version="1",
        simulation=simulation,
    )


def facts() -> list[Event]:
    """The log of the made-up country, in order."""
    return [
        *_inquiries(),
        *_appeals(),
        *_questions(),
        *_simulated(),
        watermark(KZ, NOW - timedelta(hours=2)),
        watermark(UK, NOW - timedelta(days=3)),
        watermark(f"/sources/kz/{SIMULATION}", NOW - timedelta(hours=1), SIMULATION),
        tick(),
        tick(SIMULATION),
    ]


def _letters() -> Iterator[Event]:
    for number, reason in enumerate(("is not JSON", HOSTILE), start=1):
        yield dead_letter(
            f"garbage {number} of Aigerim Testova".encode(),
            code="invalid_json",
            reason=reason,
            origin=f"test.ndjson, line {number} {HOSTILE if number == 2 else ''}".rstrip(),
            field="data.Aigerim Testova" if number == 1 else "data.870112300123",
            source="/import",
            clock=FakeClock(NOW),
        )


def _deliveries() -> Iterator[Event]:
    named = {"alert_id": UUID(int=1), "alert_event_id": UUID(int=2), "alert_event_type": "esep.alert.raised.v1"}
    for data in (
        DeliverySentV1(channel="press", attempt=1, **named),
        DeliveryFailedV1(channel="clerk", attempt=1, reason="timeout", **named),
    ):
        yield new_event(
            data,
            source="/notify",
            subject="delivery:1",
            time=NOW,
            observed_at=NOW,
            native_id=data.channel,
            version="1",
        )


def every_event() -> list[Event]:
    """Everything the warehouse would receive: the log, what the domain derives from it, money, letters, deliveries."""
    log, contests = facts(), list(_contests())
    tracker = Partition(load_rulebook(), 0)
    claims = tracker.decide(log)
    tracker.apply(claims)
    withdrawals = tracker.decide(contests)
    return [*log, *contests, *claims.derived, *withdrawals.derived, *money(), *_letters(), *_deliveries()]


def fill(warehouse: Warehouse, events: Sequence[Event]) -> None:
    """Insert the rows of events, a block per table."""
    rows: list[Row] = [
        row for event in events for row in to_rows(event, body=encode(event).decode(), sha256=content_digest(event))
    ]
    rows.sort(key=lambda row: row.table)
    for table, block in groupby(rows, key=lambda row: row.table):
        warehouse.insert(list(block), token=f"{table}-test")


LETTER, NUMBERED_LETTER = (str(letter.id) for letter in _letters())
"""Messages that were not understood: one with a name for a field's, one with a personal number for it."""
