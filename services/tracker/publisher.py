"""Publishing derived events: each to its own topic and partition, confirmed before anything else happens.

What is published is decided elsewhere; nothing here retries what the producer gave up on.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from faust.types import ProducerT

from schemas.envelope import Event
from schemas.topics import partitions_for, topic_of
from services.adapters.codec import encode
from services.adapters.factlog import headers_of_type
from services.adapters.telemetry import counter

SLICE_EVENTS = 2000


class Publisher(Protocol):
    """Where derived events go."""

    async def publish(self, events: Sequence[Event]) -> None:
        """Return when the broker has every event.

        Raises: whatever the transport raises; then it may have some of them, and will get all of them again.
        """
        ...


class TopicPublisher:
    """Publishes through Faust's producer, naming the partition: Faust would use a partitioner of its own."""

    def __init__(
        self, producer: Callable[[], ProducerT], timeout_s: float, came_through: Callable[[str], None]
    ) -> None:
        """``timeout_s`` bounds each slice of at most ``SLICE_EVENTS`` events; each one is told as progress."""
        self._producer = producer
        self._timeout_s = timeout_s
        self._came_through = came_through

    async def publish(self, events: Sequence[Event]) -> None:
        """Send and await in slices: one tick may derive as many events as there are obligations."""
        for start in range(0, len(events), SLICE_EVENTS):
            async with asyncio.timeout(self._timeout_s):
                await self._publish_slice(events[start : start + SLICE_EVENTS])
            self._came_through("published")

    async def _publish_slice(self, events: Sequence[Event]) -> None:
        deliveries = [delivery for event in events for delivery in await self._send(event)]
        await asyncio.gather(*deliveries)
        for topic, count in Counter(topic_of(event.data).name for event in events).items():
            counter("tracker_derived_total").labels(topic).inc(count)

    async def _send(self, event: Event) -> list[Awaitable[object]]:
        topic, key, value = topic_of(event.data).name, event.subject.encode(), encode(event)
        headers = list(headers_of_type(event.type))
        return [
            await self._producer().send(topic, key, value, partition, None, headers)
            for partition in partitions_for(event.data, event.subject)
        ]
