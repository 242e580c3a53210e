"""What notify can be told, by environment or config file; nothing is read anywhere else."""

from pathlib import Path

from pydantic import Field

from services.adapters.config import ConfigError, Settings

EMBEDDED_SESSION_TIMEOUT_S = 2.0
EMBEDDED_HEARTBEAT_S = 0.5


class NotifySettings(Settings):
    """Settings of notify.

    ``notify_webhooks`` is a YAML file of ``{name, url, bearer_env?}``. A receiver gets ``notify_attempts`` tries, the first
    pause being ``notify_backoff_s``. More than ``notify_digest_over`` alerts in one poll go out as one digest.
    """

    notify_group: str = Field(default="esep-notify", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    notify_webhooks: Path | None = None
    notify_allow_loopback: bool | None = None
    notify_timeout_s: float = Field(default=5.0, gt=0, le=30)
    notify_attempts: int = Field(default=4, ge=1, le=8)
    notify_backoff_s: float = Field(default=1.0, ge=0, le=10)
    notify_digest_over: int = Field(default=20, ge=1)
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
    def allows_loopback(self) -> bool:
        """Whether a webhook may point to this machine: at home, known by its journal, yes; elsewhere only when said."""
        return self.journal is not None if self.notify_allow_loopback is None else self.notify_allow_loopback

    @property
    def session_timeout_s(self) -> float:
        """After how long without a heartbeat the group gives this process's partitions away."""
        return self.broker_session_timeout_s or (EMBEDDED_SESSION_TIMEOUT_S if self.journal else 45.0)

    @property
    def heartbeat_s(self) -> float:
        """How often this process tells the group that it lives."""
        return self.broker_heartbeat_s or (EMBEDDED_HEARTBEAT_S if self.journal else 3.0)
