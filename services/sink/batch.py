"""The batch: what was read and is not yet in the warehouse, with the offsets it covers.

Pure: no clock, no broker, no table. The caller says what time it is.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from schemas.envelope import Event
from schemas.rows.tables import Row

Cause = Literal["rows", "bytes", "seconds", "revoke", "stop"]


class LogRestartedError(Exception):
    """An offset came that had been passed: the log began anew, so nothing held here may be trusted."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of one partition: offsets ``first`` <= offset < ``next``."""

    topic: str
    partition: int
    first: int
    next: int


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one table, written in one insert; its ``token`` is its own and stays the same."""

    table: str
    rows: tuple[Row, ...]
    token: str


@dataclass(frozen=True, slots=True)
class Flush:
    """What must be written before the offsets of ``spans`` may be committed; it never changes, so it is repeatable."""

    spans: tuple[Span, ...]
    blocks: tuple[Block, ...]
    dead_letters: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """When a batch is due: so many messages, so many bytes, or so many seconds after its first message."""

    rows: int
    bytes: int
    seconds: float


@dataclass(slots=True)
class _Run:
    first: int
    next: int
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


class Batch:
    """Collects messages of all partitions, to be cut into one flush.

    Tables are written across partitions, one block each: a trickle over all partitions of all topics would
    otherwise be dozens of tiny inserts. The token of a block follows from the spans and the bytes read alone.
    """

    def __init__(self, limits: Limits, incarnation: str) -> None:
        self._limits = limits
        self._incarnation = incarnation
        self._positions: dict[tuple[str, int], int] = {}
        self._clear()

    def __len__(self) -> int:
        """Messages held."""
        return self._messages

    @property
    def room(self) -> int:
        """How many more messages fit before the batch must be cut."""
        return max(0, self._limits.rows - self._messages)

    def append(
        self,
        at: tuple[str, int, int],
        raw: bytes,
        rows: tuple[Row, ...] = (),
        dead_letter: Event | None = None,
        *,
        now_s: float,
    ) -> None:
        """Take one message in: ``at`` is (topic, partition, offset), ``now_s`` a monotonic time.

        Offsets may have holes and must grow.
        Raises: LogRestartedError when they do not.
        """
        topic, partition, offset = at
        place = (topic, partition)
        if offset < self._positions.get(place, 0):
            passed = self._positions[place] - 1
            raise LogRestartedError(f"{topic}/{partition} gave offset {offset} after {passed}: the log began anew")
        run = self._runs.setdefault(place, _Run(offset, offset))
        run.next = self._positions[place] = offset + 1
        run.digest.update(b"%d:%d:" % (offset, len(raw)))
        run.digest.update(raw)
        for row in rows:
            self._rows[row.table].append(row)
        if dead_letter is not None:
            self._dead_letters.append(dead_letter)
        if self._messages == 0:
            self._opened_s = now_s
        self._messages += 1
        self._bytes += len(raw)

    def due(self, now_s: float) -> Cause | None:
        """Why the batch must be cut now; None while it may wait."""
        if self._messages >= self._limits.rows:
            return "rows"
        if self._bytes >= self._limits.bytes:
            return "bytes"
        if self._messages and now_s - self._opened_s >= self._limits.seconds:
            return "seconds"
        return None

    def due_in_s(self, now_s: float) -> float:
        """Seconds until the batch is due by its age; the full time for an empty batch."""
        age_s = now_s - self._opened_s if self._messages else 0.0
        return max(0.0, self._limits.seconds - age_s)

    def cut(self) -> Flush:
        """Hand over everything held and start again, empty."""
        spans = tuple(Span(*place, run.first, run.next) for place, run in sorted(self._runs.items()))
        digest = self._digest(spans)
        blocks = tuple(
            Block(table, tuple(rows), f"{self._incarnation}:{table}:{digest}")
            for table, rows in sorted(self._rows.items())
        )
        flush = Flush(spans, blocks, tuple(self._dead_letters))
        self._clear()
        return flush

    def forget(self) -> None:
        """Drop everything, positions too: after a rebalance the log is read again from what was committed."""
        self._positions.clear()
        self._clear()

    def _digest(self, spans: tuple[Span, ...]) -> str:
        whole = hashlib.sha256()
        for span in spans:
            content = self._runs[span.topic, span.partition].digest.hexdigest()
            whole.update(f"{span.topic}:{span.partition}:{span.first}-{span.next}:{content}\n".encode())
        return whole.hexdigest()

    def _clear(self) -> None:
        self._runs: dict[tuple[str, int], _Run] = {}
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)
        self._dead_letters: list[Event] = []
        self._messages = 0
        self._bytes = 0
        self._opened_s = 0.0


def next_offsets(flush: Flush) -> Mapping[tuple[str, int], int]:
    """What may be committed once the flush is written: the next offset to read, by topic and partition."""
    return {(span.topic, span.partition): span.next for span in flush.spans}
