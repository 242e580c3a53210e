"""Duties the calendar opens: the same rule, year and clock always give the same obligation."""

from datetime import UTC, datetime, timedelta

from schemas.envelope import Event
from schemas.events.clock import ClockTickV1
from schemas.events.reports import ReportSubmittedV1
from schemas.events.sources import SourceObservedV1
from schemas.events.states import Claim, Timeliness
from schemas.topics import FACTS, partition_of
from services.adapters.rulebook import load_rulebook
from services.domain.identity import new_event
from services.domain.partition import Partition
from services.domain.recount import recount
from services.domain.schedule import scheduled_filings, scheduled_subject

SOURCE = "/sources/kz-budget-reports"
SUBJECT = "kz.bud.annual.gov:2026"
PARTITION = partition_of(SUBJECT, FACTS.partitions)


def tick(at: datetime) -> Event:
    return new_event(
        ClockTickV1(at=at), source="/tracker", subject="tick:0", time=at, observed_at=at, native_id=str(at), version="1"
    )


def read_up_to(at: datetime) -> Event:
    return new_event(
        SourceObservedV1(read_up_to=at, lag_s=0),
        source=SOURCE,
        subject=SOURCE,
        time=at,
        observed_at=at,
        native_id=str(at),
        version="1",
    )


def submitted(at: datetime) -> Event:
    return new_event(
        ReportSubmittedV1(occurred_on=at.date()),
        source=SOURCE,
        subject=SUBJECT,
        time=at,
        observed_at=at,
        native_id="submission",
        version="1",
    )


def run(*messages: Event) -> Partition:
    partition = Partition(load_rulebook(), PARTITION)
    for message in messages:
        partition.apply(partition.decide([message]))
    return partition


def timeliness(partition: Partition) -> Timeliness:
    published = partition.entries[SUBJECT].published
    assert published is not None
    return published.judged.assessment.timeliness


APRIL_10 = datetime(2026, 4, 10, tzinfo=UTC)
MAY_1 = datetime(2026, 5, 1, tzinfo=UTC)


def test_a_duty_opens_with_the_clock_once_its_source_is_read() -> None:
    assert SUBJECT not in run(tick(APRIL_10)).entries
    opened = run(tick(APRIL_10), read_up_to(APRIL_10))
    assert timeliness(opened) is Timeliness.DUE_SOON
    assert timeliness(run(read_up_to(APRIL_10), tick(APRIL_10))) is Timeliness.DUE_SOON


def test_a_report_not_submitted_by_its_day_is_late_and_a_submission_fulfils_it() -> None:
    late = run(read_up_to(MAY_1), tick(MAY_1))
    assert timeliness(late) is Timeliness.LATE
    in_time = run(submitted(datetime(2026, 4, 20, 9, tzinfo=UTC)), read_up_to(MAY_1), tick(MAY_1))
    assert timeliness(in_time) is Timeliness.IN_TIME


def test_a_source_not_read_past_the_day_makes_no_claim() -> None:
    partition = run(read_up_to(datetime(2026, 4, 20, tzinfo=UTC)), tick(MAY_1))
    published = partition.entries[SUBJECT].published
    assert published is not None
    assert published.judged.assessment.timeliness is Timeliness.DUE_UNOBSERVED
    assert published.judged.assessment.claim is Claim.WITHHELD


def test_ids_are_stable_and_simulated_duties_are_others() -> None:
    book = load_rulebook()
    once = [event.id for event in scheduled_filings(book, MAY_1, None, {SOURCE})]
    again = [event.id for event in scheduled_filings(book, MAY_1 + timedelta(days=30), None, {SOURCE})]
    assert once == again
    simulated = list(scheduled_filings(book, MAY_1, "kz-demo", {f"{SOURCE}/kz-demo"}))
    assert {event.simulation for event in simulated} == {"kz-demo"}
    assert not {event.id for event in simulated} & set(once)
    assert simulated[0].subject.startswith("kz-demo.")
    assert scheduled_subject("kz.bud.annual.gov", "2026", None) == SUBJECT


def test_a_plain_recount_opens_the_same_duties() -> None:
    messages = [read_up_to(MAY_1), tick(MAY_1)]
    partition = run(*messages)
    recounted = {subject for subject, _, _ in recount(messages, load_rulebook(), PARTITION)}
    assert recounted == set(partition.entries)
    assert SUBJECT in recounted


def test_every_local_day_wakes_the_clock() -> None:
    partition = run(read_up_to(APRIL_10))
    assert partition.next_due()[None] < APRIL_10, "never ticked: the calendar has to be looked at once"
    partition.apply(partition.decide([tick(APRIL_10)]))
    assert partition.next_due()[None] == datetime(2026, 4, 10, 19, tzinfo=UTC), "midnight in Almaty comes first"
