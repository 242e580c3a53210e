"""The load of the chaos suite does not lie: what it notes as accepted was accepted, and all of it comes again when needed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest

from services.adapters.factlog import FactLogUnavailableError, LogEntry, Outcome, entries_of
from services.adapters.memory import MemoryFactLog
from tests.chaos.importer import UK, Input, PacedLog, Plan
from tests.chaos.sender import Sender, round_of
from tests.running_home import until
from tests.stream.facts import filed, read_up_to

TODAY = date(2026, 11, 20)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    plan = Plan(tmp_path, datetime(2026, 11, 20, tzinfo=UTC), (Input(UK, tmp_path / "2023-11.json.gz"),))
    plan.write()
    plan.allow(10_000)
    return plan


def entries(count: int) -> list[LogEntry]:
    return [entry for number in range(count) for entry in entries_of(filed(number))]


class Failing(MemoryFactLog):
    """Takes one slice, then nothing."""

    slices = 0

    def append(self, entries: Sequence[LogEntry]) -> list[Outcome]:
        self.slices += 1
        if self.slices > 1:
            raise FactLogUnavailableError("gone")
        return super().append(entries)


def test_only_what_the_log_took_is_noted_as_acknowledged(plan: Plan) -> None:
    log = Failing()
    with pytest.raises(FactLogUnavailableError):
        PacedLog(log, plan, 0).append(entries(120))
    assert len(plan.acknowledged()) == plan.reached() == 50

    assert PacedLog(MemoryFactLog(), plan, 0).append(entries(120)) == [Outcome.ACCEPTED] * 120
    assert len(plan.acknowledged()) == plan.reached() == 120


def test_a_torn_last_line_of_a_killed_import_is_no_event(plan: Plan) -> None:
    PacedLog(MemoryFactLog(), plan, 0).append(entries(3))
    path = plan.folder / "acknowledged"
    path.write_bytes(path.read_bytes()[:-10])
    PacedLog(MemoryFactLog(), plan, 0).append(entries(5))
    assert len(path.read_text().splitlines()) == 5
    assert plan.acknowledged() == {str(entry.event_id) for entry in entries(5)}


def test_in_another_order_every_event_keeps_its_outcome(plan: Plan) -> None:
    plan.shuffle.write_text("1")
    log = MemoryFactLog()
    log.append(entries(2))
    outcomes = PacedLog(log, plan, 0).append(entries(40))
    assert outcomes == [Outcome.DUPLICATE] * 2 + [Outcome.ACCEPTED] * 38
    assert log.entries[2:] != entries(40)[2:]
    assert {entry.event_id for entry in log.entries} == {entry.event_id for entry in entries(40)}


def test_what_vouches_for_a_batch_never_overtakes_it(plan: Plan) -> None:
    plan.shuffle.write_text("1")
    log = MemoryFactLog()
    batch = [*entries(40), *entries_of(read_up_to(date(2024, 2, 1)))]
    PacedLog(log, plan, 0).append(batch)
    assert log.entries == batch


class Gateway:
    """Answers as it is told to, one status per request; the last one for good. Bodies taken with success are kept."""

    def __init__(self, *statuses: int) -> None:
        self.taken: list[list[Any]] = []
        self.statuses = list(statuses)


@contextmanager
def serving(gateway: Gateway) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = gateway.statuses.pop(0) if len(gateway.statuses) > 1 else gateway.statuses[0]
            if status == 202:
                gateway.taken.append(orjson.loads(body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_the_sender_repeats_what_was_refused_and_notes_only_what_was_taken(tmp_path: Path) -> None:
    gateway = Gateway(503, 503, 202)
    with serving(gateway) as url:
        sender = Sender(url, tmp_path, TODAY, 0.01)
        sender.go()
        until(lambda: len(gateway.taken) >= 3, "three requests are taken", 20)
        sender.pause()
        accepted = [str(event.id) for event in sender.accepted()]
        sender.close()
    assert accepted == [each["id"] for request in gateway.taken for each in request]
    assert sender.retries == 2


def test_a_later_sender_goes_on_behind_the_earlier_one(tmp_path: Path) -> None:
    gateway = Gateway(202)
    with serving(gateway) as url:
        for _ in range(2):
            sender = Sender(url, tmp_path, TODAY, 0.01)
            before = len(gateway.taken)
            sender.go()
            until(lambda before=before: len(gateway.taken) >= before + 3, "three more requests are taken", 20)
            sender.pause()
            sender.close()
    sent = [each["id"] for request in gateway.taken for each in request]
    rounds = [str(event.id) for number in range(20) for request in round_of(number, TODAY) for event in request]
    assert len(sent) > 20
    assert sent == rounds[: len(sent)]
