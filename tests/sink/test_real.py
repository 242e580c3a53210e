"""The sink as a process, between a real broker and a real warehouse: kills, absences, rejected messages."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from schemas.envelope import Event
from schemas.rows.tables import EventRow
from services.adapters.clickhouse import Warehouse, connect, migrate
from services.adapters.environment import child_environment
from services.adapters.factlog import LogEntry, entries_of
from services.adapters.kafka import KafkaFactLog, ensure_topics
from tests.conformance.brokers import Broker
from tests.homes import WarehouseProcess, start_warehouse
from tests.running_home import NotInTime, until
from tests.sql.samples import every_type, obligation, rows_of, tick

STOP_S = 30
TORN = b'{"type": "esep.clock.tick.v1"}'


@dataclass
class Bench:
    """A broker with its topics, a migrated warehouse, and sinks between them."""

    bootstrap: str
    server: WarehouseProcess
    warehouse: Warehouse
    log: KafkaFactLog
    folder: Path

    def append(self, events: Sequence[Event]) -> None:
        """Write events to their topics."""
        self.log.append([entry for each in events for entry in entries_of(each)])

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition; a failure shows what the sinks said."""
        try:
            until(condition, what)
        except NotInTime as late:
            said = (self.folder / "sink.log").read_text(errors="replace")[-4000:]
            raise NotInTime(f"{late}\n{said}") from None

    def count(self, view: str) -> int:
        """Rows of a view."""
        return int(self.warehouse.scalar(f"SELECT count() FROM {view}"))

    def has(self, view: str, rows: int) -> bool:
        """Whether a view has so many rows or more."""
        return self.count(view) >= rows

    @contextmanager
    def sink(self) -> Iterator["subprocess.Popen[bytes]"]:
        """One sink process; whatever is left of it is killed."""
        settings = {
            "ESEP_KAFKA_BOOTSTRAP": self.bootstrap,
            "ESEP_CLICKHOUSE_URL": f"{self.server.url}/esep",
            "ESEP_INCARNATION": "test",
            "ESEP_DATA": str(self.folder),
            "ESEP_SINK_FLUSH_S": "0.2",
            "ESEP_SINK_FLUSH_ROWS": "200",
            "ESEP_BROKER_SESSION_TIMEOUT_S": "2",
            "ESEP_BROKER_HEARTBEAT_S": "0.5",
        }
        command = [sys.executable, "-m", "services.sink"]
        with (self.folder / "sink.log").open("ab") as log:
            process = subprocess.Popen(command, stderr=log, env=child_environment(settings))
        try:
            yield process
        finally:
            process.kill()
            process.wait(STOP_S)


@pytest.fixture
def bench(tmp_path: Path, broker: Broker) -> Iterator[Bench]:
    """An empty bench, on the embedded broker and on Apache Kafka in turn."""
    server = start_warehouse(tmp_path / "warehouse")
    try:
        with closing(connect(f"{server.url}/esep")) as warehouse:
            migrate(warehouse)
            ensure_topics(broker.bootstrap)
            with closing(KafkaFactLog(broker.bootstrap)) as log:
                yield Bench(broker.bootstrap, server, warehouse, log, tmp_path)
    finally:
        server.stop()


def test_every_topic_reaches_the_warehouse_and_rejected_messages_do_too(bench: Bench) -> None:
    examples = every_type()
    bench.append(examples)
    misplaced = entries_of(obligation(7))[0]
    bad = [LogEntry("esep.facts", 1, "x", misplaced.event_id, "0" * 64, value) for value in (misplaced.value, TORN)]
    bench.log.append(bad)
    archived = {(row.event_id, row.sha256) for row in rows_of(examples) if isinstance(row, EventRow)}
    kept = sum(each.type == "esep.dead_letter.kept.v1" for each in examples)
    with bench.sink() as sink:
        bench.until(lambda: bench.count("events") == len(archived), "the facts are there")
        bench.until(lambda: bench.count("dead_letters") == kept + 2, "the dead letters came back through their topic")
        sink.send_signal(signal.SIGTERM)
        assert sink.wait(STOP_S) == 0
    codes = bench.warehouse.rows("SELECT code FROM dead_letters WHERE origin LIKE 'esep.facts/1/%' ORDER BY code")
    assert [row["code"] for row in codes] == ["forbidden_family", "invalid_data"]
    assert bench.warehouse.rows("SELECT obligation_id FROM obligations WHERE obligation_id = 'gb.wq:7'") == []


def test_kill_minus_nine_loses_nothing_and_doubles_nothing(bench: Bench) -> None:
    total = 6000
    bench.append([obligation(number) for number in range(total)])
    for part in (1, 2):
        with bench.sink():
            bench.until(partial(bench.has, "obligations", part * 800), "the sink gets going")
    with bench.sink() as sink:
        bench.until(lambda: bench.count("obligations") == total, "everything is there")
        sink.send_signal(signal.SIGTERM)
        assert sink.wait(STOP_S) == 0
    assert bench.warehouse.scalar("SELECT uniqExact(obligation_id) FROM obligations_rows") == total


def test_two_sinks_share_the_work_and_take_over_from_each_other(bench: Bench) -> None:
    with bench.sink() as first:
        bench.append([obligation(number) for number in range(500)])
        bench.until(lambda: bench.count("obligations") == 500, "the first sink works")
        with bench.sink():
            bench.append([obligation(number) for number in range(500, 1500)])
            bench.until(lambda: bench.count("obligations") == 1500, "both work")
            first.kill()
            first.wait(STOP_S)
            bench.append([obligation(number) for number in range(1500, 2500)])
            bench.until(lambda: bench.count("obligations") == 2500, "the second took over")


def test_a_sink_waits_for_its_warehouse_and_stops_without_it(bench: Bench) -> None:
    with bench.sink() as sink:
        bench.append([tick()])
        bench.until(lambda: bench.count("clocks") == 1, "the sink works")
        bench.server.process.send_signal(signal.SIGSTOP)
        try:
            bench.append([obligation(number) for number in range(1000)])
        finally:
            bench.server.process.send_signal(signal.SIGCONT)
        bench.until(lambda: bench.count("obligations") == 1000, "it caught up")
        bench.server.kill()
        bench.append([obligation(1000)])
        sink.send_signal(signal.SIGTERM)
        assert sink.wait(STOP_S) == 0


def test_a_sink_refuses_a_warehouse_that_is_not_migrated(tmp_path: Path) -> None:
    server = start_warehouse(tmp_path / "warehouse")
    settings = {
        "ESEP_DATA": str(tmp_path),
        "ESEP_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "ESEP_CLICKHOUSE_URL": f"{server.url}/esep",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "services.sink"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=child_environment(settings),
        )
    finally:
        server.stop()
    assert done.returncode == 2
    assert "run `esep migrate`" in done.stderr
    assert "Traceback" not in done.stderr
