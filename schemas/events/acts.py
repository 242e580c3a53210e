"""Acts that oblige a body: court rulings, prosecutors' acts, audit orders, recommendations, by-laws owed.

Each type only names a verb of ``schemas.events.verbs``; meaning lives there and in the rules.
"""

from schemas.events.registry import event_type
from schemas.events.verbs import (
    Amended,
    DueDateChanged,
    Extended,
    Filed,
    Fulfilled,
    HoldingAnswered,
    Lapsed,
    Milestone,
    Paused,
    Reopened,
    Resumed,
    Retracted,
    Transferred,
    Withdrawn,
)

FAMILY = "acts"


@event_type("esep.act.issued.v1", family=FAMILY)
class ActIssuedV1(Filed):
    """The act was issued and binds a body: see ``Filed``."""


@event_type("esep.act.amended.v1", family=FAMILY)
class ActAmendedV1(Amended):
    """Act amended: see ``Amended``."""


@event_type("esep.act.due_date_changed.v1", family=FAMILY)
class ActDueDateChangedV1(DueDateChanged):
    """Act due date changed: see ``DueDateChanged``."""


@event_type("esep.act.transferred.v1", family=FAMILY)
class ActTransferredV1(Transferred):
    """Act transferred: see ``Transferred``."""


@event_type("esep.act.holding_answered.v1", family=FAMILY)
class ActHoldingAnsweredV1(HoldingAnswered):
    """Act holding answered: see ``HoldingAnswered``."""


@event_type("esep.act.decided.v1", family=FAMILY)
class ActDecidedV1(Milestone):
    """The body decided on the act; its report is still owed: see ``Milestone``."""


@event_type("esep.act.executed.v1", family=FAMILY)
class ActExecutedV1(Fulfilled):
    """What the act demands was done: see ``Fulfilled``."""


@event_type("esep.act.reported.v1", family=FAMILY)
class ActReportedV1(Fulfilled):
    """The result was reported, where that is a duty of its own: see ``Fulfilled``."""


@event_type("esep.act.extended.v1", family=FAMILY)
class ActExtendedV1(Extended):
    """Act extended: see ``Extended``."""


@event_type("esep.act.paused.v1", family=FAMILY)
class ActPausedV1(Paused):
    """Act paused: see ``Paused``."""


@event_type("esep.act.resumed.v1", family=FAMILY)
class ActResumedV1(Resumed):
    """Act resumed: see ``Resumed``."""


@event_type("esep.act.withdrawn.v1", family=FAMILY)
class ActWithdrawnV1(Withdrawn):
    """Act withdrawn: see ``Withdrawn``."""


@event_type("esep.act.lapsed.v1", family=FAMILY)
class ActLapsedV1(Lapsed):
    """Act lapsed: see ``Lapsed``."""


@event_type("esep.act.retracted.v1", family=FAMILY)
class ActRetractedV1(Retracted):
    """Act retracted: see ``Retracted``."""


@event_type("esep.act.reopened.v1", family=FAMILY)
class ActReopenedV1(Reopened):
    """Act reopened: see ``Reopened``."""
