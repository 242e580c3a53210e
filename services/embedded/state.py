"""What the supervisor tells about its home, in ``<data>/state.json``: for the pages, ``/metrics`` and ``esep status``.

Written whole or not at all, from any thread; nothing here starts or watches anything.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import orjson

from services.adapters.clock import Clock
from services.embedded.processes import write_whole
from services.embedded.watch import Told

Cause = Literal["ended", "quiet", "log"]
"""Why a program was started again: it ended, it had gone quiet, or the log it held positions in began anew."""


@dataclass(slots=True)
class Service:
    """One program of the home: its present run, how often and why it was started again, and what it told last."""

    pid: int
    started_at: datetime
    health: str | None
    restarts: Counter[Cause] = field(default_factory=Counter)
    last_reason: str | None = None
    told: Told | None = None


class HomeRecord:
    """The state of one home while its supervisor runs."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = Lock()
        self._services: dict[str, Service] = {}
        self._lag: Mapping[str, Mapping[str, int]] = {}
        self._catching_up = True

    def started(self, name: str, pid: int, health: str | None) -> None:
        """A program runs, anew or for the first time."""
        with self._lock:
            before = self._services.get(name)
            run = Service(pid, self._clock.now(), health)
            if before is not None:
                run.restarts, run.last_reason = before.restarts, before.last_reason
            self._services[name] = run

    def restarted(self, name: str, cause: Cause, reason: str) -> None:
        """A program is about to be started again."""
        with self._lock:
            service = self._services[name]
            service.restarts[cause] += 1
            service.last_reason = reason

    def restarts(self, name: str) -> int:
        """How often a program was started again because of itself."""
        with self._lock:
            service = self._services.get(name)
            return 0 if service is None else service.restarts["ended"] + service.restarts["quiet"]

    def write(
        self,
        *,
        told: Mapping[str, Told | None] | None = None,
        lag: Mapping[str, Mapping[str, int]] | None = None,
        catching_up: bool | None = None,
    ) -> None:
        """Take in what is new, and write everything.

        A disk that refuses the file is no reason to stop a home: it is written when there is room again.
        """
        with self._lock:
            for name, said in (told or {}).items():
                if name in self._services:
                    self._services[name].told = said
            self._lag = self._lag if lag is None else lag
            self._catching_up = self._catching_up if catching_up is None else catching_up
            with suppress(OSError):
                write_whole(self._path, orjson.dumps(self._told()))

    def _told(self) -> dict[str, Any]:
        return {
            "catching_up": self._catching_up,
            "noted_at": self._clock.now(),
            "lag": self._lag,
            "services": {name: _service(each) for name, each in self._services.items()},
        }


def _service(service: Service) -> dict[str, Any]:
    told = service.told
    said = {} if told is None else {name: told.get(name) for name in ("stage", "came_through_at", "at_work")}
    return {
        "pid": service.pid,
        "started_at": service.started_at,
        "health": service.health,
        "restarts": dict(service.restarts),
        "last_reason": service.last_reason,
        "answers": told is not None,
        "alive": told is not None and bool(told["alive"]),
        "waits_for": dict((told or {}).get("waits_for") or {}),
        **said,
    }
