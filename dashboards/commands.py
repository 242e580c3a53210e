"""What ``esep dashboards build|check|publish`` does: each function returns the exit code and says what happened.

Words for a person only; the work is in ``generation``, ``rules`` and ``publish``.
"""

import json

from rich.console import Console

from dashboards.generation import GENERATED, generated, stale, write
from dashboards.grafana import Grafana, GrafanaError
from dashboards.publish import FOLDER_TITLE
from dashboards.publish import publish as publish_boards
from dashboards.rules import faults
from dashboards.settings import GrafanaSettings
from services.adapters.config import ConfigError


def build() -> int:
    """Write ``dashboards/generated`` anew; 0 when it could be written."""
    try:
        touched = write()
    except OSError as error:
        return _failed(f"{GENERATED}: cannot be written ({error.strerror}); run this in a checkout of the project")
    for name in touched:
        _say(f"wrote {name}" if name in generated() else f"removed {name}, which no board makes")
    if not touched:
        _say("dashboards/generated is current")
    return 0


def check() -> int:
    """Say what is stale and which rules a board breaks; 0 when nothing is wrong, 1 otherwise."""
    wrong = [f"{name} is not current; run `esep dashboards build`" for name in stale()]
    for name, text in generated().items():
        wrong += [f"{name}: {fault}" for fault in faults(json.loads(text))]
    for line in wrong:
        _failed(line)
    if not wrong:
        _say(f"{len(generated())} boards are current and keep the rules")
    return 1 if wrong else 0


def publish() -> int:
    """Bring the boards into the Grafana of ``ESEP_GRAFANA_URL``; 0 when all are there, 1 otherwise, 2 for bad settings."""
    try:
        settings = GrafanaSettings.load()
        url, token = settings.target()
        with Grafana(url, token, timeout_s=settings.grafana_timeout_s) as grafana:
            publish_boards(grafana, settings.public_url, lambda title, change: _say(f"{change:9} {title}"))
    except ConfigError as error:
        _failed(str(error))
        return 2
    except GrafanaError as error:
        return _failed(f"not published: {error}")
    _say(f"published to the folder {FOLDER_TITLE} of {url}")
    return 0


def _say(line: str) -> None:
    Console(highlight=False, markup=False, soft_wrap=True).print(line)


def _failed(line: str) -> int:
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(line)
    return 1
