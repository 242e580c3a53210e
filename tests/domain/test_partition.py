"""The fold is pure, order-free and idempotent, and never claims what is not yet observed."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from random import Random  # the type of hypothesis' own generator

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.envelope import Event
from schemas.events.alerts import AlertClearedV1, AlertRaisedV1
from schemas.events.deadlines import DeadlineMissedV1, DeadlineWithdrawnV1
from schemas.events.inquiries import InquiryRetractedV1, InquiryWithdrawnV1
from schemas.events.obligations import ObligationChangedV1
from schemas.events.states import Claim, Lifecycle, Timeliness
from schemas.rulebook import Rulebook
from services.adapters.rulebook import load_rulebook
from services.domain.partition import Partition
from services.domain.recount import recount
from tests.domain import scenarios as s


@cache
def rulebook() -> Rulebook:
    return load_rulebook()


def run(messages: Sequence[Event], batch: int = 1) -> tuple[Partition, list[Event]]:
    """Feed messages in order, in batches; the partition and everything it derived."""
    partition = Partition(rulebook(), 0)
    derived: list[Event] = []
    for start in range(0, len(messages), batch):
        decision = partition.decide(messages[start : start + batch])
        derived.extend(decision.derived)
        partition.apply(decision)
    return partition, derived


def standing(partition: Partition) -> dict[str, ObligationChangedV1]:
    """What each obligation's published snapshot says, without its version."""
    return {
        subject: entry.published.judged.snapshot.model_copy(update={"version": 0})
        for subject, entry in partition.entries.items()
        if entry.published is not None
    }


def oracle(messages: Sequence[Event]) -> dict[str, ObligationChangedV1]:
    return {
        subject: snapshot.model_copy(update={"version": 0})
        for subject, _, snapshot in recount(messages, rulebook(), partition=0)
    }


def standing_claims(derived: Sequence[Event]) -> set[tuple[str, str]]:
    """Claims published and not withdrawn, by replaying the derived events in order."""
    claims: set[tuple[str, str]] = set()
    for event in derived:
        if isinstance(event.data, DeadlineMissedV1):
            claims.add((event.subject, event.data.due_on.isoformat()))
        elif isinstance(event.data, DeadlineWithdrawnV1):
            claims.remove((event.subject, event.data.due_on.isoformat()))
    return claims


def standing_alerts(derived: Sequence[Event]) -> dict[str, str]:
    """Alerts raised and not cleared: alert id -> obligation."""
    alerts: dict[str, str] = {}
    for event in derived:
        if isinstance(event.data, AlertRaisedV1):
            assert event.subject not in alerts, "an alert is raised once"
            alerts[event.subject] = event.data.obligation_id
        elif isinstance(event.data, AlertClearedV1):
            del alerts[event.subject]
    return alerts


def seen_again(event: Event, random: Random) -> Event:
    """The same event, from another look at its source that was not earlier."""
    return event.model_copy(update={"observedat": event.observedat + timedelta(days=random.randrange(0, 40))})


