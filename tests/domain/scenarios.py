"""Scenarios for the domain tests: bags of facts, watermarks and ticks that a source could really produce.

Data only; the tests decide in which order, how often and in which batches they arrive.
"""

from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from schemas.envelope import Event
from schemas.events.appeals import AppealAnsweredV1, AppealFiledV1
from schemas.events.clock import ClockTickV1
from schemas.events.inquiries import (
    InquiryAmendedV1,
    InquiryAnsweredV1,
    InquiryDueDateChangedV1,
    InquiryExtendedV1,
    InquiryFiledV1,
    InquiryHoldingAnsweredV1,
    InquiryLapsedV1,
    InquiryPausedV1,
    InquiryReopenedV1,
    InquiryResumedV1,
    InquiryRetractedV1,
    InquiryTransferredV1,
    InquiryWithdrawnV1,
)
from schemas.events.registry import EventData
from schemas.events.sources import SourceObservedV1
from services.domain.deadlines import local_midnight
from services.domain.identity import new_event

FIRST = date(2024, 1, 8)
UK_SOURCE = "/sources/uk-written-questions/2024-01"
KZ_SOURCE = "/sources/kz-appeals"


def on(offset: int) -> date:
    """A local date ``offset`` days after the scenario's first day."""
    return FIRST + timedelta(days=offset)


def at(offset: int, hours: int = 0) -> datetime:
    """London midnight of a scenario day, plus hours, in UTC."""
    return local_midnight(on(offset), "Europe/London") + timedelta(hours=hours)


def fact(subject: str, data: EventData, offset: int, version: str = "1", source: str = UK_SOURCE) -> Event:
    """A fact that happened on a scenario day and was observed six hours into the next."""
    return new_event(
        data,
        source=source,
        subject=subject,
        time=at(offset),
        observed_at=at(offset + 1, 6),
        native_id=f"{subject}/{offset}",
        version=version,
    )


def question(subject: str, *, filed: int = 0, named: int | None = 4) -> Event:
    """A Commons question: named-day when ``named`` is a day, ordinary when it is None."""
    data = InquiryFiledV1(
        occurred_on=on(filed),
        kind="inquiry.written_question",
        jurisdiction="gb",
        rule="gb.wq.named_day" if named is not None else "gb.wq.ordinary",
        owed_by="gb.dept.1",
        owed_by_name="Department One",
        named_on=on(named) if named is not None else None,
        title="A question",
        reference="1",
    )
    return fact(subject, data, filed)


def appeal(subject: str, *, filed: int = 0) -> Event:
    """A citizen's appeal in Kazakhstan, received on the day it was filed."""
    data = AppealFiledV1(
        occurred_on=on(filed),
        kind="appeal.citizen",
        jurisdiction="kz",
        rule="kz.appeal.answer",
        owed_by="kz.adm.226",
        owed_by_name="Ministry of Healthcare",
        received_on=on(filed),
        title="An appeal",
        reference="1",
    )
    return fact(subject, data, filed, source=KZ_SOURCE)


def answered(subject: str, offset: int) -> Event:
    """An answer on a scenario day."""
    return fact(subject, InquiryAnsweredV1(occurred_on=on(offset)), offset)


def watermark(offset: int, *, lag_days: int = 0, source: str = UK_SOURCE) -> Event:
    """The source has been read completely up to the start of a scenario day."""
    data = SourceObservedV1(read_up_to=at(offset), lag_s=lag_days * 86400)
    return new_event(
        data,
        source=source,
        subject=source,
        time=at(offset),
        observed_at=at(offset),
        native_id=f"{source}/{offset}/{lag_days}",
        version="1",
    )


def tick(offset: int, hours: int = 0) -> Event:
    """It is now this late on a scenario day."""
    moment = at(offset, hours)
    return new_event(
        ClockTickV1(at=moment),
        source="/tracker",
        subject="tick:0",
        time=moment,
        observed_at=moment,
        native_id=moment.isoformat(),
        version="1",
    )


DAYS = st.integers(min_value=0, max_value=40)


@st.composite
def later_facts(draw: st.DrawFn, subject: str) -> Event:
    """Any fact that may follow a filing, on any day (also impossible ones: before the filing)."""
    day = draw(st.integers(min_value=-3, max_value=40))
    data = draw(
        st.sampled_from(
            (
                InquiryAnsweredV1(occurred_on=on(day)),
                InquiryAmendedV1(occurred_on=on(day), title=f"Heading of day {day}"),
                InquiryDueDateChangedV1(occurred_on=on(day), named_on=on(day + 5)),
                InquiryTransferredV1(occurred_on=on(day), owed_by="gb.dept.2", owed_by_name="Department Two"),
                InquiryHoldingAnsweredV1(occurred_on=on(day)),
                InquiryExtendedV1(occurred_on=on(day), until=on(day + 10)),
                InquiryPausedV1(occurred_on=on(day), reason="awaiting documents"),
                InquiryResumedV1(occurred_on=on(day)),
                InquiryWithdrawnV1(occurred_on=on(day)),
                InquiryLapsedV1(occurred_on=on(day), cause="prorogation"),
                InquiryRetractedV1(occurred_on=on(day)),
                InquiryReopenedV1(occurred_on=on(day)),
            )
        )
    )
    return fact(subject, data, day)


@st.composite
def bags(draw: st.DrawFn) -> list[Event]:
    """A bag of messages of one partition: up to three obligations, watermarks and ticks, in no particular order."""
    messages: list[Event] = []
    for number in range(draw(st.integers(min_value=1, max_value=3))):
        subject = f"gb.wq:{number}"
        named = draw(st.one_of(st.none(), st.integers(min_value=-1, max_value=20)))
        messages.append(question(subject, named=named))
        messages.extend(draw(st.lists(later_facts(subject), max_size=5)))
    if draw(st.booleans()):
        messages.append(appeal("kz.appeal:1"))
        if draw(st.booleans()):
            day = draw(DAYS)
            messages.append(fact("kz.appeal:1", AppealAnsweredV1(occurred_on=on(day)), day, source=KZ_SOURCE))
    messages.extend(watermark(day, lag_days=day % 3) for day in draw(st.lists(DAYS, max_size=3)))
    messages.extend(watermark(day, source=KZ_SOURCE) for day in draw(st.lists(DAYS, max_size=2)))
    messages.extend(tick(day) for day in draw(st.lists(DAYS, max_size=4)))
    return messages
