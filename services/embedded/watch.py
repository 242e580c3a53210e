"""Asking every program of a home how it does, and saying which has gone quiet.

A program is quiet when it says so itself, or does not answer several times in a row. Who is ended and started again
is the supervisor's business.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event as Flag
from threading import Lock, Thread
from time import monotonic
from typing import Any, Final

import orjson

from services.adapters.logs import logger_of

ASK_EVERY_S: Final = 1.5
ANSWER_S: Final = 3.0
MISSES: Final = 5
"""Of a worker: about 22 s without an answer to a request that needs nothing but a turn of one thread."""
SERVER_MISSES: Final = 60
"""Of a server (broker, warehouse): two to five minutes. Ending one costs everybody a rebuild, and clients retry anyway."""
START_S: Final = 120.0
"""A program that has never answered may still be starting on a busy machine."""

_log = logger_of(__name__)

Told = Mapping[str, Any]
Ask = Callable[[], Told | None]
"""Asks a program; None when it does not answer. What it tells has at least ``alive``."""


@dataclass(slots=True)
class Seen:
    """What was seen of one run of a program."""

    misses_allowed: int
    since_s: float
    told: Told | None = None
    misses: int = 0
    over: Flag = field(default_factory=Flag)

    def quiet(self) -> str | None:
        """Why this run has to be ended; None while it may go on."""
        if self.told is None:
            waited_s = monotonic() - self.since_s
            return f"it has not answered since its start, {waited_s:.0f} s ago" if waited_s > START_S else None
        if self.misses >= self.misses_allowed:
            return f"it did not answer {self.misses} times in a row"
        return None if self.told["alive"] else str(self.told.get("detail", "it says so"))


class HealthWatch:
    """One asking thread for each program that can be asked."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[str, Seen] = {}

    def follow(self, name: str, ask: Ask, misses_allowed: int = MISSES) -> None:
        """Ask from now on about a new run of ``name``; what was seen of an earlier one is forgotten."""
        self.forget(name)
        seen = Seen(misses_allowed, monotonic())
        with self._lock:
            self._seen[name] = seen
        Thread(target=_follow, args=(name, ask, seen), name=f"health-{name}", daemon=True).start()

    def forget(self, name: str) -> None:
        """Ask no more."""
        with self._lock:
            before = self._seen.pop(name, None)
        if before is not None:
            before.over.set()

    def quiet(self, name: str) -> str | None:
        """Why the program has to be ended; None when it may go on or nobody asks it."""
        with self._lock:
            seen = self._seen.get(name)
        return None if seen is None else seen.quiet()

    def told(self, name: str) -> Told | None:
        """What it said last; None before its first answer, and while it does not answer."""
        with self._lock:
            seen = self._seen.get(name)
        return None if seen is None or seen.misses else seen.told

    def close(self) -> None:
        """Ask nobody any more."""
        for name in list(self._seen):
            self.forget(name)


def ask_health(url: str) -> Told | None:
    """What ``/healthz`` says, also when it says 503; None when nothing answers in time, or not in HTTP."""
    try:
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:  # noqa: S310  # a loopback address of our own
                return _parsed(answer.read(), default_alive=True)
        except urllib.error.HTTPError as refused:
            with refused:
                return _parsed(refused.read(), default_alive=False)
    except (OSError, HTTPException):
        return None


def ask_whether(ready: Callable[[], bool]) -> Ask:
    """Of a server that knows nothing of progress: it answers, so it lives."""
    return lambda: {"alive": True} if ready() else None


def _parsed(body: bytes, *, default_alive: bool) -> Told:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    return {"alive": default_alive} | (found if isinstance(found, dict) else {})


def _follow(name: str, ask: Ask, seen: Seen) -> None:
    while not seen.over.wait(ASK_EVERY_S):
        try:
            told = ask()
        except Exception as error:  # noqa: BLE001  # a thread that ends here would let a dead program pass for alive
            _log.warning("asking failed", program=name, error=type(error).__name__, reason=str(error))
            told = None
        if told is None:
            # Counted in answers and not in seconds: a machine that slept must not end what it let sleep.
            seen.misses += 1
        else:
            seen.told, seen.misses = told, 0
