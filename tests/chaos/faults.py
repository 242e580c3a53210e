"""Every fault an operator will meet: its name, where it applies, what goes wrong, and how it is healed.

A fault is a generator: it breaks something, yields while it lasts, then heals it. What must be true afterwards is in
``checks``; when which fault comes is the campaign's business.
"""

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kafka import KafkaConsumer, TopicPartition

from schemas.events.clock import ClockTickV1
from schemas.topics import FACTS
from services.adapters.clock import SystemClock
from services.adapters.codec import decode
from services.adapters.factlog import LogEntry, entries_of
from services.adapters.progress import GROUPS, ProgressUnknownError, committed, journal_ends, kafka_ends, lag
from services.domain.identity import new_event
from tests.chaos.kept import Kept
from tests.chaos.proxy import Network
from tests.chaos.rig import Rig
from tests.chaos.stacks import BROKERS, EMBEDDED, KAFKA, KafkaStack
from tests.running_home import until

Course = Callable[[Rig], Iterator[None]]
CHANGED_S: Final = 120.0


class NotHere(Exception):
    """The fault cannot be made on this machine; the message says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault. ``long`` ones last a minute and come seldom."""

    name: str
    course: Course
    stacks: tuple[str, ...]
    long: bool


FAULTS: dict[str, Fault] = {}


def fault(*stacks: str, long: bool = False) -> Callable[[Course], Course]:
    """Declare a course of events as a fault of these stacks (all of them by default)."""

    def declare(course: Course) -> Course:
        name = course.__name__
        FAULTS[name] = Fault(name, course, stacks or BROKERS, long)
        return course

    return declare


def faults_of(broker: str) -> list[Fault]:
    """The faults that can be made on a stack, in the order declared."""
    return [each for each in FAULTS.values() if broker in each.stacks]


# -- what ends ---------------------------------------------------------------------------------------


def _killed(rig: Rig, name: str) -> Iterator[None]:
    old = until(lambda: rig.stack.pid(name), f"{name} runs", CHANGED_S)
    rig.stack.kill(name)
    yield
    until(lambda: rig.stack.pid(name) not in (None, old), f"{name} runs again", CHANGED_S)


@fault()
def tracker_killed(rig: Rig) -> Iterator[None]:
    """SIGKILL of the tracker."""
    yield from _killed(rig, "tracker")


@fault()
def sink_killed(rig: Rig) -> Iterator[None]:
    """SIGKILL of the sink."""
    yield from _killed(rig, "sink")


@fault()
def warehouse_killed(rig: Rig) -> Iterator[None]:
    """SIGKILL of the warehouse."""
    yield from _killed(rig, "warehouse")


@fault(EMBEDDED)
def broker_comes_back_empty(rig: Rig) -> Iterator[None]:
    """SIGKILL of the embedded broker, whose log is in memory only."""
    yield from _killed(rig, "broker")


@fault(KAFKA)
def broker_comes_back_with_its_log(rig: Rig) -> Iterator[None]:
    """SIGKILL of Apache Kafka, whose log is on disk."""
    yield from _killed(rig, "broker")


@fault()
def gateway_killed(rig: Rig) -> Iterator[None]:
    """SIGKILL of the gateway, in the middle of requests."""
    yield from _killed(rig, "gateway")


@fault()
def notify_killed(rig: Rig) -> Iterator[None]:
    """SIGKILL of notify."""
    yield from _killed(rig, "notify")


@fault(EMBEDDED)
def relay_killed(rig: Rig) -> Iterator[None]:
    """SIGKILL of the relay."""
    yield from _killed(rig, "relay")


@fault()
def importer_killed(rig: Rig) -> Iterator[None]:
    """SIGKILL of the import; it is run again."""
    old = rig.importer.pid
    rig.importer.signal(signal.SIGKILL)
    yield
    if old is not None:
        until(lambda: rig.importer.pid not in (None, old) or rig.importer.done.is_set(), "the import runs again", 30)


@fault(EMBEDDED)
def supervisor_killed(rig: Rig) -> Iterator[None]:
    """SIGKILL of the supervisor alone: what it started goes on, and the next ``esep up`` has to clear it up."""
    rig.stack.kill("supervisor")
    yield
    rig.stack.start()


@fault()
def everything_killed(rig: Rig) -> Iterator[None]:
    """SIGKILL of every program and of the import at once, as a power cut."""
    rig.importer.signal(signal.SIGKILL)
    rig.stack.kill_everything()
    yield
    rig.stack.start()


