"""One thing at a time: the overview, one obligation, one body, one rule, and the status of the record.

The pages show the same records; nothing is computed here.
"""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict

from schemas.rules import Language, Rule
from services.portal import parameters as p
from services.portal.body_account import BodyAccount, read_body
from services.portal.dead_letters import LetterAccount, read_letter
from services.portal.obligation_history import ObligationHistory, read_obligation
from services.portal.overview import Overview, read_overview
from services.portal.problems import NotFound
from services.portal.site import site_of
from services.portal.status import Status, read_status
from services.wording.trace_words import TraceLine, tell

router: Final = APIRouter()

Explained = Annotated[Language, Query(description="Language of `explanation`.")]


class ExplainedObligation(ObligationHistory):
    """An obligation with its timeline, and its trace told in sentences of one language."""

    explanation: tuple[TraceLine, ...]


class RuleAnswer(BaseModel):
    """Every version of one rule, oldest first."""

    model_config = ConfigDict(frozen=True)

    id: str
    versions: tuple[Rule, ...]


class RulesAnswer(BaseModel):
    """All rules this release knows, in the order of their ids."""

    model_config = ConfigDict(frozen=True)

    items: tuple[RuleAnswer, ...]


@router.get("/overview")
def overview(request: Request, world: p.World = None) -> Overview:
    """The state of one world at a glance: exactly what the first page shows."""
    site = site_of(request)
    return read_overview(site.reader, site.worlds.choose(world), catching_up=site.home_state().catching_up)


@router.get("/obligations/{obligation_id:path}")
def obligation(
    request: Request,
    obligation_id: Annotated[str, Path(max_length=200)],
    world: p.World = None,
    lang: Explained = "en",
) -> ExplainedObligation:
    """One obligation: where it stands, why its date is its date, who held it when, and all that is recorded."""
    site = site_of(request)
    found = read_obligation(site.reader, site.worlds.choose(world).simulation, obligation_id)
    if found is None:
        raise NotFound("obligation", obligation_id)
    names = site.names(lang)
    return ExplainedObligation.model_construct(**dict(found), explanation=tuple(tell(found.trace, names.words, names)))


@router.get("/bodies/{body_id}")
def body(request: Request, body_id: Annotated[str, Path(max_length=120)], world: p.World = None) -> BodyAccount:
    """One body: what it owes, how timely it has been by rule, and how long its answers took."""
    site = site_of(request)
    found = read_body(site.reader, site.worlds.choose(world), body_id)
    if found is None:
        raise NotFound("body", body_id)
    return found


@router.get("/dead-letters/{letter_id}")
def dead_letter(request: Request, letter_id: UUID, world: p.World = None) -> LetterAccount:
    """One message that was not understood: why, from where, how large; what it said is not published."""
    site = site_of(request)
    found = read_letter(site.reader, site.worlds.choose(world).simulation, letter_id)
    if found is None:
        raise NotFound("dead letter", str(letter_id))
    return found


@router.get("/rules")
def rules(request: Request) -> RulesAnswer:
    """Every rule with all its versions, as data."""
    known = site_of(request).rulebook.rules
    return RulesAnswer(items=tuple(RuleAnswer(id=name, versions=known[name]) for name in sorted(known)))


@router.get("/rules/{rule_id}")
def rule(request: Request, rule_id: Annotated[str, Path(max_length=120)]) -> RuleAnswer:
    """One rule with all its versions: term, extension, stages, citation, force, confidence, examples, assumptions."""
    known = site_of(request).rulebook.rules
    if rule_id not in known:
        raise NotFound("rule", rule_id)
    return RuleAnswer(id=rule_id, versions=known[rule_id])


@router.get("/status")
def status(request: Request, world: p.World = None) -> Status:
    """What the record is made of, and how current it is."""
    site = site_of(request)
    return read_status(site.reader, site.worlds.choose(world), home=site.home_state(), stopped=site.stops())
