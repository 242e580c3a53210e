"""Time as an event: a tick enters a partition's log when a due instant has passed.

The tick's envelope names the clock: none for the real one, ``simulation`` for a simulated one.
"""

from pydantic import AwareDatetime

from schemas.events.registry import EventData, event_type


@event_type("esep.clock.tick.v1", family="clock")
class ClockTickV1(EventData):
    """It is now at least ``at``, for everything earlier in this partition's log."""

    at: AwareDatetime
