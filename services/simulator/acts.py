"""Invented acts that oblige a body: a prosecutor's protest or presentation, an audit order, a gap found by a court.

Who issues them is real as an office; that they were issued, to whom and about what is invented.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from schemas.events.acts import ActDueDateChangedV1, ActExecutedV1, ActIssuedV1, ActReportedV1
from schemas.events.verbs import ObligationFact
from schemas.topics import STAGE_MARK
from services.adapters.chance import Chance
from services.simulator import country
from services.simulator.courses import Case, done_on, happening, later, name_of

REPORT: Final = "kz.pros.presentation.report"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of act: its rule, who issues it, about what, and how soon it is executed, in days."""

    letter: str
    rule: str
    kind: str
    owed_to: str
    matters: tuple[str, ...]
    prompt: tuple[int, int]
    tardy: tuple[int, int]


PROTEST: Final = _Kind(
    letter="X",
    rule="kz.pros.protest",
    kind="act.prosecutor_protest",
    owed_to="kz.prosecutor_general",
    matters=("a local rule on parking", "an order on market hours", "a decision on land use"),
    prompt=(4, 9),
    tardy=(14, 60),
)
PRESENTATION: Final = _Kind(
    letter="R",
    rule="kz.pros.presentation",
    kind="act.prosecutor_presentation",
    owed_to="kz.prosecutor_general",
    matters=("safety of playgrounds", "wages paid late", "upkeep of roads", "care for orphans' housing"),
    prompt=(12, 27),
    tardy=(34, 90),
)
AUDIT_ORDER: Final = _Kind(
    letter="U",
    rule="kz.audit.order",
    kind="act.audit_order",
    owed_to="kz.sac",
    matters=("return of unused funds", "entry of property in the accounts"),
    prompt=(20, 40),
    tardy=(50, 100),
)
GAP: Final = _Kind(
    letter="G",
    rule="kz.cc.bill",
    kind="act.constitutional_court_bill",
    owed_to="kz.constitutional_court",
    matters=("a term that no law sets", "a remedy that no law gives"),
    prompt=(20, 60),
    tardy=(80, 120),
)
KINDS: Final = (PROTEST, PRESENTATION, AUDIT_ORDER, GAP)


def acts_of(seed: int, day: date) -> Iterator[Case]:
    """The acts that come in on a local day, each with its later stage; a court's on some first Monday of a month."""
    chance = Chance(seed, "acts", day.isoformat())
    if chance.happens(0.25):
        yield from _act(seed, day, PROTEST, _received)
    if chance.happens(0.25):
        yield from _act(seed, day, PRESENTATION, _received)
    if chance.happens(0.1):
        yield from _act(seed, day, AUDIT_ORDER, _named)
    if day.weekday() == 0 and day.day <= 7:
        yield from _act(seed, day, GAP, _published_long_ago)


def _act(seed: int, day: date, kind: _Kind, dated: Callable[[Chance, date], dict[str, date]]) -> Iterator[Case]:
    name = name_of(kind.letter, day, 0)
    chance = Chance(seed, "act", name)
    region = chance.pick(tuple(country.REGIONS))
    body = _debtor(chance, kind, region)
    subject = f"{country.SIMULATION}.act:{name}"
    dates = dated(chance, day)
    issued = ActIssuedV1(
        kind=kind.kind,
        jurisdiction=country.JURISDICTION,
        rule=kind.rule,
        owed_by=body,
        owed_by_name=country.body_name(body),
        owed_to=kind.owed_to,
        title=f"Simulated act: {chance.pick(kind.matters)}",
        reference=f"SIM-{name}",
        region=region,
        occurred_on=dates["occurred_on"],
        received_on=dates.get("received_on"),
        published_on=dates.get("published_on"),
        named_on=dates.get("named_on"),
    )
    executed_on = done_on(seed, chance, body, day, prompt=kind.prompt, tardy=kind.tardy)
    course = happening(chance, [issued, *_course(chance, kind, issued, executed_on)], came_in=day)
    yield Case(subject, country.ACTS, course)
    if kind is PRESENTATION and executed_on is not None and chance.happens(0.7):
        told = ActReportedV1(occurred_on=later(executed_on, chance, 0, 6))
        yield Case(f"{subject}{STAGE_MARK}{REPORT}", country.ACTS, happening(chance, [told], came_in=day))


def _course(chance: Chance, kind: _Kind, issued: ActIssuedV1, executed_on: date | None) -> Iterator[ObligationFact]:
    if kind is AUDIT_ORDER and issued.named_on is not None and chance.happens(0.2):
        changed_on = issued.named_on - timedelta(days=chance.between(5, 15))
        yield ActDueDateChangedV1(
            occurred_on=country.on_workday(changed_on), named_on=later(issued.named_on, chance, 10, 20)
        )
    if executed_on is not None:
        yield ActExecutedV1(occurred_on=executed_on)


def _debtor(chance: Chance, kind: _Kind, region: str) -> str:
    if kind is GAP:
        return "kz.gov"
    return chance.pick(tuple(country.QUESTIONS)) if chance.happens(0.5) else country.akimat(region)


def _received(chance: Chance, day: date) -> dict[str, date]:
    return {"occurred_on": day - timedelta(days=chance.between(0, 2)), "received_on": day}


def _named(chance: Chance, day: date) -> dict[str, date]:
    return {"occurred_on": day, "named_on": later(day, chance, 30, 45)}


def _published_long_ago(chance: Chance, day: date) -> dict[str, date]:
    """A court's decision that the simulated source tells of some months later: its half year is mostly over then."""
    published_on = country.on_workday(day - timedelta(days=chance.between(100, 140)))
    return {"occurred_on": published_on, "published_on": published_on}
