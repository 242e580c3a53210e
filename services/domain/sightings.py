"""What was only seen to have happened, given the days between which it happened.

Pure; everything after the fold knows facts with dates only.
"""

from schemas.envelope import Event
from schemas.events.verbs import Fulfilled, FulfilmentFound
from services.domain.deadlines import local_date


def dated(event: Event) -> Event:
    """The event itself or, of a duty found done, the fulfilment: on the day of the observation at the latest."""
    if not isinstance(event.data, FulfilmentFound):
        return event
    earliest_on = event.data.earliest_on
    seen_on = local_date(event.observedat, event.data.zone)
    done = Fulfilled(occurred_on=max(earliest_on, seen_on), earliest_on=earliest_on)
    return event.model_copy(update={"data": done})
