"""Liveness is progress: when something last came through this process, and whether it has gone quiet.

Services mark what came through; ``health`` tells it over HTTP. Nothing here restarts anything.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Final

from services.adapters.clock import Clock
from services.adapters.telemetry import gauge

QUIET_AFTER_S: Final = 25.0
"""Nothing came through, nothing is being worked on, and the broker answers others: after this long it is quiet."""

LONGEST_WORK_S: Final = 300.0
"""One piece of work (a batch, an insert with its time-out, a partition read from the log) may take this long."""

LONGEST_DOUBT_S: Final = 30.0
"""To find out whether the broker answers anybody may take this long; beyond it the question itself hangs."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a process does at one moment.

    ``came_through_at`` is when ``stage`` was last passed; ``silent_s`` how long ago that was, not counting the time in
    which something outside was away. ``waits_for`` says by name why it is not ready; ``quiet`` why it is not alive.
    """

    stage: str
    came_through_at: datetime
    silent_s: float
    at_work: str | None
    waits_for: Mapping[str, str] = field(default_factory=dict)
    quiet: str | None = None

    @property
    def ready(self) -> bool:
        """Alive, and not waiting for anything."""
        return self.quiet is None and not self.waits_for


class Progress:
    """What came through one process, told from any thread and asked from any other."""

    def __init__(
        self, clock: Clock, *, quiet_after_s: float = QUIET_AFTER_S, elapsed_s: Callable[[], float] = monotonic
    ) -> None:
        """The start counts as progress."""
        self._clock = clock
        self._elapsed_s = elapsed_s
        self._lock = Lock()
        self._stage, self._at, self._passed_s = "started", clock.now(), elapsed_s()
        self._excused_s = self._passed_s
        self._doubted_s: float | None = None
        self._work: dict[object, tuple[str, float]] = {}
        self._waits_for: dict[str, str] = {}
        self.quiet_after_s = quiet_after_s

    def came_through(self, stage: str) -> None:
        """Something has just passed ``stage``."""
        with self._lock:
            self._stage, self._at, self._passed_s = stage, self._clock.now(), self._elapsed_s()
        gauge("progress_timestamp_seconds").labels(stage).set(self._at.timestamp())

    @contextmanager
    def at_work(self, what: str) -> Iterator[None]:
        """While in here the process is busy: silence is expected, up to ``LONGEST_WORK_S``; its end is progress."""
        key = object()
        with self._lock:
            self._work[key] = (what, self._elapsed_s())
        try:
            yield
            self.came_through(what)
        finally:
            with self._lock:
                self._work.pop(key, None)

    def waits(self, name: str, reason: str) -> None:
        """Not ready: ``name`` is missing, because of ``reason``. Waiting alone is no excuse for silence."""
        with self._lock:
            self._waits_for[name] = reason

    def has(self, name: str) -> None:
        """What it waited for is there."""
        with self._lock:
            self._waits_for.pop(name, None)

    def excuse(self) -> None:
        """Something outside is away at this moment, so silence is counted from now on."""
        with self._lock:
            self._excused_s = self._elapsed_s()

    @contextmanager
    def in_doubt(self) -> Iterator[None]:
        """While in here somebody asks whether there is an excuse; nobody is called quiet before the answer is known."""
        with self._lock:
            self._doubted_s = self._elapsed_s()
        try:
            yield
        finally:
            with self._lock:
                self._doubted_s = None

    @property
    def silent_s(self) -> float:
        """Seconds since something came through, counted from the last excuse."""
        with self._lock:
            return self._silent_s()

    def standing(self) -> Standing:
        """How it does now."""
        with self._lock:
            return Standing(
                self._stage,
                self._at,
                self._silent_s(),
                next((what for what, _ in self._work.values()), None),
                dict(self._waits_for),
                self._quiet(),
            )

    def _silent_s(self) -> float:
        return self._elapsed_s() - max(self._passed_s, self._excused_s)

    def _quiet(self) -> str | None:
        silent_s = self._silent_s()
        if self._doubted_s is not None and self._elapsed_s() - self._doubted_s <= LONGEST_DOUBT_S:
            return None
        if not self._work:
            if silent_s <= self.quiet_after_s:
                return None
            return f"nothing has come through for {silent_s:.0f} s, though the broker answers; last: {self._stage}"
        what, since_s = min(self._work.values(), key=lambda each: each[1])
        worked_s = min(self._elapsed_s() - since_s, silent_s)
        if worked_s <= LONGEST_WORK_S:
            return None
        return f"{what} has taken {worked_s:.0f} s without an end"
