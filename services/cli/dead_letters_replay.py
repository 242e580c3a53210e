"""Offering dead letters to the fact log once more: what is understood by now is accepted, the rest stays what it is.

Letters are read elsewhere and never changed; ids are the originals' own, so a second replay adds nothing.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from schemas.envelope import Event
from services.adapters.codec import InvalidMessage, decode
from services.adapters.factlog import FactLog, Outcome, entries_of
from services.adapters.observation import refuse_future
from services.adapters.quarantine import Quarantine
from services.connectors.cloudevents import FAMILIES

BATCH_LETTERS: Final = 200
DECIDED: Final = {
    "forbidden_family": "its sender may not write this; a replay would go round that",
    "id_conflict": "its id is in the log with other content; nothing is overwritten",
}
"""Codes that say no to an event that was well understood: no release changes that."""


@dataclass(frozen=True, slots=True)
class StillRejected:
    """A letter that stays one: its id, and why."""

    letter: str
    code: str
    reason: str


@dataclass(slots=True)
class Replay:
    """What became of the letters that were offered."""

    accepted: int = 0
    duplicate: int = 0
    rejected: list[StillRejected] = field(default_factory=list)


def replay(
    letters: Iterable[dict[str, Any]], log: FactLog, now: datetime, quarantine: Quarantine | None = None
) -> Replay:
    """Decode rows of the view ``dead_letters`` again and append what is a fact; each batch is durable before the next.

    What a letter holds only the beginning of is taken whole from ``quarantine``, when it is there.
    A letter of a source's own record (not an event) stays rejected: the source has to be read again.
    Raises: FactLogUnavailableError; then replay again, what was appended counts as duplicate.
    """
    done = Replay()
    waiting: list[tuple[str, Event]] = []
    for letter in letters:
        try:
            waiting.append((str(letter["event_id"]), _event_of(letter, now, quarantine)))
        except InvalidMessage as fault:
            done.rejected.append(StillRejected(str(letter["event_id"]), fault.code, fault.reason))
        if len(waiting) == BATCH_LETTERS:
            _append(waiting, log, done)
            waiting = []
    _append(waiting, log, done)
    return done


def _event_of(letter: dict[str, Any], now: datetime, quarantine: Quarantine | None) -> Event:
    code = letter["code"]
    if code in DECIDED:
        raise InvalidMessage(code, DECIDED[code])
    event = decode(_original(letter, quarantine))
    if event.data.family not in FAMILIES:
        raise InvalidMessage("forbidden_family", f"{event.type} is written by Esep itself, never replayed", "type")
    refuse_future(event, now)
    return event


def _original(letter: dict[str, Any], quarantine: Quarantine | None) -> bytes:
    if not letter["truncated"]:
        return base64.b64decode(letter["original"])
    whole = None if quarantine is None else quarantine.read(letter["sha256"])
    if whole is None:
        reason = (
            f"only its first bytes of {letter['size_bytes']} are here, and no quarantine/{letter['sha256']}; replay it "
            "where it was quarantined, or ask the sender for it"
        )
        raise InvalidMessage(letter["code"], reason)
    return whole


def _append(waiting: Sequence[tuple[str, Event]], log: FactLog, done: Replay) -> None:
    if not waiting:
        return
    outcomes = log.append([entry for _, event in waiting for entry in entries_of(event)])
    for (letter, _), outcome in zip(waiting, outcomes, strict=True):
        match outcome:
            case Outcome.ACCEPTED:
                done.accepted += 1
            case Outcome.DUPLICATE:
                done.duplicate += 1
            case Outcome.CONFLICT:
                done.rejected.append(StillRejected(letter, "id_conflict", DECIDED["id_conflict"]))
