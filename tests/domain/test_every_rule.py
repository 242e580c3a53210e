"""What must hold for every rule of the packaged data, whatever happens to an obligation under it."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random  # the type of hypothesis' own generator

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.calendars import Calendar
from schemas.envelope import Event
from schemas.events.acts import (
    ActExecutedV1,
    ActExtendedV1,
    ActHoldingAnsweredV1,
    ActIssuedV1,
    ActPausedV1,
    ActResumedV1,
    ActTransferredV1,
)
from schemas.events.obligations import TraceStep
from schemas.rulebook import Rulebook
from schemas.rules import ON_A_CALENDAR, Rule, Unit
from schemas.topics import FACTS, partition_of
from services.adapters.rulebook import load_rulebook
from services.domain.counting import months_later
from services.domain.deadlines import KNOWN_NOW, Deadline, count_deadline
from services.domain.explain import explain
from services.domain.extensions import Grant
from services.domain.partition import Partition
from services.domain.recount import recount
from tests.domain.scenarios import fact, on, tick, watermark


@cache
def rulebook() -> Rulebook:
    return load_rulebook()


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(rule for versions in rulebook().rules.values() for rule in versions)


COUNTED = st.sampled_from([rule for rule in rules() if rule.term is not None])
EVERY = st.sampled_from(rules())
BASIS = st.dates(date(2022, 1, 1), date(2026, 6, 30))


def count(rule: Rule, basis: date, calendar: Calendar | None = None, grants: tuple[Grant, ...] = ()) -> Deadline:
    known = calendar or rulebook().calendars.get(rule.calendar or "")
    return count_deadline(rule, basis, known, grants=grants)


def test_every_example_of_every_rule_recounts() -> None:
    for rule in rules():
        for example in rule.examples:
            counted = explain(rulebook(), f"{rule.id}.v{rule.version}", example.on, example.known)
            assert counted.due_on == example.due, f"{rule.id}.v{rule.version} from {example.on}"


def test_every_rule_with_a_day_shows_it_on_an_example_or_says_what_its_calendar_lacks() -> None:
    for rule in rules():
        if rule.term is not None and not rule.examples:
            counted = count(rule, max(rule.valid_from, date(2024, 3, 1)))
            assert "calendar_gap" in [step.code for step in counted.trace], f"{rule.id}.v{rule.version} has no example"


@given(COUNTED, BASIS, st.integers(1, 90))
def test_a_new_holiday_never_moves_a_deadline_earlier(rule: Rule, basis: date, after: int) -> None:
    calendar = rulebook().calendars.get(rule.calendar or "")
    before = count(rule, basis)
    if calendar is None or before.due_on is None:
        return
    holiday = basis + timedelta(days=after)
    later = count(rule, basis, replace(calendar, holidays={**calendar.holidays, holiday: "New holiday"}))
    assert later.due_on is not None
    assert later.due_on >= before.due_on


@given(COUNTED, BASIS, st.integers(-5, 60), st.integers(-5, 120))
def test_a_rule_that_rolls_never_falls_due_on_a_day_off(rule: Rule, basis: date, granted: int, until: int) -> None:
    calendar = rulebook().calendars.get(rule.calendar or "")
    grant = Grant(basis + timedelta(days=granted), basis + timedelta(days=until))
    for grants in ((), (grant,)):
        due_on = count(rule, basis, grants=grants).due_on
        if rule.term is not None and rule.term.roll_forward and calendar is not None and due_on is not None:
            assert calendar.day_off(due_on, KNOWN_NOW) is None


@given(COUNTED, BASIS, st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 200)), max_size=3))
def test_an_extension_never_shortens(rule: Rule, basis: date, asked: list[tuple[int, int]]) -> None:
    plain = count(rule, basis).due_on
    grants = tuple(Grant(basis + timedelta(days=a), basis + timedelta(days=b)) for a, b in sorted(asked))
    extended = count(rule, basis, grants=grants).due_on
    assert (plain is None) == (extended is None)
    assert plain is None or (extended is not None and extended >= plain)


@given(COUNTED, BASIS)
def test_the_trace_recounts_to_the_same_date(rule: Rule, basis: date) -> None:
    deadline = count(rule, basis)
    if deadline.due_on is not None:
        assert told_by(rule, deadline.trace) == deadline.due_on


def told_by(rule: Rule, trace: tuple[TraceStep, ...]) -> date:
    """The due date a reader gets who has nothing but the trace."""
    steps = {step.code: step for step in trace}
    rolled = steps.get("rolled_forward")
    if rolled is not None:
        assert rolled.on is not None
        return rolled.on
    basis, counted = steps["basis"].on, steps.get("counted")
    assert basis is not None
    if counted is None:
        assert rule.term is not None
        assert rule.term.unit is Unit.FIXED_DATE
        return date(basis.year, rule.term.month or 0, rule.term.day or 0)
    n, unit = int(counted.params["n"]), Unit(counted.params["unit"])
    if unit is Unit.MONTH:
        return months_later(basis, n)
    if n == 0:
        return basis
    skipped = {step.on for step in trace if step.code == "skipped"}
    day = steps["day_one"].on
    assert day is not None
    while n > 1 or (unit in ON_A_CALENDAR and day in skipped):
        day += timedelta(days=1)
        n -= day not in skipped
    return day


def issued(rule: Rule, subject: str) -> Event:
    """A duty under any rule, with every basis date a rule may count from."""
    data = ActIssuedV1(
        occurred_on=on(0),
        kind=rule.kind,
        jurisdiction=rule.jurisdiction,
        rule=rule.id,
        owed_by="kz.adm.226",
        owed_by_name="A body",
        received_on=on(1),
        registered_on=on(1),
        delivered_on=on(1),
        published_on=on(1),
        decided_on=on(1),
        threshold_reached_on=on(1),
        named_on=on(9),
        title="A duty",
        reference="1",
    )
    return fact(subject, data, 0)


@st.composite
def later(draw: st.DrawFn, subject: str) -> Event:
    """Any later fact about it."""
    offset = draw(st.integers(0, 60))
    when = on(offset)
    data = draw(
        st.sampled_from(
            (
                ActExecutedV1(occurred_on=when),
                ActExtendedV1(occurred_on=when, until=when + timedelta(days=30)),
                ActHoldingAnsweredV1(occurred_on=when),
                ActPausedV1(occurred_on=when, reason="papers"),
                ActResumedV1(occurred_on=when),
                ActTransferredV1(occurred_on=when, owed_by="kz.adm.213", owed_by_name="Another", registered_on=when),
            )
        )
    )
    return fact(subject, data, offset)


@given(EVERY, st.data(), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_the_fold_does_not_depend_on_order_or_duplication_under_any_rule(
    rule: Rule, data: st.DataObject, random: Random
) -> None:
    subject = "xx:1"
    bag = [issued(rule, subject), *data.draw(st.lists(later(subject), max_size=5)), watermark(200), tick(120)]
    shuffled = [*bag, *random.sample(bag, k=len(bag) // 2)]
    random.shuffle(shuffled)
    number = partition_of(subject, FACTS.partitions)
    partition = Partition(rulebook(), number)
    for event in shuffled:
        partition.apply(partition.decide([event]))
    found = {
        key: entry.published.judged.snapshot.model_copy(update={"version": 0})
        for key, entry in partition.entries.items()
        if entry.published is not None and key.startswith(subject)
    }
    closed = {key for key, each in found.items() if each.opened_by is not None and each.lifecycle == "retracted"}
    told = {key: each.model_copy(update={"version": 0}) for key, _, each in recount(bag, rulebook(), number)}
    expected = {key: each for key, each in told.items() if key.startswith(subject)}
    assert {key: each for key, each in found.items() if key not in closed} == expected
