"""``make kafka`` and ``make kafka-stop``: an Apache Kafka for one's own use, kept below ``.kafka``.

Only the command: what it starts is ``server``'s business.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.kafka.artifacts import JarsMissing, jars
from tests.kafka.server import ApacheKafka, ServerFailed, find_java
from tests.ports import free_port

HOME: Final = Path(".kafka")
BOOTSTRAP: Final = "bootstrap"


def main(arguments: Sequence[str] | None = None) -> int:
    """Start or stop it; 0 when it is as was asked, 1 with the reason when not."""
    parser = argparse.ArgumentParser(prog="python -m tests.kafka", description="Apache Kafka on this machine.")
    parser.add_argument("what", choices=["start", "stop"])
    parser.add_argument(
        "--port", type=int, help="where to listen on 127.0.0.1 (default: the last one, else a free one)"
    )
    parser.add_argument("--folder", type=Path, default=HOME, help="where its jars and its log are kept")
    asked = parser.parse_args(arguments)
    try:
        said = start(asked.folder, asked.port) if asked.what == "start" else stop(asked.folder)
    except (JarsMissing, ServerFailed) as error:
        sys.stderr.write(f"Apache Kafka: {error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def start(folder: Path, port: int | None) -> str:
    """Have it running; where it answers is returned and written to ``<folder>/bootstrap``.

    Raises: JarsMissing, ServerFailed; also when it runs already, on another port than asked.
    """
    last = _last_port(folder)
    kafka = ApacheKafka(folder, folder / "lib", last or port or free_port())
    if not kafka.running():
        find_java()
        kafka = ApacheKafka(folder, jars(folder), port or last or free_port())
        kafka.start()
        (folder / BOOTSTRAP).write_text(f"{kafka.bootstrap}\n", encoding="ascii")
    elif port not in (None, kafka.port):
        raise ServerFailed(f"it runs on {kafka.bootstrap} already; `make kafka-stop` first")
    return kafka.bootstrap


def stop(folder: Path) -> str:
    """Have it stopped; its log stays.

    Raises: ServerFailed.
    """
    kafka = ApacheKafka(folder, folder / "lib", _last_port(folder) or 0)
    return "stopped" if kafka.stop() else "it was not running"


def _last_port(folder: Path) -> int | None:
    told = folder / BOOTSTRAP
    return int(told.read_text(encoding="ascii").rpartition(":")[2]) if told.exists() else None


if __name__ == "__main__":
    sys.exit(main())
