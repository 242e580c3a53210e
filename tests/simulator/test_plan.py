"""The plan: the same for the same seed, valid, labelled, in order, and rich enough to show every state."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from schemas.envelope import Event
from schemas.events.clock import ClockTickV1
from schemas.events.obligations import ObligationChangedV1
from schemas.events.sources import SourceObservedV1
from schemas.events.states import Claim, Timeliness, WithheldReason
from schemas.events.verbs import Filed, ObligationFact
from schemas.topics import FACTS, partitions_for, topic_of
from services.adapters.chance import Chance
from services.adapters.codec import content_digest, decode, encode
from services.adapters.rulebook import load_rulebook
from services.domain.identity import new_event
from services.domain.partition import Partition
from services.simulator import country
from services.simulator.cases import cases_of
from services.simulator.courses import LONGEST_LIFE_DAYS
from services.simulator.plan import last_day, plan_day, planned
from services.simulator.settings import SimulatorSettings
from services.simulator.sources import LONGEST_OUTAGE_DAYS

SEED = SimulatorSettings().simulator_seed
HISTORY_DAYS = (country.OPENS_ON - country.BEGINS_ON).days


def days(first: date, count: int) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range(count))


def events_of(first: date, count: int, seed: int = SEED) -> list[Event]:
    return [event for day in days(first, count) for event in plan_day(seed, day)]


def said(events: Sequence[Event]) -> list[tuple[str, str, datetime]]:
    return [(str(event.id), content_digest(event), event.observedat) for event in events]


def test_the_same_seed_and_day_give_the_same_events_in_any_order_of_asking() -> None:
    forward = [said(plan_day(SEED, day)) for day in days(country.OPENS_ON, 10)]
    backward = [said(plan_day(SEED, day)) for day in reversed(list(days(country.OPENS_ON, 10)))]
    assert forward == backward[::-1]


def test_another_seed_is_another_country() -> None:
    here = {event.subject for event in events_of(country.OPENS_ON, 10) if isinstance(event.data, Filed)}
    titles = {event.data.title for event in events_of(country.OPENS_ON, 10) if isinstance(event.data, Filed)}
    others = [event for event in events_of(country.OPENS_ON, 10, SEED + 1) if isinstance(event.data, Filed)]
    assert here != {event.subject for event in others}
    assert titles != {event.data.title for event in others}


def test_every_event_is_valid_labelled_and_about_its_own_world() -> None:
    for event in events_of(country.BEGINS_ON, HISTORY_DAYS + 120):
        assert decode(encode(event)) == event
        assert event.simulation == country.SIMULATION
        assert country.SIMULATION in event.subject
        assert country.SIMULATION in event.source
        if isinstance(event.data, Filed):
            assert event.data.title.startswith("Simulated ")
            assert event.data.reference.startswith("SIM-")


def test_no_id_means_two_things() -> None:
    events = events_of(country.BEGINS_ON, HISTORY_DAYS + 120)
    assert len({event.id for event in events}) == len(events)


def test_a_watermark_comes_after_everything_it_covers() -> None:
    read_up_to: dict[str, datetime] = {}
    events = events_of(country.BEGINS_ON, HISTORY_DAYS + 120)
    assert [event.observedat for event in events] == sorted(event.observedat for event in events)
    for event in events:
        if isinstance(event.data, SourceObservedV1):
            covered = event.data.read_up_to - timedelta(seconds=event.data.lag_s)
            assert covered > read_up_to.get(event.source, covered - timedelta(1)), "a watermark only moves forward"
            read_up_to[event.source] = covered
        elif event.source in read_up_to:
            assert event.time >= read_up_to[event.source], f"{event.type} happened before its source was read past it"


def test_a_source_that_stands_still_shows_nothing_and_then_everything_at_once() -> None:
    read = [event for event in events_of(country.OPENS_ON, 120) if event.source == country.APPEALS]
    marks = [event.observedat for event in read if isinstance(event.data, SourceObservedV1)]
    pauses = [(a, b) for a, b in pairwise(marks) if b - a > timedelta(days=1)]
    assert pauses
    for start, end in pauses:
        seen = [event for event in read if start < event.observedat < end]
        assert len({event.observedat for event in seen}) == 1
        assert {event.time.date() for event in seen} > {seen[-1].time.date()}


def test_everything_that_happens_to_a_case_is_read() -> None:
    cases = [case for day in days(country.BEGINS_ON, 30) for case in cases_of(SEED, day)]
    read = events_of(country.BEGINS_ON, 30 + LONGEST_LIFE_DAYS + LONGEST_OUTAGE_DAYS)
    for case in cases:
        about = [event.data for event in read if event.subject == case.subject]
        assert sorted(map(repr, about)) == sorted(repr(data) for _, data in (*case.happenings, *case.contests))


def test_nothing_happens_to_a_case_after_its_longest_life() -> None:
    for day in days(country.BEGINS_ON, 400):
        for case in cases_of(SEED, day):
            assert max(at for at, _ in (*case.happenings, *case.contests)) < country.at(
                day + timedelta(days=LONGEST_LIFE_DAYS)
            )


def test_the_history_is_as_long_as_a_page_needs() -> None:
    filed = [e for e in events_of(country.BEGINS_ON, HISTORY_DAYS) if isinstance(e.data, Filed)]
    assert 300 <= len(filed) <= 600
    assert len({event.data.owed_by for event in filed if isinstance(event.data, Filed)}) > 20


def test_a_plan_begun_later_goes_on_with_the_same_events() -> None:
    whole = [event for event, _ in zip(planned(SEED, country.BEGINS_ON), range(600), strict=False)]
    later_day = country.BEGINS_ON + timedelta(days=5)
    rest = [event for event in whole if event.observedat >= country.at(later_day)]
    again = [event for event, _ in zip(planned(SEED, later_day), range(len(rest)), strict=False)]
    assert said(again) == said(rest)


def test_the_simulation_ends_before_the_calendar_does() -> None:
    last = last_day()
    assert last <= country.OPENS_ON + timedelta(days=5 * 365)
    for event in plan_day(SEED, last):
        if isinstance(event.data, ObligationFact):
            assert event.data.occurred_on <= load_rulebook().calendars["kz"].last
    assert list(planned(SEED, last + timedelta(days=1))) == []


@pytest.fixture(scope="module")
def shown() -> list[ObligationChangedV1]:
    """Every snapshot that history and 120 days lead to: bulk first, then a tick every third hour."""
    folds = [Partition(load_rulebook(), number) for number in range(FACTS.partitions)]
    snapshots = _decide(folds, events_of(country.BEGINS_ON, HISTORY_DAYS))
    for day in days(country.OPENS_ON, 120):
        events = plan_day(SEED, day)
        for hour in range(0, 24, 3):
            start, end = country.at(day, hour), country.at(day, hour + 3)
            snapshots += _decide(folds, [event for event in events if start <= event.observedat < end] + [_tick(end)])
    return snapshots


def test_every_timeliness_is_shown(shown: list[ObligationChangedV1]) -> None:
    assert {snapshot.timeliness for snapshot in shown} == set(Timeliness)


def test_inquiries_to_the_kurultai_are_never_claimed(shown: list[ObligationChangedV1]) -> None:
    later = [s for s in shown if s.kind == "inquiry.deputy" and s.filed_on >= date(2026, 7, 1)]
    assert later
    assert {snapshot.claim for snapshot in later} <= {Claim.NONE, Claim.WITHHELD}
    assert Timeliness.LATE not in {snapshot.timeliness for snapshot in later}


def test_nobody_is_called_late_before_the_source_was_read_past_the_due_instant(
    shown: list[ObligationChangedV1],
) -> None:
    claimed: dict[tuple[str, str], set[Timeliness]] = {}
    for snapshot in shown:
        claimed.setdefault((snapshot.reference, snapshot.rule), set()).add(snapshot.timeliness)
    assert not [reference for reference, seen in claimed.items() if {Timeliness.LATE, Timeliness.IN_TIME} <= seen]


def test_a_publication_is_claimed_and_a_report_that_no_source_shows_is_not(shown: list[ObligationChangedV1]) -> None:
    published = {snapshot.timeliness for snapshot in shown if snapshot.rule == "kz.petition.publish"}
    assert {Timeliness.IN_TIME, Timeliness.LATE} <= published
    reported = [snapshot for snapshot in shown if snapshot.rule == "kz.pros.presentation.report"]
    assert WithheldReason.NOT_REPORTED in {snapshot.withheld_reason for snapshot in reported}
    assert not {Timeliness.LATE, Timeliness.VERY_LATE} & {snapshot.timeliness for snapshot in reported}


def test_a_contested_claim_is_withheld_and_comes_back_or_stays_away(shown: list[ObligationChangedV1]) -> None:
    contested = [snapshot for snapshot in shown if snapshot.dispute is not None]
    assert {s.dispute.state for s in contested if s.dispute} == {"claimed", "held", "upheld", "rejected"}
    for snapshot in contested:
        assert snapshot.dispute is not None
        assert snapshot.claim is not Claim.PUBLISHABLE or snapshot.dispute.state == "rejected"


def test_a_redirected_appeal_is_due_by_its_new_registration(shown: list[ObligationChangedV1]) -> None:
    moved = [s for s in shown if s.kind == "appeal.citizen" and s.transferred]
    assert moved
    for snapshot in moved:
        assert snapshot.basis_on == snapshot.spans[-1].from_on


def test_chance_repeats_itself_and_keeps_its_purposes_apart() -> None:
    first = [Chance(1, "a", 2).between(0, 99) for _ in range(3)]
    assert len(set(first)) == 1
    assert Chance(1, "a", 2).share() == Chance(1, "a", "2").share()
    assert len({Chance(1, "a").share(), Chance(1, "b").share(), Chance(2, "a").share()}) == 3
    chance = Chance(3, "range")
    assert {chance.between(1, 3) for _ in range(100)} == {1, 2, 3}


def _decide(folds: Sequence[Partition], events: Sequence[Event]) -> list[ObligationChangedV1]:
    snapshots: list[ObligationChangedV1] = []
    facts = [event for event in events if topic_of(event.data) is FACTS]
    for fold in folds:
        decision = fold.decide([e for e in facts if fold.partition in partitions_for(e.data, e.subject)])
        fold.apply(decision)
        snapshots += [event.data for event in decision.derived if isinstance(event.data, ObligationChangedV1)]
    return snapshots


def _tick(at: datetime) -> Event:
    return new_event(
        ClockTickV1(at=at),
        source="/tracker",
        subject="tick:0",
        time=at,
        observed_at=at,
        native_id=at.isoformat(),
        version="1",
        simulation=country.SIMULATION,
    )
