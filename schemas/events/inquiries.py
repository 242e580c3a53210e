"""Questions and inquiries of members of parliaments: the event types of the family.

Each type only names a verb of ``schemas.events.verbs``; meaning lives there and in the rules.
"""

from schemas.events.registry import event_type
from schemas.events.verbs import (
    Amended,
    AnswerCorrected,
    AnswerRated,
    DueDateChanged,
    Extended,
    Filed,
    Fulfilled,
    HoldingAnswered,
    Lapsed,
    Paused,
    Reopened,
    Resumed,
    Retracted,
    Transferred,
    Withdrawn,
)

FAMILY = "inquiries"


@event_type("esep.inquiry.filed.v1", family=FAMILY)
class InquiryFiledV1(Filed):
    """Inquiry filed: see ``Filed``."""


@event_type("esep.inquiry.amended.v1", family=FAMILY)
class InquiryAmendedV1(Amended):
    """Inquiry amended: see ``Amended``."""


@event_type("esep.inquiry.due_date_changed.v1", family=FAMILY)
class InquiryDueDateChangedV1(DueDateChanged):
    """Inquiry due date changed: see ``DueDateChanged``."""


@event_type("esep.inquiry.transferred.v1", family=FAMILY)
class InquiryTransferredV1(Transferred):
    """Inquiry transferred: see ``Transferred``."""


@event_type("esep.inquiry.holding_answered.v1", family=FAMILY)
class InquiryHoldingAnsweredV1(HoldingAnswered):
    """Inquiry holding answered: see ``HoldingAnswered``."""


@event_type("esep.inquiry.answered.v1", family=FAMILY)
class InquiryAnsweredV1(Fulfilled):
    """Inquiry answered: see ``Fulfilled``."""


@event_type("esep.inquiry.answer_corrected.v1", family=FAMILY)
class InquiryAnswerCorrectedV1(AnswerCorrected):
    """Inquiry answer corrected: see ``AnswerCorrected``."""


@event_type("esep.inquiry.answer_rated.v1", family=FAMILY)
class InquiryAnswerRatedV1(AnswerRated):
    """Inquiry answer rated: see ``AnswerRated``."""


@event_type("esep.inquiry.extended.v1", family=FAMILY)
class InquiryExtendedV1(Extended):
    """Inquiry extended: see ``Extended``."""


@event_type("esep.inquiry.paused.v1", family=FAMILY)
class InquiryPausedV1(Paused):
    """Inquiry paused: see ``Paused``."""


@event_type("esep.inquiry.resumed.v1", family=FAMILY)
class InquiryResumedV1(Resumed):
    """Inquiry resumed: see ``Resumed``."""


@event_type("esep.inquiry.withdrawn.v1", family=FAMILY)
class InquiryWithdrawnV1(Withdrawn):
    """Inquiry withdrawn: see ``Withdrawn``."""


@event_type("esep.inquiry.lapsed.v1", family=FAMILY)
class InquiryLapsedV1(Lapsed):
    """Inquiry lapsed: see ``Lapsed``."""


@event_type("esep.inquiry.retracted.v1", family=FAMILY)
class InquiryRetractedV1(Retracted):
    """Inquiry retracted: see ``Retracted``."""


@event_type("esep.inquiry.reopened.v1", family=FAMILY)
class InquiryReopenedV1(Reopened):
    """Inquiry reopened: see ``Reopened``."""
