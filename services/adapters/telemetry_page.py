"""Writes docs/metrics.md from the catalogue of metrics: ``python -m services.adapters.telemetry_page [--check]``.

What a metric means is said in ``telemetry``; here is only the page.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from services.adapters.telemetry import COUNTERS, GAUGES, HISTOGRAMS, SIZES, Described

PAGE: Final = Path(__file__).parents[2] / "docs" / "metrics.md"
_HEAD: Final = """# Metrics

Generated from `services/adapters/telemetry.py` by `make schemas`; `make generated` says when it is stale.

Every service answers `/metrics` in Prometheus' text form: gateway and web on their own port, tracker, sink, notify, relay,
simulator and portal on `ESEP_HEALTH_PORT` (9100 in compose). At home the address of the pages is enough: `/metrics` there has
the metrics of every program, told apart by the label `service`. What to scrape and when to wake somebody is in
[deploy/prometheus](../deploy/prometheus/alerts.yaml). No label holds a name, a subject or an id.
"""
_STAGES: Final = {
    "gateway": "Gateway",
    "relay": "Relay (at home)",
    "tracker": "Tracker",
    "sink": "Sink",
    "notify": "Notify",
    "source": "Sources and pages",
    "warehouse": "Sources and pages",
    "progress": "Progress of every service",
    "probe": "Progress of every service",
    "probes": "Progress of every service",
    "home": "A home's supervisor",
}


def page() -> str:
    """The whole page."""
    stages: dict[str, list[str]] = {title: [] for title in _STAGES.values()}
    for name, kind, described in _metrics():
        labels = ", ".join(f"`{label}`" for label in described.labels) or "–"
        stages[_STAGES[name.partition("_")[0]]].append(f"| `{name}` | {kind} | {labels} | {described.meaning} |")
    parts = [
        f"## {title}\n\n| metric | kind | labels | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
        for title, rows in stages.items()
        if rows
    ]
    return "\n".join([_HEAD, *parts])


def _metrics() -> Iterator[tuple[str, str, Described]]:
    for counter, described in COUNTERS.items():
        yield counter, "counter", described
    for gauge, described in GAUGES.items():
        yield gauge, "gauge", described
    for histogram, described in HISTOGRAMS.items():
        yield histogram, "histogram", described
    for size, described in SIZES.items():
        yield size, "histogram", described


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 when written or current, 1 when ``--check`` finds the page stale."""
    parser = argparse.ArgumentParser(prog="python -m services.adapters.telemetry_page", description="docs/metrics.md")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is stale")
    if not parser.parse_args(arguments).check:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        sys.stdout.write("docs/metrics.md: written\n")
        return 0
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        sys.stderr.write("stale: docs/metrics.md\nrun `make schemas` and commit the result\n")
        return 1
    sys.stdout.write("docs/metrics.md is current\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
