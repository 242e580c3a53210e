"""Counting a due date: vectors from the law's calendar, and what must hold for every rule and date."""

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.calendars import Calendar
from schemas.events.states import Confidence, Force
from schemas.rulebook import Rulebook
from schemas.rules import Basis, Citation, LocalText, Rule, Term, Unit
from services.adapters.rulebook import load_rulebook
from services.domain.deadlines import Pause, count_deadline, due_instant, local_date
from services.domain.explain import RuleUnknown, explain
from services.domain.extensions import Grant


@cache
def rulebook() -> Rulebook:
    return load_rulebook()


def rule(unit: Unit, amount: int, *, roll_forward: bool = False) -> Rule:
    """A rule of our own making, for properties that hold whatever the law says."""
    words = LocalText(kk="сынақ", ru="проба", en="test")
    return Rule(
        id="kz.test",
        version=1,
        jurisdiction="kz",
        kind="test",
        title=words,
        zone="Asia/Almaty",
        calendar="kz",
        term=Term(basis=Basis.FILED, unit=unit, amount=amount, roll_forward=roll_forward),
        valid_from=date(2021, 1, 1),
        known_from=date(2021, 1, 1),
        force=Force.STATUTE,
        confidence=Confidence.VERIFIED,
        citation=Citation(act="none", article="none", edition="none"),
    )


@pytest.mark.parametrize(
    ("received_or_registered", "due"),
    [
        ("2024-04-25", "2024-05-21"),
        ("2024-12-20", "2025-01-15"),
        ("2025-03-14", "2025-04-09"),
        ("2025-12-26", "2026-01-21"),
        ("2026-03-05", "2026-04-01"),
        ("2026-04-30", "2026-05-26"),
        ("2026-08-20", "2026-09-10"),
        ("2026-12-10", "2027-01-05"),
        ("2027-03-04", "2027-04-01"),
    ],
)
def test_fifteen_working_days_in_kazakhstan(received_or_registered: str, due: str) -> None:
    deadline = explain(rulebook(), "kz.appeal.answer", date.fromisoformat(received_or_registered))
    assert deadline.due_on == date.fromisoformat(due)


def test_forty_working_days_in_kazakhstan() -> None:
    deadline = count_deadline(rule(Unit.WORKING_DAY, 40), date(2026, 4, 1), rulebook().calendars["kz"])
    assert deadline.due_on == date(2026, 6, 2)


def test_a_holiday_abolished_later_moves_the_date_only_for_those_who_know() -> None:
    as_known_in_january = explain(rulebook(), "kz.appeal.answer", date(2026, 8, 20), date(2026, 1, 20))
    as_known_now = explain(rulebook(), "kz.appeal.answer", date(2026, 8, 20))
    assert as_known_in_january.due_on == date(2026, 9, 11)
    assert as_known_now.due_on == date(2026, 9, 10)


def test_a_month_ends_on_the_same_day_and_rolls_over_a_weekend_and_a_holiday() -> None:
    deadline = explain(rulebook(), "kz.inquiry.answer", date(2026, 4, 10))
    assert deadline.due_on == date(2026, 5, 12), "10 May 2026 is a Sunday, 11 May a holiday"


def test_a_month_from_the_last_day_of_january_ends_with_february() -> None:
    deadline = count_deadline(rule(Unit.MONTH, 1), date(2026, 1, 31), None)
    assert deadline.due_on == date(2026, 2, 28)
    assert "month_end_clamped" in [step.code for step in deadline.trace]


def test_the_inquiry_rule_ends_with_the_old_parliament_and_its_successor_sets_no_term() -> None:
    last = explain(rulebook(), "kz.inquiry.answer", date(2026, 6, 30))
    assert last.due_on is not None
    after = explain(rulebook(), "kz.inquiry.answer", date(2026, 7, 1))
    assert after.due_on is None
    assert after.rule is not None
    assert not after.rule.may_accuse


def test_late_begins_with_the_first_moment_of_the_next_local_day() -> None:
    deadline = explain(rulebook(), "gb.wq.named_day", date(2024, 7, 18))
    assert deadline.due_at is not None
    assert deadline.due_at.isoformat() == "2024-07-18T23:00:00+00:00", "London is an hour ahead in July"


