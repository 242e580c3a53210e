"""Chance that repeats itself: the same seed and purpose always give the same draws, in every process.

The only place where ``random`` is used; what is drawn for is the caller's business.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Chance:
    """Draws for one purpose of one seed.

    Everything is made of ``random.Random.random``, the one method whose sequence Python promises to keep.
    """

    def __init__(self, seed: int, *purpose: str | int) -> None:
        """Purposes are independent of each other: a draw more in one changes no other."""
        name = "\x1f".join(str(part) for part in (seed, *purpose))
        self._random = random.Random(name)  # noqa: S311  # made to repeat, not to keep a secret

    def share(self) -> float:
        """A number x with 0 <= x < 1."""
        return self._random.random()

    def happens(self, probability: float) -> bool:
        """True in this share of all draws."""
        return self.share() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included, each as likely as the others."""
        return low + int(self.share() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely as the others."""
        return items[self.between(0, len(items) - 1)]
