"""The checks of budget tables as readers know them: which there are, whether they block, what each has found.

What a check does is the domain's; how it is explained is in the messages.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.portal.listings import Query
from services.portal.records import Record
from services.portal.warehouse_reader import WarehouseReader

_BLOCKING: Final = (
    "period_incomplete",
    "period_plan_missing",
    "total_differs",
    "parts_differ",
    "classifications_disagree",
    "cumulative_fell",
    "programme_dropped",
    "line_vanished",
    "negative_amount",
    "over_plan",
    "appropriation_unplanned",
    "scale_jump",
)
_TELLING: Final = (
    "share_disagrees",
    "period_missing",
    "stale",
    "line_appeared",
    "code_ended",
    "code_began",
    "plan_unappropriated",
    "renamed",
)
CHECKS: Final[Mapping[str, bool]] = MappingProxyType(
    {f"budget.{name}": True for name in _BLOCKING} | {f"budget.{name}": False for name in _TELLING}
)
"""Every code a check may raise, and whether its finding forbids conclusions about execution."""


class FindingCount(Record):
    """How many findings of one code stand."""

    code: str
    blocks: bool
    n: int


def read_counts(reader: WarehouseReader, world: str) -> list[FindingCount]:
    """What stands, by code; those that block first, the most frequent first. Raises: WarehouseAway."""
    return reader.read(FindingCount, Query(_COUNTS, {"world": world}))


_COUNTS: Final = """
SELECT code, blocks, count() AS n FROM budget_findings
WHERE simulation = {world:String}
GROUP BY code, blocks
ORDER BY blocks DESC, n DESC, code
"""
