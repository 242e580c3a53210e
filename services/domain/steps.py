"""Steps of a trace, each made once: thousands of obligations count from the same days under the same rules.

A step is never changed, so sharing it saves most of the time and memory that traces take.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from schemas.events.obligations import TraceStep


def step(code: str, on: date | None = None, params: Mapping[str, str] | None = None) -> TraceStep:
    """The step with this code, day and parameters."""
    return _made(code, on, tuple(params.items()) if params else ())


@lru_cache(maxsize=100_000)
def _made(code: str, on: date | None, params: tuple[tuple[str, str], ...]) -> TraceStep:
    return TraceStep(code=code, on=on, params=dict(params))
