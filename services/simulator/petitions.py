"""Invented petitions: those that found their signatures and wait for a decision, and those still gathering them.

The decision opens the term of its publication, which is a stage of its own; the rule does that, not this module.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from schemas.events.petitions import (
    PetitionDecidedV1,
    PetitionFiledV1,
    PetitionOpenedForSignatureV1,
    PetitionPublishedV1,
    PetitionThresholdReachedV1,
    PetitionWithdrawnV1,
)
from schemas.events.verbs import ObligationFact
from schemas.topics import STAGE_MARK
from services.adapters.chance import Chance
from services.simulator import country
from services.simulator.courses import Case, done_on, happening, later, name_of

PUBLICATION: Final = "kz.petition.publish"
DECISIONS: Final = {True: "kz.petition.decide.central", False: "kz.petition.decide.local"}
"""The rule by whether a ministry decides, or an akimat."""
COLLECTION: Final = "kz.petition.collect"
RULES_SINCE: Final = date(2026, 1, 16)
"""The rules of petitions are established from this day on; an invented petition does not begin before."""
APPLICANT: Final = "kz.applicant"


def petitions_of(seed: int, day: date) -> Iterator[Case]:
    """The petitions that come in on a local day, each with its later stage: about two a week."""
    chance = Chance(seed, "petitions", day.isoformat())
    if chance.happens(0.35) and day > RULES_SINCE + timedelta(days=20):
        yield from _decided(seed, day)
    if chance.happens(0.1) and day >= RULES_SINCE:
        yield _gathering(seed, day)


def _decided(seed: int, day: date) -> Iterator[Case]:
    """A petition registered on ``day`` by the body that decides on it, some time after it was opened for signature."""
    chance = Chance(seed, "petition", day.isoformat())
    central = chance.happens(0.4)
    region = chance.pick(tuple(country.REGIONS))
    body = chance.pick(tuple(country.QUESTIONS)) if central else country.akimat(region)
    filed_on = country.on_workday(max(RULES_SINCE, day - timedelta(days=chance.between(40, 120))))
    name = name_of("P", day, 0)
    subject = f"{country.SIMULATION}.petition:{name}"
    filed = PetitionFiledV1(
        occurred_on=filed_on,
        kind="petition.decision",
        jurisdiction=country.JURISDICTION,
        rule=DECISIONS[central],
        owed_by=body,
        owed_by_name=country.body_name(body),
        owed_to=APPLICANT,
        registered_on=day,
        title=_title(chance, region),
        reference=f"SIM-{name}",
        region=region,
    )
    signed = (
        PetitionOpenedForSignatureV1(occurred_on=later(filed_on, chance, 1, 4)),
        PetitionThresholdReachedV1(occurred_on=day - timedelta(days=chance.between(3, 9))),
    )
    decided_on = _decision_day(seed, chance, body, day, central=central)
    ends = [PetitionDecidedV1(occurred_on=decided_on)] if decided_on is not None else []
    yield Case(subject, country.PETITIONS, happening(chance, [filed, *signed, *ends], came_in=day))
    if decided_on is not None and not chance.happens(0.08):
        late = chance.happens(0.2)
        published_on = later(decided_on, chance, 4, 12) if late else country.on_workday(decided_on + timedelta(days=1))
        stage = happening(chance, [PetitionPublishedV1(occurred_on=published_on)], came_in=day)
        yield Case(f"{subject}{STAGE_MARK}{PUBLICATION}", country.PETITIONS, stage)


def _decision_day(seed: int, chance: Chance, body: str, day: date, *, central: bool) -> date | None:
    if central:
        return done_on(seed, chance, body, day, prompt=(35, 54), tardy=(64, 100))
    return done_on(seed, chance, body, day, prompt=(14, 26), tardy=(32, 80))


def _gathering(seed: int, day: date) -> Case:
    """A petition placed in open access on ``day`` that never finds its signatures; the time is the applicant's to use."""
    chance = Chance(seed, "signatures", day.isoformat())
    region = chance.pick(tuple(country.REGIONS))
    name = name_of("S", day, 0)
    filed = PetitionFiledV1(
        occurred_on=day,
        kind="petition.collection",
        jurisdiction=country.JURISDICTION,
        rule=COLLECTION,
        owed_by=APPLICANT,
        owed_by_name=country.body_name(APPLICANT),
        published_on=day,
        title=_title(chance, region),
        reference=f"SIM-{name}",
        region=region,
    )
    facts: list[ObligationFact] = [filed, PetitionOpenedForSignatureV1(occurred_on=day)]
    if chance.happens(0.2):
        facts.append(PetitionWithdrawnV1(occurred_on=later(day, chance, 20, 90)))
    course = happening(chance, facts, came_in=day)
    return Case(f"{country.SIMULATION}.petition:{name}", country.PETITIONS, course)


def _title(chance: Chance, region: str) -> str:
    wish = chance.pick(country.WISHES).format(region=country.REGIONS[region])
    return f"Simulated petition: {wish}"
