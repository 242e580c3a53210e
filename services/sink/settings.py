"""What the sink can be told, by environment or config file; nothing is read anywhere else."""

from pydantic import Field

from services.adapters.consumer_settings import ConsumerSettings, required

EMBEDDED_FLUSH_S = 0.5
EMBEDDED_STOP_S = 3.0


class SinkSettings(ConsumerSettings):
    """Settings of the sink.

    A home of one machine, known by its journal, flushes early so that pages are fresh, and has a short session,
    since a group's first join takes half of it. ``incarnation`` names the life of the log: a broker that forgets
    everything when it stops gets a new one each time.
    ``sink_max_invalid_in_a_row`` and ``sink_max_invalid_percent`` stop it; 0 lifts either.
    """

    incarnation: str = Field(default="kafka", pattern=r"^[A-Za-z0-9._-]{1,80}$")
    sink_group: str = Field(default="esep-sink", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    sink_flush_rows: int = Field(default=10_000, ge=1)
    sink_flush_bytes: int = Field(default=32 * 1024 * 1024, ge=1)
    sink_flush_s: float | None = Field(default=None, gt=0)
    sink_commit_timeout_s: float = Field(default=30.0, gt=0)
    sink_stop_timeout_s: float | None = Field(default=None, gt=0)
    sink_max_invalid_in_a_row: int = Field(default=100, ge=0)
    sink_max_invalid_percent: int = Field(default=20, ge=0, le=100)

    @property
    def warehouse_url(self) -> str:
        """The warehouse, ``http://user:password@host:port/database``.

        Raises: ConfigError when none is configured.
        """
        return required(self.clickhouse_url, "ESEP_CLICKHOUSE_URL")

    @property
    def flush_s(self) -> float:
        """After how long a batch is written even when it is small."""
        return self.sink_flush_s or (EMBEDDED_FLUSH_S if self.journal else 5.0)

    @property
    def stop_timeout_s(self) -> float:
        """How long a stopping sink may take to write what it holds; at home the broker may be gone already."""
        return self.sink_stop_timeout_s or (EMBEDDED_STOP_S if self.journal else 10.0)

    @property
    def revoke_timeout_s(self) -> float:
        """How long a revoked sink may take to write what it holds; the group waits, and no heart beats meanwhile."""
        return min(5.0, self.session_timeout_s / 2)
