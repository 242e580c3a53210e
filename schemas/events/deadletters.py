"""What was not understood: kept, counted and shown, with its original bytes.

A dead letter is an event like any other, so it is journaled, archived and queried the same way.
"""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.events.registry import Code, EventData, event_type


@event_type("esep.dead_letter.kept.v1", family="deadletters")
class DeadLetterKeptV1(EventData):
    """One rejected input. ``original`` is base64 of its first bytes; ``size_bytes`` and ``sha256`` are of all of them.

    ``origin`` says where it came from (file and row, or topic and partition), ``field`` which field was wrong.
    ``refused_id`` and ``refused_content`` (content digest) name a message that lies in a log and does not count there,
    since its id stood for another content before.
    """

    code: Code
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    origin: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    field: Annotated[str, StringConstraints(max_length=200)] | None = None
    code_version: Annotated[str, StringConstraints(max_length=40)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(ge=0)]
    original: Annotated[str, StringConstraints(max_length=350_000)]
    truncated: bool
    refused_id: UUID | None = None
    refused_content: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