# -- what stays away ---------------------------------------------------------------------------------


def _stopped(rig: Rig, name: str) -> Iterator[None]:
    """Down for a minute while sender and import go on; the memory of those who wait is watched."""
    waiting = ("tracker", "sink")
    with rig.watching(waiting, rig.memory.before):
        rig.load_more()
        time.sleep(rig.outage_s(5.0))
    rig.stack.hold(name)
    with rig.watching(waiting, rig.memory.during):
        end = time.monotonic() + rig.outage_s()
        rig.load_more()
        yield
        time.sleep(max(0.0, end - time.monotonic()))
    if name != "broker":
        rig.notes["lag"] = _lag(rig)
    rig.stack.release(name)


def _lag(rig: Rig) -> Mapping[str, int]:
    """How many records each reader is behind, as an operator sees it."""
    journal, bootstrap = rig.stack.journal, rig.stack.bootstrap
    try:
        offsets = {name: committed(bootstrap, group) for name, group in GROUPS.items()}
        ends = journal_ends(journal) if journal is not None else kafka_ends(bootstrap, (FACTS,), offsets["tracker"])
    except ProgressUnknownError:
        return {}
    return {name: sum(lag(name, ends, offsets[name]).values()) for name in GROUPS}


@fault(long=True)
def broker_stopped(rig: Rig) -> Iterator[None]:
    """The broker is down for a minute."""
    yield from _stopped(rig, "broker")


@fault(long=True)
def warehouse_stopped(rig: Rig) -> Iterator[None]:
    """The warehouse is down for a minute."""
    yield from _stopped(rig, "warehouse")


# -- what is cut -------------------------------------------------------------------------------------


@fault(EMBEDDED)
def broker_frozen(rig: Rig) -> Iterator[None]:
    """The broker answers nothing for some seconds, as behind a network that is cut."""
    stack = rig.stack
    frozen = stack.pid("broker")
    stack.signal("broker", signal.SIGSTOP)
    yield
    time.sleep(rig.outage_s(rig.random.uniform(4, 12)))
    if stack.pid("broker") == frozen:
        stack.signal("broker", signal.SIGCONT)


@fault(KAFKA)
def network_cut(rig: Rig) -> Iterator[None]:
    """Between the broker and everybody nothing comes through for some seconds."""
    network = _network(rig)
    network.cut()
    yield
    time.sleep(rig.outage_s(rig.random.uniform(4, 12)))
    network.mend()


@fault(KAFKA)
def connections_reset(rig: Rig) -> Iterator[None]:
    """Every connection to the broker breaks, and every new one, for a moment."""
    network = _network(rig)
    network.reset()
    yield
    time.sleep(rig.random.uniform(0.2, 2.0))
    network.mend()


def _network(rig: Rig) -> Network:
    if not isinstance(rig.stack, KafkaStack) or rig.stack.network is None:
        raise AssertionError("only Kafka's clients are behind a network of the rig")
    return rig.stack.network


# -- what is full ------------------------------------------------------------------------------------


@fault()
def disk_full(rig: Rig) -> Iterator[None]:
    """The disk under journal and warehouse takes nothing more for some seconds.

    Apache Kafka has a disk of its own: one node whose metadata log cannot be written may lose its topics, which is for
    replicas to survive and no business of ours.
    """
    if rig.disk is None:
        raise NotHere("a disk that can be filled has to be mounted, which only root may")
    rig.notes["ballast_mib"] = rig.disk.fill() // 2**20
    yield
    time.sleep(rig.outage_s(8.0))
    rig.disk.free()


# -- who comes and goes ------------------------------------------------------------------------------


SHARE_OF: Final = {"tracker": "state rebuilt", "sink": "partitions assigned"}
"""What each logs once it has a share of the partitions."""


def _joined_by_another(rig: Rig, name: str) -> Iterator[None]:
    """A second one joins the group, works, and leaves: asked to, or killed."""
    pid = until(lambda: rig.stack.pid(name), f"{name} runs", CHANGED_S)
    folder = rig.folder / f"second-{name}"
    folder.mkdir(exist_ok=True)
    log = folder / f"{rig.notes['fault']}.log"
    second = Kept(f"second-{name}", _command_of(pid), _environment_of(pid) | {"ESEP_DATA": str(folder)}, log)
    second.start()
    try:
        until(lambda: SHARE_OF[name] in log.read_text(errors="replace"), f"a second {name} has partitions", CHANGED_S)
        yield
        time.sleep(rig.outage_s(rig.random.uniform(4, 8)))
        if rig.random.random() < 0.5:
            second.hold()
    finally:
        second.close()


