"""Matters with later stages, contests and releases keep every promise that plain obligations keep."""

from collections.abc import Sequence
from functools import cache
from random import Random  # the type of hypothesis' own generator

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.envelope import Event
from schemas.events.alerts import AlertClearedV1, AlertRaisedV1
from schemas.events.deadlines import DeadlineMissedV1, DeadlineMovedV1, DeadlineWithdrawnV1
from schemas.events.disputes import DisputeClaimedV1, DisputeSettledV1
from schemas.events.obligations import ObligationChangedV1
from schemas.events.petitions import PetitionDecidedV1, PetitionThresholdReachedV1, PetitionTransferredV1
from schemas.events.states import Claim, Lifecycle, Timeliness, WithheldReason
from schemas.rulebook import Rulebook
from services.domain.partition import Partition
from services.domain.recount import recount
from tests.domain import matters as m
from tests.domain.scenarios import fact, on, tick


@cache
def rulebook() -> Rulebook:
    return m.rulebook()


def run(messages: Sequence[Event], batch: int = 1) -> tuple[Partition, list[Event]]:
    partition = Partition(rulebook(), 0)
    derived: list[Event] = []
    for start in range(0, len(messages), batch):
        decision = partition.decide(messages[start : start + batch])
        derived.extend(decision.derived)
        partition.apply(decision)
    return partition, derived


def standing(partition: Partition) -> dict[str, ObligationChangedV1]:
    """Snapshots without their versions; a stage that was opened for a while and closed again stands no more."""
    found = {
        subject: entry.published.judged.snapshot.model_copy(update={"version": 0})
        for subject, entry in partition.entries.items()
        if entry.published is not None
    }
    return {subject: each for subject, each in found.items() if not is_closed_stage(each)}


def is_closed_stage(snapshot: ObligationChangedV1) -> bool:
    return snapshot.opened_by is not None and snapshot.lifecycle is Lifecycle.RETRACTED


def oracle(messages: Sequence[Event]) -> dict[str, ObligationChangedV1]:
    found = {
        subject: snapshot.model_copy(update={"version": 0})
        for subject, _, snapshot in recount(messages, rulebook(), partition=0)
    }
    return {subject: each for subject, each in found.items() if not is_closed_stage(each)}


