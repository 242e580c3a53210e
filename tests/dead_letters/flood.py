"""A flood of malformed messages through real processes: broker, tracker, sink, gateway, warehouse; and what must come of it.

The limits are lifted, so that nothing but a crash could stop anybody; the oracle is the codec, asked message by message.
"""

import hashlib
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from kafka import KafkaProducer

from schemas.events.clock import ClockTickV1
from schemas.rows.tables import EventRow
from schemas.topics import FACTS, partitions_for, topic_of
from services.adapters.clickhouse import Warehouse
from services.adapters.codec import InvalidMessage, decode, encode
from services.adapters.environment import child_environment
from services.adapters.progress import GROUPS, committed
from services.sink.reading import read_rows
from tests.dead_letters.mutations import mutated, oversized
from tests.ports import free_port
from tests.running_home import until
from tests.stream.facts import filed

LIFTED = {
    f"ESEP_{service}_MAX_INVALID_{limit}": "0" for service in ("TRACKER", "SINK") for limit in ("IN_A_ROW", "PERCENT")
}
TOKEN = "flood-token"
LINES = 500
VALID_EVERY = 20
LARGE = 10
STOP_S = 30.0


@dataclass
class Sent:
    """What was written into one topic: partition and bytes, in the order of each partition's log."""

    records: list[tuple[int, bytes]]
    invalid: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    archived: set[str] = field(default_factory=set)
    repeated: int = 0

    def __post_init__(self) -> None:
        offsets: Counter[int] = Counter()
        for partition, raw in self.records:
            place = f"{FACTS.name}/{partition}/{offsets[partition]}"
            offsets[partition] += 1
            self.archived |= archived_id(raw, partition)
            event_id = valid_id(raw, partition)
            if event_id is None:
                self.invalid.add(place)
            elif event_id in self.ids:
                self.repeated += 1
            else:
                self.ids.add(event_id)


def valid_id(raw: bytes, partition: int) -> str | None:
    """The id of a message that belongs here; None when it does not."""
    try:
        event = decode(raw)
    except InvalidMessage:
        return None
    here = topic_of(event.data) is FACTS and partition in partitions_for(event.data, event.subject)
    return str(event.id) if here else None


def archived_id(raw: bytes, partition: int) -> set[str]:
    """The id under which the sink archives a message."""
    try:
        rows = read_rows(FACTS.name, partition, raw)
    except InvalidMessage:
        return set()
    return {str(row.event_id) for row in rows if isinstance(row, EventRow)}


def flood(seed: int, count: int) -> Sent:
    """Mutated messages with a good fact between every twenty, over all partitions of the facts."""
    records = []
    for number, raw in enumerate([*oversized(seed, LARGE), *mutated(seed, count - LARGE)]):
        records.append((number % FACTS.partitions, raw))
        if number % VALID_EVERY == 0:
            event = filed(number)
            records.append((partitions_for(event.data, event.subject)[0], encode(event)))
    return Sent(records)


