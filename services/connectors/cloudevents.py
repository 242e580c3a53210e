"""Facts that are events already: one structured-JSON CloudEvent per line (NDJSON), plain or gzip.

Only facts come in this way: what the tracker derives, and its ticks, nobody else may write.
"""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from schemas.envelope import Event
from schemas.topics import BUDGET, FACTS, INNER_FAMILIES
from services.adapters.codec import MAX_EVENT_BYTES, InvalidMessage, decode
from services.adapters.observation import refuse_future
from services.connectors.base import (
    GZIP_MAGIC,
    Opened,
    Reading,
    Record,
    Rejected,
    check_files,
)

SOURCE: Final = "/sources/cloudevents"
FAMILIES: Final = frozenset({*FACTS.families, *BUDGET.families}) - INNER_FAMILIES


@dataclass(frozen=True, slots=True)
class CloudEvents:
    """Reads NDJSON of any length, a line at a time, as of ``read_at``, an aware instant: nothing was seen later."""

    read_at: datetime

    @property
    def source(self) -> str:
        """The source of dead letters; each event names its own."""
        return SOURCE

    def check(self, paths: Sequence[Path]) -> None:
        """See ``Connector.check``."""
        check_files(paths)

    def read(self, path: Path) -> Iterator[Reading]:
        """See ``Connector.read``. An empty line is no record; a line that is too long is refused unread."""
        number = 0
        try:
            with _open(path) as lines:
                yield Opened(path, None)
                for number, line in enumerate(_bounded(lines), start=1):
                    if line.strip():
                        yield self._reading(path.name, number, line)
        except (OSError, EOFError, zlib.error) as error:
            reason = f"{path.name} cannot be read beyond line {number}: {error}; fetch it again"
            yield Rejected(path.name, str(number + 1), None, "unreadable_file", reason, b"")

    def _reading(self, name: str, number: int, line: bytes) -> Record | Rejected:
        raw = line.rstrip(b"\r\n")
        try:
            event = decode(raw)
            _refuse_derived(event)
            refuse_future(event, self.read_at)
        except InvalidMessage as wrong:
            reason = f"{name}, line {number}: {wrong.reason}"
            return Rejected(name, str(number), wrong.field, wrong.code, reason, raw)
        return Record(f"{name}:{number}", (event,))


def _open(path: Path) -> BinaryIO | gzip.GzipFile:
    with path.open("rb") as stored:
        packed = stored.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    return gzip.open(path, "rb") if packed else path.open("rb")


def _bounded(lines: BinaryIO | gzip.GzipFile) -> Iterator[bytes]:
    """Lines, each cut just beyond what an event may have, so that a file without line ends fits in memory."""
    while line := lines.readline(MAX_EVENT_BYTES + 2):
        yield line
        while not line.endswith(b"\n") and len(line) > MAX_EVENT_BYTES + 1:
            line = lines.readline(MAX_EVENT_BYTES + 2)


def _refuse_derived(event: Event) -> None:
    if event.data.family not in FAMILIES:
        reason = f"type: {event.type} is not imported; facts only ({', '.join(sorted(FAMILIES))})"
        raise InvalidMessage("forbidden_family", reason, "type")
