"""``python -m services.gateway``: the gateway alone, for a cluster.

Settings in, exit code out; the app is made in ``app``.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from services.adapters.bootstrap import open_fact_log
from services.adapters.clock import ClockFileError, open_clock
from services.adapters.config import ConfigError
from services.adapters.factlog import FactLogUnavailableError
from services.adapters.logs import configure_logs
from services.gateway.app import create_app
from services.gateway.server import serve
from services.gateway.settings import GatewaySettings


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped; 0 = stopped, 1 = log or address unusable, 2 = bad settings."""
    parser = argparse.ArgumentParser(prog="esep gateway", description="Take facts in by HTTP: POST /v1/events.")
    parser.add_argument("--config", type=Path, help="YAML or JSON file with settings; the environment wins over it")
    parser.add_argument("--print-config", action="store_true", help="show the settings, secrets masked, and leave")
    arguments = parser.parse_args(argv)
    try:
        settings = GatewaySettings.load(arguments.config)
        if arguments.print_config:
            sys.stdout.write(settings.shown())
            return 0
        configure_logs("gateway", level=settings.log_level, style=settings.log_format)
        return _serve(settings)
    except (ConfigError, ClockFileError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except FactLogUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _serve(settings: GatewaySettings) -> int:
    fact_log = open_fact_log(settings)
    try:
        app = create_app(settings, fact_log, open_clock(settings.simulation))
        return 0 if serve(app, settings.gateway_host, settings.gateway_port) else 1
    finally:
        fact_log.close()


if __name__ == "__main__":
    sys.exit(main())
