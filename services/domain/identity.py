"""Deterministic ids: the same fact read twice, or derived twice, has the same id.

Nothing here is random and nothing reads a clock.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from schemas.envelope import SCHEMA_BASE, Event
from schemas.events.registry import EventData
from schemas.topics import STAGE_MARK

NAMESPACE = UUID("6f0e6d5e-7c0a-5b53-9a34-0e5e70000001")
LONGEST_SUBJECT = 200


def event_id(source: str, native_id: str, type_: str, version: str) -> UUID:
    """The id of one version of one record of one source: UUIDv5 over all four parts.

    ``version`` is the source's own (revision, snapshot time) or a hash of the content, so that A, B, A are three facts
    when the source says so and re-reading one artefact adds none.
    """
    return uuid5(NAMESPACE, f"{source}\x1f{native_id}\x1f{type_}\x1f{version}")


def derived_id(subject: str, type_: str, *parts: str) -> UUID:
    """The id of a derived event: what it is about, what it says, and the facts that made it so; never a tick."""
    return uuid5(NAMESPACE, "\x1e".join((subject, type_, *parts)))


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which bytes a fact came from: address, SHA-256 (hex), when fetched, and where inside (row, JSON path)."""

    uri: str | None = None
    sha256: str | None = None
    fetched_at: datetime | None = None
    locator: str | None = None


def new_event(
    data: EventData,
    *,
    source: str,
    subject: str,
    time: datetime,
    observed_at: datetime,
    native_id: str,
    version: str,
    simulation: str | None = None,
    provenance: Provenance | None = None,
) -> Event:
    """Wrap data in its envelope with the id that follows from its origin.

    Raises: pydantic.ValidationError when a part breaks the envelope's contract.
    """
    return wrap(
        data,
        id_=event_id(source, native_id, data.type, version),
        source=source,
        subject=subject,
        time=time,
        observed_at=observed_at,
        simulation=simulation,
        provenance=provenance,
    )


def wrap(
    data: EventData,
    *,
    id_: UUID,
    source: str,
    subject: str,
    time: datetime,
    observed_at: datetime,
    simulation: str | None = None,
    provenance: Provenance | None = None,
) -> Event:
    """Wrap data in its envelope under a given id."""
    origin = provenance or Provenance()
    return Event(
        id=id_,
        source=source,
        type=data.type,
        subject=subject,
        time=time,
        dataschema=SCHEMA_BASE + data.type,
        observedat=observed_at,
        simulation=simulation,
        sourceuri=origin.uri,
        sourcesha256=origin.sha256,
        sourcefetchedat=origin.fetched_at,
        sourcelocator=origin.locator,
        data=data,
    )


def finding_subject(code: str, about: str, *more: str) -> str:
    """The subject of a finding; what it is about is named by a digest where its name would be too long for one."""
    subject = ":".join(("finding", code, about, *more))
    if STAGE_MARK not in subject and len(subject) <= LONGEST_SUBJECT:
        return subject
    return ":".join(("finding", code, str(uuid5(NAMESPACE, about)), *more))
