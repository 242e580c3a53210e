"""Thousands of malformed messages end no process, and every one of them is accepted, repeated or a dead letter.

A few thousand in every run; a hundred thousand with ``-m bench``, and what it took is printed.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from services.adapters.clickhouse import Warehouse, connect, migrate
from services.adapters.kafka import ensure_topics
from tests.conformance.brokers import running_broker
from tests.dead_letters.flood import Programs, flood, programs, through_the_broker, through_the_gateway
from tests.homes import running_warehouse

FEW, MANY = 2_000, 100_000


@dataclass
class Bench:
    """Everything the flood goes through."""

    bootstrap: str
    warehouse: Warehouse
    running: Programs

    def run(self, count: int, timeout_s: float) -> None:
        """Half of the messages through the broker, half through the gateway; prints the figures."""
        sent = flood(seed=7, count=count // 2)
        Console().print(through_the_broker(self.bootstrap, self.warehouse, self.running, sent, timeout_s))
        posted = through_the_gateway(self.warehouse, self.running, seed=8, count=count // 2, timeout_s=timeout_s)
        Console().print(posted)
        assert self.running.ended() == {}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A broker, a warehouse, and the three services between them."""
    with (
        running_warehouse(tmp_path / "warehouse") as url,
        running_broker() as broker,
        closing(connect(f"{url}/esep")) as warehouse,
    ):
        migrate(warehouse)
        ensure_topics(broker.bootstrap)
        with programs(tmp_path, broker.bootstrap, f"{url}/esep") as running:
            yield Bench(broker.bootstrap, warehouse, running)


@pytest.mark.timeout(400)
def test_a_few_thousand_malformed_messages_are_all_accounted_for(bench: Bench) -> None:
    bench.run(FEW, 120)


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_malformed_messages_are_all_accounted_for(bench: Bench) -> None:
    bench.run(MANY, 800)
