"""What the sink may be told, and that it shows no secret."""

import pytest

from services.adapters.config import ConfigError
from services.sink.__main__ import main
from services.sink.settings import SinkSettings


def test_the_configuration_is_shown_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ESEP_CLICKHOUSE_URL", "http://esep:hunter2@127.0.0.1:8123/esep")
    monkeypatch.setenv("ESEP_SINK_FLUSH_ROWS", "77")
    assert main(["--print-config"]) == 0
    shown = capsys.readouterr().out
    assert "hunter2" not in shown
    assert "sink_flush_rows: 77" in shown


def test_a_missing_address_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("ESEP_KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.setenv("ESEP_DATA", "/nonexistent")
    assert main([]) == 2
    assert "ESEP_KAFKA_BOOTSTRAP is not set" in capsys.readouterr().err


def test_a_home_of_one_machine_is_fresher_than_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESEP_JOURNAL", raising=False)
    cluster = SinkSettings.load()
    monkeypatch.setenv("ESEP_JOURNAL", "journal.sqlite3")
    home = SinkSettings.load()
    assert home.flush_s < cluster.flush_s == 5.0
    assert home.session_timeout_s < cluster.session_timeout_s
    assert home.revoke_timeout_s < home.session_timeout_s


def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESEP_SINK_FLUSH_ROWS", "0")
    with pytest.raises(ConfigError, match="ESEP_SINK_FLUSH_ROWS"):
        SinkSettings.load()
