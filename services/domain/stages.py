"""Later stages of a matter: what happened to one obligation opens, by its rule, the term of another.

A pure function of the judged first stage, like the scheduled duties: nothing is filed in the log. When what opened a
stage turns out not to hold, the stage is retracted.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from schemas.envelope import Event
from schemas.events.duties import DutyClosedV1, DutyOpenedV1
from schemas.events.states import Claim, Confidence, Force, Lifecycle, Timeliness
from schemas.events.verbs import Filed
from schemas.rulebook import Rulebook
from schemas.rules import Basis, Rule, Stage
from schemas.topics import STAGE_MARK
from services.domain.attribution import held_when_due
from services.domain.deadlines import local_midnight
from services.domain.identity import new_event
from services.domain.snapshots import Judged, Opened

RAN_OUT: Final = frozenset({Timeliness.LATE, Timeliness.VERY_LATE, Timeliness.FULFILLED_LATE, Timeliness.EXPIRED})
OVER: Final = frozenset({Lifecycle.WITHDRAWN, Lifecycle.RETRACTED})


def stage_subject(subject: str, rule_id: str) -> str:
    """The obligation id of a stage: the first stage's id and the stage's rule."""
    return f"{subject.partition(STAGE_MARK)[0]}{STAGE_MARK}{rule_id}"


def opened_stages(judged: Judged, rulebook: Rulebook, sources: frozenset[str]) -> dict[str, Opened]:
    """The stages that stand now, by obligation id; ``sources`` are all that filed this one and the stages before it."""
    rule = judged.deadline.rule
    if rule is None or not _is_established(rule) or judged.obligation.lifecycle in OVER or _is_misnamed(judged):
        return {}
    found: dict[str, Opened] = {}
    for stage in rule.opens:
        day = _happened_on(stage.when, judged)
        subject = stage_subject(judged.obligation.id, stage.rule)
        later = rulebook.rule_in_force(stage.rule, day) if day is not None else None
        if day is None or later is None or subject in found or _would_build_on_doubt(stage, later, judged):
            continue
        found[subject] = Opened((_filing(judged, stage, later, day, rulebook),), judged.weight_of_stages, sources)
    return found


def possible_stages(judged: Judged | None) -> Iterator[str]:
    """The obligation ids of every stage the rule knows, whether it stands or not."""
    if judged is not None and judged.deadline.rule is not None and not _is_misnamed(judged):
        for stage in judged.deadline.rule.opens:
            yield stage_subject(judged.obligation.id, stage.rule)


def closed_stage(before: Opened, closed_by: Event, weight: int) -> Opened:
    """The same stage after what opened it no longer holds: its last filing, retracted."""
    filing = next(event for event in before.events if isinstance(event.data, Filed))
    data = DutyClosedV1(occurred_on=filing.data.occurred_on) if isinstance(filing.data, Filed) else None
    if data is None:
        raise AssertionError("a stage begins with a filing")
    closing = new_event(
        data,
        source=filing.source,
        subject=filing.subject,
        time=filing.time,
        observed_at=max(filing.observedat, closed_by.observedat),
        native_id=filing.subject,
        version=f"{filing.id}/{closed_by.id}",
        simulation=filing.simulation,
    )
    return Opened((filing, closing), weight, before.sources, stands=False)


def _is_established(rule: Rule) -> bool:
    """Nothing is built on a convention or on a norm that was not established."""
    return rule.force is not Force.CONVENTION and rule.confidence is not Confidence.UNVERIFIED


def _is_misnamed(judged: Judged) -> bool:
    """Whether a source filed it under the name of a stage of another rule: then it opens none, itself least of all."""
    _, mark, rule_id = judged.obligation.id.partition(STAGE_MARK)
    return bool(mark) and rule_id != judged.obligation.filing.rule


def _would_build_on_doubt(stage: Stage, later: Rule, judged: Judged) -> bool:
    """Whether a body would be held to what follows from a lateness that is itself not claimed."""
    return stage.when == "expired" and later.bound == "body" and judged.assessment.claim is not Claim.PUBLISHABLE


def _happened_on(when: str, judged: Judged) -> date | None:
    o = judged.obligation
    if when == "fulfilled":
        return o.closed_on if o.lifecycle is Lifecycle.FULFILLED else None
    if when == "extended":
        return _extended_on(judged)
    if when == "expired":
        return judged.deadline.due_on if judged.assessment.timeliness in RAN_OUT else None
    return o.milestones.get(when)


def _extended_on(judged: Judged) -> date | None:
    """The day of the last decision that did extend the term."""
    counted = [s for s in judged.deadline.trace if s.code in ("extended", "extension_limited")]
    return date.fromisoformat(counted[-1].params["granted_on"]) if counted else None


def _filing(judged: Judged, stage: Stage, rule: Rule, day: date, rulebook: Rulebook) -> Event:
    snapshot = judged.snapshot
    body = rulebook.bodies[stage.owed_by] if stage.owed_by is not None else None
    held = held_when_due(judged.obligation.spans, day)
    basis = rule.term.basis if rule.term is not None else None
    data = DutyOpenedV1(
        occurred_on=day,
        kind=rule.kind,
        jurisdiction=rule.jurisdiction,
        rule=rule.id,
        owed_by=body.id if body is not None else held.body,
        owed_by_name=body.name.en if body is not None else held.name,
        owed_to=snapshot.owed_to,
        title=snapshot.title,
        reference=snapshot.reference,
        region=snapshot.region,
        url=snapshot.url,
        # The day stands under the name that the stage's rule counts from.
        received_on=day if basis is Basis.RECEIVED else None,
        registered_on=day if basis is Basis.REGISTERED else None,
        delivered_on=day if basis is Basis.DELIVERED else None,
        published_on=day if basis is Basis.PUBLISHED else None,
        decided_on=day if basis is Basis.DECIDED else None,
        threshold_reached_on=day if basis is Basis.THRESHOLD_REACHED else None,
    )
    cause = judged.obligation.ended_by or judged.obligation.set_by
    subject = stage_subject(judged.obligation.id, rule.id)
    return new_event(
        data,
        source=judged.obligation.filing_event.source,
        subject=subject,
        time=local_midnight(day, rule.zone),
        observed_at=cause.observedat,
        native_id=subject,
        version=f"{stage.when}/{day}/{held.body}",
        simulation=judged.obligation.filing_event.simulation,
    )
