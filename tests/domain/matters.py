"""A small rulebook of invented rules, and bags of facts about matters with several stages, contests and releases.

Data only. The rules are invented so that every property of a rule is met; no law is quoted.
"""

from datetime import date, timedelta

from hypothesis import strategies as st

from schemas.bodies import Body
from schemas.calendars import Calendar, HolidayException
from schemas.envelope import Event
from schemas.events.disputes import DisputeClaimedV1, DisputeHeldV1, DisputeSettledV1, JudgementRevisedV1
from schemas.events.petitions import (
    PetitionDecidedV1,
    PetitionExtendedV1,
    PetitionFiledV1,
    PetitionPausedV1,
    PetitionPublishedV1,
    PetitionReopenedV1,
    PetitionResumedV1,
    PetitionRetractedV1,
    PetitionThresholdReachedV1,
    PetitionTransferredV1,
    PetitionWithdrawnV1,
)
from schemas.events.rules import RulesReleasedV1
from schemas.events.sources import SourceObservedV1
from schemas.events.states import Confidence, Force
from schemas.rulebook import Rulebook
from schemas.rules import Basis, Citation, Extension, LocalText, Rule, Stage, Term, Unit
from services.domain.identity import new_event
from tests.domain.scenarios import at, fact, on, tick

SOURCE = "/sources/petitions"
ANSWER = "xx.petition.answer"
PUBLISH = "xx.petition.publish"
COMPLAIN = "xx.complaint.file"
DECIDE = "xx.petition.decide"
FIRST_KNOWN = on(-100)
WORDS = LocalText(kk="сөз", ru="слова", en="words")


def rule(
    id_: str,
    term: Term,
    *,
    version: int = 1,
    calendar: str | None = None,
    known_from: date = FIRST_KNOWN,
    opens: tuple[Stage, ...] = (),
    extension: Extension | None = None,
    applicant: bool = False,
    grace_days: int = 0,
    very_late_days: int | None = None,
) -> Rule:
    """One rule of an invented country."""
    return Rule(
        id=id_,
        version=version,
        jurisdiction="xx",
        kind="petition.stage",
        title=WORDS,
        zone="Europe/London",
        calendar=calendar,
        term=term,
        bound="applicant" if applicant else "body",
        extension=extension,
        opens=opens,
        grace_days=grace_days,
        very_late_days=very_late_days,
        valid_from=on(-1000),
        known_from=known_from,
        force=Force.STATUTE,
        confidence=Confidence.VERIFIED,
        citation=Citation(act="an invented act", article="1", edition="1"),
    )


def days(amount: int, basis: Basis = Basis.FILED, unit: Unit = Unit.DAY) -> Term:
    """So many days from a basis date."""
    return Term(basis=basis, unit=unit, amount=amount, roll_forward=False)


def rulebook() -> Rulebook:
    """Four rules; the answer's term and one day off were learned in two steps."""
    stages = (
        Stage(when="expired", rule=COMPLAIN),
        Stage(when="fulfilled", rule=PUBLISH),
        Stage(when="threshold_reached", rule=DECIDE),
    )
    limit = Extension(amount=6, unit=Unit.DAY, counted_from="decision")
    answer = rule(ANSWER, days(6), opens=stages, extension=limit, grace_days=2, very_late_days=9)
    corrected = answer.model_copy(update={"version": 2, "term": days(8), "known_from": on(10)})
    working = Term(basis=Basis.DECIDED, unit=Unit.WORKING_DAY, amount=2, roll_forward=True)
    rules = (
        (answer, corrected),
        (rule(PUBLISH, working, calendar="xx"),),
        (rule(COMPLAIN, days(5, Basis.EXPIRED), applicant=True),),
        (rule(DECIDE, days(4, Basis.THRESHOLD_REACHED), opens=(Stage(when="expired", rule="xx.notice"),)),),
        (rule("xx.notice", days(1, Basis.EXPIRED)),),
    )
    off = HolidayException(day=on(9), working=False, name=WORDS, known_from=on(12), source="invented")
    calendar = Calendar("xx", on(-1000), on(1000), {}, exceptions=(off,))
    body = Body(id="xx.body", jurisdiction="xx", name=WORDS, confidence=Confidence.VERIFIED)
    return Rulebook({each[0].id: each for each in rules}, {"xx": calendar}, {"xx.body": body})


