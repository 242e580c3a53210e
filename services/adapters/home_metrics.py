"""One scrape address for a whole home: what the supervisor knows, and the metrics of every program, by ``service``.

A collector for Prometheus' registry, asked at every scrape; programs that do not answer are left out, and say so in
``home_up``.
"""

import urllib.request
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from services.adapters.home_state import HomeState, read_home_state
from services.adapters.telemetry import COUNTERS, GAUGES, HISTOGRAMS, SIZES

ANSWER_S: Final = 2.0
_OURS: Final = frozenset(
    {*(name.removesuffix("_total") for name in COUNTERS), *GAUGES, *HISTOGRAMS, *SIZES},
)

Fetch = Callable[[str], str | None]
"""The text behind a URL; None when nothing answers in time."""


class HomeCollector(Collector):
    """The metrics of one home, read from its state file and from its programs."""

    def __init__(self, data: Path, fetch: Fetch | None = None) -> None:
        self._data = data
        self._fetch = fetch or _fetched

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked when it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """What is so now."""
        state = read_home_state(self._data)
        yield from _of_the_home(state)
        yield from self._of_the_programs(state)

    def _of_the_programs(self, state: HomeState) -> Iterator[Metric]:
        merged: dict[str, Metric] = {}
        for name, service in sorted(state.services.items()):
            # Web's own metrics are in the registry that asks.
            if service.health is None or name == "web":
                continue
            text = self._fetch(service.health.removesuffix("/healthz") + "/metrics")
            for family in text_string_to_metric_families(text or ""):
                if family.name in _OURS:
                    kept = merged.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                    for sample in family.samples:
                        if not sample.name.endswith("_created"):
                            kept.add_sample(sample.name, {**sample.labels, "service": name}, sample.value)
        yield from merged.values()


def _of_the_home(state: HomeState) -> Iterator[Metric]:
    up = GaugeMetricFamily("home_up", GAUGES["home_up"].meaning, labels=("service",))
    restarts = CounterMetricFamily(
        "home_restarts", COUNTERS["home_restarts_total"].meaning, labels=("service", "cause")
    )
    lag = GaugeMetricFamily("home_lag_records", GAUGES["home_lag_records"].meaning, labels=("topic", "reader"))
    for name, service in sorted(state.services.items()):
        up.add_metric((name,), float(service.standing in ("working", "waiting")))
        for cause in ("ended", "quiet", "log"):
            restarts.add_metric((name, cause), service.restarts.get(cause, 0))
    for topic, readers in sorted(state.lag.items()):
        for reader, records in sorted(readers.items()):
            lag.add_metric((topic, reader), records)
    return iter((up, restarts, lag))


def _fetched(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:  # noqa: S310  # a loopback address of our own
            return str(answer.read().decode())
    except (OSError, HTTPException):
        return None
