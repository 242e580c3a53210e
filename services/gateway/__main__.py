"""``python -m services.gateway``: the gateway alone, for a cluster.

Settings in, exit code out; the app is made in ``app``.
"""

import sys
from collections.abc import Sequence

from services.adapters.bootstrap import open_fact_log
from services.adapters.clock import open_clock
from services.adapters.startup import start_service
from services.gateway.app import create_app
from services.gateway.server import serve
from services.gateway.settings import GatewaySettings


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until stopped; 0 = stopped, 1 = log or address unusable, 2 = bad settings."""
    return start_service(argv, "gateway", "Take facts in by HTTP: POST /v1/events.", GatewaySettings.load, _serve)


def _serve(settings: GatewaySettings) -> int:
    fact_log = open_fact_log(settings)
    try:
        app = create_app(settings, fact_log, open_clock(settings.simulation))
        return 0 if serve(app, settings.gateway_host, settings.gateway_port) else 1
    finally:
        fact_log.close()


if __name__ == "__main__":
    sys.exit(main())