@fault()
def second_tracker_comes_and_goes(rig: Rig) -> Iterator[None]:
    """Partitions move to a second tracker and back."""
    yield from _joined_by_another(rig, "tracker")


@fault()
def second_sink_comes_and_goes(rig: Rig) -> Iterator[None]:
    """Partitions move to a second sink and back."""
    yield from _joined_by_another(rig, "sink")


def _environment_of(pid: int) -> dict[str, str]:
    pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    known = dict(pair.decode().split("=", 1) for pair in pairs if b"=" in pair)
    # A port of its own is the first one's; whatever serves on it takes any free one here.
    return {
        name: "0" if name.startswith("ESEP_") and name.endswith("_PORT") else value for name, value in known.items()
    }


def _command_of(pid: int) -> list[str]:
    return [part.decode() for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]


# -- what comes twice, late, in another order --------------------------------------------------------


@fault()
def ticks_late_doubled_out_of_order(rig: Rig) -> Iterator[None]:
    """Ticks from yesterday, the same one twice, and partitions told different times in another order."""
    now = SystemClock().now()
    partitions = rig.random.sample(range(FACTS.partitions), FACTS.partitions)
    late = [_tick(number, now - timedelta(days=1, minutes=number)) for number in partitions]
    mixed = [_tick(number, now - timedelta(minutes=rig.random.randrange(0, 600))) for number in partitions]
    rig.append([*late, *mixed])
    yield
    rig.append([*mixed, *late, *(_tick(number, now) for number in reversed(partitions))])
    rig.append([_tick(number, now) for number in partitions[:2]])


def _tick(number: int, at: datetime) -> LogEntry:
    event = new_event(
        ClockTickV1(at=at),
        source="/tracker",
        subject=f"tick:{number}",
        time=at,
        observed_at=at,
        native_id=f"real:{number}:{at.isoformat()}",
        version="1",
    )
    (entry,) = (entry for entry in entries_of(event) if entry.partition == number)
    return entry


@fault(KAFKA)
def messages_twice(rig: Rig) -> Iterator[None]:
    """A stretch of every partition comes again, in another order."""
    rig.reader.read_on(rig.stack.bootstrap)
    entries = _entries_again(rig.stack.bootstrap, dict(rig.reader.fold.read), 400)
    rig.random.shuffle(entries)
    rig.append(entries[: len(entries) // 2])
    yield
    rig.append(entries[len(entries) // 2 :])
    rig.notes["again"] = len(entries)


def _entries_again(bootstrap: str, read: Mapping[tuple[str, int], int], most: int) -> list[LogEntry]:
    """The last records of each partition up to what the oracle has read."""
    again: list[LogEntry] = []
    with closing(KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)) as consumer:
        for (topic, number), end in read.items():
            place = TopicPartition(topic, number)
            consumer.assign([place])
            consumer.seek(place, max(0, end - most))
            deadline = time.monotonic() + CHANGED_S
            while consumer.position(place) < end and time.monotonic() < deadline:
                for record in consumer.poll(timeout_ms=500).get(place, []):
                    event = decode(record.value)
                    again += [entry for entry in entries_of(event) if entry.partition == number]
    return again


@fault(EMBEDDED)
def messages_published_twice(rig: Rig) -> Iterator[None]:
    """The relay forgets how far it has come, and publishes a stretch of the journal again."""
    stack = rig.stack
    stack.hold("relay")
    if stack.journal is None:
        raise AssertionError("a home has a journal")
    with closing(sqlite3.connect(stack.journal, timeout=30)) as journal, journal:
        journal.execute("UPDATE published SET seq = max(0, seq - ?)", (rig.random.randrange(200, 3000),))
    yield
    stack.release("relay")


@fault()
def messages_out_of_order(rig: Rig) -> Iterator[None]:
    """What is imported meanwhile comes in another order: answers before their questions."""
    rig.plan.shuffle.write_text(str(rig.random.random()))
    rig.load_more()
    yield
    until(lambda: rig.plan.finished() or rig.plan.reached() + 50 > rig.plan.allowed(), "the import went on", 120)
    rig.plan.shuffle.unlink(missing_ok=True)
