"""Which lag the source of written questions must be declared with, and the engine against a plain replay of all of it.

Needs the real file of observed changes; the table printed here stands in decisions/0006.
"""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from rich.console import Console
from rich.table import Table

from services.adapters.rulebook import load_rulebook
from services.connectors.uk_question_source import LAG
from tests.bench.lag_replay import DAY, Arrival, Outcome, arrivals_in, replay_with, snapshots_of
from tests.connectors.uk_engine import UK, differences, facts_in, needs_real_data
from tests.connectors.uk_observed_changes import REAL, replay

pytestmark = [pytest.mark.bench, needs_real_data]

LAGS = [timedelta(days=days) for days in (0, 1, 2, 3, 5, 10)]
ALLOWED = 1 / 1000
"""The share of claims that may have to be withdrawn."""


def test_the_declared_lag_is_the_smallest_that_holds_at_any_hour_of_reading() -> None:
    readings = list(UK.read(REAL))
    arrivals = arrivals_in(readings)
    outcomes = [replay_with(lag, snapshots_of(readings), load_rulebook()) for lag in LAGS]
    _print(outcomes, arrivals)
    slowest = max(arrival.shown_at - arrival.day_ended_at for arrival in arrivals)
    holding = [found.lag for found in outcomes if found.share_withdrawn <= ALLOWED and slowest <= found.lag]
    assert min(holding) == LAG


def test_the_fold_of_every_question_is_its_last_known_record() -> None:
    expected = replay(REAL)
    assert differences(facts_in(REAL), expected, random.Random(2026)) == []
    Console().print(f"{len(expected):,} questions: lifecycle, due date and body equal those of a plain replay")


def _print(outcomes: Sequence[Outcome], arrivals: Sequence[Arrival]) -> None:
    table = Table(
        "lag, days", "raised", "withdrawn", "share", "waited, median", "waited, p90", "answers missed", "not excluded"
    )
    for found in outcomes:
        table.add_row(
            f"{found.lag / DAY:.0f}",
            f"{found.raised:,}",
            f"{found.withdrawn.total():,} {dict(found.withdrawn) or ''}",
            f"{found.share_withdrawn:.3%}",
            f"{found.median_wait:.2f}",
            f"{found.p90_wait:.2f}",
            f"{sum(1 for arrival in arrivals if arrival.not_yet_at - arrival.day_ended_at >= found.lag):,}",
            f"{sum(1 for arrival in arrivals if arrival.shown_at - arrival.day_ended_at > found.lag):,}",
        )
    console = Console(width=140)
    console.print(table)
    slowest = max(arrival.shown_at - arrival.day_ended_at for arrival in arrivals) / DAY
    in_time = [arrival for arrival in arrivals if arrival.in_time]
    late = sum(1 for arrival in in_time if arrival.shown_after_the_day)
    console.print(
        "waited: days from the due instant to a claim that stood. answers missed: of "
        f"{len(arrivals):,} answers watched arriving, those a snapshot past the lag did not show yet; not excluded: "
        f"those that may have taken longer than the lag, since no snapshot was taken. Slowest: {slowest:.2f} days."
    )
    console.print(f"without watermarks {late:,} of {len(in_time):,} answers given in time had been called late first")
