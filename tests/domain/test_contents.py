"""One id, one content: whatever comes later under a used id changes nothing, in any batching and after any replay."""

from collections.abc import Iterator, Sequence
from functools import cache
from random import Random  # the type of hypothesis' own generator
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.envelope import Event
from schemas.events.budget import BudgetStatementV1
from schemas.rulebook import Rulebook
from services.adapters.codec import content_digest, decode
from services.adapters.rulebook import load_rulebook
from services.domain.budget.partition import BudgetPartition, standing_findings
from services.domain.contents import content_of, first_of_each_id
from services.domain.partition import Partition
from services.domain.recount import recount
from tests.adapters.samples import statement
from tests.contracts.examples import VALID
from tests.domain import scenarios as s

EXAMPLES = [decode(path.read_bytes()) for path in VALID]


@cache
def rulebook() -> Rulebook:
    return load_rulebook()


def run(messages: Sequence[Event], batch: int) -> tuple[Partition, list[Event], list[int]]:
    """Feed messages in batches: the partition, what it derived, and the places it refused."""
    partition = Partition(rulebook(), 0)
    derived: list[Event] = []
    refused: list[int] = []
    for start in range(0, len(messages), batch):
        decision = partition.decide(messages[start : start + batch])
        derived.extend(decision.derived)
        refused.extend(start + place for place in decision.refused)
        partition.apply(decision)
    return partition, derived, refused


@st.composite
def with_conflicts(draw: st.DrawFn) -> list[Event]:
    """A bag of messages in some order, some of their ids used again for what another message says."""
    bag = draw(s.bags())
    said_by = [event for event in bag if event.type != "esep.clock.tick.v1"]
    again = [
        draw(st.sampled_from(said_by)).model_copy(update={"id": draw(st.sampled_from(said_by)).id})
        for _ in range(draw(st.integers(min_value=1, max_value=6)) if said_by else 0)
    ]
    return draw(st.permutations([*bag, *again]))


def refused_by_hand(messages: Sequence[Event]) -> Iterator[int]:
    """The places whose id came with another content before, by the codec's digest: no code of the domain's own."""
    first: dict[UUID, str] = {}
    for place, event in enumerate(messages):
        digest = content_digest(event)
        if first.setdefault(event.id, digest) != digest:
            yield place


@given(with_conflicts(), st.integers(min_value=1, max_value=7))
@settings(max_examples=150, deadline=None)
def test_the_first_content_of_an_id_stands_in_any_batching(messages: list[Event], batch: int) -> None:
    expected = list(refused_by_hand(messages))
    partition, derived, refused = run(messages, batch)
    assert refused == expected

    taken = [event for place, event in enumerate(messages) if place not in expected]
    without, derived_without, _ = run(taken, 1)
    assert derived == derived_without, "a refused message leaves no trace in what is published"
    assert partition.entries == without.entries
    assert partition.watermarks == without.watermarks
    assert partition.next_due() == without.next_due()


@given(with_conflicts())
@settings(max_examples=150, deadline=None)
def test_the_oracle_takes_the_first_in_log_order_too(messages: list[Event]) -> None:
    partition, _, refused = run(messages, 3)
    standing = {
        subject: entry.published.judged.snapshot.model_copy(update={"version": 0})
        for subject, entry in partition.entries.items()
        if entry.published is not None
    }
    found = {
        subject: snapshot.model_copy(update={"version": 0}) for subject, _, snapshot in recount(messages, rulebook(), 0)
    }
    assert found == standing
    assert first_of_each_id(messages) == [event for place, event in enumerate(messages) if place not in refused]


@given(with_conflicts(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_deciding_again_before_applying_refuses_the_same(messages: list[Event], random: Random) -> None:
    """A worker that was killed after publishing decides the same batch again."""
    partition = Partition(rulebook(), 0)
    half = random.randint(0, len(messages))
    partition.apply(partition.decide(messages[:half]))
    assert partition.decide(messages[half:]) == partition.decide(messages[half:])


def test_another_observation_of_the_same_content_is_a_duplicate() -> None:
    first = s.question("gb.wq:1")
    again = first.model_copy(update={"observedat": s.at(9), "sourcelocator": "row 7"})
    _, derived, refused = run([first, again], 1)
    assert refused == []
    assert derived == run([first], 1)[1]


def test_an_id_of_one_subject_is_not_free_for_another() -> None:
    """The journal refuses it, so the log of a partition does: an id names one fact."""
    first, other = s.question("gb.wq:1"), s.question("gb.wq:2")
    partition, _, refused = run([first, other.model_copy(update={"id": first.id})], 2)
    assert refused == [1]
    assert list(partition.entries) == ["gb.wq:1"]


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_statement_about_money_is_never_overwritten_either(batch: int) -> None:
    first = statement(1)
    assert isinstance(first.data, BudgetStatementV1)
    revised = first.model_copy(update={"data": first.data.model_copy(update={"paid": first.data.paid + 1})})
    log = [first, revised, first]

    partition = BudgetPartition(rulebook().bodies)
    refused: list[int] = []
    for start in range(0, len(log), batch):
        decision = partition.decide(log[start : start + batch])
        refused.extend(start + place for place in decision.refused)
        partition.apply(decision)

    assert refused == [1]
    (book,) = partition.books.values()
    kept = [each.figures.paid for lines in book.statements.values() for each in lines[next(iter(lines))]]
    assert kept == [first.data.paid]
    assert standing_findings(first_of_each_id(log), rulebook().bodies) == {}


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_contents_are_told_apart_exactly_as_by_the_content_digest(event: Event) -> None:
    observed_elsewhere = event.model_copy(update={"sourcelocator": "row 7", "id": UUID(int=1)})
    assert content_of(observed_elsewhere) == content_of(event)
    assert content_digest(observed_elsewhere) == content_digest(event)
    others = [other for other in EXAMPLES if content_digest(other) != content_digest(event)]
    assert all(content_of(other) != content_of(event) for other in others)
