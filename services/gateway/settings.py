"""Settings of the gateway: where its tokens are, where it listens, and how much it takes at once.

Read once, from ``ESEP_*`` or a config file; nothing else of the gateway looks at the environment.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.adapters.config import Settings

Port = Annotated[int, Field(ge=0, le=65535)]


class GatewaySettings(Settings):
    """Without a ``gateway_tokens`` file nobody may write; a change of the file counts at once.

    The file may set limits for each source; ``gateway_batch_bytes`` holds for all. A body must have come within
    ``gateway_body_timeout_s``, and the answer is given within ``gateway_request_timeout_s``.
    """

    gateway_tokens: Path | None = None
    gateway_host: str = "127.0.0.1"
    gateway_port: Port = 8001
    gateway_batch_bytes: Annotated[int, Field(ge=1024, le=100 * 1024 * 1024)] = 10 * 1024 * 1024
    gateway_body_timeout_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    gateway_request_timeout_s: Annotated[float, Field(gt=0, le=3600)] = 120.0
