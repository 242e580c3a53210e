"""Where anything is in doubt nobody is accused, and the right body is: each test was a false claim once."""

from datetime import timedelta

import pytest

from schemas.envelope import Event
from schemas.events.acts import (
    ActDueDateChangedV1,
    ActExecutedV1,
    ActExtendedV1,
    ActIssuedV1,
    ActLapsedV1,
    ActPausedV1,
    ActReopenedV1,
    ActResumedV1,
    ActTransferredV1,
)
from schemas.events.obligations import ObligationChangedV1
from schemas.events.registry import EventData
from schemas.events.states import Claim, Timeliness
from schemas.rulebook import Rulebook
from schemas.rules import Basis, Extension, Rule, Stage, Term, Unit
from schemas.topics import FACTS, partition_of
from services.domain.partition import Partition
from tests.domain import matters as m
from tests.domain.scenarios import fact, on, tick

ABOUT = "xx:1"
RULE = "xx.act.execute"
NOTICE = "xx.act.notice"


def book(**more: object) -> Rulebook:
    """Ten days from the filing; what else the rule says is given."""
    plain = m.rule(RULE, m.days(10))
    notice = m.rule(NOTICE, m.days(2))
    return Rulebook({RULE: (plain.model_copy(update=more),), NOTICE: (notice,)}, {}, {})


def filed(body: str = "xx.one", subject: str = ABOUT, rule: str = RULE, version: str = "1") -> Event:
    data = ActIssuedV1(
        occurred_on=on(0),
        kind="act.any",
        jurisdiction="xx",
        rule=rule,
        owed_by=body,
        owed_by_name=body,
        registered_on=on(0),
        title="An act",
        reference="1",
    )
    return fact(subject, data, 0, version, source=m.SOURCE)


def then(data: EventData, day: int, version: str = "1") -> Event:
    return fact(ABOUT, data, day, version, source=m.SOURCE)


def standing(rulebook: Rulebook, *messages: Event, subject: str = ABOUT) -> ObligationChangedV1:
    partition = Partition(rulebook, partition_of(ABOUT, FACTS.partitions))
    for message in messages:
        partition.apply(partition.decide([message]))
    published = partition.entries[subject].published
    assert published is not None
    return published.judged.snapshot


READ = (m.watermark(30), tick(30))


def test_an_answer_dated_late_by_a_slip_accuses_nobody_before_the_day_has_come() -> None:
    slip = then(ActExecutedV1(occurred_on=on(300)), 5)
    early = standing(book(), filed(), slip, m.watermark(6), tick(6))
    assert (early.timeliness, early.claim) == (Timeliness.UNKNOWN, Claim.NONE)
    behind = standing(book(), filed(), slip, m.watermark(6), tick(30))
    assert behind.claim is Claim.WITHHELD


def test_a_lapse_seen_between_two_looks_may_have_come_in_time() -> None:
    lapsed = then(ActLapsedV1(occurred_on=on(20), earliest_on=on(5), cause="dissolution"), 20)
    assert standing(book(), filed(), lapsed, *READ).claim is Claim.NONE


def test_an_extension_seen_between_two_looks_is_taken_as_granted_in_time() -> None:
    limited = book(extension=Extension(amount=60, unit=Unit.DAY, counted_from="due_date"))
    granted = then(ActExtendedV1(occurred_on=on(12), earliest_on=on(4), until=on(40)), 12)
    assert standing(limited, filed(), granted, *READ).due_on == on(40)


def test_a_pause_within_an_extended_term_counts() -> None:
    log = (
        filed(),
        then(ActExtendedV1(occurred_on=on(5), until=on(20)), 5),
        then(ActPausedV1(occurred_on=on(12), reason="papers"), 12),
        then(ActResumedV1(occurred_on=on(18)), 18),
    )
    assert standing(book(), *log, *READ).due_on == on(26)


def test_a_pause_before_a_fixed_day_counts() -> None:
    fixed = book(term=Term(basis=Basis.CALENDAR, unit=Unit.FIXED_DATE, amount=0, roll_forward=False, month=1, day=20))
    log = (filed(), then(ActPausedV1(occurred_on=on(2), reason="papers"), 2), then(ActResumedV1(occurred_on=on(7)), 7))
    assert standing(fixed, *log, *READ).due_on == on(12) + timedelta(days=5)


