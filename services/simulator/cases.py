"""Invented cases: a deputy's inquiry or a citizen's appeal, with everything that will ever happen to it.

A case follows from the seed, its day and its number alone. Its course knows no rule: whether it is late, the tracker finds.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from schemas.events.appeals import (
    AppealAnsweredV1,
    AppealExtendedV1,
    AppealFiledV1,
    AppealTransferredV1,
    AppealWithdrawnV1,
)
from schemas.events.disputes import DisputeClaimedV1, DisputeHeldV1, DisputeSettledV1
from schemas.events.inquiries import (
    InquiryAnsweredV1,
    InquiryAnswerRatedV1,
    InquiryFiledV1,
    InquiryHoldingAnsweredV1,
    InquiryTransferredV1,
    InquiryWithdrawnV1,
)
from schemas.events.verbs import ObligationFact
from services.adapters.chance import Chance
from services.simulator import country
from services.simulator.acts import acts_of
from services.simulator.courses import CLERKS_SLIP, Case, done_on, happening, later, name_of
from services.simulator.petitions import petitions_of

KURULTAI_SINCE = date(2026, 7, 1)
CONTESTED = 0.25
"""The share of inquiries answered late or never whose body says that this is not so."""


def cases_of(seed: int, day: date) -> Iterator[Case]:
    """Every case that comes in on a local day; none on weekends, and most inquiries on Wednesday, the day of sittings."""
    if day.weekday() >= 5:
        return
    chance = Chance(seed, "intake", day.isoformat())
    for number in range(chance.between(8, 14) if day.weekday() == 2 else chance.between(0, 2)):
        yield _inquiry(seed, day, number)
    for number in range(chance.between(3, 7)):
        yield _appeal(seed, day, number)
    yield from petitions_of(seed, day)
    yield from acts_of(seed, day)


def _inquiry(seed: int, day: date, number: int) -> Case:
    chance = Chance(seed, "inquiry", day.isoformat(), number)
    body = chance.pick(tuple(country.QUESTIONS))
    region = chance.pick(tuple(country.REGIONS))
    question = chance.pick(country.QUESTIONS[body]).format(region=country.REGIONS[region])
    name = name_of("Q", day, number)
    filed = InquiryFiledV1(
        occurred_on=country.on_workday(day - timedelta(days=chance.between(0, 1))),
        kind="inquiry.deputy",
        jurisdiction=country.JURISDICTION,
        rule="kz.inquiry.answer",
        owed_by=body,
        owed_by_name=country.body_name(body),
        owed_to="kz.kurultai" if day >= KURULTAI_SINCE else "kz.parliament",
        received_on=day,
        title=f"Simulated inquiry: {question}?",
        reference=f"SIM-{name}",
        region=region,
    )
    facts = [filed, *_course_of_inquiry(seed, chance, filed, day)]
    course = happening(chance, facts, came_in=day)
    contests = _contest(Chance(seed, "contest", name), facts, day)
    return Case(f"{country.SIMULATION}.inquiry:{name}", country.INQUIRIES, course, contests)


def _course_of_inquiry(seed: int, chance: Chance, filed: InquiryFiledV1, day: date) -> Iterator[ObligationFact]:
    if chance.happens(CLERKS_SLIP):
        yield InquiryAnsweredV1(occurred_on=day.replace(year=day.year - 1, day=1))
        return
    if chance.happens(0.03):
        yield InquiryWithdrawnV1(
            occurred_on=later(day, chance, 3, 15), reason="the question was settled at the sitting"
        )
        return
    body = filed.owed_by
    if chance.happens(0.07):
        body = chance.pick([other for other in country.QUESTIONS if other != body])
        moved_on = later(day, chance, 2, 5)
        yield InquiryTransferredV1(occurred_on=moved_on, owed_by=body, owed_by_name=country.body_name(body))
    answered_on = done_on(seed, chance, body, day, prompt=(9, 26), tardy=(32, 85))
    holding_on = later(day, chance, 10, 24)
    if chance.happens(0.15) and (answered_on is None or holding_on < answered_on):
        yield InquiryHoldingAnsweredV1(occurred_on=holding_on)
    if answered_on is not None:
        yield InquiryAnsweredV1(occurred_on=answered_on)
        if chance.happens(0.25):
            yield InquiryAnswerRatedV1(occurred_on=later(answered_on, chance, 1, 6), rating=chance.between(1, 5))


def _contest(chance: Chance, facts: list[ObligationFact], day: date) -> tuple[tuple[datetime, ObligationFact], ...]:
    """What a body says against being called late, and what becomes of it; nothing for most inquiries."""
    claimed_on = later(day, chance, 36, 45)
    ended = any(
        isinstance(fact, InquiryAnsweredV1 | InquiryWithdrawnV1) and fact.occurred_on < claimed_on for fact in facts
    )
    # Since the Kurultai no term is established, so nobody is called late and nobody objects.
    if ended or day >= KURULTAI_SINCE or not chance.happens(CONTESTED):
        return ()
    holders = [fact.owed_by for fact in facts if isinstance(fact, InquiryFiledV1 | InquiryTransferredV1)]
    upheld = chance.happens(0.35)
    held_on = later(claimed_on, chance, 1, 3)
    said = (
        DisputeClaimedV1(
            occurred_on=claimed_on, contested_by=holders[-1], reason="simulated: the answer was sent in time"
        ),
        DisputeHeldV1(occurred_on=held_on, reason="simulated: a copy of the answer was asked for"),
        DisputeSettledV1(
            occurred_on=later(held_on, chance, 4, 15),
            outcome="upheld" if upheld else "rejected",
            reason=f"simulated: {'a receipt of the term was shown' if upheld else 'nothing was sent within the term'}",
        ),
    )
    return happening(chance, said, came_in=day)


def _appeal(seed: int, day: date, number: int) -> Case:
    """An appeal registered on ``day``; one that is redirected has its new body's day of registration too."""
    chance = Chance(seed, "appeal", day.isoformat(), number)
    region = chance.pick(tuple(country.REGIONS))
    central = chance.happens(0.4)
    body = chance.pick(tuple(country.COMPLAINTS)) if central else country.akimat(region)
    topic = chance.pick(country.COMPLAINTS[body] if central else country.LOCAL_COMPLAINTS)
    received_on = day if day.weekday() == 0 else day - timedelta(days=chance.between(0, 1))
    name = name_of("A", day, number)
    filed = AppealFiledV1(
        occurred_on=received_on,
        kind="appeal.citizen",
        jurisdiction=country.JURISDICTION,
        rule="kz.appeal.answer",
        owed_by=body,
        owed_by_name=country.body_name(body),
        received_on=received_on,
        registered_on=day,
        title=f"Simulated appeal: {topic}",
        reference=f"SIM-{name}",
        region=region,
    )
    moved = _redirected(Chance(seed, "redirect", name), body, day)
    if moved is None:
        facts = [filed, *_course_of_appeal(seed, chance, body, day)]
    else:
        facts = [filed, moved, *_course_of_appeal(seed, chance, moved.owed_by, moved.occurred_on)]
    course = happening(chance, facts, came_in=day)
    return Case(f"{country.SIMULATION}.appeal:{name}", country.APPEALS, course)


