"""Faust's agent over one input topic: it takes records off the stream and hands them to the loop.

No meaning and no order of effects here; both are the loop's.
"""

import asyncio
from dataclasses import dataclass
from typing import cast

from faust import App, Channel, ChannelT, EventT, Stream, StreamT

from services.adapters.liveness import Progress
from services.adapters.probes import Prober
from services.adapters.telemetry import sizes
from services.tracker.loop import Delivery, FactLoop
from services.tracker.reader import Record


@dataclass(frozen=True, slots=True)
class Pace:
    """How many records are brought through at a time at most, and how long a first one waits for others."""

    batch: int
    linger_s: float


def follow(app: App, channel: ChannelT[bytes], loop: FactLoop, pace: Pace, progress: Progress) -> None:
    """Let ``app`` bring every record of ``channel`` through ``loop``."""

    async def follow_facts(deliveries: StreamT[bytes]) -> None:
        stream = cast("Stream[bytes]", deliveries).noack()
        queue = cast("Channel[bytes]", stream.channel).queue
        async for event in stream.events():
            batch = [_delivery(event)]
            # Faust queues one record per turn of the event loop: without a pause batches stay tiny.
            await asyncio.sleep(pace.linger_s)
            while len(batch) < pace.batch and not queue.empty():
                batch.append(_delivery(queue.get_nowait()))
            with progress.at_work("batch"):
                await loop.process(batch)
            sizes("tracker_batch_records").observe(len(batch))

    app.agent(channel, name=f"follow-{channel}", concurrency=1)(follow_facts)


def follow_probes(app: App, channel: ChannelT[bytes], prober: Prober) -> None:
    """Let ``app`` bring out what comes on the topic of probes: through the same consumer, and acknowledged at once."""

    async def see_probes(deliveries: StreamT[bytes]) -> None:
        async for event in cast("Stream[bytes]", deliveries).noack().events():
            prober.came_out(event.message.value)
            event.ack()

    app.agent(channel, name=f"follow-{channel}", concurrency=1)(see_probes)


def _delivery(event: EventT[bytes]) -> Delivery:
    message = event.message
    record = Record(message.offset, message.value)
    return Delivery(message.partition, record, message.generation_id, event.ack)
