"""Brings the boards into a Grafana: creates what is missing, updates what differs, leaves the rest alone.

How Grafana is called is ``dashboards.grafana``'s business.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from dashboards.generation import generated
from dashboards.grafana import Grafana, Json, StoredBoard
from dashboards.kit.captions import PORTAL_VARIABLE

FOLDER_UID = "esep"
FOLDER_TITLE = "Esep"
MESSAGE = "esep dashboards publish"


class Change(StrEnum):
    """What publishing did to a board."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def publish(grafana: Grafana, public_url: str | None, say: Callable[[str, Change], None]) -> None:
    """Publish every board into the folder Esep; ``say`` hears of each board by its title.

    Running it again changes nothing. Stops at the first board that cannot be published; those before it stay published.
    Raises: GrafanaError.
    """
    if not grafana.has_folder(FOLDER_UID):
        grafana.create_folder(FOLDER_UID, FOLDER_TITLE)
    for board in _boards(public_url):
        say(board["title"], _publish_one(grafana, board))


def _boards(public_url: str | None) -> Iterator[dict[str, Any]]:
    for text in generated().values():
        board = json.loads(text)
        if public_url is not None:
            _link_to(board, public_url)
        yield board


def _link_to(board: dict[str, Any], public_url: str) -> None:
    for variable in board["templating"]["list"]:
        if variable["name"] == PORTAL_VARIABLE:
            variable["query"] = public_url


def _publish_one(grafana: Grafana, board: Json) -> Change:
    stored = grafana.board(board["uid"])
    if stored is None:
        grafana.save(board, folder_uid=FOLDER_UID, message=MESSAGE)
        return Change.CREATED
    if _is_published(board, stored):
        return Change.UNCHANGED
    # The version just read: if somebody saves in between, Grafana refuses instead of losing their change unseen.
    grafana.save({**board, "version": stored.version}, folder_uid=FOLDER_UID, message=MESSAGE)
    return Change.UPDATED


def _is_published(board: Json, stored: StoredBoard) -> bool:
    return stored.folder_uid == FOLDER_UID and _holds(stored.content, board)


def _holds(stored: object, ours: object) -> bool:
    """Whether everything of ours is stored. Grafana adds fields of its own to what it is given."""
    if isinstance(ours, Mapping):
        return isinstance(stored, Mapping) and all(
            name in stored and _holds(stored[name], value) for name, value in ours.items()
        )
    if isinstance(ours, list):
        return (
            isinstance(stored, list)
            and len(stored) == len(ours)
            and all(_holds(theirs, value) for theirs, value in zip(stored, ours, strict=True))
        )
    return stored == ours
