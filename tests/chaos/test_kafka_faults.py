"""Every kind of fault once on Apache Kafka, with made-up data and outages of seconds; ``make chaos`` is the long version."""

from pathlib import Path

import pytest

from tests.chaos.campaign import Campaign, prepared
from tests.chaos.faults import faults_of
from tests.chaos.inputs import made_up_inputs
from tests.chaos.stacks import KAFKA

QUESTIONS = 1_500


@pytest.mark.needs_java
@pytest.mark.timeout(1500)
def test_no_fault_loses_doubles_or_invents_anything(apache_jars: Path, tmp_path: Path) -> None:
    inputs = made_up_inputs(tmp_path / "made-up", QUESTIONS)
    kinds = faults_of(KAFKA)
    campaign = prepared(Campaign(KAFKA, tmp_path / KAFKA, inputs, len(kinds), "1", "test", short=True, verify_every=9))
    campaign.run(print)
    results = campaign.results()
    assert [line["faults"] for line in results] == [[]] * (len(kinds) + 1)
    assert {line["name"] for line in results} == {kind.name for kind in kinds} | {"end"}
    assert results[-1]["checked"]["obligations at the end"] > QUESTIONS
