"""What notify can be told, by environment or config file; nothing is read anywhere else."""

from pathlib import Path

from pydantic import Field

from services.adapters.consumer_settings import ConsumerSettings


class NotifySettings(ConsumerSettings):
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

    @property
    def allows_loopback(self) -> bool:
        """Whether a webhook may point to this machine: at home, known by its journal, yes; elsewhere only when said."""
        return self.journal is not None if self.notify_allow_loopback is None else self.notify_allow_loopback
