"""Synthetic files and the very events they become; a difference here is a change of behaviour.

``python -m tests.connectors.readings`` writes the golden files anew.
"""

from pathlib import Path

import pytest

from services.adapters.codec import decode
from services.connectors.base import Connector
from tests.connectors.readings import GOLDEN, as_lines, events_of, read


@pytest.mark.parametrize(("connector", "source", "golden"), GOLDEN, ids=[g.name for _, _, g in GOLDEN])
def test_the_events_are_those_of_the_golden_file(connector: Connector, source: Path, golden: Path) -> None:
    assert as_lines(read(connector, source)) == golden.read_bytes()


@pytest.mark.parametrize(("connector", "source", "golden"), GOLDEN, ids=[g.name for _, _, g in GOLDEN])
def test_the_golden_events_keep_the_contract(connector: Connector, source: Path, golden: Path) -> None:
    assert [decode(line) for line in golden.read_bytes().splitlines()] == events_of(read(connector, source))
