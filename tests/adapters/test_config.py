"""Settings: which source wins, what is refused, what is masked; and finding a running home."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from services.adapters.bootstrap import open_fact_log
from services.adapters.config import ConfigError, Endpoints, Settings, located
from services.adapters.journal import JournalFactLog


class Example(Settings):
    """A service's settings: one required, one secret."""

    answer: int
    secret: SecretStr = SecretStr("")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "KAFKA_BOOTSTRAP", "CLICKHOUSE_URL", "JOURNAL", "SIMULATION", "ANSWER", "LOG_LEVEL"):
        monkeypatch.delenv(f"ESEP_{name}", raising=False)


def config(tmp_path: Path, text: str) -> Path:
    """A config file with this text."""
    path = tmp_path / "esep.yaml"
    path.write_text(text)
    return path


def test_given_wins_over_environment_over_file_over_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config(tmp_path, "answer: 1\nlog_level: debug\nkafka_bootstrap: from-file:1\n")
    monkeypatch.setenv("ESEP_ANSWER", "2")
    monkeypatch.setenv("ESEP_KAFKA_BOOTSTRAP", "from-environment:1")
    settings = Example.load(path, {"kafka_bootstrap": "given:1", "data": None})
    assert (settings.answer, settings.log_level, settings.kafka_bootstrap) == (2, "debug", "given:1")
    assert settings.data == Path(".esep")


def test_an_unknown_key_is_refused_and_the_known_are_listed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"esep\.yaml: unknown key journel; known keys are answer, clickhouse_url"):
        Example.load(config(tmp_path, "answer: 1\njournel: x\n"))


def test_a_missing_value_is_asked_for_by_its_variable() -> None:
    with pytest.raises(ConfigError, match="ESEP_ANSWER is missing"):
        Example.load()


def test_a_wrong_value_is_traced_to_where_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config(tmp_path, "answer: many\n")
    with pytest.raises(ConfigError, match=r"esep\.yaml: answer must be a whole number, not 'many'"):
        Example.load(path)
    monkeypatch.setenv("ESEP_ANSWER", "few")
    with pytest.raises(ConfigError, match="ESEP_ANSWER must be a whole number, not 'few'"):
        Example.load(path)


@pytest.mark.parametrize(("text", "says"), [("[1]", "one mapping"), ("a: [", "is not YAML"), ("1: 2", "one mapping")])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Example.load(config(tmp_path, text))
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read"):
        Example.load(tmp_path / "none.yaml")


def test_secrets_are_not_shown() -> None:
    shown = Example(answer=1, secret=SecretStr("hunter2"), clickhouse_url="http://esep:hunter2@localhost:8123/").shown()
    assert "hunter2" not in shown
    assert "clickhouse_url: http://***@localhost:8123/" in shown


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Example(answer=1).answer = 2  # type: ignore[misc]


def test_a_running_home_is_found_through_its_folder(tmp_path: Path) -> None:
    Endpoints(kafka="127.0.0.1:1", clickhouse="http://127.0.0.1:2", journal=tmp_path / "j").write(tmp_path)
    found = located(Settings(data=tmp_path, clickhouse_url="http://elsewhere"))
    assert (found.kafka_bootstrap, found.clickhouse_url) == ("127.0.0.1:1", "http://elsewhere")
    assert found.journal == tmp_path / "j"


def test_a_configured_cluster_does_not_get_a_homes_journal(tmp_path: Path) -> None:
    Endpoints(kafka="127.0.0.1:1", journal=tmp_path / "j").write(tmp_path)
    found = located(Settings(data=tmp_path, kafka_bootstrap="cluster:9092"))
    assert (found.kafka_bootstrap, found.journal) == ("cluster:9092", None)


def test_without_a_home_nothing_is_filled_in(tmp_path: Path) -> None:
    assert located(Settings(data=tmp_path)) == Settings(data=tmp_path)
    (tmp_path / "endpoints.json").write_text("{")
    with pytest.raises(ConfigError, match=r"endpoints\.json: not usable"):
        located(Settings(data=tmp_path))


def test_the_journal_is_the_log_where_one_is_configured(tmp_path: Path) -> None:
    log = open_fact_log(Settings(journal=tmp_path / "journal.sqlite3", kafka_bootstrap="unused:1"))
    assert isinstance(log, JournalFactLog)
    log.close()
    with pytest.raises(ConfigError, match="set ESEP_JOURNAL"):
        open_fact_log(Settings())
