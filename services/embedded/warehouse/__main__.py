"""``python -m services.embedded.warehouse --path DIR --port N``: starts the warehouse of the embedded home, and stops it.

clickhouse-connect's HTTP client, curl and Grafana speak to it as to a ClickHouse server. How it answers is not here.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from types import FrameType

from pydantic import SecretStr

from services.adapters.config import ConfigError, Settings
from services.adapters.logs import configure_logs, logger_of
from services.embedded.warehouse.accounts import Accounts
from services.embedded.warehouse.endpoint import WarehouseServer
from services.embedded.warehouse.engine import Engine, EngineNotOpened

log = logger_of(__name__)

ACCEPT_POLL_S = 0.05
FINISH_S = 5.0
CANCEL_S = 3.0


class WarehouseSettings(Settings):
    """Passwords come from the environment, so that they stand in no command line."""

    warehouse_password: SecretStr | None = None
    warehouse_reader_password: SecretStr | None = None


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; one line on standard output says where, once it answers.

    Exit codes: 0 stopped, 1 the folder or the port cannot be had or the folder is damaged, 2 the configuration cannot be used.
    """
    arguments = _parser().parse_args(argv)
    try:
        settings = WarehouseSettings.load()
    except ConfigError as error:
        sys.stderr.write(f"esep warehouse: {error}\n")
        return 2
    configure_logs("warehouse", level=settings.log_level, style=settings.log_format)
    accounts = Accounts.of(
        arguments.writer,
        _revealed(settings.warehouse_password),
        arguments.reader,
        _revealed(settings.warehouse_reader_password),
    )
    try:
        return serve(arguments.path, arguments.port, accounts)
    except EngineNotOpened as error:
        sys.stderr.write(f"esep warehouse: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"esep warehouse: port {arguments.port} cannot be had ({error.strerror}); choose another\n")
        return 1


def serve(path: Path, port: int, accounts: Accounts) -> int:
    """Open the folder, answer until a signal comes, finish what runs, close the folder; returns the exit code.

    Ends by itself, with 1, when the engine cannot read what it has stored: whoever starts it again has the folder read
    anew, and damaged parts set aside.

    Raises: EngineNotOpened, OSError when the port is taken.
    """
    stop = Event()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, request_stop)
    signal.signal(signal.SIGINT, request_stop)
    damaged = Event()

    def give_up() -> None:
        damaged.set()
        stop.set()

    engine = Engine(path)
    server = WarehouseServer(engine, accounts, port, give_up)
    Thread(target=server.serve_forever, args=(ACCEPT_POLL_S,), name="accept", daemon=True).start()
    sys.stdout.write(f"warehouse ready on {server.url}\n")
    sys.stdout.flush()
    stop.wait()
    _stop(server, engine)
    return 1 if damaged.is_set() else 0


def _stop(server: WarehouseServer, engine: Engine) -> None:
    server.shutdown()
    server.server_close()
    if not server.drain(FINISH_S):
        log.warning("queries are still running and are cancelled", waited_s=FINISH_S)
        engine.cancel_everything()
        if not server.drain(CANCEL_S):
            log.warning("queries do not end; leaving without closing the folder, which the engine survives")
            os._exit(0)
    engine.close()
    log.info("warehouse stopped")


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="esep warehouse", description="ClickHouse's HTTP interface for one machine.")
    parser.add_argument("--path", type=Path, required=True, help="folder of the warehouse; made when missing")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes any free one")
    parser.add_argument("--writer", default="default", help="name of the account that writes (ESEP_WAREHOUSE_PASSWORD)")
    parser.add_argument(
        "--reader", default="reader", help="name of the account that only reads (ESEP_WAREHOUSE_READER_PASSWORD)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
