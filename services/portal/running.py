"""What runs behind the pages of a home, for readers: which services, since when, started again how often, how far behind.

Taken from what the supervisor wrote; a cluster has no supervisor, and nothing is shown.
"""

from services.adapters.home_state import HomeState
from services.portal.records import Instant, Record


class Restarts(Record):
    """How often a service was started again, by cause."""

    cause: str
    n: int


class Running(Record):
    """One service: ``standing`` is working, waiting (for what ``waits_for`` names), quiet or silent.

    ``stage`` is what last came through it, ``came_through_at`` when.
    """

    service: str
    standing: str
    since: Instant
    restarts: tuple[Restarts, ...]
    stage: str | None
    came_through_at: Instant | None
    waits_for: tuple[str, ...]


class Behind(Record):
    """Accepted records of a topic that a reader has not committed yet."""

    topic: str
    reader: str
    records: int


def running_of(home: HomeState) -> tuple[Running, ...]:
    """The services of a home, in the order in which they start."""
    return tuple(
        Running(
            service=name,
            standing=each.standing,
            since=each.started_at,
            restarts=tuple(Restarts(cause=cause, n=n) for cause, n in sorted(each.restarts.items())),
            stage=each.stage,
            came_through_at=each.came_through_at,
            waits_for=tuple(sorted(each.waits_for)),
        )
        for name, each in home.services.items()
    )


def behind_of(home: HomeState) -> tuple[Behind, ...]:
    """How far each reader lies behind, by topic."""
    return tuple(
        Behind(topic=topic, reader=reader, records=records)
        for topic, readers in sorted(home.lag.items())
        for reader, records in sorted(readers.items())
    )
