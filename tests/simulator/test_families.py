"""Petitions, acts, contests and redirections of the simulated country: rules that exist, and courses that fit them."""

from datetime import timedelta

import pytest

from schemas.envelope import Event
from schemas.events.acts import ActReportedV1
from schemas.events.appeals import AppealTransferredV1
from schemas.events.disputes import DisputeClaimedV1, DisputeHeldV1, DisputeSettledV1
from schemas.events.petitions import PetitionPublishedV1
from schemas.events.reports import ReportSubmittedV1
from schemas.events.sources import SourceObservedV1
from schemas.events.verbs import Filed, ObligationFact, Transferred
from schemas.topics import STAGE_MARK
from services.adapters.rulebook import load_rulebook
from services.domain.schedule import scheduled_filings
from services.simulator import acts, country, petitions
from services.simulator.plan import plan_day
from services.simulator.settings import SimulatorSettings
from services.simulator.sources import lags

SHOWN_DAYS = 200


@pytest.fixture(scope="module")
def told() -> list[Event]:
    """Everything that is read in the history and the four months after it."""
    seed = SimulatorSettings().simulator_seed
    return [
        event for offset in range(SHOWN_DAYS) for event in plan_day(seed, country.BEGINS_ON + timedelta(days=offset))
    ]


@pytest.fixture(scope="module")
def filings(told: list[Event]) -> dict[str, Filed]:
    return {event.subject: event.data for event in told if isinstance(event.data, Filed)}


def test_every_filing_names_a_rule_in_force_of_its_kind_and_bodies_that_exist(filings: dict[str, Filed]) -> None:
    book = load_rulebook()
    for subject, filing in filings.items():
        rule = book.rule_in_force(filing.rule, filing.occurred_on)
        assert rule is not None, f"{subject}: {filing.rule} was not in force on {filing.occurred_on}"
        assert (rule.kind, rule.jurisdiction) == (filing.kind, filing.jurisdiction), subject
        assert filing.owed_by in book.bodies, subject
        assert filing.owed_to is None or filing.owed_to in book.bodies, subject


def test_every_filing_states_the_date_its_rule_counts_from(filings: dict[str, Filed]) -> None:
    book = load_rulebook()
    for subject, filing in filings.items():
        rule = book.rule_in_force(filing.rule, filing.occurred_on)
        assert rule is not None
        if rule.term is not None and rule.term.basis.value not in ("filed", "calendar"):
            stated = getattr(filing, f"{rule.term.basis.value}_on")
            assert stated is not None, f"{subject}: {rule.term.basis.value}"
            assert stated >= filing.occurred_on or rule.term.basis.value == "named", subject


def test_the_rules_named_in_the_simulation_are_in_the_data() -> None:
    named = {petitions.PUBLICATION, petitions.COLLECTION, *petitions.DECISIONS.values(), acts.REPORT}
    named |= {kind.rule for kind in acts.KINDS}
    assert named <= load_rulebook().rules.keys()


def test_a_fact_about_a_later_stage_is_about_one_that_its_first_stage_opens(
    told: list[Event], filings: dict[str, Filed]
) -> None:
    book = load_rulebook()
    stages = [event for event in told if STAGE_MARK in event.subject]
    assert {type(event.data) for event in stages} == {PetitionPublishedV1, ActReportedV1}
    for event in stages:
        origin, _, rule = event.subject.partition(STAGE_MARK)
        assert rule in {stage.rule for version in book.rules[filings[origin].rule] for stage in version.opens}


def test_a_redirected_appeal_says_when_the_new_body_registered_it(told: list[Event]) -> None:
    moved = [event.data for event in told if isinstance(event.data, AppealTransferredV1)]
    assert len(moved) > 10
    assert all(transfer.registered_on is not None for transfer in moved)
    versions = load_rulebook().rules["kz.appeal.answer"]
    assert versions[-1].on_transfer == "restarts"


def test_a_contest_is_claimed_held_and_settled_in_this_order_by_the_body_that_held_it(
    told: list[Event], filings: dict[str, Filed]
) -> None:
    contests: dict[str, list[Event]] = {}
    for event in told:
        if isinstance(event.data, DisputeClaimedV1 | DisputeHeldV1 | DisputeSettledV1):
            contests.setdefault(event.subject, []).append(event)
    assert contests
    outcomes = set()
    for subject, said in contests.items():
        assert {event.source for event in said} == {country.REGISTRAR}
        assert [type(event.data) for event in said] == [DisputeClaimedV1, DisputeHeldV1, DisputeSettledV1][: len(said)]
        holders = [filings[subject].owed_by]
        holders += [e.data.owed_by for e in told if e.subject == subject and isinstance(e.data, Transferred)]
        assert isinstance(said[0].data, DisputeClaimedV1)
        assert said[0].data.contested_by == holders[-1]
        outcomes |= {event.data.outcome for event in said if isinstance(event.data, DisputeSettledV1)}
    assert outcomes == {"upheld", "rejected"}


def test_only_the_source_of_petitions_shows_a_later_stage(told: list[Event]) -> None:
    covered = {event.subject: event.data.covers for event in told if isinstance(event.data, SourceObservedV1)}
    assert covered.keys() == lags().keys()
    assert {source for source, rules in covered.items() if rules} == {country.PETITIONS}
    assert covered[country.PETITIONS] == (petitions.PUBLICATION,)


def test_every_submitted_report_is_of_a_duty_that_the_calendar_opens(told: list[Event]) -> None:
    end = country.at(country.BEGINS_ON + timedelta(days=SHOWN_DAYS))
    opened = {event.subject for event in scheduled_filings(load_rulebook(), end, country.SIMULATION, lags().keys())}
    submitted = [event.subject for event in told if isinstance(event.data, ReportSubmittedV1)]
    assert set(submitted) <= opened
    assert len(submitted) == len(set(submitted))
    assert any(region.suffix in subject for subject in submitted for region in load_rulebook().regions.values())


def test_every_fact_has_a_source_that_is_read(told: list[Event]) -> None:
    sources = {event.source for event in told if isinstance(event.data, ObligationFact)}
    assert sources - lags().keys() == {country.REGISTRAR}, "a contest needs no watermark: nothing is late by it"
