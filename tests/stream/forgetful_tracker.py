"""A tracker whose first batch never reaches its loop, as Faust loses one around a rebalance."""

import sys
from collections.abc import Sequence

from services.tracker.__main__ import main
from services.tracker.loop import Delivery, FactLoop

process = FactLoop.process
lost: list[Delivery] = []


async def forget_once(loop: FactLoop, deliveries: Sequence[Delivery]) -> None:
    """Lose the first batch, process the others."""
    if lost:
        await process(loop, deliveries)
    lost.extend(deliveries)


if __name__ == "__main__":
    FactLoop.process = forget_once  # type: ignore[method-assign]
    sys.exit(main([]))
