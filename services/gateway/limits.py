"""How much one source may send: so many events a second, so many in a request, so many requests at once.

Counting only; what a refusal looks like over HTTP is decided by the route.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class SourceLimits(BaseModel):
    """What a token may send. ``burst`` is how many events may come at once after a pause, ``events_per_second`` how many
    go on coming; a request counts as one event at least."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request_bytes: Annotated[int, Field(ge=1024)] | None = None
    events_per_request: Annotated[int, Field(ge=1)] = 20_000
    events_per_second: Annotated[float, Field(gt=0)] = 5_000
    burst: Annotated[int, Field(ge=1)] = 50_000
    requests_at_once: Annotated[int, Field(ge=1)] = 4

    @model_validator(mode="after")
    def _a_request_fits(self) -> Self:
        if self.burst < self.events_per_request:
            raise ValueError("burst is below events_per_request: the largest request could never be taken")
        return self


class OverLimit(Exception):
    """A source sends more than it may now; it may come again after ``retry_after_s`` seconds."""

    def __init__(self, code: str, detail: str, retry_after_s: float) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s


@dataclass(slots=True)
class _Account:
    """A token bucket, full at first, and the requests that are being handled."""

    limits: SourceLimits
    left: float
    filled_at_s: float
    running: int = 0


class Accounts:
    """The accounts of all sources, by the name of their token. Threads may share it."""

    def __init__(self, elapsed_s: Callable[[], float]) -> None:
        """``elapsed_s`` only grows: a clock that is set back would stop everybody."""
        self._elapsed_s = elapsed_s
        self._accounts: dict[str, _Account] = {}
        self._lock = Lock()

    @contextmanager
    def request(self, name: str, limits: SourceLimits) -> Iterator[None]:
        """Count a request as running until the block ends.

        Raises: OverLimit with code too_many_at_once.
        """
        with self._lock:
            account = self._of(name, limits)
            if account.running >= limits.requests_at_once:
                detail = f"{account.running} requests with this token are being handled; wait for their answers"
                raise OverLimit("too_many_at_once", detail, 1.0)
            account.running += 1
        try:
            yield
        finally:
            with self._lock:
                account.running -= 1

    def spend(self, name: str, limits: SourceLimits, events: int) -> None:
        """Take so many events from what the source may send now; all of them, or none.

        Raises: OverLimit with code rate_limited, saying when there will be enough.
        """
        with self._lock:
            account = self._of(name, limits)
            now = self._elapsed_s()
            earned = (now - account.filled_at_s) * limits.events_per_second
            account.left = min(float(limits.burst), account.left + earned)
            account.filled_at_s = now
            if account.left < events:
                detail = f"at most {limits.events_per_second:g} events a second may be sent with this token"
                raise OverLimit("rate_limited", detail, (events - account.left) / limits.events_per_second)
            account.left -= events

    def _of(self, name: str, limits: SourceLimits) -> _Account:
        account = self._accounts.get(name)
        if account is None:
            account = self._accounts[name] = _Account(limits, float(limits.burst), self._elapsed_s())
        elif account.limits != limits:
            # The token file was changed: what was spent stays spent.
            account.limits, account.left = limits, min(account.left, float(limits.burst))
        return account
