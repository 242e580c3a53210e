"""A tracker with a bug of ours: its fold fails on the subject named by ESEP_BROKEN_SUBJECT."""

import os
import sys
from collections.abc import Sequence

from schemas.envelope import Event
from services.domain.budget.partition import BudgetPartition
from services.domain.partition import Decision, Partition
from services.tracker.__main__ import run
from services.tracker.folds import Folds
from services.tracker.settings import TrackerSettings
from tests.stream.facts import fold


class BrokenPartition(Partition):
    """Cannot stand one obligation."""

    def decide(self, events: Sequence[Event]) -> Decision:
        if any(event.subject == os.environ["ESEP_BROKEN_SUBJECT"] for event in events):
            raise AssertionError("a bug of ours")
        return super().decide(events)


if __name__ == "__main__":
    rulebook = fold(0).rulebook
    folds = Folds(
        facts=lambda number: BrokenPartition(rulebook, number),
        budget=lambda _: BudgetPartition(rulebook.bodies),
    )
    sys.exit(run(TrackerSettings.load(), folds))
