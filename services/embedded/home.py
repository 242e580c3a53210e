"""The embedded home: which programs it is made of, where its files lie, and where each part answers.

Descriptions only; ``supervisor`` starts and watches them.
"""

import socket
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

from services.adapters.config import Endpoints
from services.adapters.environment import new_incarnation, new_password
from services.embedded.broker import broker_command, is_ready
from services.embedded.processes import Program

DATABASE = "esep"
WAREHOUSE_USER = "esep"
READER_USER = "reader"
TELLS_ITS_HEALTH = ("relay", "tracker", "sink", "notify", "simulator")
"""Programs with a port of their own for /healthz, /readyz and /metrics; web tells it on its pages' port."""
FRESH_FLUSH_S = "0.3"
"""At home the sink flushes often: pages must show a due instant within seconds of it."""


def _free_port() -> int:
    """A port of the loopback interface that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Home:
    """One data folder and the ports of this run. ``incarnation`` changes with every start of the broker."""

    data: Path
    web_port: int
    demo: bool
    kafka_port: int = field(default_factory=_free_port)
    health_ports: dict[str, int] = field(default_factory=lambda: {name: _free_port() for name in TELLS_ITS_HEALTH})
    warehouse_port: int = field(default_factory=_free_port)
    password: str = field(default_factory=new_password)
    reader_password: str = field(default_factory=new_password)
    incarnation: str = field(default_factory=new_incarnation)

    @property
    def logs(self) -> Path:
        """Where each process writes what it has to say."""
        return self.data / "logs"

    @property
    def journal(self) -> Path:
        """The truth of this home."""
        return self.data / "journal.sqlite3"

    @property
    def clock_file(self) -> Path:
        """The simulated clock of the demonstration."""
        return self.data / "simulation.json"

    @property
    def has_simulated_clock(self) -> bool:
        """Whether a simulated clock runs; the demonstration's own stands still while the home runs without it."""
        of_the_demo = self.clock_file.with_name(self.clock_file.name + ".progress").exists()
        return self.demo or (self.clock_file.exists() and not of_the_demo)

    @property
    def tokens_file(self) -> Path:
        """Who may write to the gateway; the user's own file."""
        return self.data / "tokens.yaml"

    @property
    def bootstrap(self) -> str:
        """Address of the broker."""
        return f"127.0.0.1:{self.kafka_port}"

    @property
    def clickhouse_url(self) -> str:
        """Address of the warehouse for those who write it."""
        return f"http://{WAREHOUSE_USER}:{quote(self.password)}@127.0.0.1:{self.warehouse_port}/{DATABASE}"

    @property
    def reader_url(self) -> str:
        """Address of the warehouse for those who only read."""
        return f"http://{READER_USER}:{quote(self.reader_password)}@127.0.0.1:{self.warehouse_port}/{DATABASE}"

    @property
    def web_url(self) -> str:
        """Address of the pages."""
        return f"http://127.0.0.1:{self.web_port}/"

    def endpoints(self) -> Endpoints:
        """What every command needs to find this home; commands only read the warehouse."""
        return Endpoints(
            kafka=self.bootstrap,
            clickhouse=self.reader_url,
            web=self.web_url,
            journal=self.journal.resolve(),
            simulation=self.clock_file.resolve() if self.has_simulated_clock else None,
        )


def programs(home: Home) -> Mapping[str, Program]:
    """Every program of the home, by name, in the order in which they start."""
    found = (
        _warehouse(home),
        _web(home),
        _broker(home),
        _python(home, "relay", "services.embedded.relay", {"ESEP_INCARNATION": home.incarnation}),
        _python(home, "tracker", "services.tracker", _simulated(home)),
        _python(home, "sink", "services.sink", _sink_environment(home)),
        _python(home, "notify", "services.notify", {}),
        *((_python(home, "simulator", "services.simulator", _simulated(home)),) if home.demo else ()),
    )
    return {program.name: program for program in found}


NEEDS_THE_LOG = ("relay", "tracker", "sink", "notify")
"""Programs that hold positions in the broker's log; when the broker comes back empty they begin anew."""


def _warehouse(home: Home) -> Program:
    command = (
        *(sys.executable, "-m", "services.embedded.warehouse"),
        *("--path", str(home.data / "warehouse"), "--port", str(home.warehouse_port)),
        *("--writer", WAREHOUSE_USER, "--reader", READER_USER),
    )
    passwords = {
        "ESEP_WAREHOUSE_PASSWORD": home.password,
        "ESEP_WAREHOUSE_READER_PASSWORD": home.reader_password,
    }
    ping = f"http://127.0.0.1:{home.warehouse_port}/ping"
    return Program("warehouse", command, passwords, ready=partial(answers, ping))


def _broker(home: Home) -> Program:
    marked = {"ESEP_DATA": str(home.data)}
    return Program("broker", broker_command(home.kafka_port), marked, ready=partial(is_ready, home.bootstrap), stop_s=3)


def _web(home: Home) -> Program:
    command = (sys.executable, "-m", "services.web", "--host", "127.0.0.1", "--port", str(home.web_port))
    environment = _common(home) | {
        "ESEP_CLICKHOUSE_URL": home.reader_url,
        "ESEP_JOURNAL": str(home.journal),
        "ESEP_GATEWAY_TOKENS": str(home.tokens_file),
    }
    health = f"{home.web_url}healthz"
    return Program("web", command, environment, ready=partial(answers, health), health=health)


def _python(home: Home, name: str, module: str, more: Mapping[str, str]) -> Program:
    command = (sys.executable, "-m", module)
    port = home.health_ports[name]
    environment = _common(home) | {"ESEP_JOURNAL": str(home.journal), "ESEP_HEALTH_PORT": str(port)} | dict(more)
    return Program(name, command, environment, health=f"http://127.0.0.1:{port}/healthz")


def _sink_environment(home: Home) -> dict[str, str]:
    return {
        "ESEP_INCARNATION": home.incarnation,
        "ESEP_SINK_FLUSH_S": FRESH_FLUSH_S,
    }


def _simulated(home: Home) -> dict[str, str]:
    return {"ESEP_SIMULATION": str(home.clock_file)} if home.has_simulated_clock else {}


def _common(home: Home) -> dict[str, str]:
    return {
        "ESEP_DATA": str(home.data),
        "ESEP_KAFKA_BOOTSTRAP": home.bootstrap,
        "ESEP_CLICKHOUSE_URL": home.clickhouse_url,
    }


def answers(url: str) -> bool:
    """Whether an HTTP server on this machine answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310  # a loopback address of our own
            return bool(response.status == 200)
    except (OSError, HTTPException):
        return False
