"""Apache Kafka as one process of this machine: broker and controller in one, its log in a folder.

Started, stopped, killed and started again here, by its own process id; emptying it between tests is here too.
"""

import base64
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from kafka import KafkaAdminClient

from services.embedded.broker import is_ready
from tests.ports import free_port

LOOPBACK: Final = "127.0.0.1"
OLDEST_JAVA: Final = 17
INSTALL_JAVA: Final = "apt-get install default-jre-headless"
READY_S: Final = 60.0
STOP_S: Final = 20.0
EMPTY_S: Final = 30.0
POLL_S: Final = 0.05
CLUSTER_ID: Final = base64.urlsafe_b64encode(b"esep-on-one-node").decode().rstrip("=")
JAVA_OPTIONS: Final = (
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms64m", "-Xmx512m"),
    *("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"),
)
AS_DEPLOYED: Final = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "auto.create.topics.enable": "false",
    "log.flush.interval.messages": "1",
    "offsets.retention.minutes": "525600",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
}
"""What deploy/compose sets as well, to the same values."""
FOR_TESTS: Final = {
    "group.min.session.timeout.ms": "500",
    "broker.session.timeout.ms": "1000",
    "broker.heartbeat.interval.ms": "200",
    "offsets.topic.num.partitions": "4",
}
"""What only this one has: without it Kafka refuses sessions below 6 s, and takes a killed broker back after 9 s only."""


class ServerFailed(Exception):
    """Apache Kafka did not do what it was asked; the message says what to check."""


@dataclass
class ApacheKafka:
    """One Apache Kafka over ``folder``, which holds its settings, process id, messages and log.

    ``keeps_its_log``: whether a restart finds what was acknowledged before. ``advertised_port`` is where clients are sent
    when something stands between them and this port.
    """

    folder: Path
    jars: Path
    port: int
    advertised_port: int | None = None
    keeps_its_log: ClassVar[bool] = True
    _started: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @property
    def bootstrap(self) -> str:
        """Where it answers, ``host:port``."""
        return f"{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start it and return when it answers; what it says goes to ``server.log``.

        Raises: ServerFailed when it ends instead, or does not answer in time.
        """
        java = find_java()
        self._refuse_taken_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_properties()
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(java)
        with (self.folder / "server.log").open("ab") as log:
            self._started = subprocess.Popen(
                self._java(java, "kafka.Kafka", str(self._properties)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(self._started.pid), encoding="ascii")
        self._await_answer()

    def stop(self) -> bool:
        """Ask it to stop and wait until it has; False when it was not running.

        Raises: ServerFailed when it does not end in time; it goes on then.
        """
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def start_again(self) -> None:
        """Start it on the same port, with the log it has."""
        self.start()

    def running(self) -> bool:
        """Whether the process of this folder lives."""
        return self._pid() is not None

    def empty(self) -> None:
        """Delete every topic and every group, once their members are gone.

        Raises: ServerFailed when that does not come to pass in time.
        """
        with closing(KafkaAdminClient(bootstrap_servers=self.bootstrap)) as admin:
            end = time.monotonic() + EMPTY_S
            while left := _delete_everything(admin):
                if time.monotonic() > end:
                    raise ServerFailed(f"still there after {EMPTY_S:.0f} s: {', '.join(left)}")
                time.sleep(POLL_S)

    @property
    def _properties(self) -> Path:
        return (self.folder / "server.properties").resolve()

    def _refuse_taken_port(self) -> None:
        # Found out now: whoever answers there would be taken for the one that is being started.
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, self.port))
            except OSError as error:
                raise ServerFailed(f"{self.bootstrap} cannot be had ({error.strerror}); name another port") from error

    def _write_properties(self) -> None:
        controller = f"{LOOPBACK}:{free_port()}"
        settings = AS_DEPLOYED | FOR_TESTS
        settings |= {
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{self.advertised_port or self.port}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str((self.folder / "data").resolve()),
        }
        lines = [f"{name}={value}\n" for name, value in settings.items()]
        self._properties.write_text("".join(lines), encoding="utf-8")

    def _format(self, java: Path) -> None:
        tool = ("kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--config", str(self._properties))
        done = subprocess.run(self._java(java, *tool), capture_output=True, text=True, timeout=READY_S, check=False)
        if done.returncode != 0:
            raise ServerFailed(f"{self.folder / 'data'} could not be prepared:\n{done.stdout}{done.stderr}")

    def _java(self, java: Path, *arguments: str) -> list[str]:
        return [str(java), *JAVA_OPTIONS, "-cp", f"{self.jars.resolve()}/*", *arguments]

    def _await_answer(self) -> None:
        log = self.folder / "server.log"
        end = time.monotonic() + READY_S
        while not is_ready(self.bootstrap):
            if not self.running():
                said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise ServerFailed(f"Apache Kafka ended instead of starting; {log} says:\n{said}")
            if time.monotonic() > end:
                raise ServerFailed(f"{self.bootstrap} did not answer within {READY_S:.0f} s; see {log}")
            time.sleep(POLL_S)

    def _end(self, how: signal.Signals) -> bool:
        pid = self._pid()
        if pid is None:
            return False
        os.kill(pid, how)
        end = time.monotonic() + STOP_S
        while self.running():
            if time.monotonic() > end:
                raise ServerFailed(f"process {pid} did not end within {STOP_S:.0f} s; see {self.folder / 'server.log'}")
            time.sleep(POLL_S)
        (self.folder / "pid").unlink(missing_ok=True)
        return True

    def _pid(self) -> int | None:
        if self._started is not None:
            return self._started.pid if self._started.poll() is None else None
        pid = self.folder / "pid"
        # The number alone proves nothing: since a restart of the machine it may be somebody else's.
        if pid.exists() and str(self._properties) in _command_of(int(pid.read_text(encoding="ascii"))):
            return int(pid.read_text(encoding="ascii"))
        return None


def find_java() -> Path:
    """A Java that runs Apache Kafka.

    Raises: ServerFailed when there is none, or an older one.
    """
    java = shutil.which("java")
    if java is None:
        raise ServerFailed(f"Java is not installed ({INSTALL_JAVA}); Apache Kafka needs {OLDEST_JAVA} or newer")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=READY_S, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version.group(1)) < OLDEST_JAVA:
        first_line = next(iter(told.splitlines()), "no version at all")
        raise ServerFailed(
            f"Apache Kafka needs Java {OLDEST_JAVA} or newer ({INSTALL_JAVA}); {java} says: {first_line}"
        )
    return Path(java)


def _command_of(pid: int) -> str:
    return subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout


def _delete_everything(admin: KafkaAdminClient) -> list[str]:
    """Ask for all to be deleted; what was there when it was asked."""
    topics = [name for name in admin.list_topics() if not name.startswith("__")]
    groups = [group["group_id"] for group in admin.list_groups()]
    admin.delete_topics(topics, raise_errors=False)
    admin.delete_groups(groups)  # a group with members stays, and is asked again
    return [*topics, *groups]
