"""What the simulator can be told, by environment or config file; nothing is read anywhere else."""

from pydantic import Field

from services.adapters.config import Settings


class SimulatorSettings(Settings):
    """``simulator_seed`` chooses the invented country, ``simulator_day_s`` how many real seconds one of its days takes.

    A folder keeps the seed it was begun with; the pace may change at every start of a home.
    """

    simulator_seed: int = 27
    simulator_day_s: float = Field(default=4.0, ge=0.1, le=86_400)
    simulator_beat_s: float = Field(default=0.1, gt=0, le=1)
