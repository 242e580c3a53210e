"""The sink's pulse: what it has brought through, what it waits for, and a probe when nothing else comes.

A probe goes the whole way of a fact: produced, fetched, asked of the warehouse, committed. The loop decides nothing here.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Protocol

from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.topics import PROBES
from services.adapters.factlog import FactLogUnavailableError
from services.adapters.liveness import Progress
from services.adapters.probes import Headers
from services.adapters.telemetry import counter, histogram, sizes
from services.sink.batch import Flush

REQUEST_TIMEOUT_MS = 10_000


class Beat(Protocol):
    """Sends a probe when it is time: ``services.adapters.probes.Prober``, or nobody."""

    async def beat(self) -> None: ...


class Pulse:
    """Told by the loop, told on to whoever asks how the sink does."""

    def __init__(self, progress: Progress, prober: Beat | None) -> None:
        self._progress = progress
        self._prober = prober
        self._is_spare = False

    async def turn(self, *, is_put_off: bool) -> None:
        """The loop turns. While a batch cannot be written nothing is read, and silence has its reason."""
        if is_put_off:
            self._progress.excuse()
        elif self._is_spare:
            self._progress.came_through("spare")
        elif self._prober is not None:
            await self._prober.beat()

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """The group has given this sink these partitions; without one of ``PROBES`` it has nothing to prove when idle."""
        self._is_spare = all(each.topic != PROBES.name for each in partitions)
        if partitions:
            self._progress.has("log")
        else:
            self._waits_for_partitions()

    def revoked(self) -> None:
        """The group shares out its partitions anew; one that never ends is silence."""
        self._is_spare = False
        self._waits_for_partitions()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One attempt to write a batch; its silence is work."""
        with self._progress.at_work("inserted"), histogram("sink_insert_seconds").time():
            yield

    def put_off(self, error: Exception) -> None:
        """What a batch is written to is away."""
        name = "log" if isinstance(error, FactLogUnavailableError) else "warehouse"
        counter("sink_put_off_total").labels(name).inc()
        self._progress.waits(name, str(error))
        self._progress.excuse()

    def committed(self, flush: Flush) -> None:
        """A batch is in the warehouse and its offsets are committed: the far end."""
        probes = sum(span.next - span.first for span in flush.spans if span.topic == PROBES.name)
        counter("probes_total").labels("came_out").inc(probes)
        sizes("sink_batch_records").observe(sum(span.next - span.first for span in flush.spans))
        for name in ("log", "warehouse"):
            self._progress.has(name)
        self._progress.came_through("committed")

    def _waits_for_partitions(self) -> None:
        self._progress.waits("log", "no partition is assigned to this sink")


class ProbeSender:
    """Sends probes through a producer of its own, connected when first needed."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None

    async def send(self, partition: int, key: bytes, value: bytes, headers: Headers) -> None:
        """Return when the broker has the probe.

        Raises: what the client raises.
        """
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id="esep-sink-probes",
                acks="all",
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
            try:
                await producer.start()
                self._producer = producer
            finally:
                if self._producer is None:
                    await producer.stop()
        await self._producer.send_and_wait(PROBES.name, value, key, partition, headers=headers)

    async def close(self) -> None:
        """Disconnect; a probe under way is given up."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()


def probe_partitions(assignment: Callable[[], Collection[tuple[str, int]]]) -> Callable[[], list[int]]:
    """The partitions of the topic of probes that are read here, whenever asked."""
    return lambda: [partition for topic, partition in assignment() if topic == PROBES.name]