def test_a_long_pause_is_one_pair_of_steps_in_the_trace() -> None:
    log = (
        filed(),
        then(ActPausedV1(occurred_on=on(2), reason="papers"), 2),
        then(ActResumedV1(occurred_on=on(900)), 900),
    )
    assert len(standing(book(), *log, *READ).trace) < 12


def test_a_day_named_after_a_reopening_is_the_new_term() -> None:
    log = (
        filed(),
        then(ActExecutedV1(occurred_on=on(8)), 8),
        then(ActReopenedV1(occurred_on=on(25), reason="not what was asked"), 25),
        then(ActDueDateChangedV1(occurred_on=on(26), named_on=on(60)), 26),
    )
    again = standing(book(), *log, *READ)
    assert (again.due_on, again.claim) == (on(60), Claim.NONE)


def test_a_corrected_addressee_is_the_one_who_owes_it() -> None:
    corrected = filed("xx.right", version="2").model_copy(update={"observedat": filed().observedat + timedelta(days=1)})
    told = standing(book(), filed("xx.wrong"), corrected, *READ)
    assert (told.owed_by, told.held_when_due) == ("xx.right", "xx.right")


def test_a_transfer_to_the_body_already_named_still_begins_the_term_anew() -> None:
    restarts = book(on_transfer="restarts", term=m.days(10, Basis.REGISTERED))
    moved = then(ActTransferredV1(occurred_on=on(9), owed_by="xx.one", owed_by_name="one", registered_on=on(9)), 9)
    assert standing(restarts, filed(), moved, *READ).due_on == on(19)


def test_a_stage_is_owed_by_whoever_held_the_matter_when_it_opened() -> None:
    opens = book(opens=(Stage(when="extended", rule=NOTICE),))
    log = (
        filed(),
        then(ActExtendedV1(occurred_on=on(5), until=on(40)), 5),
        then(ActTransferredV1(occurred_on=on(9), owed_by="xx.two", owed_by_name="two"), 9),
    )
    assert standing(opens, *log, *READ, subject=f"{ABOUT}~{NOTICE}").owed_by == "xx.one"


def test_a_filing_under_the_name_of_its_own_stage_opens_nothing() -> None:
    opens = book(opens=(Stage(when="extended", rule=NOTICE),))
    stage = f"{ABOUT}~{NOTICE}"
    extended = fact(stage, ActExtendedV1(occurred_on=on(5), until=on(40)), 5, source=m.SOURCE)
    assert standing(opens, filed(subject=stage), extended, *READ, subject=stage).due_on == on(40)


def test_a_contest_made_anew_on_the_day_the_first_was_settled_holds_the_claim() -> None:
    contested = [
        then(m.DisputeClaimedV1(occurred_on=on(12), contested_by="xx.one", reason="first"), 12),
        _later(then(m.DisputeSettledV1(occurred_on=on(14), outcome="rejected", reason="no"), 14), 1),
        _later(then(m.DisputeClaimedV1(occurred_on=on(14), contested_by="xx.one", reason="second"), 14), 2),
    ]
    assert standing(book(), filed(), *contested, *READ).claim is Claim.WITHHELD


def _later(event: Event, hours: int) -> Event:
    return event.model_copy(update={"time": event.time + timedelta(hours=hours)})


def test_versions_grow_when_another_source_files_anew() -> None:
    partition = Partition(book(), partition_of(ABOUT, FACTS.partitions))
    versions: list[int] = []
    other = filed(version="2").model_copy(update={"source": "/sources/other"})
    anew = other.model_copy(update={"observedat": other.observedat + timedelta(days=20)})
    for message in (filed(), *READ, anew):
        decision = partition.decide([message])
        partition.apply(decision)
        versions += [event.data.version for event in decision.derived if isinstance(event.data, ObligationChangedV1)]
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("rule", [m.rule("xx.any.rule", m.days(5))])
def test_very_long_names_do_not_stop_the_tracker(rule: Rule) -> None:
    subject = "x" * 200
    data = ActIssuedV1(
        occurred_on=on(3),
        kind="act.any",
        jurisdiction="xx",
        rule="xx.no.such",
        owed_by="xx.one",
        owed_by_name="one",
        title="An act",
        reference="1",
    )
    partition = Partition(Rulebook({rule.id: (rule,)}, {}, {}), partition_of(subject, FACTS.partitions))
    decision = partition.decide([fact(subject, data, 3, source=m.SOURCE)])
    assert any(event.type == "esep.finding.raised.v1" for event in decision.derived)
