"""Reports that a body owes by the calendar or by order: the event types of the family.

Each type only names a verb of ``schemas.events.verbs``; meaning lives there and in the rules.
"""

from schemas.events.registry import event_type
from schemas.events.verbs import (
    Extended,
    Filed,
    Fulfilled,
    FulfilmentFound,
    Milestone,
    Reopened,
    Withdrawn,
)

FAMILY = "reports"


@event_type("esep.report.scheduled.v1", family=FAMILY)
class ReportScheduledV1(Filed):
    """Report scheduled: see ``Filed``."""


@event_type("esep.report.submitted.v1", family=FAMILY)
class ReportSubmittedV1(Fulfilled):
    """Report submitted: see ``Fulfilled``."""


@event_type("esep.report.found.v1", family=FAMILY)
class ReportFoundV1(FulfilmentFound):
    """Report found, published by then: see ``FulfilmentFound``."""


@event_type("esep.report.extended.v1", family=FAMILY)
class ReportExtendedV1(Extended):
    """Report extended: see ``Extended``."""


@event_type("esep.report.returned.v1", family=FAMILY)
class ReportReturnedV1(Reopened):
    """Report returned: see ``Reopened``."""


@event_type("esep.report.cancelled.v1", family=FAMILY)
class ReportCancelledV1(Withdrawn):
    """Report cancelled: see ``Withdrawn``."""


@event_type("esep.report.accepted.v1", family=FAMILY)
class ReportAcceptedV1(Milestone):
    """Report accepted: see ``Milestone``."""


@event_type("esep.report.published.v1", family=FAMILY)
class ReportPublishedV1(Milestone):
    """Report published: see ``Milestone``."""