def _redirected(chance: Chance, body: str, day: date) -> AppealTransferredV1 | None:
    """The redirection to a competent ministry, dated by its registration there; None for most appeals."""
    if not chance.happens(0.08):
        return None
    competent = chance.pick([other for other in country.COMPLAINTS if other != body])
    moved_on = later(day, chance, 1, 3)
    return AppealTransferredV1(
        occurred_on=moved_on,
        owed_by=competent,
        owed_by_name=country.body_name(competent),
        received_on=moved_on,
        registered_on=moved_on,
    )


def _course_of_appeal(seed: int, chance: Chance, body: str, day: date) -> Iterator[ObligationFact]:
    if chance.happens(CLERKS_SLIP):
        yield AppealAnsweredV1(occurred_on=day.replace(year=day.year - 1, day=1))
        return
    if chance.happens(0.04):
        yield AppealWithdrawnV1(occurred_on=later(day, chance, 2, 12))
        return
    if chance.happens(0.08):
        decided_on = later(day, chance, 8, 16)
        until = decided_on + timedelta(days=chance.between(20, 58))
        yield AppealExtendedV1(occurred_on=decided_on, until=until, reason="an inspection on the spot is needed")
        left = (until - day).days
        answered_on = done_on(seed, chance, body, day, prompt=(left - 9, left - 3), tardy=(left + 3, left + 40))
    else:
        answered_on = done_on(seed, chance, body, day, prompt=(4, 17), tardy=(25, 75))
    if answered_on is not None:
        yield AppealAnsweredV1(occurred_on=answered_on)
