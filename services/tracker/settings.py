"""What the tracker can be told, by environment or config file; nothing is read anywhere else."""

from pydantic import Field

from services.adapters.consumer_settings import ConsumerSettings


class TrackerSettings(ConsumerSettings):
    """Settings of the tracker.

    A group's first join takes half the session timeout, so a home of one machine, known by its journal, has a
    short one. ``tracker_linger_s`` is how long a first record waits for others to be processed with,
    ``tracker_patience_s`` how long an idle tracker waits for records it knows of before it asks again.
    ``tracker_max_invalid_in_a_row`` and ``tracker_max_invalid_percent`` stop it; 0 lifts either.
    """

    tracker_group: str = Field(default="esep-tracker", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    tracker_batch: int = Field(default=500, ge=1)
    tracker_linger_s: float = Field(default=0.005, ge=0)
    tracker_beat_s: float = Field(default=0.2, gt=0)
    tracker_patience_s: float = Field(default=3.0, gt=0)
    tracker_max_invalid_in_a_row: int = Field(default=100, ge=0)
    tracker_max_invalid_percent: int = Field(default=20, ge=0, le=100)
    publish_timeout_s: float = Field(default=60.0, gt=0)