@given(m.bags(), st.randoms(use_true_random=False), st.integers(min_value=1, max_value=7))
@settings(max_examples=400, deadline=None)
def test_any_order_any_duplication_and_any_batching_end_in_the_same_obligations(
    bag: list[Event], random: Random, batch: int
) -> None:
    shuffled = [*bag, *random.sample(bag, k=len(bag) // 2)]
    random.shuffle(shuffled)
    partition, derived = run(shuffled, batch)

    assert standing(partition) == oracle(bag)
    expected = {(s, str(o.due_on)) for s, o in oracle(bag).items() if o.claim is Claim.PUBLISHABLE}
    assert claims(derived) == expected


def claims(derived: Sequence[Event]) -> set[tuple[str, str]]:
    """Claims published and not withdrawn, by replaying the derived events in order."""
    found: set[tuple[str, str]] = set()
    for event in derived:
        if isinstance(event.data, DeadlineMissedV1):
            found.add((event.subject, event.data.due_on.isoformat()))
        elif isinstance(event.data, DeadlineWithdrawnV1):
            found.remove((event.subject, event.data.due_on.isoformat()))
    return found


@given(m.bags(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_a_replay_derives_the_same_events_each_with_its_own_id_and_a_growing_version(
    bag: list[Event], random: Random
) -> None:
    random.shuffle(bag)
    _, one_by_one = run(bag, 1)
    _, at_once = run(bag, max(1, len(bag)))
    assert one_by_one == at_once
    assert len({event.id for event in one_by_one}) == len(one_by_one)
    versions: dict[str, int] = {}
    for event in one_by_one:
        if isinstance(event.data, ObligationChangedV1):
            assert event.data.version > versions.get(event.subject, -1)
            versions[event.subject] = event.data.version


@given(m.bags(), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=200, deadline=None)
def test_a_release_changes_only_open_obligations(bag: list[Event], day: int, known: int) -> None:
    before, _ = run(bag)
    later = max((event.observedat for event in bag), default=None)
    new = m.release(max(day, 41), known)
    assert later is None or later <= new.observedat
    decision = before.decide([new])
    for event in decision.derived:
        if isinstance(event.data, ObligationChangedV1):
            assert event.data.lifecycle in (Lifecycle.OPEN, Lifecycle.PARTLY_FULFILLED) or is_closed_stage(event.data)


def test_a_release_moves_an_open_due_date_and_keeps_what_was_said() -> None:
    log = [m.release(1, 5), m.petition("xx:1"), m.watermark(30), tick(7)]
    partition, derived = run(log)
    assert standing(partition)["xx:1"].due_on == on(6)
    published = len(derived)

    decision = partition.decide([m.release(12, 12)])
    partition.apply(decision)

    moved = [event.data for event in decision.derived if isinstance(event.data, DeadlineMovedV1)]
    assert [(each.was_due_on, each.due_on, each.reason) for each in moved] == [(on(6), on(8), "rules_released")]
    assert standing(partition)["xx:1"].due_on == on(8)
    assert published, "what was published before stays published: nothing derived is ever taken back, only followed"


def test_a_claim_that_a_release_refutes_is_withdrawn_as_such() -> None:
    partition, _ = run([m.release(1, 5), m.petition("xx:1"), m.watermark(30), tick(9)])
    assert standing(partition)["xx:1"].claim is Claim.PUBLISHABLE

    decision = partition.decide([m.release(9, 12)])

    withdrawn = [event.data for event in decision.derived if isinstance(event.data, DeadlineWithdrawnV1)]
    assert [(each.due_on, each.reason) for each in withdrawn] == [(on(6), "rules_released")]
    assert any(isinstance(event.data, AlertClearedV1) for event in decision.derived)


def test_a_closed_obligation_is_judged_by_what_was_known_when_its_end_was_seen() -> None:
    done = fact("xx:1", PetitionDecidedV1(occurred_on=on(7)), 7, source=m.SOURCE)
    partition, _ = run([m.release(1, 5), m.petition("xx:1"), done, m.watermark(30), tick(9), m.release(12, 12)])
    snapshot = standing(partition)["xx:1"]
    assert (snapshot.due_on, snapshot.delay_days, snapshot.known_on) == (on(6), 1, on(5))


def test_a_contest_takes_the_claim_away_until_it_is_settled() -> None:
    partition, derived = run([m.petition("xx:1"), m.watermark(30), tick(12)])
    assert standing(partition)["xx:1"].claim is Claim.PUBLISHABLE
    contest = fact(
        "xx:1",
        DisputeClaimedV1(occurred_on=on(12), contested_by="xx.one", reason="sent by courier"),
        12,
        source="/sources/disputes",
    )

    decision = partition.decide([contest])
    partition.apply(decision)

    held = standing(partition)["xx:1"]
    assert (held.claim, held.withheld_reason) == (Claim.WITHHELD, WithheldReason.DISPUTED)
    assert held.dispute is not None
    assert held.dispute.reason == "sent by courier"
    assert {type(event.data) for event in decision.derived} >= {DeadlineWithdrawnV1, AlertClearedV1}

    settled = fact(
        "xx:1",
        DisputeSettledV1(occurred_on=on(14), outcome="rejected", reason="the courier has no receipt"),
        14,
        source="/sources/disputes",
    )
    decision = partition.decide([settled])
    partition.apply(decision)
    again = standing(partition)["xx:1"]
    assert again.claim is Claim.PUBLISHABLE
    assert again.dispute is not None
    assert (again.dispute.state, again.dispute.finding) == ("rejected", "the courier has no receipt")
    assert any(isinstance(event.data, AlertRaisedV1) for event in decision.derived)
    assert derived


def test_a_stage_is_claimed_only_from_a_source_that_shows_it() -> None:
    done = fact("xx:1", PetitionDecidedV1(occurred_on=on(2)), 2, source=m.SOURCE)
    stage = f"xx:1~{m.PUBLISH}"
    partition, _ = run([m.petition("xx:1"), done, m.watermark(20), tick(15)])
    unseen = standing(partition)[stage]
    assert (unseen.due_on, unseen.timeliness) == (on(4), Timeliness.DUE_UNOBSERVED)
    assert unseen.withheld_reason is WithheldReason.NOT_REPORTED

    partition.apply(partition.decide([m.watermark(21, (m.PUBLISH,))]))
    assert standing(partition)[stage].claim is Claim.PUBLISHABLE


def test_a_term_of_the_applicant_expires_and_nobody_is_late() -> None:
    partition, _ = run([m.petition("xx:1"), m.watermark(30), tick(20)])
    window = standing(partition)[f"xx:1~{m.COMPLAIN}"]
    assert (window.due_on, window.timeliness, window.claim) == (on(13), Timeliness.EXPIRED, Claim.NONE)


def test_stages_follow_stages_in_one_partition() -> None:
    reached = fact("xx:1", PetitionThresholdReachedV1(occurred_on=on(3)), 3, source=m.SOURCE)
    partition, _ = run([m.petition("xx:1"), reached, m.watermark(30, (m.DECIDE, "xx.notice")), tick(12)])
    found = standing(partition)
    assert found[f"xx:1~{m.DECIDE}"].due_on == on(7)
    assert found["xx:1~xx.notice"].due_on == on(8)
    assert found["xx:1~xx.notice"].opened_by == "xx:1"


def test_delay_belongs_to_whoever_held_it() -> None:
    moved = PetitionTransferredV1(occurred_on=on(10), owed_by="xx.two", owed_by_name="Body Two")
    log = [
        m.petition("xx:1"),
        fact("xx:1", moved, 10, source=m.SOURCE),
        fact("xx:1", PetitionDecidedV1(occurred_on=on(13)), 13, source=m.SOURCE),
        m.watermark(30),
        tick(14),
    ]
    partition, _ = run([m.release(1, 5), *log])
    snapshot = standing(partition)["xx:1"]
    assert snapshot.delay_days == 7
    assert [(span.body, span.days_late) for span in snapshot.spans] == [("xx.one", 4), ("xx.two", 3)]
    assert (snapshot.owed_by, snapshot.held_when_due) == ("xx.two", "xx.one")
