"""What the tracker can be told, by environment or config file; nothing is read anywhere else."""

from pydantic import Field

from services.adapters.config import ConfigError, Settings

EMBEDDED_SESSION_TIMEOUT_S = 2.0
EMBEDDED_HEARTBEAT_S = 0.5


class TrackerSettings(Settings):
    """Settings of the tracker.

    A group's first join takes half the session timeout, so a home of one machine, known by its journal, has a
    short one. ``tracker_linger_s`` is how long a first record waits for others to be processed with,
    ``tracker_patience_s`` how long an idle tracker waits for records it knows of before it asks again.
    """

    tracker_group: str = Field(default="esep-tracker", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    tracker_batch: int = Field(default=500, ge=1)
    tracker_linger_s: float = Field(default=0.005, ge=0)
    tracker_beat_s: float = Field(default=0.2, gt=0)
    tracker_patience_s: float = Field(default=3.0, gt=0)
    tracker_max_invalid_in_a_row: int = Field(default=1_000, ge=1)
    publish_timeout_s: float = Field(default=60.0, gt=0)
    broker_session_timeout_s: float | None = Field(default=None, gt=0)
    broker_heartbeat_s: float | None = Field(default=None, gt=0)

    @property
    def bootstrap(self) -> str:
        """The broker's addresses, ``host:port`` separated by commas.

        Raises: ConfigError when none is configured.
        """
        if self.kafka_bootstrap is None:
            raise ConfigError(
                "ESEP_KAFKA_BOOTSTRAP is not set; set it, or pass the folder of a running home as ESEP_DATA"
            )
        return self.kafka_bootstrap

    @property
    def session_timeout_s(self) -> float:
        """After how long without a heartbeat the group gives this worker's partitions away."""
        return self.broker_session_timeout_s or (EMBEDDED_SESSION_TIMEOUT_S if self.journal else 45.0)

    @property
    def heartbeat_s(self) -> float:
        """How often this worker tells the group that it lives."""
        return self.broker_heartbeat_s or (EMBEDDED_HEARTBEAT_S if self.journal else 3.0)
