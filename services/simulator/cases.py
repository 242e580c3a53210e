"""Invented cases: a deputy's inquiry or a citizen's appeal, with everything that will ever happen to it.

A case follows from the seed, its day and its number alone. Its course knows no rule: whether it is late, the tracker finds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schemas.events.appeals import AppealAnsweredV1, AppealExtendedV1, AppealFiledV1, AppealWithdrawnV1
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

LONGEST_LIFE_DAYS = 130
"""Nothing happens to a case later than this many days after it came in."""

NEVER_ANSWERED = 0.10
CLERKS_SLIP = 0.006
KURULTAI_SINCE = date(2026, 7, 1)


@dataclass(frozen=True, slots=True)
class Case:
    """One invented obligation: its id, its source, and what happens to it, each at an instant (UTC)."""

    subject: str
    source: str
    happenings: tuple[tuple[datetime, ObligationFact], ...]


def cases_of(seed: int, day: date) -> Iterator[Case]:
    """Every case that comes in on a local day; none on weekends, and most inquiries on Wednesday, the day of sittings."""
    if day.weekday() >= 5:
        return
    chance = Chance(seed, "intake", day.isoformat())
    for number in range(chance.between(8, 14) if day.weekday() == 2 else chance.between(0, 2)):
        yield _inquiry(seed, day, number)
    for number in range(chance.between(3, 7)):
        yield _appeal(seed, day, number)


def _inquiry(seed: int, day: date, number: int) -> Case:
    chance = Chance(seed, "inquiry", day.isoformat(), number)
    body = chance.pick(tuple(country.QUESTIONS))
    region = chance.pick(tuple(country.REGIONS))
    question = chance.pick(country.QUESTIONS[body]).format(region=country.REGIONS[region])
    name = _name("Q", day, number)
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
    course = _happening(chance, [filed, *_course_of_inquiry(seed, chance, filed, day)], came_in=day)
    return Case(f"{country.SIMULATION}.inquiry:{name}", country.INQUIRIES, course)


def _course_of_inquiry(seed: int, chance: Chance, filed: InquiryFiledV1, day: date) -> Iterator[ObligationFact]:
    if chance.happens(CLERKS_SLIP):
        yield InquiryAnsweredV1(occurred_on=day.replace(year=day.year - 1, day=1))
        return
    if chance.happens(0.03):
        yield InquiryWithdrawnV1(
            occurred_on=_later(day, chance, 3, 15), reason="the question was settled at the sitting"
        )
        return
    body = filed.owed_by
    if chance.happens(0.07):
        body = chance.pick([other for other in country.QUESTIONS if other != body])
        moved_on = _later(day, chance, 2, 5)
        yield InquiryTransferredV1(occurred_on=moved_on, owed_by=body, owed_by_name=country.body_name(body))
    answered_on = _answer_day(seed, chance, body, day, prompt=(9, 26), tardy=(32, 85))
    holding_on = _later(day, chance, 10, 24)
    if chance.happens(0.15) and (answered_on is None or holding_on < answered_on):
        yield InquiryHoldingAnsweredV1(occurred_on=holding_on)
    if answered_on is not None:
        yield InquiryAnsweredV1(occurred_on=answered_on)
        if chance.happens(0.25):
            yield InquiryAnswerRatedV1(occurred_on=_later(answered_on, chance, 1, 6), rating=chance.between(1, 5))


def _appeal(seed: int, day: date, number: int) -> Case:
    """An appeal registered on ``day``; redirected ones are left out, since the rule does not cover their new term."""
    chance = Chance(seed, "appeal", day.isoformat(), number)
    region = chance.pick(tuple(country.REGIONS))
    central = chance.happens(0.4)
    body = chance.pick(tuple(country.COMPLAINTS)) if central else country.akimat(region)
    topic = chance.pick(country.COMPLAINTS[body] if central else country.LOCAL_COMPLAINTS)
    received_on = day if day.weekday() == 0 else day - timedelta(days=chance.between(0, 1))
    name = _name("A", day, number)
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
    course = _happening(chance, [filed, *_course_of_appeal(seed, chance, body, day)], came_in=day)
    return Case(f"{country.SIMULATION}.appeal:{name}", country.APPEALS, course)


def _course_of_appeal(seed: int, chance: Chance, body: str, day: date) -> Iterator[ObligationFact]:
    if chance.happens(CLERKS_SLIP):
        yield AppealAnsweredV1(occurred_on=day.replace(year=day.year - 1, day=1))
        return
    if chance.happens(0.04):
        yield AppealWithdrawnV1(occurred_on=_later(day, chance, 2, 12))
        return
    if chance.happens(0.08):
        decided_on = _later(day, chance, 8, 16)
        until = decided_on + timedelta(days=chance.between(20, 58))
        yield AppealExtendedV1(occurred_on=decided_on, until=until, reason="an inspection on the spot is needed")
        left = (until - day).days
        answered_on = _answer_day(seed, chance, body, day, prompt=(left - 9, left - 3), tardy=(left + 3, left + 40))
    else:
        answered_on = _answer_day(seed, chance, body, day, prompt=(4, 17), tardy=(25, 75))
    if answered_on is not None:
        yield AppealAnsweredV1(occurred_on=answered_on)


def _answer_day(
    seed: int, chance: Chance, body: str, start: date, *, prompt: tuple[int, int], tardy: tuple[int, int]
) -> date | None:
    """When the body answers, after a prompt or a tardy number of days; None when it never does."""
    if chance.happens(country.punctuality(seed, body)):
        return _later(start, chance, *prompt)
    return None if chance.happens(NEVER_ANSWERED) else _later(start, chance, *tardy)


def _later(day: date, chance: Chance, least: int, most: int) -> date:
    return country.on_workday(day + timedelta(days=chance.between(least, most)))


def _happening(
    chance: Chance, facts: list[ObligationFact], *, came_in: date
) -> tuple[tuple[datetime, ObligationFact], ...]:
    """Each fact with an instant of office hours on its day; none before the case came in, whatever day a clerk wrote."""
    return tuple(
        (country.at(max(fact.occurred_on, came_in), chance.between(9, 17), chance.between(0, 59)), fact)
        for fact in facts
    )


def _name(letter: str, day: date, number: int) -> str:
    return f"{letter}{(day - country.BEGINS_ON).days}-{number}"
