"""Settings of the portal: the common ones, where it is reached, and how long it waits for the warehouse.

Read once, from ``ESEP_*`` or a config file; nothing else of the portal looks at the environment.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.adapters.config import Settings


class PortalSettings(Settings):
    """``public_url`` is the address readers use, without a trailing slash; feeds need it behind a proxy."""

    public_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+(/[^\s?#]*[^/\s?#])?$")] | None = None
    portal_host: str = "127.0.0.1"
    portal_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    warehouse_timeout_s: Annotated[int, Field(ge=1, le=300)] = 20
