"""When a fact may say it was seen: not later than now, or a watermark could vouch for days that have not been.

One check, shared by every way in.
"""

from datetime import datetime, timedelta

from schemas.envelope import Event
from services.adapters.codec import InvalidMessage

CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""How far a sender's clock may run ahead of ours."""


def refuse_future(event: Event, now: datetime) -> None:
    """Let an event pass that was observed by now; a simulated one lives by its own clock, which is not known here.

    Raises: InvalidMessage with code observed_in_future.
    """
    if event.simulation is None and event.observedat > now + CLOCKS_DIFFER_BY:
        reason = (
            f"observedat {event.observedat.isoformat()} lies in the future; say when it was seen, and check the clock"
        )
        raise InvalidMessage("observed_in_future", reason, "observedat")