def petition(subject: str) -> Event:
    """A petition filed on the first day."""
    data = PetitionFiledV1(
        occurred_on=on(0),
        kind="petition.citizens",
        jurisdiction="xx",
        rule=ANSWER,
        owed_by="xx.one",
        owed_by_name="Body One",
        title="A petition",
        reference="1",
    )
    return fact(subject, data, 0, source=SOURCE)


def release(offset: int, known: int) -> Event:
    """From a scenario day on, everything known up to another day counts."""
    return new_event(
        RulesReleasedV1(known_on=on(known), digest=f"{offset:064x}"),
        source="/rules",
        subject="rules",
        time=at(offset),
        observed_at=at(offset),
        native_id="rules",
        version=f"{offset}/{known}",
    )


def watermark(offset: int, covers: tuple[str, ...] = ()) -> Event:
    """The source has been read up to the start of a scenario day, and shows these stages too."""
    return new_event(
        SourceObservedV1(read_up_to=at(offset), lag_s=0, covers=covers or None),
        source=SOURCE,
        subject=SOURCE,
        time=at(offset),
        observed_at=at(offset),
        native_id=f"{offset}/{covers}",
        version="1",
    )


@st.composite
def later_facts(draw: st.DrawFn, subject: str) -> Event:
    """Any fact about a petition or one of its stages, on any day."""
    day = draw(st.integers(min_value=-1, max_value=30))
    when = on(day)
    data = draw(
        st.sampled_from(
            (
                PetitionDecidedV1(occurred_on=when),
                PetitionThresholdReachedV1(occurred_on=when),
                PetitionTransferredV1(occurred_on=when, owed_by="xx.two", owed_by_name="Body Two"),
                PetitionExtendedV1(occurred_on=when, until=when + timedelta(days=9)),
                PetitionPausedV1(occurred_on=when, reason="papers"),
                PetitionResumedV1(occurred_on=when),
                PetitionWithdrawnV1(occurred_on=when),
                PetitionRetractedV1(occurred_on=when),
                PetitionReopenedV1(occurred_on=when),
                DisputeClaimedV1(occurred_on=when, contested_by="xx.one", reason="it was answered"),
                DisputeHeldV1(occurred_on=when),
                DisputeSettledV1(occurred_on=when, outcome="rejected", reason="no answer was shown"),
                DisputeSettledV1(occurred_on=when, outcome="upheld", reason="the answer was shown"),
                JudgementRevisedV1(occurred_on=when, known_on=on(20), reason="a day off was overlooked"),
                PetitionPublishedV1(occurred_on=when),
            )
        )
    )
    staged = isinstance(data, PetitionPublishedV1)
    return fact(f"{subject}~{PUBLISH}" if staged else subject, data, day, source=SOURCE)


@st.composite
def bags(draw: st.DrawFn) -> list[Event]:
    """A log without its order: up to two matters, watermarks, releases and ticks."""
    messages: list[Event] = []
    for subject in draw(st.sampled_from((("xx:1",), ("xx:1", "xx:2")))):
        messages.append(petition(subject))
        messages += draw(st.lists(later_facts(subject), max_size=6))
    covers = st.sampled_from(((), (PUBLISH,), (PUBLISH, DECIDE)))
    marks = draw(st.lists(st.tuples(st.integers(0, 40), covers), max_size=3))
    messages += [watermark(*mark) for mark in marks]
    messages += [
        release(*each) for each in draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=3))
    ]
    messages += [tick(each) for each in draw(st.lists(st.integers(0, 40), max_size=3))]
    unique = {message.id: message for message in messages}
    return list(unique.values())
