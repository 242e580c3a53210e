"""How old the word of every source is, for Prometheus: computed from the warehouse at every scrape.

A collector only; when a source is too old is the alert rules' business.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.adapters.telemetry import GAUGES
from services.portal.listings import Query
from services.portal.records import SourceRecord
from services.portal.warehouse_reader import WarehouseAway, WarehouseReader
from services.portal.worlds import UnknownWorld, Worlds

ANSWER_S: Final = 3.0
_SOURCES: Final = "SELECT source_id, simulation, read_up_to, lag_s, observed_at FROM sources ORDER BY 1, 2 LIMIT 1000"


class FreshnessCollector(Collector):
    """``source_age_seconds``: how far each source lies behind its world's clock; ``warehouse_up``: who says so."""

    def __init__(self, reader: WarehouseReader, worlds: Worlds) -> None:
        self._reader = reader
        self._worlds = worlds
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="freshness")
        self._answer: Future[list[tuple[str, str, float]]] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked when it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """What is so now; of a warehouse that is away, or does not answer in time, only that."""
        up = GaugeMetricFamily("warehouse_up", GAUGES["warehouse_up"].meaning)
        age = GaugeMetricFamily("source_age_seconds", GAUGES["source_age_seconds"].meaning, labels=("source", "world"))
        try:
            for source, world, seconds in self._asked().result(ANSWER_S):
                age.add_metric((source, world), seconds)
            up.add_metric((), 1)
        except (WarehouseAway, TimeoutError):
            up.add_metric((), 0)
        yield up
        yield age

    def _asked(self) -> Future[list[tuple[str, str, float]]]:
        """One question at a time: a scrape must not wait for a warehouse that hangs, nor pile up behind it."""
        if self._answer is None or self._answer.done():
            self._answer = self._asking.submit(self._ages)
        return self._answer

    def _ages(self) -> list[tuple[str, str, float]]:
        records = self._reader.read(SourceRecord, Query(_SOURCES, {}))
        return [
            (each.source_id, each.simulation, max(0.0, (now - each.read_up_to).total_seconds()))
            for each in records
            if (now := self._now(each.simulation)) is not None
        ]

    def _now(self, simulation: str) -> datetime | None:
        try:
            return self._worlds.choose(simulation).now
        except UnknownWorld:
            return None
