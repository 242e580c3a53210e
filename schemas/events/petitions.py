"""Petitions of citizens to governments, councils and akimats: the event types of the family.

Each type only names a verb of ``schemas.events.verbs``; meaning lives there and in the rules.
"""

from schemas.events.registry import event_type
from schemas.events.verbs import (
    Amended,
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

FAMILY = "petitions"


@event_type("esep.petition.filed.v1", family=FAMILY)
class PetitionFiledV1(Filed):
    """Petition filed: see ``Filed``."""


@event_type("esep.petition.amended.v1", family=FAMILY)
class PetitionAmendedV1(Amended):
    """Petition amended: see ``Amended``."""


@event_type("esep.petition.opened_for_signature.v1", family=FAMILY)
class PetitionOpenedForSignatureV1(Milestone):
    """The petition was placed in open access: see ``Milestone``."""


@event_type("esep.petition.threshold_reached.v1", family=FAMILY)
class PetitionThresholdReachedV1(Milestone):
    """The signatures needed were there: see ``Milestone``."""


@event_type("esep.petition.transferred.v1", family=FAMILY)
class PetitionTransferredV1(Transferred):
    """Petition transferred: see ``Transferred``."""


@event_type("esep.petition.holding_answered.v1", family=FAMILY)
class PetitionHoldingAnsweredV1(HoldingAnswered):
    """Petition holding answered: see ``HoldingAnswered``."""


@event_type("esep.petition.decided.v1", family=FAMILY)
class PetitionDecidedV1(Fulfilled):
    """The body decided on the petition, or answered it: see ``Fulfilled``."""


@event_type("esep.petition.published.v1", family=FAMILY)
class PetitionPublishedV1(Fulfilled):
    """The decision was published, where that is a duty of its own: see ``Fulfilled``."""


@event_type("esep.petition.extended.v1", family=FAMILY)
class PetitionExtendedV1(Extended):
    """Petition extended: see ``Extended``."""


@event_type("esep.petition.paused.v1", family=FAMILY)
class PetitionPausedV1(Paused):
    """Petition paused: see ``Paused``."""


@event_type("esep.petition.resumed.v1", family=FAMILY)
class PetitionResumedV1(Resumed):
    """Petition resumed: see ``Resumed``."""


@event_type("esep.petition.withdrawn.v1", family=FAMILY)
class PetitionWithdrawnV1(Withdrawn):
    """Petition withdrawn: see ``Withdrawn``."""


@event_type("esep.petition.lapsed.v1", family=FAMILY)
class PetitionLapsedV1(Lapsed):
    """Petition lapsed: see ``Lapsed``."""


@event_type("esep.petition.retracted.v1", family=FAMILY)
class PetitionRetractedV1(Retracted):
    """Petition retracted: see ``Retracted``."""


@event_type("esep.petition.reopened.v1", family=FAMILY)
class PetitionReopenedV1(Reopened):
    """Petition reopened: see ``Reopened``."""