def write(bootstrap: str, sent: Sent) -> None:
    """Append as it is; all of it is in the log when this returns."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, max_request_size=4 * 1024 * 1024)
    futures = [producer.send(FACTS.name, key=b"x", value=raw, partition=number) for number, raw in sent.records]
    producer.flush(120)
    assert all(future.succeeded() for future in futures)
    producer.close()


@dataclass
class Programs:
    """Tracker, sink and gateway of one log, as processes."""

    data: Path
    environment: dict[str, str]
    port: int
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start one; what it says goes to a file."""
        with (self.data / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", f"services.{name}"]
            self.running[name] = subprocess.Popen(command, env=child_environment(self.environment), stderr=log)

    def ended(self) -> dict[str, int]:
        """Whoever ended, with its exit code."""
        return {name: code for name, process in self.running.items() if (code := process.poll()) is not None}

    def until(self, condition: Callable[[], object], what: str, timeout_s: float) -> None:
        """Return once it holds; fail at once when a process ends."""

        def holds() -> object:
            ended = self.ended()
            assert not ended, f"{ended}: {self.said(*ended)}"
            return condition()

        until(holds, what, timeout_s)

    def said(self, *names: str) -> str:
        """The ends of what they logged."""
        return "\n".join((self.data / f"{name}.log").read_text(errors="replace")[-3000:] for name in names)

    def post(self, client: httpx.Client, lines: Sequence[bytes]) -> dict[str, object]:
        """Hand in one NDJSON body; the receipt, whatever its status."""
        answer = client.post(
            f"http://127.0.0.1:{self.port}/v1/events",
            content=b"\n".join(lines),
            headers={"content-type": "application/x-ndjson", "authorization": f"Bearer {TOKEN}"},
        )
        assert answer.status_code in (202, 403, 422), answer.text[:500]
        receipt: dict[str, object] = answer.json()
        return receipt


@contextmanager
def programs(data: Path, bootstrap: str, warehouse_url: str) -> Iterator[Programs]:
    """All three, with the limits lifted, until the block ends."""
    tokens = data / "tokens.json"
    grant = {"name": "flood", "sources": ["/sources", "/connectors", "/tests"], "families": ["inquiries", "sources"]}
    tokens.write_text(json.dumps({hashlib.sha256(TOKEN.encode()).hexdigest(): grant}))
    port = free_port()
    environment = LIFTED | {
        "ESEP_KAFKA_BOOTSTRAP": bootstrap,
        "ESEP_CLICKHOUSE_URL": warehouse_url,
        "ESEP_DATA": str(data),
        "ESEP_INCARNATION": "flood",
        "ESEP_GATEWAY_TOKENS": str(tokens),
        "ESEP_GATEWAY_PORT": str(port),
        "ESEP_LOG_LEVEL": "error",
        "ESEP_SINK_FLUSH_S": "0.5",
        "ESEP_BROKER_SESSION_TIMEOUT_S": "10",
        "ESEP_BROKER_HEARTBEAT_S": "1",
    }
    started = Programs(data, environment, port)
    try:
        for name in ("tracker", "sink", "gateway"):
            started.start(name)
        yield started
    finally:
        for process in started.running.values():
            with suppress(ProcessLookupError):
                process.terminate()
        for process in started.running.values():
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def committed_facts(bootstrap: str, group: str) -> int:
    """How many records of the facts a group has dealt with."""
    return sum(offset for (topic, _), offset in committed(bootstrap, group).items() if topic == FACTS.name)


def through_the_broker(
    bootstrap: str, warehouse: Warehouse, running: Programs, sent: Sent, timeout_s: float
) -> dict[str, float]:
    """Send everything through tracker and sink, and hold what came of it against the oracle; returns figures."""
    began = time.monotonic()
    write(bootstrap, sent)
    written_s = time.monotonic() - began
    total = len(sent.records)
    for name in ("tracker", "sink"):
        behind = GROUPS[name]
        running.until(lambda group=behind: committed_facts(bootstrap, group) >= total, f"{name} read it all", timeout_s)
    read_s = time.monotonic() - began
    letters = (
        "SELECT uniqExact(origin) FROM dead_letters WHERE startsWith(origin, 'esep.facts/') AND code != 'id_conflict'"
    )
    running.until(lambda: warehouse.scalar(letters) == len(sent.invalid), f"{len(sent.invalid)} letters", timeout_s)
    found = {
        str(row["origin"])
        for row in warehouse.rows(
            "SELECT DISTINCT origin FROM dead_letters WHERE startsWith(origin, 'esep.facts/') AND code != 'id_conflict'"
        )
    }
    assert found == sent.invalid
    archived = {str(row["event_id"]): str(row["type"]) for row in warehouse.rows("SELECT event_id, type FROM events")}
    unexpected = Counter(archived[each] for each in archived.keys() - sent.archived)
    del unexpected[ClockTickV1.type]  # the tracker's own
    assert not unexpected, f"archived and not sent: {unexpected}"
    assert sent.archived <= archived.keys(), f"sent and not archived: {sent.archived - archived.keys()}"
    accepted = len(sent.ids)
    # Accepted, repeated (a duplicate or a conflict of ids) and rejected are all there is.
    assert accepted + sent.repeated + len(found) == total
    large = warehouse.scalar(f"SELECT uniqExact(sha256) FROM dead_letters WHERE truncated AND {_from_facts()}")
    kept = {path.name for path in (running.data / "quarantine").iterdir() if not path.name.startswith(".")}
    assert len(kept) >= large > 0
    return {"records": total, "accepted": accepted, "repeated": sent.repeated, "letters": len(found)} | {
        "written_s": round(written_s, 1),
        "read_s": round(read_s, 1),
        "rejected_per_s": round(len(found) / read_s),
    }


def through_the_gateway(
    warehouse: Warehouse, running: Programs, seed: int, count: int, timeout_s: float
) -> dict[str, float]:
    """Post everything, in bodies of many lines; every line is accepted, a duplicate or a letter."""
    lines = [raw.replace(b"\n", b" ").replace(b"\r", b" ") for raw in mutated(seed, count)]
    lines = [line for line in lines if line.strip()]
    # Good facts among them, each twice.
    lines[::VALID_EVERY] = [encode(filed(10**6 + number // 2)) for number, _ in enumerate(lines[::VALID_EVERY])]
    receipts: Counter[str] = Counter()
    expected: set[tuple[int, str, str]] = set()
    began = time.monotonic()
    with closing(httpx.Client(timeout=120)) as client:
        for at in range(0, len(lines), LINES):
            body = lines[at : at + LINES]
            receipt = running.post(client, body)
            receipts.update({name: int(str(receipt[name])) for name in ("accepted", "duplicate", "rejected")})
            for error in receipt["errors"]:  # type: ignore[attr-defined]
                raw = body[error["line"] - 1]
                expected.add((error["line"], hashlib.sha256(raw).hexdigest(), error["code"]))
    posted_s = time.monotonic() - began
    assert receipts.total() == len(lines)
    assert receipts["accepted"] + receipts["duplicate"] >= len(lines) // VALID_EVERY
    letters = "SELECT count() FROM dead_letters WHERE startsWith(origin, 'POST /v1/events by flood line')"
    # The same bytes at the same line of another body are the same letter.
    running.until(lambda: warehouse.scalar(letters) == len(expected), f"{len(expected)} letters", timeout_s)
    return dict(receipts) | {
        "lines": len(lines),
        "letters": len(expected),
        "posted_s": round(posted_s, 1),
        "lines_per_s": round(len(lines) / posted_s),
    }


def _from_facts() -> str:
    return "startsWith(origin, 'esep.facts/')"
