"""Duties that no source files: the calendar or an earlier stage of the same matter opens them by a rule.

The tracker derives them; they never stand in the log.
"""

from schemas.events.registry import event_type
from schemas.events.verbs import Filed, Retracted

FAMILY = "duties"


@event_type("esep.duty.opened.v1", family=FAMILY)
class DutyOpenedV1(Filed):
    """Duty opened: see ``Filed``."""


@event_type("esep.duty.closed.v1", family=FAMILY)
class DutyClosedV1(Retracted):
    """What opened the duty no longer holds: see ``Retracted``."""
