"""Duties that open every month: by themselves, about the month before, late by themselves where a day is named."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from schemas.envelope import Event
from schemas.events.reports import ReportFoundV1
from schemas.events.sources import SourceObservedV1
from schemas.events.states import Claim, Lifecycle, Timeliness
from schemas.rulebook import Rulebook
from schemas.rules import Basis, Rule, Schedule, Term, Unit
from schemas.topics import FACTS, partition_of
from services.adapters.rulebook import load_rulebook
from services.domain.deadlines import local_date
from services.domain.identity import new_event
from services.domain.partition import Partition
from services.domain.recount import recount
from services.domain.schedule import occasions, scheduled_filings
from services.domain.snapshots import Judged
from tests.domain.test_schedule import tick

RULE = "kz.bud.month.pub"
SOURCE = "/sources/kz-budget/republican-administrator"
FEBRUARY = f"{RULE}:2025-02"
PARTITION = partition_of(FEBRUARY, FACTS.partitions)
MAY = datetime(2025, 5, 20, tzinfo=UTC)


def read_up_to(at: datetime) -> Event:
    data = SourceObservedV1(read_up_to=at, lag_s=0)
    return new_event(
        data, source=SOURCE, subject=SOURCE, time=at, observed_at=at, native_id=SOURCE, version=at.isoformat()
    )


def found(at: datetime) -> Event:
    """The report on February, seen ``at``."""
    data = ReportFoundV1(earliest_on=date(2025, 3, 1), zone="Asia/Almaty")
    opened = datetime(2025, 2, 28, 19, tzinfo=UTC)
    return new_event(
        data, source=SOURCE, subject=FEBRUARY, time=opened, observed_at=at, native_id=FEBRUARY, version="1"
    )


def by_the_15th() -> Rulebook:
    """The packaged rules, with a day of the month for this one: invented, to see what a day does."""
    book = load_rulebook()
    (rule,) = book.rules[RULE]
    term = Term(basis=Basis.CALENDAR, unit=Unit.FIXED_DATE, amount=0, day=15, roll_forward=True)
    dated = rule.model_copy(update={"term": term, "calendar": "kz"})
    return replace(book, rules={**book.rules, RULE: (dated,)})


def judged(book: Rulebook, *messages: Event) -> Judged:
    """February's report after these messages, which a plain recount must agree with."""
    partition = Partition(book, PARTITION)
    for message in messages:
        partition.apply(partition.decide([message]))
    published = partition.entries[FEBRUARY].published
    assert published is not None
    recounted = {subject: snapshot for subject, _, snapshot in recount(messages, book, PARTITION)}
    assert recounted[FEBRUARY] == published.judged.snapshot
    return published.judged


def test_a_month_opens_its_duty_on_the_first_of_the_next() -> None:
    (rule,) = load_rulebook().rules[RULE]
    assert [each.name for each in occasions(rule, date(2025, 2, 28))] == ["2024-12", "2025-01"]
    assert [each.name for each in occasions(rule, date(2025, 3, 1))] == ["2024-12", "2025-01", "2025-02"]
    opened = {event.subject: event.data for event in scheduled_filings(load_rulebook(), MAY, None, {SOURCE})}
    duty = opened[FEBRUARY].model_dump(exclude_none=True)
    assert (duty["occurred_on"], duty["period"], duty["owed_by"]) == (date(2025, 3, 1), "2025-02", "kz.adm.217")
    assert "owed_to" not in duty, "it is owed to the public"


def test_a_month_that_begins_while_the_home_runs_opens_its_duty_too() -> None:
    partition = Partition(load_rulebook(), PARTITION)
    for message in (read_up_to(MAY - timedelta(days=120)), tick(datetime(2025, 2, 28, 18, 59, tzinfo=UTC))):
        partition.apply(partition.decide([message]))
    assert FEBRUARY not in partition.entries
    assert partition.next_due()[None] == datetime(2025, 2, 28, 19, tzinfo=UTC), "midnight in Almaty"
    partition.apply(partition.decide([tick(datetime(2025, 2, 28, 19, tzinfo=UTC))]))
    assert FEBRUARY in partition.entries


def test_where_the_law_names_no_day_nobody_is_late_and_a_finding_fulfils() -> None:
    owed = judged(load_rulebook(), read_up_to(MAY), tick(MAY))
    assert (owed.assessment.timeliness, owed.assessment.claim) == (Timeliness.NO_LEGAL_DEADLINE, Claim.NONE)
    done = judged(load_rulebook(), found(MAY), read_up_to(MAY), tick(MAY))
    assert (done.obligation.lifecycle, done.snapshot.closed_on) == (Lifecycle.FULFILLED, local_date(MAY, "Asia/Almaty"))
    assert done.obligation.closed_no_earlier_than == date(2025, 3, 1)


def test_where_a_day_is_named_a_month_not_published_becomes_late_by_itself() -> None:
    due = datetime(2025, 3, 17, 19, tzinfo=UTC)  # the 15th is a Saturday
    before = due - timedelta(minutes=1)
    assert judged(by_the_15th(), read_up_to(before), tick(before)).assessment.timeliness is Timeliness.DUE_SOON
    unread = judged(by_the_15th(), read_up_to(before), tick(due))
    assert unread.assessment.timeliness is Timeliness.DUE_UNOBSERVED
    late = judged(by_the_15th(), read_up_to(due), tick(due))
    assert (late.assessment.timeliness, late.assessment.claim) == (Timeliness.LATE, Claim.PUBLISHABLE)


def test_found_after_the_day_it_may_have_been_in_time_so_nobody_is_accused() -> None:
    doubtful = judged(by_the_15th(), found(MAY), read_up_to(MAY), tick(MAY))
    assert doubtful.assessment.claim is Claim.NONE
    assert doubtful.assessment.timeliness is Timeliness.UNKNOWN
    in_time = datetime(2025, 3, 14, tzinfo=UTC)
    assert judged(by_the_15th(), found(in_time), read_up_to(MAY), tick(MAY)).assessment.timeliness is Timeliness.IN_TIME


def test_seen_before_it_was_possible_is_taken_for_the_first_possible_day() -> None:
    early = judged(load_rulebook(), found(datetime(2025, 2, 1, tzinfo=UTC)), read_up_to(MAY), tick(MAY))
    assert early.snapshot.closed_on == date(2025, 3, 1)


@pytest.mark.parametrize(
    ("every", "month", "day", "said"),
    [
        ("year", None, 15, "belongs to a schedule of every month"),
        ("month", 3, 15, "belongs to a schedule of every month"),
        ("month", None, 30, "at most 28"),
        ("year", 3, None, "needs month and day"),
    ],
)
def test_a_schedule_and_its_day_fit_each_other(every: str, month: int | None, day: int | None, said: str) -> None:
    (rule,) = load_rulebook().rules[RULE]
    term = {"basis": "calendar", "unit": "fixed_date", "amount": 0, "month": month, "day": day, "roll_forward": True}
    schedule = Schedule(owed_by="kz.gov", source="/sources/x", every="month").model_dump() | {"every": every}
    with pytest.raises(ValidationError, match=said):
        Rule.model_validate(rule.model_dump() | {"calendar": "kz", "term": term, "schedule": schedule})
