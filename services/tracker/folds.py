"""What the tracker folds a log with: which fold belongs to which topic is decided at the edge.

The loop knows this shape only; what facts mean is the domain's business.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from schemas.envelope import Event


class Decided(Protocol):
    """What follows from some messages: the events to publish before it is applied."""

    @property
    def derived(self) -> tuple[Event, ...]:
        """The events to publish, in order."""
        ...

    @property
    def refused(self) -> tuple[int, ...]:
        """The places, in the messages decided on, of those that do not count: their id stood for another content."""
        ...


class Fold(Protocol):
    """The fold of one partition: ``decide`` says what follows, ``apply`` takes in what ``decide`` returned."""

    def decide(self, events: Sequence[Event]) -> Decided:
        """What follows from these messages, in the order of the log."""
        ...

    def apply(self, decision: Any) -> None:  # noqa: ANN401  # its own decision, of its own type
        """Take a decision in: its events are published."""
        ...

    def next_due(self) -> Mapping[str | None, datetime]:
        """Per clock, the earliest instant at which time alone changes something."""
        ...


@dataclass(frozen=True, slots=True)
class Folds:
    """How a partition of each input topic is folded, by its number."""

    facts: Callable[[int], Fold]
    budget: Callable[[int], Fold]
