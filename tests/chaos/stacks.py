"""Two whole Eseps to break: the embedded home as ``esep up`` runs it, and the same services on an Apache Kafka.

What is done to them is in ``faults``, what must be true of them in ``checks``; here they are started, found and ended.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from services.adapters.environment import child_environment, is_running
from services.embedded.home import answers
from services.embedded.processes import end_leftovers, remember_pids
from tests.chaos.kept import Kept, KeptKafka
from tests.chaos.proxy import Network
from tests.kafka.artifacts import jars
from tests.kafka.server import ApacheKafka
from tests.ports import free_port
from tests.running_home import RunningHome, until

ROOT: Final = Path(__file__).resolve().parents[2]
EMBEDDED: Final = "embedded"
KAFKA: Final = "kafka"
BROKERS: Final = (EMBEDDED, KAFKA)
TOKEN: Final = "chaos-token"
SENDER_SOURCE: Final = "/sources/made-up"
READY_S: Final = 90.0
COMMAND_S: Final = 400.0
SESSION: Final = {"ESEP_BROKER_SESSION_TIMEOUT_S": "2", "ESEP_BROKER_HEARTBEAT_S": "0.5"}
"""As at home; the cluster's default of 45 s would make every fault a test of patience."""


class Stack(Protocol):
    """What the rig knows of an Esep: where it answers, and how its programs are ended."""

    name: str
    folder: Path
    gateway: str

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which a client finds log and warehouse."""
        ...

    @property
    def bootstrap(self) -> str:
        """Where the broker answers its clients."""
        ...

    @property
    def warehouse(self) -> str:
        """The warehouse's address for readers."""
        ...

    @property
    def journal(self) -> Path | None:
        """The truth of a home; None where Kafka is."""
        ...

    def start(self) -> None:
        """Start everything that does not run; return when the gateway answers."""
        ...

    def close(self) -> None:
        """Stop everything; the data stay."""
        ...

    def pid(self, name: str) -> int | None:
        """The process id of a program; None while it does not run."""
        ...

    def kill(self, name: str) -> None:
        """SIGKILL a program; it is started again as the operator's supervisor would."""
        ...

    def hold(self, name: str) -> None:
        """SIGKILL a program and keep it down until ``release``."""
        ...

    def release(self, name: str) -> None:
        """Let a held program start again."""
        ...

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a program a signal."""
        ...

    def kill_everything(self) -> None:
        """SIGKILL every program at once, as a power cut; ``start`` brings them back."""
        ...


def esep(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command against a stack, as its operator would."""
    command = [sys.executable, "-m", "services.cli", *arguments]
    environment = child_environment({"ESEP_DATA": str(stack.folder / "data"), **stack.environment})
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=COMMAND_S, check=False)


def write_tokens(path: Path) -> None:
    """Who may write to the gateway: the sender, for its own source."""
    grant = {"name": "made-up", "sources": [SENDER_SOURCE], "families": ["inquiries", "sources"]}
    path.write_text(json.dumps({hashlib.sha256(TOKEN.encode()).hexdigest(): grant}))


