"""The engine held against the plain replay: facts of files by obligation, folded in any order, and where the two differ.

Used by the tests of observed changes, of what the warehouse counts, and by the measurements.
"""

import random
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from schemas.envelope import Event
from services.adapters.rulebook import load_rulebook
from services.connectors.base import Record
from services.connectors.uk_written_questions import UkWrittenQuestions
from services.domain.claims import deadline_of
from services.domain.obligations import fold
from tests.connectors.uk_observed_changes import REAL, Expected

UK: Final = UkWrittenQuestions(read_at=datetime(2026, 11, 21, tzinfo=UTC))

Facts = dict[str, list[Event]]

needs_real_data = pytest.mark.skipif(not REAL.is_file(), reason="no real data; ESEP_SHARED_DATA names their folder")


def facts_in(*paths: Path) -> Facts:
    """Every fact of some files, by obligation, in their order."""
    facts: Facts = defaultdict(list)
    for path in paths:
        for reading in UK.read(path):
            if isinstance(reading, Record):
                for event in reading.events:
                    facts[event.subject].append(event)
    return facts


def folded(facts: list[Event]) -> Expected:
    """Where the engine says a question stands."""
    obligation = fold(facts)
    assert obligation is not None
    due_on = deadline_of(obligation, load_rulebook()).due_on
    return Expected(obligation.lifecycle, due_on, obligation.filing.set_down_for, obligation.spans[-1].body)


def differences(facts: Facts, expected: dict[str, Expected], chance: random.Random) -> list[str]:
    """The questions about which engine and replay disagree, their facts shuffled."""
    found = []
    for subject, stands in expected.items():
        shuffled = chance.sample(facts[subject], len(facts[subject]))
        if (judged := folded(shuffled)) != stands:
            found.append(f"{subject}: {judged}, expected {stands}")
    return found