def test_a_date_outside_the_calendar_is_a_gap_not_a_guess() -> None:
    deadline = count_deadline(rule(Unit.WORKING_DAY, 15), date(2028, 12, 20), rulebook().calendars["kz"])
    assert deadline.due_on is None
    assert deadline.problem == "calendar_gap"


def test_an_unknown_rule_names_those_that_are_known() -> None:
    with pytest.raises(RuleUnknown, match=r"kz\.appeal\.answer"):
        explain(rulebook(), "kz.nothing", date(2026, 1, 1))


DAYS = st.dates(date(2022, 1, 1), date(2026, 12, 31))
UNITS = st.sampled_from((Unit.DAY, Unit.WORKING_DAY, Unit.MONTH))


@given(DAYS, UNITS, st.integers(min_value=0, max_value=60), st.dates(date(2022, 1, 1), date(2028, 6, 30)))
def test_a_new_holiday_never_moves_a_deadline_earlier(basis: date, unit: Unit, amount: int, holiday: date) -> None:
    calendar = rulebook().calendars["kz"]
    more = Calendar(
        calendar.id, calendar.first, calendar.last, {**calendar.holidays, holiday: "New"}, calendar.worked_weekends
    )
    before = count_deadline(
        rule(unit, amount % 12 if unit is Unit.MONTH else amount, roll_forward=True), basis, calendar
    )
    after = count_deadline(rule(unit, amount % 12 if unit is Unit.MONTH else amount, roll_forward=True), basis, more)
    assert before.due_on is not None
    assert after.due_on is not None
    assert after.due_on >= before.due_on


@given(DAYS, UNITS, st.integers(min_value=0, max_value=20))
def test_a_rolled_deadline_never_falls_on_a_day_off(basis: date, unit: Unit, amount: int) -> None:
    calendar = rulebook().calendars["kz"]
    deadline = count_deadline(rule(unit, amount, roll_forward=True), basis, calendar)
    assert deadline.due_on is not None
    assert calendar.day_off(deadline.due_on, date.max) is None


@given(DAYS, st.integers(min_value=1, max_value=60))
def test_the_trace_recounts_to_the_same_date(basis: date, amount: int) -> None:
    deadline = count_deadline(rule(Unit.WORKING_DAY, amount), basis, rulebook().calendars["kz"])
    assert deadline.due_on is not None
    skipped = {step.on for step in deadline.trace if step.code == "skipped"}
    days = (deadline.due_on - basis).days
    assert days - len(skipped) == amount
    assert all(day is not None and basis < day <= deadline.due_on for day in skipped)


@given(DAYS, st.integers(min_value=0, max_value=40), st.integers(min_value=-30, max_value=60))
def test_an_extension_never_shortens(basis: date, amount: int, shift: int) -> None:
    plain = count_deadline(rule(Unit.DAY, amount), basis, None)
    assert plain.due_on is not None
    extended = count_deadline(
        rule(Unit.DAY, amount), basis, None, grants=[Grant(plain.due_on, plain.due_on + timedelta(days=shift))]
    )
    assert extended.due_on == max(plain.due_on, plain.due_on + timedelta(days=shift))


@given(DAYS, UNITS, st.integers(min_value=1, max_value=30), st.integers(min_value=1, max_value=20), st.integers(1, 20))
def test_a_pause_never_moves_a_deadline_earlier(basis: date, unit: Unit, amount: int, start: int, length: int) -> None:
    calendar = rulebook().calendars["kz"]
    pause = Pause(basis + timedelta(days=start), basis + timedelta(days=start + length))
    plain = count_deadline(rule(unit, amount % 12, roll_forward=True), basis, calendar)
    paused = count_deadline(rule(unit, amount % 12, roll_forward=True), basis, calendar, pauses=(pause,))
    assert plain.due_on is not None
    assert paused.due_on is not None
    assert paused.due_on >= plain.due_on


@given(st.dates(date(2022, 1, 1), date(2027, 12, 31)), st.sampled_from(("Europe/London", "Asia/Almaty")))
def test_the_due_instant_is_the_first_moment_of_the_next_local_day(day: date, zone: str) -> None:
    instant = due_instant(day, zone)
    assert local_date(instant, zone) == day + timedelta(days=1)
    assert local_date(instant - timedelta(milliseconds=1), zone) == day
