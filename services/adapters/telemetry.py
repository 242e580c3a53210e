"""Every Prometheus metric of Esep: its name, kind, labels and meaning, in one place.

Services ask for a metric by name and count; nothing here decides what to count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

METRICS_CONTENT_TYPE = CONTENT_TYPE_LATEST

CounterName = Literal[
    "gateway_events_total",
    "gateway_requests_total",
    "relay_records_total",
    "tracker_facts_total",
    "tracker_derived_total",
    "tracker_dead_letters_total",
    "tracker_ticks_total",
    "sink_rows_total",
    "sink_batches_total",
    "sink_dead_letters_total",
    "notify_deliveries_total",
]
GaugeName = Literal[
    "relay_published_seq",
    "relay_lag_records",
    "tracker_lag_records",
    "sink_lag_records",
]
HistogramName = Literal[
    "gateway_request_seconds",
    "relay_batch_seconds",
    "tracker_batch_seconds",
    "sink_flush_seconds",
]


@dataclass(frozen=True, slots=True)
class Described:
    """What a metric says, and the labels it says it by (few values each)."""

    meaning: str
    labels: tuple[str, ...] = ()


COUNTERS: Mapping[CounterName, Described] = {
    "gateway_events_total": Described("Events sent to the gateway, by what became of them.", ("outcome",)),
    "gateway_requests_total": Described("Requests to POST /v1/events, by HTTP status.", ("status",)),
    "relay_records_total": Described("Journal records published to the broker.", ("topic",)),
    "tracker_facts_total": Described("Facts folded.", ("topic", "partition")),
    "tracker_derived_total": Described("Derived events published.", ("topic",)),
    "tracker_dead_letters_total": Described("Messages the tracker did not understand.", ("code",)),
    "tracker_ticks_total": Described("Ticks appended.", ("partition",)),
    "sink_rows_total": Described("Rows written to the warehouse.", ("table",)),
    "sink_batches_total": Described("Batches flushed, by cause (rows, seconds, revoke, stop).", ("cause",)),
    "sink_dead_letters_total": Described("Messages the sink did not understand.", ("code",)),
    "notify_deliveries_total": Described("Attempts to hand an alert to a channel.", ("channel", "state")),
}
GAUGES: Mapping[GaugeName, Described] = {
    "relay_published_seq": Described("Last journal sequence number the broker has acknowledged."),
    "relay_lag_records": Described("Journal records not yet published."),
    "tracker_lag_records": Described("Records in the log behind which the tracker is.", ("topic", "partition")),
    "sink_lag_records": Described("Records in the log behind which the sink is.", ("topic", "partition")),
}
HISTOGRAMS: Mapping[HistogramName, Described] = {
    "gateway_request_seconds": Described("Time from the last byte of a request to its answer."),
    "relay_batch_seconds": Described("Time to publish one batch and have it acknowledged."),
    "tracker_batch_seconds": Described("Time to fold, decide and publish one batch."),
    "sink_flush_seconds": Described("Time to insert one batch and commit its offsets."),
}


@cache
def counter(name: CounterName) -> Counter:
    """The counter of that name, registered when first asked for."""
    return Counter(name, COUNTERS[name].meaning, COUNTERS[name].labels)


@cache
def gauge(name: GaugeName) -> Gauge:
    """The gauge of that name, registered when first asked for."""
    return Gauge(name, GAUGES[name].meaning, GAUGES[name].labels)


@cache
def histogram(name: HistogramName) -> Histogram:
    """The histogram of that name (seconds), registered when first asked for."""
    return Histogram(name, HISTOGRAMS[name].meaning, HISTOGRAMS[name].labels)


def exposition() -> bytes:
    """This process's metrics in Prometheus text form; its type is ``METRICS_CONTENT_TYPE``."""
    return generate_latest()
