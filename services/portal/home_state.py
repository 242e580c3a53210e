"""What the supervisor of a home says about itself, in ``<data>/state.json``: is the record still catching up?

Only read here; a cluster has no such file, and says nothing.
"""

from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

_log = structlog.get_logger(__name__)


class HomeState(BaseModel):
    """``catching_up`` is true from a restart until every fact of the log has been folded again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    catching_up: bool = False


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
