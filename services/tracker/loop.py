"""The one loop of the tracker: decode, decide, publish and await, apply, acknowledge; in this order only.

Faust hands records in; what facts mean is the domain's business. A crash anywhere leaves the offset where it was,
and the same facts lead to the same ids again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from schemas.topics import Topic
from services.adapters.logs import logger_of
from services.adapters.telemetry import counter, histogram
from services.tracker.facts import Reading, read_facts
from services.tracker.folds import Decided
from services.tracker.publisher import Publisher
from services.tracker.reader import LogReader, Record
from services.tracker.rejects import RejectKeeper
from services.tracker.state import OwnedPartition, OwnedPartitions

_log = logger_of(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One record as the consumer group delivered it, fetched under the assignment ``generation``."""

    partition: int
    record: Record
    generation: int | None
    ack: Callable[[], object]


@dataclass(frozen=True, slots=True)
class _Step:
    """What was decided for one partition, from which deliveries, and up to which offset."""

    owned: OwnedPartition
    deliveries: Sequence[Delivery]
    reading: Reading
    decision: Decided
    next_offset: int


class FactLoop:
    """Brings the deliveries of one topic through."""

    def __init__(
        self,
        topic: Topic,
        partitions: OwnedPartitions,
        reader: LogReader,
        publisher: Publisher,
        rejects: RejectKeeper,
        generation: Callable[[], int | None],
    ) -> None:
        """``generation`` is that of the present assignment."""
        self._topic = topic
        self._partitions = partitions
        self._reader = reader
        self._publisher = publisher
        self._rejects = rejects
        self._generation = generation
        self.processing = False
        """Whether a batch is being brought through at this moment."""

    async def process(self, deliveries: Sequence[Delivery]) -> None:
        """Process deliveries, in the order of each partition's log; those of a revoked generation are dropped.

        Raises: whatever reading, deciding or publishing raises. Nothing is acknowledged then, and the process
        must end: only a new one begins at the right offset.
        """
        generation = self._generation()
        current = [delivery for delivery in deliveries if delivery.generation == generation]
        self.processing = True
        with histogram("tracker_batch_seconds").time():
            steps = [await self._decide(number, batch) for number, batch in _by_partition(current)]
            ours = [step for step in steps if step is not None]
            await self._publisher.publish([event for step in ours for event in step.decision.derived])
            for step in ours:
                self._finish(step)
        self.processing = False

    async def _decide(self, number: int, batch: Sequence[Delivery]) -> _Step | None:
        owned = await self._partitions.get(number)
        if owned is None:
            return None
        records = await self._in_log_order(owned, [delivery.record for delivery in batch])
        reading = read_facts(records, self._topic, number, owned.tally)
        await self._rejects.keep(number, reading)
        next_offset = records[-1].offset + 1 if records else owned.next_offset
        decision = owned.fold.decide(reading.events)
        await self._rejects.keep_refused(number, reading, decision.refused)
        return _Step(owned, batch, reading, decision, next_offset)

    async def _in_log_order(self, owned: OwnedPartition, delivered: Sequence[Record]) -> list[Record]:
        """The records that follow the state, without a repetition and without a gap.

        Around a rebalance the group may deliver what was processed before: it was published, so it is left out.
        It may also begin later than the state, having lost records or a predecessor's last commit being later
        than the one the state was rebuilt to: the rest is read here.
        """
        records: list[Record] = []
        expected = owned.next_offset
        for record in delivered:
            if record.offset > expected:
                _log.info("reading on", partition=owned.number, start=expected, end=record.offset)
                async for missing in self._reader.read(owned.number, expected, record.offset):
                    records.extend(missing)
            if record.offset >= expected:
                records.append(record)
                expected = record.offset + 1
        return records

    def _finish(self, step: _Step) -> None:
        # Revoked while publishing: the next owner reads these records again and publishes the same ids.
        if not self._partitions.holds(step.owned):
            return
        step.owned.advance(step.reading, step.decision, step.next_offset)
        self._rejects.passed(step.owned.number, step.owned.tally, step.next_offset)
        for delivery in step.deliveries:
            delivery.ack()
        counter("tracker_facts_total").labels(self._topic.name, str(step.owned.number)).inc(len(step.reading.events))


def _by_partition(deliveries: Sequence[Delivery]) -> Iterator[tuple[int, list[Delivery]]]:
    batches: dict[int, list[Delivery]] = {}
    for delivery in deliveries:
        batches.setdefault(delivery.partition, []).append(delivery)
    yield from batches.items()
