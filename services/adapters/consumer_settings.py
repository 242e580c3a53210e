"""What every service that reads the log as part of a group can be told: where the broker is, how long it may be silent.

A group's first join takes half the session timeout, so a home of one machine, known by its journal, has a short one.
"""

from pydantic import Field

from services.adapters.config import ConfigError, Settings
from services.adapters.invalid_limits import InvalidLimits
from services.adapters.liveness import QUIET_AFTER_S

EMBEDDED_SESSION_TIMEOUT_S = 2.0
EMBEDDED_HEARTBEAT_S = 0.5
CLUSTER_SESSION_TIMEOUT_S = 45.0
CLUSTER_HEARTBEAT_S = 3.0


class ConsumerSettings(Settings):
    """Settings of a service that consumes topics.

    The share of records that may be invalid is judged over the last ``invalid_window`` of a partition, once
    ``invalid_at_least`` of them were seen.
    """

    invalid_window: int = Field(default=1_000, ge=1, le=100_000)
    invalid_at_least: int = Field(default=200, ge=1)
    broker_session_timeout_s: float | None = Field(default=None, gt=0)
    broker_heartbeat_s: float | None = Field(default=None, gt=0)

    @property
    def bootstrap(self) -> str:
        """The broker's addresses, ``host:port`` separated by commas.

        Raises: ConfigError when none is configured.
        """
        return required(self.kafka_bootstrap, "ESEP_KAFKA_BOOTSTRAP")

    def invalid_limits(self, in_a_row: int, percent: int) -> InvalidLimits:
        """A service's own limits, over the window of all; 0 lifts one."""
        return InvalidLimits(in_a_row, percent, self.invalid_window, self.invalid_at_least)

    @property
    def session_timeout_s(self) -> float:
        """After how long without a heartbeat the group gives this process's partitions away."""
        default = EMBEDDED_SESSION_TIMEOUT_S if self.journal else CLUSTER_SESSION_TIMEOUT_S
        return self.broker_session_timeout_s or default

    @property
    def patience_s(self) -> float:
        """After how long without anything coming through this process calls itself quiet: past any rebalance."""
        return self.quiet_after_s or max(QUIET_AFTER_S, self.session_timeout_s + 15.0)

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