class EmbeddedStack:
    """The real ``esep up`` on ``<folder>/data``."""

    name = EMBEDDED

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._port = free_port()
        self.gateway = f"http://127.0.0.1:{self._port}"
        self._home: RunningHome | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """See ``Stack``."""
        return {"ESEP_DATA": str(self._data), "ESEP_JOURNAL": str(self._data / "journal.sqlite3")}

    @property
    def bootstrap(self) -> str:
        """See ``Stack``."""
        return str(self._endpoint("kafka"))

    @property
    def warehouse(self) -> str:
        """See ``Stack``."""
        return str(self._endpoint("clickhouse"))

    @property
    def journal(self) -> Path | None:
        """See ``Stack``."""
        return self._data / "journal.sqlite3"

    def start(self) -> None:
        """See ``Stack``."""
        if self._home is not None and self._home.process.poll() is None:
            return
        self._data.mkdir(parents=True, exist_ok=True)
        write_tokens(self._data / "tokens.yaml")
        end_leftovers(self.folder / "rig.json", str(self._data))
        (self._data / "state.json").unlink(missing_ok=True)
        command = [sys.executable, "-m", "services.cli", "up", "--data", str(self._data), "--port", str(self._port)]
        with (self.folder / "up.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        remember_pids(self.folder / "rig.json", {"supervisor": process.pid})
        self._home = RunningHome(self._data, self._port, process)
        until(self._is_up, "the home is up", READY_S)

    def close(self) -> None:
        """See ``Stack``."""
        process = self._running.process
        if process.poll() is None:
            process.terminate()
            process.wait(60)
        (self.folder / "rig.json").unlink(missing_ok=True)

    def pid(self, name: str) -> int | None:
        """See ``Stack``; the supervisor is one of the programs."""
        if name == "supervisor":
            return self._running.process.pid if self._running.process.poll() is None else None
        pid = self._running.pids().get("web" if name == "gateway" else name)
        return pid if pid is not None and is_running(pid) else None

    def kill(self, name: str) -> None:
        """See ``Stack``."""
        if name == "supervisor":
            self._running.kill_supervisor()
            return
        _signal(self.pid(name), signal.SIGKILL)

    def hold(self, name: str) -> None:
        """See ``Stack``: the supervisor is frozen, or it would have the program back within a second."""
        self.signal("supervisor", signal.SIGSTOP)
        self.kill(name)

    def release(self, name: str) -> None:
        """See ``Stack``."""
        self.signal("supervisor", signal.SIGCONT)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a program a signal, such as SIGSTOP: frozen, it is a network that is cut."""
        _signal(self.pid(name), number)

    def kill_everything(self) -> None:
        """See ``Stack``."""
        self._running.kill_everything()

    @property
    def _running(self) -> RunningHome:
        if self._home is None:
            raise AssertionError("the home was not started")
        return self._home

    def _is_up(self) -> bool:
        if self._running.process.poll() is not None:
            raise AssertionError(f"esep up ended\n{(self.folder / 'up.log').read_text()[-3000:]}")
        return (self._data / "state.json").exists() and (self._data / "endpoints.json").exists()

    def _endpoint(self, name: str) -> Any:
        return json.loads((self._data / "endpoints.json").read_text())[name]


class KafkaStack:
    """Tracker, sink, notify, gateway and warehouse on an Apache Kafka, every client behind a network that can be cut."""

    name = KAFKA

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._ports = _Ports(*(free_port() for _ in range(4)))
        self.gateway = f"http://127.0.0.1:{self._ports.gateway}"
        kafka = ApacheKafka(
            folder / "kafka", jars(ROOT / ".kafka"), self._ports.broker, advertised_port=self._ports.clients
        )
        kafka.kill()  # left over from a rig that was killed
        self._logs = folder / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._broker = KeptKafka(kafka, self._logs / "broker.log")
        self._kept: dict[str, Kept] = {"broker": self._broker, "warehouse": self._warehouse_program()}
        self._kept |= {name: self._service(name) for name in ("tracker", "sink", "notify", "gateway")}
        self.network: Network | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """See ``Stack``."""
        return {
            "ESEP_DATA": str(self._data),
            "ESEP_KAFKA_BOOTSTRAP": self.bootstrap,
            "ESEP_CLICKHOUSE_URL": self.warehouse,
            **SESSION,
        }

    @property
    def bootstrap(self) -> str:
        """See ``Stack``."""
        return f"127.0.0.1:{self._ports.clients}"

    @property
    def warehouse(self) -> str:
        """See ``Stack``."""
        return f"http://127.0.0.1:{self._ports.warehouse}/esep"

    @property
    def journal(self) -> Path | None:
        """See ``Stack``."""
        return None

    def start(self) -> None:
        """See ``Stack``."""
        self._data.mkdir(parents=True, exist_ok=True)
        end_leftovers(self.folder / "rig.json", str(self.folder))
        write_tokens(self._data / "tokens.yaml")
        if self.network is None:
            self.network = Network(self._ports.clients, self._ports.broker)
        self._broker.start()
        self._kept["warehouse"].start()
        until(lambda: answers(f"http://127.0.0.1:{self._ports.warehouse}/ping"), "the warehouse answers", READY_S)
        for command in ("migrate", "topics"):
            until(lambda command=command: self._succeeds(command), f"esep {command}", READY_S)
        for name in ("tracker", "sink", "notify", "gateway"):
            self._kept[name].start()
        until(lambda: answers(f"{self.gateway}/healthz"), "the gateway answers", READY_S)
        self.remember()

    def remember(self) -> None:
        """Write down which processes are ours, for a rig that comes after one that was killed."""
        found = {name: kept.pid for name, kept in self._kept.items() if kept.pid is not None}
        remember_pids(self.folder / "rig.json", {name: pid for name, pid in found.items() if pid is not None})

    def close(self) -> None:
        """See ``Stack``."""
        for name in ("gateway", "notify", "tracker", "sink", "broker", "warehouse"):
            self._kept[name].close()
        if self.network is not None:
            self.network.close()
        (self.folder / "rig.json").unlink(missing_ok=True)

    def pid(self, name: str) -> int | None:
        """See ``Stack``."""
        return self._kept[name].pid

    def kill(self, name: str) -> None:
        """See ``Stack``."""
        self._kept[name].signal(signal.SIGKILL)

    def hold(self, name: str) -> None:
        """See ``Stack``."""
        self._kept[name].hold()

    def release(self, name: str) -> None:
        """See ``Stack``."""
        self._kept[name].start()
        self.remember()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a program a signal."""
        self._kept[name].signal(number)

    def kill_everything(self) -> None:
        """See ``Stack``."""
        for kept in self._kept.values():
            kept.let_go()
            kept.signal(signal.SIGKILL)
        for kept in self._kept.values():
            kept.hold()

    def _succeeds(self, command: str) -> bool:
        return esep(self, command).returncode == 0

    def _warehouse_program(self) -> Kept:
        path, port = str(self._data / "warehouse"), str(self._ports.warehouse)
        command = [sys.executable, "-m", "services.embedded.warehouse", "--path", path, "--port", port]
        return Kept("warehouse", command, child_environment({}), self._logs / "warehouse.log")

    def _service(self, name: str) -> Kept:
        more = {
            "ESEP_SINK_FLUSH_S": "0.3",
            "ESEP_GATEWAY_PORT": str(self._ports.gateway),
            "ESEP_GATEWAY_TOKENS": str(self._data / "tokens.yaml"),
        }
        command = [sys.executable, "-m", f"services.{name}"]
        return Kept(name, command, child_environment({**self.environment, **more}), self._logs / f"{name}.log")


@dataclass(frozen=True, slots=True)
class _Ports:
    broker: int
    clients: int
    warehouse: int
    gateway: int


def open_stack(broker: str, folder: Path) -> Stack:
    """The stack of that broker, not started."""
    folder.mkdir(parents=True, exist_ok=True)
    return EmbeddedStack(folder) if broker == EMBEDDED else KafkaStack(folder)


@contextmanager
def running_stack(broker: str, folder: Path) -> Iterator[Stack]:
    """A started stack, stopped at the end; its data stay."""
    with ExitStack() as stack:
        opened = open_stack(broker, folder)
        stack.callback(opened.close)
        opened.start()
        yield opened


def _signal(pid: int | None, number: signal.Signals) -> None:
    if pid is None:
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
