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
from services.adapters.codec import content_digest
from services.adapters.quarantine import Quarantine

KEPT_BYTES = 256 * 1024
_NAMESPACE = uuid5(NAMESPACE_URL, SCHEMA_BASE + DeadLetterKeptV1.type)


def dead_letter(  # noqa: PLR0913  # what a letter says, by name, and the two ports it takes to say it
    raw: bytes,
    *,
    code: str,
    reason: str,
    origin: str,
    field: str | None,
    source: str,
    clock: Clock,
    quarantine: Quarantine | None = None,
    simulation: str | None = None,
    refused: Event | None = None,
) -> Event:
    """An event that keeps one rejected input; ``original`` holds its first 256 KiB in base64.

    A longer one goes whole into ``quarantine`` first; when it is not kept there, the reason says so.
    ``refused`` is the message, parsed, when it lies in a log and does not count there: the letter names its content.
    The id depends on (origin, sha256, code) only: the same input rejected again is the same dead letter, and
    the log answers DUPLICATE or CONFLICT, both of which mean that it is kept already. So the origin of a record of a
    log names its offset (equal bytes at two offsets are two letters, whoever of the readers finds the fault), and
    that of a message handed in names its place in its request or file (sent again, it is the same letter).
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    not_kept = _kept_whole(raw, sha256, quarantine)
    now = clock.now()
    data = DeadLetterKeptV1(
        code=code,
        reason=_within(reason, 2000 - len(not_kept)) + not_kept,
        origin=_within(origin, 500),
        field=None if field is None else _within(field, 200),
        code_version=version("esep"),
        sha256=sha256,
        size_bytes=len(raw),
        original=base64.b64encode(raw[:KEPT_BYTES]).decode("ascii"),
        truncated=len(raw) > KEPT_BYTES,
        refused_id=None if refused is None else refused.id,
        refused_content=None if refused is None else content_digest(refused),
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


def _kept_whole(raw: bytes, sha256: str, quarantine: Quarantine | None) -> str:
    """Quarantine what does not fit into a letter; empty, or the words that say why it is not there."""
    if len(raw) <= KEPT_BYTES:
        return ""
    refused = "no quarantine here" if quarantine is None else quarantine.keep(raw, sha256)
    return "" if refused is None else f" [only its first {KEPT_BYTES} bytes are kept: {refused}]"


def _within(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
