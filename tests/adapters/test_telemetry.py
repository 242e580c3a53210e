"""Metrics: every declared name is described, follows the naming rule and can be exposed."""

from typing import get_args

import pytest

from services.adapters import telemetry, telemetry_page


def test_every_name_is_described_and_every_description_has_a_name() -> None:
    assert set(telemetry.COUNTERS) == set(get_args(telemetry.CounterName))
    assert set(telemetry.GAUGES) == set(get_args(telemetry.GaugeName))
    assert set(telemetry.HISTOGRAMS) == set(get_args(telemetry.HistogramName))
    assert set(telemetry.SIZES) == set(get_args(telemetry.SizeName))


def test_names_carry_their_unit() -> None:
    assert all(name.endswith("_total") for name in telemetry.COUNTERS)
    assert all(name.endswith("_seconds") for name in telemetry.HISTOGRAMS)
    assert all(name.endswith("_records") for name in telemetry.SIZES)


def test_the_page_of_metrics_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert telemetry_page.main(["--check"]) == 0, capsys.readouterr().err


def test_what_is_counted_is_exposed() -> None:
    telemetry.counter("gateway_requests_total").labels("299").inc(3)
    telemetry.gauge("relay_lag_records").set(5)
    with telemetry.histogram("relay_batch_seconds").time():
        pass
    exposed = telemetry.exposition().decode()
    assert 'gateway_requests_total{status="299"} 3.0' in exposed
    assert "relay_lag_records 5.0" in exposed
    assert "relay_batch_seconds_count" in exposed
