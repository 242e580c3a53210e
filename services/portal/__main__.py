"""``python -m services.portal``: the portal alone, for a cluster.

Settings in, exit code out; the app is made in ``app``.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from math import inf
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn
from prometheus_client import REGISTRY

from services.adapters.clock import ClockFileError, SystemClock, open_clock
from services.adapters.config import ConfigError, located
from services.adapters.health import answering
from services.adapters.liveness import Progress
from services.adapters.logs import configure_logs
from services.portal.app import create_app
from services.portal.freshness import FreshnessCollector
from services.portal.settings import PortalSettings

_STOP_S: Final = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped; 0 = stopped, 1 = address unusable, 2 = bad settings."""
    parser = argparse.ArgumentParser(prog="esep portal", description="Public pages, API, feeds and downloads.")
    parser.add_argument("--config", type=Path, help="YAML or JSON file with settings; the environment wins over it")
    parser.add_argument("--print-config", action="store_true", help="show the settings, secrets masked, and leave")
    arguments = parser.parse_args(argv)
    try:
        settings = PortalSettings.load(arguments.config)
        if arguments.print_config:
            sys.stdout.write(settings.shown())
            return 0
        configure_logs("portal", level=settings.log_level, style=settings.log_format)
        return _serve(located(settings))
    except (ConfigError, ClockFileError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _serve(settings: PortalSettings) -> int:
    def after_uvicorn(_signal: int, _frame: FrameType | None) -> None:
        """uvicorn repeats the signal to the earlier handler after its graceful stop: nothing is left to do."""

    signal.signal(signal.SIGINT, after_uvicorn)
    signal.signal(signal.SIGTERM, after_uvicorn)
    app = create_app(settings, open_clock(settings.simulation))
    REGISTRY.register(FreshnessCollector(app.state.site.reader, app.state.site.worlds))
    config = uvicorn.Config(
        app,
        host=settings.portal_host,
        port=settings.portal_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_S,
    )
    server = uvicorn.Server(config)
    try:
        # Pages are public; metrics are told on a port of their own.
        with answering(settings, Progress(SystemClock(), quiet_after_s=inf)):
            server.run()
    except SystemExit:
        # uvicorn leaves this way, after logging why, when the address cannot be used.
        return 1
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
