"""One id, one content: of the messages of one partition that share an id, the first in the log says what the id stands for.

Pure bookkeeping; what becomes of a message that is refused here is its reader's business.
"""

import hashlib
import json
from collections.abc import Iterable, MutableMapping
from uuid import UUID

from schemas.envelope import CONTENT_FIELDS, Event
from schemas.events.clock import ClockTickV1
from schemas.events.probes import ProbeSentV1

Contents = MutableMapping[UUID, bytes]
"""What each id of one partition stands for: a fingerprint of its content."""


def content_of(event: Event) -> bytes:
    """A fingerprint (16 bytes) of what an event says; when and where it was observed is left out.

    Two events have the same one exactly if they have the same content digest.
    """
    said = event.model_dump(mode="json", exclude_none=True, include=set(CONTENT_FIELDS))
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode(), digest_size=16).digest()


def is_refused(contents: Contents, event: Event) -> bool:
    """Whether the id of this event stands for another content already; if it stands for none, for this one from now on.

    To be asked in the order of the log. Ticks and probes are not asked about: their ids follow from all they say.
    """
    if isinstance(event.data, ClockTickV1 | ProbeSentV1):
        return False
    content = content_of(event)
    return contents.setdefault(event.id, content) != content


def first_of_each_id(events: Iterable[Event]) -> list[Event]:
    """The events of one partition, given in the order of its log, that count: duplicates among them, refused ones not."""
    contents: Contents = {}
    return [event for event in events if not is_refused(contents, event)]
