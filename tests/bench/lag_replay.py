"""The real file of observed changes, replayed through a partition snapshot by snapshot under a lag of one's choice.

Gives the claims that would have been published and taken back; nothing is printed or asserted here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from statistics import median, quantiles

from schemas.envelope import Event
from schemas.events.clock import ClockTickV1
from schemas.events.deadlines import DeadlineMissedV1, DeadlineWithdrawnV1
from schemas.events.inquiries import InquiryAnsweredV1, InquiryHoldingAnsweredV1
from schemas.events.sources import SourceObservedV1
from schemas.events.verbs import DueDateChanged, Filed, ObligationFact
from schemas.rulebook import Rulebook
from services.connectors.base import Reading, Record, Watermark
from services.domain.deadlines import local_date, local_midnight
from services.domain.identity import new_event
from services.domain.partition import Partition

DAY = timedelta(days=1)
ZONE = "Europe/London"


@dataclass(frozen=True)
class Outcome:
    """What a lag would have led to: claims raised, claims taken back by reason, and how long true claims waited."""

    lag: timedelta
    raised: int
    withdrawn: Counter[str]
    waits: tuple[timedelta, ...]

    @property
    def share_withdrawn(self) -> float:
        """Of the claims raised, the fraction that was taken back."""
        return self.withdrawn.total() / self.raised

    @property
    def median_wait(self) -> float:
        """Days from the due instant to the claim, of claims that stood."""
        return median(self.waits) / DAY

    @property
    def p90_wait(self) -> float:
        """The same, for the slowest tenth."""
        return quantiles(self.waits, n=10)[-1] / DAY


def snapshots_of(readings: Iterable[Reading]) -> list[list[Event]]:
    """The named-day questions of a file, snapshot by snapshot: facts, then the watermarks they are vouched for by."""
    events: list[Event] = []
    for reading in readings:
        if isinstance(reading, Record):
            events += reading.events
        elif isinstance(reading, Watermark):
            events.append(reading.event)
    named = {e.subject for e in events if isinstance(e.data, Filed) and e.data.named_on is not None}
    kept = [e for e in events if e.subject in named or isinstance(e.data, SourceObservedV1)]
    kept.sort(key=lambda e: (e.observedat, isinstance(e.data, SourceObservedV1)))
    return [list(group) for _, group in groupby(kept, key=lambda e: e.observedat)]


def replay_with(lag: timedelta, snapshots: Sequence[Sequence[Event]], rulebook: Rulebook) -> Outcome:
    """Judge every snapshot when it is taken, with the clock at that instant."""
    partition = Partition(rulebook, 0)
    raised: dict[str, list[DeadlineMissedV1 | None]] = {}
    waits: dict[tuple[str, int], timedelta] = {}
    withdrawn: Counter[str] = Counter()
    for snapshot in snapshots:
        decision = partition.decide([_tick(snapshot[0].observedat), *_lagging(lag, snapshot)])
        partition.apply(decision)
        for event in decision.derived:
            claims = raised.setdefault(event.subject, [])
            if isinstance(event.data, DeadlineMissedV1):
                claims.append(event.data)
                waits[event.subject, len(claims)] = event.time - event.data.due_at
            elif isinstance(event.data, DeadlineWithdrawnV1):
                withdrawn[event.data.reason] += 1
                del waits[event.subject, len(claims)]
    return Outcome(lag, sum(map(len, raised.values())), withdrawn, tuple(waits.values()))


@dataclass(frozen=True)
class Arrival:
    """An answer that was watched arriving: the end of its day, and the snapshots without and with it."""

    day_ended_at: datetime
    not_yet_at: datetime
    shown_at: datetime
    named_on: date | None
    given_on: date

    @property
    def in_time(self) -> bool:
        """Whether it was given on or before a named day."""
        return self.named_on is not None and self.given_on <= self.named_on

    @property
    def shown_after_the_day(self) -> bool:
        """Whether it was in time and could only be seen when the named day was over."""
        return self.in_time and local_date(self.shown_at, ZONE) > (self.named_on or date.max)


def arrivals_in(readings: Iterable[Reading]) -> list[Arrival]:
    """Every answer, holding or final, that a later snapshot added to a question seen before."""
    records = [reading.events for reading in readings if isinstance(reading, Record)]
    taken = _snapshots_taken(records)
    named_on: dict[str, date | None] = {}
    found = []
    for events in records:
        filed = [event.data.named_on for event in events if isinstance(event.data, Filed | DueDateChanged)]
        if events and filed:
            named_on[events[0].subject] = filed[-1]
        answers = [event for event in events if isinstance(event.data, InquiryAnsweredV1 | InquiryHoldingAnsweredV1)]
        if answers and not any(isinstance(event.data, Filed) for event in events):
            last = answers[-1]
            not_yet_at = taken.get((last.source, last.observedat))
            if isinstance(last.data, ObligationFact) and not_yet_at is not None:
                given_on = last.data.occurred_on
                ended_at = local_midnight(given_on + DAY, ZONE)
                found.append(Arrival(ended_at, not_yet_at, last.observedat, named_on.get(last.subject), given_on))
    return found


def _snapshots_taken(records: Iterable[Sequence[Event]]) -> dict[tuple[str, datetime], datetime]:
    """(source, snapshot) -> the snapshot before it."""
    taken = sorted({(event.source, event.observedat) for events in records for event in events})
    return {later: earlier[1] for earlier, later in pairwise(taken) if earlier[0] == later[0]}


def _lagging(lag: timedelta, events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        if isinstance(event.data, SourceObservedV1):
            data = event.data.model_copy(update={"lag_s": int(lag.total_seconds())})
            yield event.model_copy(update={"data": data})
        else:
            yield event


def _tick(at: datetime) -> Event:
    return new_event(
        ClockTickV1(at=at),
        source="/tracker",
        subject="tick:0",
        time=at,
        observed_at=at,
        native_id=at.isoformat(),
        version="1",
    )
