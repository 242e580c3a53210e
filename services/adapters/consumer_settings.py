"""What every service that reads the log as part of a group can be told: where the broker is, how long it may be silent.

A group's first join takes half the session timeout, so a home of one machine, known by its journal, has a short one.
"""

from pydantic import Field

from services.adapters.config import ConfigError, Settings

EMBEDDED_SESSION_TIMEOUT_S = 2.0
EMBEDDED_HEARTBEAT_S = 0.5
CLUSTER_SESSION_TIMEOUT_S = 45.0
CLUSTER_HEARTBEAT_S = 3.0


class ConsumerSettings(Settings):
    """Settings of a service that consumes topics."""

    broker_session_timeout_s: float | None = Field(default=None, gt=0)
    broker_heartbeat_s: float | None = Field(default=None, gt=0)

    @property
    def bootstrap(self) -> str:
        """The broker's addresses, ``host:port`` separated by commas.

        Raises: ConfigError when none is configured.
        """
        return required(self.kafka_bootstrap, "ESEP_KAFKA_BOOTSTRAP")

    @property
    def session_timeout_s(self) -> float:
        """After how long without a heartbeat the group gives this process's partitions away."""
        default = EMBEDDED_SESSION_TIMEOUT_S if self.journal else CLUSTER_SESSION_TIMEOUT_S
        return self.broker_session_timeout_s or default

    @property
    def heartbeat_s(self) -> float:
        """How often this process tells the group that it lives."""
        return self.broker_heartbeat_s or (EMBEDDED_HEARTBEAT_S if self.journal else CLUSTER_HEARTBEAT_S)


def required(value: str | None, name: str) -> str:
    """The value of a setting that has to be there.

    Raises: ConfigError naming the variable.
    """
    if value is None:
        raise ConfigError(f"{name} is not set; set it, or pass the folder of a running home as ESEP_DATA")
    return value
