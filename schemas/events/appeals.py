"""Appeals of citizens to public bodies: the event types of the family.

Each type only names a verb of ``schemas.events.verbs``; meaning lives there and in the rules.
"""

from schemas.events.registry import event_type
from schemas.events.verbs import (
    Amended,
    AnswerRated,
    Extended,
    Filed,
    Fulfilled,
    HoldingAnswered,
    Paused,
    Reopened,
    Resumed,
    Retracted,
    Transferred,
    Withdrawn,
)

FAMILY = "appeals"


@event_type("esep.appeal.filed.v1", family=FAMILY)
class AppealFiledV1(Filed):
    """Appeal filed: see ``Filed``."""


@event_type("esep.appeal.amended.v1", family=FAMILY)
class AppealAmendedV1(Amended):
    """Appeal amended: see ``Amended``."""


@event_type("esep.appeal.transferred.v1", family=FAMILY)
class AppealTransferredV1(Transferred):
    """Appeal transferred: see ``Transferred``."""


@event_type("esep.appeal.holding_answered.v1", family=FAMILY)
class AppealHoldingAnsweredV1(HoldingAnswered):
    """Appeal holding answered: see ``HoldingAnswered``."""


@event_type("esep.appeal.answered.v1", family=FAMILY)
class AppealAnsweredV1(Fulfilled):
    """Appeal answered: see ``Fulfilled``."""


@event_type("esep.appeal.answer_rated.v1", family=FAMILY)
class AppealAnswerRatedV1(AnswerRated):
    """Appeal answer rated: see ``AnswerRated``."""


@event_type("esep.appeal.extended.v1", family=FAMILY)
class AppealExtendedV1(Extended):
    """Appeal extended: see ``Extended``."""


@event_type("esep.appeal.paused.v1", family=FAMILY)
class AppealPausedV1(Paused):
    """Appeal paused: see ``Paused``."""


@event_type("esep.appeal.resumed.v1", family=FAMILY)
class AppealResumedV1(Resumed):
    """Appeal resumed: see ``Resumed``."""


@event_type("esep.appeal.withdrawn.v1", family=FAMILY)
class AppealWithdrawnV1(Withdrawn):
    """Appeal withdrawn: see ``Withdrawn``."""


@event_type("esep.appeal.retracted.v1", family=FAMILY)
class AppealRetractedV1(Retracted):
    """Appeal retracted: see ``Retracted``."""


@event_type("esep.appeal.reopened.v1", family=FAMILY)
class AppealReopenedV1(Reopened):
    """Appeal reopened: see ``Reopened``."""
