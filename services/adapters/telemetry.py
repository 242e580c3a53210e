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
    "gateway_rejected_total",
    "gateway_refusals_total",
    "relay_records_total",
    "tracker_facts_total",
    "tracker_derived_total",
    "tracker_dead_letters_total",
    "tracker_ticks_total",
    "sink_rows_total",
    "sink_batches_total",
    "sink_dead_letters_total",
    "notify_deliveries_total",
    "sink_put_off_total",
    "relay_failures_total",
    "probes_total",
    "home_restarts_total",
]
GaugeName = Literal[
    "relay_published_seq",
    "relay_lag_records",
    "tracker_lag_records",
    "tracker_invalid_records",
    "sink_invalid_records",
    "sink_lag_records",
    "progress_timestamp_seconds",
    "home_up",
    "home_lag_records",
    "source_age_seconds",
    "warehouse_up",
]
HistogramName = Literal[
    "gateway_request_seconds",
    "relay_batch_seconds",
    "tracker_batch_seconds",
    "sink_flush_seconds",
    "sink_insert_seconds",
    "probe_seconds",
]
SizeName = Literal["tracker_batch_records", "sink_batch_records"]


@dataclass(frozen=True, slots=True)
class Described:
    """What a metric says, and the labels it says it by (few values each)."""

    meaning: str
    labels: tuple[str, ...] = ()


COUNTERS: Mapping[CounterName, Described] = {
    "gateway_events_total": Described("Events sent to the gateway, by what became of them.", ("outcome",)),
    "gateway_requests_total": Described("Requests to POST /v1/events, by HTTP status.", ("status",)),
    "gateway_rejected_total": Described(
        "Events the gateway rejected, by why; each is kept as a dead letter.", ("code",)
    ),
    "gateway_refusals_total": Described("Requests refused whole, by why; nothing of them is taken or kept.", ("code",)),
    "relay_records_total": Described("Journal records published to the broker.", ("topic",)),
    "tracker_facts_total": Described("Facts folded.", ("topic", "partition")),
    "tracker_derived_total": Described("Derived events published.", ("topic",)),
    "tracker_dead_letters_total": Described("Messages the tracker did not understand.", ("code",)),
    "tracker_ticks_total": Described("Ticks appended.", ("partition",)),
    "sink_rows_total": Described("Rows written to the warehouse.", ("table",)),
    "sink_batches_total": Described("Batches flushed, by cause (rows, seconds, revoke, stop).", ("cause",)),
    "sink_dead_letters_total": Described("Messages the sink did not understand.", ("code",)),
    "notify_deliveries_total": Described("Attempts to hand an alert to a channel.", ("channel", "state")),
    "sink_put_off_total": Described("Batches that could not be written yet, by what was away.", ("reason",)),
    "relay_failures_total": Described("Batches of the journal the broker did not take; they are published again."),
    "probes_total": Described("Probes of this process: sent, not_sent, came_out.", ("state",)),
    "home_restarts_total": Described(
        "Programs of a home started again: ended by themselves, gone quiet, or because the log began anew.",
        ("service", "cause"),
    ),
}
GAUGES: Mapping[GaugeName, Described] = {
    "relay_published_seq": Described("Last journal sequence number the broker has acknowledged."),
    "relay_lag_records": Described("Journal records not yet published."),
    "tracker_lag_records": Described("Records in the log behind which the tracker is.", ("topic", "partition")),
    "tracker_invalid_records": Described("Records not understood among a partition's last.", ("topic", "partition")),
    "sink_invalid_records": Described("Messages not understood among a partition's last.", ("topic", "partition")),
    "sink_lag_records": Described("Records in the log behind which the sink is.", ("topic", "partition")),
    "home_up": Described("Whether a program of a home answers and makes progress.", ("service",)),
    "home_lag_records": Described("Accepted records that a reader has not committed yet.", ("topic", "reader")),
    "source_age_seconds": Described(
        "How far the point up to which a source was read completely lies behind the world's clock.", ("source", "world")
    ),
    "warehouse_up": Described("Whether the portal can read the warehouse."),
    "progress_timestamp_seconds": Described("When something last came through, by stage (Unix time).", ("stage",)),
}
HISTOGRAMS: Mapping[HistogramName, Described] = {
    "gateway_request_seconds": Described("Time from the last byte of a request to its answer."),
    "relay_batch_seconds": Described("Time to publish one batch and have it acknowledged."),
    "tracker_batch_seconds": Described("Time to fold, decide and publish one batch."),
    "sink_flush_seconds": Described("Time to insert one batch and commit its offsets."),
    "sink_insert_seconds": Described("Time to insert one batch, without the commit."),
    "probe_seconds": Described("Time from sending a probe until it came out here."),
}
SIZES: Mapping[SizeName, Described] = {
    "tracker_batch_records": Described("Records brought through together."),
    "sink_batch_records": Described("Messages written and committed together."),
}
_SIZE_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)


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


@cache
def sizes(name: SizeName) -> Histogram:
    """The histogram of that name (numbers of records), registered when first asked for."""
    return Histogram(name, SIZES[name].meaning, SIZES[name].labels, buckets=_SIZE_BUCKETS)


def exposition() -> bytes:
    """This process's metrics in Prometheus text form; its type is ``METRICS_CONTENT_TYPE``."""
    return generate_latest()
