"""How many facts a second one tracker brings through, everything published and confirmed; printed, not asserted."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.topics import FACTS
from tests.stream.facts import ANSWERED_ON, answered, filed
from tests.stream.trackers import DERIVED, Log, tracker

QUESTIONS = 8_000


@pytest.mark.bench
def test_facts_per_second_of_one_tracker(log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = range(QUESTIONS)
    log.append(filed(number) for number in numbers)
    log.append(answered(number, ANSWERED_ON + timedelta(days=number % 3)) for number in numbers)
    facts = len(log.events(FACTS))

    with tracker(log.bootstrap, tmp_path) as running:
        running.until(log.processed, "the first facts are acknowledged")
        done, began = log.processed(), time.monotonic()
        running.until(lambda: log.processed() >= facts, "all facts are acknowledged", timeout_s=100)
        rate = (facts - done) / (time.monotonic() - began)
        derived = sum(len(log.events(topic)) for topic in DERIVED)
        running.stop()
    with capsys.disabled():
        print(f"\n{rate:,.0f} facts/s, {derived / facts:.1f} derived events per fact")  # noqa: T201
