"""Faust's agent over one input topic: it takes records off the stream and hands them to the loop.

No meaning and no order of effects here; both are the loop's.
"""

import asyncio
from typing import cast

from faust import App, Channel, ChannelT, EventT, Stream, StreamT

from services.tracker.loop import Delivery, FactLoop
from services.tracker.reader import Record


def follow(app: App, channel: ChannelT[bytes], loop: FactLoop, batch_limit: int, linger_s: float) -> None:
    """Let ``app`` bring every record of ``channel`` through ``loop``, at most ``batch_limit`` at a time."""

    async def follow_facts(deliveries: StreamT[bytes]) -> None:
        stream = cast("Stream[bytes]", deliveries).noack()
        queue = cast("Channel[bytes]", stream.channel).queue
        async for event in stream.events():
            batch = [_delivery(event)]
            # Faust queues one record per turn of the event loop: without a pause batches stay tiny.
            await asyncio.sleep(linger_s)
            while len(batch) < batch_limit and not queue.empty():
                batch.append(_delivery(queue.get_nowait()))
            await loop.process(batch)

    app.agent(channel, name=f"follow-{channel}", concurrency=1)(follow_facts)


def _delivery(event: EventT[bytes]) -> Delivery:
    message = event.message
    record = Record(message.offset, message.value)
    return Delivery(message.partition, record, message.generation_id, event.ack)
