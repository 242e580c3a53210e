"""Publishing through the engine's producer: what was handed over is not yet what the broker has."""

import asyncio
from typing import Any

import pytest

from services.tracker.publisher import TopicPublisher
from tests.sql.samples import obligation

DEADLINE_S = 10


class Producer:
    """A producer whose broker answers when it is told to."""

    def __init__(self) -> None:
        self.deliveries: list[asyncio.Future[None]] = []
        self.handed_over = asyncio.Event()

    async def send(self, *_: Any) -> asyncio.Future[None]:
        delivery: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.deliveries.append(delivery)
        if len(self.deliveries) == 2:
            self.handed_over.set()
        return delivery


def test_it_returns_only_when_the_broker_has_every_event() -> None:
    async def work() -> None:
        producer = Producer()
        publisher = TopicPublisher(lambda: producer, DEADLINE_S, lambda _: None)  # type: ignore[arg-type, return-value]
        publishing = asyncio.create_task(publisher.publish([obligation(1), obligation(2)]))
        await producer.handed_over.wait()
        producer.deliveries[0].set_result(None)
        await turns_of_the_loop()
        assert not publishing.done(), "one of them is not delivered"
        producer.deliveries[1].set_result(None)
        await publishing

    asyncio.run(asyncio.wait_for(work(), DEADLINE_S))


def test_what_the_broker_did_not_take_is_raised() -> None:
    async def work() -> None:
        producer = Producer()
        publisher = TopicPublisher(lambda: producer, DEADLINE_S, lambda _: None)  # type: ignore[arg-type, return-value]
        publishing = asyncio.create_task(publisher.publish([obligation(1), obligation(2)]))
        await producer.handed_over.wait()
        producer.deliveries[0].set_result(None)
        producer.deliveries[1].set_exception(ConnectionError("gone"))
        with pytest.raises(ConnectionError):
            await publishing

    asyncio.run(asyncio.wait_for(work(), DEADLINE_S))


async def turns_of_the_loop() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)
