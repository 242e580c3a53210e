"""Taking messages in: parse, check the grant, append, and keep what was refused as dead letters.

Blocking work without HTTP: the route runs it in a thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.envelope import Event
from services.adapters.clock import Clock
from services.adapters.codec import InvalidMessage, decode
from services.adapters.deadletters import dead_letter
from services.adapters.factlog import FactLog, Outcome, entries_of
from services.adapters.observation import refuse_future
from services.adapters.quarantine import Quarantine
from services.gateway.bodies import Message
from services.gateway.tokens import Grant


@dataclass(frozen=True, slots=True)
class Rejection:
    """One message that was not taken, and why."""

    message: Message
    fault: InvalidMessage
    event_id: UUID | None = None


@dataclass(slots=True)
class Receipt:
    """What became of the messages of one request. ``ids`` are those now in the log, in the order sent."""

    accepted: int = 0
    duplicate: int = 0
    ids: list[UUID] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


def take_in(
    messages: Sequence[Message], grant: Grant, fact_log: FactLog, clock: Clock, quarantine: Quarantine | None = None
) -> Receipt:
    """Append the good events in order, keep the bad ones as dead letters; durable when it returns.

    Raises: FactLogUnavailableError; the sender repeats the request, and what was stored counts as duplicate then.
    """
    receipt = Receipt()
    good: list[tuple[Message, Event]] = []
    for message in messages:
        try:
            good.append((message, _permitted(message, grant, clock.now())))
        except InvalidMessage as fault:
            receipt.rejections.append(Rejection(message, fault))
    outcomes = fact_log.append([entry for _, event in good for entry in entries_of(event)])
    for (message, event), outcome in zip(good, outcomes, strict=True):
        _book(receipt, message, event, outcome)
    receipt.rejections.sort(key=lambda rejection: (rejection.message.index or 0, rejection.message.line or 0))
    _keep(receipt.rejections, grant, fact_log, clock, quarantine)
    return receipt


def _permitted(message: Message, grant: Grant, now: datetime) -> Event:
    event = decode(message.raw)
    grant.check(event)
    refuse_future(event, now)
    return event


def _book(receipt: Receipt, message: Message, event: Event, outcome: Outcome) -> None:
    match outcome:
        case Outcome.ACCEPTED:
            receipt.accepted += 1
            receipt.ids.append(event.id)
        case Outcome.DUPLICATE:
            receipt.duplicate += 1
            receipt.ids.append(event.id)
        case Outcome.CONFLICT:
            reason = f"id {event.id} already stands for another content; a changed record needs a new id"
            receipt.rejections.append(Rejection(message, InvalidMessage("id_conflict", reason, "id"), event.id))


def _keep(
    rejections: Sequence[Rejection], grant: Grant, fact_log: FactLog, clock: Clock, quarantine: Quarantine | None
) -> None:
    letters = [
        dead_letter(
            rejection.message.raw,
            code=rejection.fault.code,
            reason=rejection.fault.reason,
            origin=f"POST /v1/events by {grant.name} {rejection.message.place}".rstrip(),
            field=rejection.fault.field,
            source="/gateway",
            clock=clock,
            quarantine=quarantine,
            simulation=grant.simulation,
        )
        for rejection in rejections
    ]
    if letters:
        fact_log.append([entry for letter in letters for entry in entries_of(letter)])
