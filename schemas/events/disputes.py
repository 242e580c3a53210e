"""Contests of what is published: a body says it is wrong, and why; the registrar examines and settles.

The subject is the obligation contested, whatever its family.
"""

from schemas.events.registry import event_type
from schemas.events.verbs import DisputeClaimed, DisputeHeld, DisputeSettled, Rejudged

FAMILY = "disputes"


@event_type("esep.dispute.claimed.v1", family=FAMILY)
class DisputeClaimedV1(DisputeClaimed):
    """Dispute claimed: see ``DisputeClaimed``."""


@event_type("esep.dispute.held.v1", family=FAMILY)
class DisputeHeldV1(DisputeHeld):
    """Dispute held: see ``DisputeHeld``."""


@event_type("esep.dispute.settled.v1", family=FAMILY)
class DisputeSettledV1(DisputeSettled):
    """Dispute settled: see ``DisputeSettled``."""


@event_type("esep.judgement.revised.v1", family=FAMILY)
class JudgementRevisedV1(Rejudged):
    """Judgement revised: see ``Rejudged``."""
