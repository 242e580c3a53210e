"""Making a dead letter of what was not understood, with its original bytes.

Where it is appended is the caller's business: it is an event like any other.
"""

import base64
import hashlib
from importlib.metadata import version
from uuid import NAMESPACE_URL, uuid5

from schemas.envelope import SCHEMA_BASE, Event
from schemas.events.deadletters import DeadLetterKeptV1
from services.adapters.clock import Clock

KEPT_BYTES = 256 * 1024
_NAMESPACE = uuid5(NAMESPACE_URL, SCHEMA_BASE + DeadLetterKeptV1.type)


def dead_letter(
    raw: bytes,
    *,
    code: str,
    reason: str,
    origin: str,
    field: str | None,
    source: str,
    clock: Clock,
    simulation: str | None = None,
) -> Event:
    """An event that keeps one rejected input; ``original`` holds its first 256 KiB in base64.

    The id depends on (origin, sha256, code) only: the same input rejected again is the same dead letter, and
    the log answers DUPLICATE or CONFLICT, both of which mean that it is kept already.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    now = clock.now()
    data = DeadLetterKeptV1(
        code=code,
        reason=_within(reason, 2000),
        origin=_within(origin, 500),
        field=None if field is None else _within(field, 200),
        code_version=version("esep"),
        sha256=sha256,
        size_bytes=len(raw),
        original=base64.b64encode(raw[:KEPT_BYTES]).decode("ascii"),
        truncated=len(raw) > KEPT_BYTES,
    )
    return Event(
        id=uuid5(_NAMESPACE, f"{origin}\n{sha256}\n{code}"),
        source=source,
        type=data.type,
        subject=sha256,
        time=now,
        dataschema=SCHEMA_BASE + data.type,
        observedat=now,
        simulation=simulation,
        data=data,
    )


def _within(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