@given(s.bags(), st.randoms(use_true_random=False), st.integers(min_value=1, max_value=7))
@settings(max_examples=300, deadline=None)
def test_any_order_any_duplication_and_any_batching_end_in_the_same_obligations(
    bag: list[Event], random: Random, batch: int
) -> None:
    again = [seen_again(event, random) for event in random.sample(bag, k=len(bag) // 2)]
    shuffled = [*bag, *again]
    random.shuffle(shuffled)

    partition, derived = run(shuffled, batch)

    assert standing(partition) == oracle(bag)
    assert oracle(shuffled) == oracle(bag), "the copy that was observed first counts"
    expected = {
        (subject, str(snapshot.due_on))
        for subject, snapshot in oracle(bag).items()
        if snapshot.claim is Claim.PUBLISHABLE
    }
    assert standing_claims(derived) == expected
    open_claims = {subject for subject, snapshot in oracle(bag).items() if _alerts(snapshot)}
    assert set(standing_alerts(derived).values()) == open_claims


def _alerts(snapshot: ObligationChangedV1) -> bool:
    return snapshot.claim is Claim.PUBLISHABLE and snapshot.lifecycle in (
        Lifecycle.OPEN,
        Lifecycle.PARTLY_FULFILLED,
    )


@given(s.bags(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_replay_of_the_same_log_derives_the_same_events_in_any_batching(bag: list[Event], random: Random) -> None:
    random.shuffle(bag)
    _, one_by_one = run(bag, 1)
    _, at_once = run(bag, max(1, len(bag)))
    assert one_by_one == at_once
    assert len({event.id for event in one_by_one}) == len(one_by_one), "every derived event has its own id"


@given(s.bags(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_last_snapshot_has_the_highest_version_whatever_the_order(bag: list[Event], random: Random) -> None:
    random.shuffle(bag)
    _, derived = run(bag)
    versions: dict[str, int] = {}
    for event in derived:
        if isinstance(event.data, ObligationChangedV1):
            assert event.data.version > versions.get(event.subject, -1)
            versions[event.subject] = event.data.version


@given(s.bags(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_no_claim_before_clock_and_source_have_passed_the_due_instant(bag: list[Event], random: Random) -> None:
    random.shuffle(bag)
    partition = Partition(rulebook(), 0)
    for message in bag:
        decision = partition.decide([message])
        partition.apply(decision)
        for event in decision.derived:
            if isinstance(event.data, AlertRaisedV1):
                entry = partition.entries[event.data.obligation_id]
                source = entry.published.judged.snapshot.source_id
                assert partition.clocks[None] >= event.data.due_at
                assert partition.watermarks[source].observed_until >= event.data.due_at


@given(s.bags(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_no_negative_delay_and_no_claim_from_impossible_dates(bag: list[Event], random: Random) -> None:
    random.shuffle(bag)
    _, derived = run(bag)
    for event in derived:
        if isinstance(event.data, ObligationChangedV1):
            assert event.data.delay_days is None or event.data.delay_days >= 1
            if event.data.closed_on is not None and event.data.closed_on < event.data.filed_on:
                assert event.data.timeliness is Timeliness.UNKNOWN
                assert event.data.claim is Claim.NONE


@given(
    st.integers(min_value=0, max_value=40),
    st.sampled_from((InquiryWithdrawnV1, InquiryRetractedV1)),
    s.DAYS,
    s.DAYS,
)
def test_a_tick_never_makes_a_withdrawn_or_retracted_obligation_late(
    day: int, ending: type[InquiryWithdrawnV1 | InquiryRetractedV1], read_to: int, now: int
) -> None:
    messages = [
        s.question("gb.wq:1", named=4),
        s.fact("gb.wq:1", ending(occurred_on=s.on(day)), day),
        s.watermark(read_to),
        s.tick(now),
    ]
    partition, derived = run(messages)
    assert standing(partition)["gb.wq:1"].claim is Claim.NONE
    assert not any(isinstance(event.data, DeadlineMissedV1) for event in derived)


def test_late_the_moment_clock_and_source_have_passed_and_not_before() -> None:
    log = [s.question("gb.wq:1", named=4), s.watermark(5), s.tick(4, 23)]
    partition, _ = run(log)
    assert standing(partition)["gb.wq:1"].timeliness is Timeliness.DUE_SOON
    assert partition.next_due()[None] == s.at(5)

    decision = partition.decide([s.tick(5)])
    partition.apply(decision)

    assert standing(partition)["gb.wq:1"].timeliness is Timeliness.LATE
    assert [type(event.data).__name__ for event in decision.derived] == [
        "ObligationChangedV1",
        "DeadlineMissedV1",
        "AlertRaisedV1",
    ]


def test_a_source_that_has_fallen_behind_gives_due_not_yet_observed_and_no_alert() -> None:
    partition, derived = run([s.question("gb.wq:1", named=4), s.watermark(4), s.tick(12)])
    snapshot = standing(partition)["gb.wq:1"]
    assert snapshot.timeliness is Timeliness.DUE_UNOBSERVED
    assert snapshot.claim is Claim.WITHHELD
    assert not any(isinstance(event.data, AlertRaisedV1) for event in derived)


def test_a_declared_lag_delays_the_claim() -> None:
    log = [s.question("gb.wq:1", named=4), s.tick(12), s.watermark(7, lag_days=3)]
    assert standing(run(log)[0])["gb.wq:1"].timeliness is Timeliness.DUE_UNOBSERVED
    assert standing(run([*log, s.watermark(8, lag_days=3)])[0])["gb.wq:1"].timeliness is Timeliness.LATE


def test_an_answer_that_arrives_late_but_is_dated_in_time_withdraws_the_claim_and_clears_the_alert() -> None:
    log = [s.question("gb.wq:1", named=4), s.watermark(6), s.tick(6), s.answered("gb.wq:1", 4)]
    partition, derived = run(log)
    assert standing(partition)["gb.wq:1"].timeliness is Timeliness.IN_TIME
    withdrawn = [event.data for event in derived if isinstance(event.data, DeadlineWithdrawnV1)]
    assert [data.reason for data in withdrawn] == ["fulfilled_in_time"]
    assert standing_alerts(derived) == {}


def test_ordinary_questions_have_no_legal_deadline_and_are_never_claimed_late() -> None:
    partition, derived = run([s.question("gb.wq:1", named=None), s.watermark(40), s.tick(40)])
    assert standing(partition)["gb.wq:1"].timeliness is Timeliness.NO_LEGAL_DEADLINE
    assert not any(isinstance(event.data, DeadlineMissedV1) for event in derived)


def test_a_fact_before_its_filing_waits_for_it() -> None:
    partition, derived = run([s.answered("gb.wq:1", 3)])
    assert derived == []
    decision = partition.decide([s.question("gb.wq:1", named=4)])
    partition.apply(decision)
    assert standing(partition)["gb.wq:1"].timeliness is Timeliness.IN_TIME


def test_deciding_changes_nothing_until_applied() -> None:
    partition, _ = run([s.question("gb.wq:1", named=4), s.watermark(5)])
    before = standing(partition)
    first = partition.decide([s.tick(9)])
    assert standing(partition) == before
    assert partition.decide([s.tick(9)]) == first
