"""Every board, by the name of its generated file.

A board module holds the panels and queries of one board; shared style is in ``dashboards.kit``.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.boards import budget_execution, oversight_room

BOARDS: Mapping[str, Callable[[], Dashboard]] = MappingProxyType(
    {
        "budget_execution": budget_execution.board,
        "oversight_room": oversight_room.board,
    }
)
