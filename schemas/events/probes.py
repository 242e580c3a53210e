"""Probes: messages a service sends itself through the broker, to see that what goes in still comes out.

They live on a topic of their own and say nothing about anybody; the truth stays free of them.
"""

from typing import Literal

from schemas.events.registry import EventData, event_type

Prober = Literal["tracker", "sink"]


@event_type("esep.probe.sent.v1", family="probes")
class ProbeSentV1(EventData):
    """A service that nothing came through to lately asks itself whether it still would."""

    sent_by: Prober
