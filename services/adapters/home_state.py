"""What the supervisor of a home says about it, in ``<data>/state.json``: services, restarts, lag, catching up.

Only read here; a cluster has no such file, and says nothing.
"""

from collections.abc import Mapping
from pathlib import Path

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

_log = structlog.get_logger(__name__)


class ServiceState(BaseModel):
    """One program: its present run, why it was started again so far, and what it told last.

    ``restarts`` counts by cause: ``ended`` by itself, ``quiet`` (ran without progress), ``log`` (the log began anew).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    pid: int
    started_at: AwareDatetime
    health: str | None = None
    restarts: Mapping[str, int] = Field(default_factory=dict)
    last_reason: str | None = None
    answers: bool = False
    alive: bool = False
    waits_for: Mapping[str, str] = Field(default_factory=dict)
    stage: str | None = None
    came_through_at: AwareDatetime | None = None
    at_work: str | None = None

    @property
    def standing(self) -> str:
        """In one word: ``working``, ``waiting`` (for something outside), ``quiet``, or ``silent`` (no answer)."""
        if not self.answers:
            return "silent"
        if not self.alive:
            return "quiet"
        return "waiting" if self.waits_for else "working"


class HomeState(BaseModel):
    """``catching_up`` is true from a restart until every fact of the log has been folded again.

    ``lag``: records not read yet, by topic and reader; ``noted_at`` is when the supervisor wrote this.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    catching_up: bool = False
    noted_at: AwareDatetime | None = None
    services: Mapping[str, ServiceState] = Field(default_factory=dict)
    lag: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)


def read_home_state(data: Path) -> HomeState:
    """The state of the home in ``data``; without a file nothing is claimed. A damaged file is logged, never fatal."""
    path = data / "state.json"
    try:
        return HomeState.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return HomeState()
    except (OSError, ValidationError) as error:
        _log.warning("home state is not readable", path=str(path), error=type(error).__name__)
        return HomeState()
