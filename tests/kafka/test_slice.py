"""The whole way on Apache Kafka: import, tracker, sink, warehouse; and ``esep verify`` with Kafka as the truth."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.adapters.environment import child_environment
from tests.homes import running_warehouse
from tests.kafka.server import ApacheKafka
from tests.made_up_questions import write_questions

pytestmark = pytest.mark.needs_java

QUESTIONS = 300
STOP_S = 20
COMMAND_S = 100


def test_questions_become_judged_rows_and_verify_finds_kafkas_truth(apache_kafka: ApacheKafka, tmp_path: Path) -> None:
    expected = write_questions(tmp_path / "2023-11.json.gz", QUESTIONS)
    with ExitStack() as stack:
        warehouse = stack.enter_context(running_warehouse(tmp_path / "warehouse"))
        environment = settings(apache_kafka.bootstrap, warehouse, tmp_path)
        esep(environment, "migrate")
        esep(environment, "topics")
        for name in ("tracker", "sink"):
            stack.enter_context(service(name, environment))

        import_ = ("import", "uk-written-questions", str(tmp_path / "2023-11.json.gz"), "--json")
        summary = json.loads(esep(environment, *import_, "--wait"))
        assert (summary["read"], summary["accepted"], summary["rejected"]) == (QUESTIONS, QUESTIONS, 0)
        share = (
            "SELECT sum(n) AS n, sum(not_in_time) AS late FROM timeliness_by_month WHERE rule_id = 'gb.wq.named_day'"
        )
        assert rows(environment, share) == [{"n": expected.named_day, "late": expected.named_day_late}]
        report = json.loads(esep(environment, "verify", "--json"))
        assert (report["holds"], report["obligations"]) == (True, expected.questions), report["differences"]

        facts = rows(environment, "SELECT count() AS n FROM events")
        esep(environment, *import_, "--wait")
        assert rows(environment, "SELECT count() AS n FROM events") == facts, "read twice, it stands there once"
        assert json.loads(esep(environment, "verify", "--json"))["holds"]


def settings(bootstrap: str, warehouse: str, folder: Path) -> dict[str, str]:
    """As a cluster is configured: no journal, so Kafka is the truth."""
    return child_environment(
        {
            "ESEP_DATA": str(folder / "data"),
            "ESEP_KAFKA_BOOTSTRAP": bootstrap,
            "ESEP_CLICKHOUSE_URL": f"{warehouse}/esep",
            "ESEP_BROKER_SESSION_TIMEOUT_S": "2",
            "ESEP_BROKER_HEARTBEAT_S": "0.5",
            "ESEP_SINK_FLUSH_S": "0.5",
        }
    )


def esep(environment: Mapping[str, str], *arguments: str) -> str:
    """What a command prints; a failure shows what it said."""
    command = [sys.executable, "-m", "services.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=COMMAND_S, check=False)
    assert done.returncode == 0, f"esep {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
    return done.stdout


def rows(environment: Mapping[str, str], sql: str) -> list[dict[str, Any]]:
    """The rows of a query, as a user gets them."""
    return list(json.loads(esep(environment, "query", sql, "--json"))["data"])


@contextmanager
def service(name: str, environment: Mapping[str, str]) -> Iterator[None]:
    """A service until the block ends; its exit code must be the one of a service that was asked to stop."""
    log = Path(environment["ESEP_DATA"]) / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("ab") as output:
        command = [sys.executable, "-m", f"services.{name}"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
        process.terminate()
        assert process.wait(STOP_S) == 0, log.read_text(encoding="utf-8", errors="replace")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(STOP_S)
