"""Every golden case: what is said in the order given, and that order and repetition change nothing of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random  # seeded: the same shuffles on every run

import pytest

from schemas.envelope import Event
from schemas.events.deadlines import DeadlineMissedV1, DeadlineWithdrawnV1
from schemas.events.obligations import ObligationChangedV1
from schemas.events.states import Claim, Lifecycle, Timeliness, WithheldReason
from schemas.events.verbs import ObligationFact
from services.adapters.codec import decode, encode
from tests.golden.cases import WORLD, Named, all_cases
from tests.golden.world import events_of, outcome_of, recounted, run, told

SHUFFLES = 12
EVERY = pytest.mark.parametrize("named", all_cases(), ids=lambda named: named.name)


@EVERY
def test_what_becomes_of_it_and_what_is_published(named: Named) -> None:
    snapshots, published = run(events_of(named.case), named.rulebook)
    assert {subject: outcome_of(snapshot) for subject, snapshot in snapshots.items()} == named.case.becomes
    assert list(told(published)) == list(named.case.published)


@EVERY
def test_in_any_order_and_repeated_it_ends_the_same(named: Named) -> None:
    events = events_of(named.case)
    ended = _standing(run(events, named.rulebook)[0])
    for seed in range(SHUFFLES):
        mixed = _mixed(events, seed)
        assert _standing(recounted(mixed, named.rulebook)) == ended, f"recount, shuffle {seed}"
        assert _standing(run(mixed, named.rulebook)[0]) == ended, f"partitions, shuffle {seed}"


@EVERY
def test_snapshots_only_grow_in_version(named: Named) -> None:
    """Whatever the order of arrival: the last snapshot is the one with the largest number, which readers keep."""
    events = events_of(named.case)
    for order in (events, *(_mixed(events, seed) for seed in range(SHUFFLES))):
        versions: dict[str, list[int]] = defaultdict(list)
        for event in run(order, named.rulebook)[1]:
            if isinstance(event.data, ObligationChangedV1):
                versions[event.subject].append(event.data.version)
        for subject, told_versions in versions.items():
            assert told_versions == sorted(set(told_versions)), subject


@EVERY
def test_every_message_is_one_that_could_be_sent(named: Named) -> None:
    for event in events_of(named.case):
        assert decode(encode(event)) == event
        assert event.simulation == WORLD
        assert not isinstance(event.data, ObligationFact) or WORLD in event.subject


def test_a_published_claim_stands_or_was_withdrawn() -> None:
    """Read along: nobody is left accused by an event whose snapshot no longer says so."""
    for named in all_cases():
        snapshots, published = run(events_of(named.case), named.rulebook)
        for subject, snapshot in snapshots.items():
            assert _stands(published, subject) == (snapshot.claim is Claim.PUBLISHABLE), f"{named.name}: {subject}"


def test_every_word_of_the_three_axes_is_shown_by_some_case() -> None:
    outcomes = [outcome for named in all_cases() for outcome in named.case.becomes.values()]
    assert {outcome.lifecycle for outcome in outcomes} == set(Lifecycle)
    assert {outcome.timeliness for outcome in outcomes} == set(Timeliness)
    assert {o.withheld_reason for o in outcomes if o.withheld_reason} == set(WithheldReason)


def test_a_case_can_fail() -> None:
    named = next(named for named in all_cases() if named.name == "answered_late")
    unanswered = named.case.model_copy(update={"messages": named.case.messages[:-1]})
    snapshots, published = run(events_of(unanswered), named.rulebook)
    assert {subject: outcome_of(snapshot) for subject, snapshot in snapshots.items()} != named.case.becomes
    assert list(told(published)) != list(named.case.published)


def _mixed(events: Sequence[Event], seed: int) -> list[Event]:
    """Every event, some of them twice, in an order of the seed's."""
    chance = Random(seed)
    mixed = [*events, *chance.sample(events, k=len(events) // 2)]
    chance.shuffle(mixed)
    return mixed


def _standing(snapshots: Mapping[str, ObligationChangedV1]) -> dict[str, ObligationChangedV1]:
    """Snapshots as far as they do not depend on the way.

    A version tells how much had been seen at the last change; a later stage that was opened and closed again on the way
    is on record as retracted, and one never opened is not.
    """
    return {
        subject: snapshot.model_copy(update={"version": 0})
        for subject, snapshot in snapshots.items()
        if snapshot.opened_by is None or snapshot.lifecycle is not Lifecycle.RETRACTED
    }


def _stands(published: Sequence[Event], subject: str) -> bool:
    claims = [event.data for event in published if event.subject == subject]
    missed = sum(isinstance(data, DeadlineMissedV1) for data in claims)
    return missed > sum(isinstance(data, DeadlineWithdrawnV1) for data in claims)
