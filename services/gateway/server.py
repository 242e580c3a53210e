"""Running an app in one uvicorn process, with a bounded stop.

Shared with ``services.web``; which app it is, is the caller's business.
"""

import signal
from types import FrameType

import uvicorn
from fastapi import FastAPI

STOP_S = 10
KEEP_ALIVE_S = 30


def serve(app: FastAPI, host: str, port: int) -> bool:
    """Serve until SIGINT or SIGTERM; finish running requests, within ``STOP_S`` seconds. False: could not listen."""

    def after_uvicorn(_signal: int, _frame: FrameType | None) -> None:
        """uvicorn repeats the signal to the earlier handler after its graceful stop: nothing is left to do."""

    signal.signal(signal.SIGINT, after_uvicorn)
    signal.signal(signal.SIGTERM, after_uvicorn)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
        )
    )
    try:
        server.run()
    except SystemExit:
        # uvicorn leaves this way, after logging why, when the address cannot be used.
        return False
    return server.started
