"""One obligation with everything that is recorded about it: snapshot, trace, spans, timeline, and its source.

The page and ``/api/v1/obligations/{id}`` show this same record.
"""

from datetime import date
from typing import Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from services.portal.listings import Query
from services.portal.records import Instant, ObligationDetail, ObligationRecord, Record, SourceRecord, TimelineRecord
from services.portal.warehouse_reader import WarehouseReader

_MOST_ENTRIES: Final = 1000


class EventWords(BaseModel):
    """The fields of an event's data that its sentence may name; every family has some of them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    occurred_on: date | None = None
    earliest_on: date | None = None
    owed_by: str | None = None
    owed_by_name: str | None = None
    named_on: date | None = None
    until: date | None = None
    rating: int | None = None
    reason: str | None = None
    due_on: date | None = None
    was_due_on: date | None = None
    known_on: date | None = None
    contested_by: str | None = None
    outcome: str | None = None


class _DaysLate(Record):
    days_late: int


class _Envelope(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    observedat: AwareDatetime | None = None
    sourceuri: str | None = None
    sourcesha256: str | None = None
    sourcefetchedat: AwareDatetime | None = None
    sourcelocator: str | None = None
    data: EventWords = EventWords()


class TimelineEntry(Record):
    """One recorded event: when it happened in the world, when it was seen, and from which bytes it was read."""

    kind_of_entry: str
    type: str
    event_id: UUID
    source: str
    happened_at: Instant
    occurred_on: date | None
    observed_at: Instant | None
    sourceuri: str | None
    sourcesha256: str | None
    sourcefetchedat: Instant | None
    sourcelocator: str | None
    event: JsonValue
    words: EventWords

    @property
    def verb(self) -> str:
        """``holding_answered`` of ``esep.inquiry.holding_answered.v1``."""
        parts = self.type.split(".")
        return parts[2] if len(parts) == 4 else self.type


class ObligationHistory(ObligationDetail):
    """An obligation, the watermark of its source (null when it never stated one), and its timeline, oldest first.

    ``days_late`` is given while it is on the overdue list, as that list counts it. ``opens`` are the later stages of the
    same matter that it opened.
    """

    days_late: int | None
    opens: tuple[ObligationRecord, ...]
    source: SourceRecord | None
    timeline: tuple[TimelineEntry, ...]

    @property
    def found_since(self) -> date | None:
        """Of a duty that was only found done by ``closed_on``: the first day on which it may have been done."""
        if any(entry.occurred_on == self.closed_on for entry in self.timeline):
            return None
        return next((entry.words.earliest_on for entry in self.timeline if entry.verb == "found"), None)


def read_obligation(reader: WarehouseReader, world: str, obligation_id: str) -> ObligationHistory | None:
    """The obligation of this id in this world, or None. Raises: WarehouseAway."""
    parameters = {"world": world, "id": obligation_id}
    found = reader.read(ObligationDetail, Query(_DETAIL, parameters))
    if not found:
        return None
    detail = found[0]
    sources = reader.read(SourceRecord, Query(_SOURCE, {"world": world, "source": detail.source_id}))
    late = reader.read(_DaysLate, Query(_DAYS_LATE, parameters))
    opens = reader.read(ObligationRecord, Query(_OPENS, parameters))
    entries = reader.read(TimelineRecord, Query(_TIMELINE, parameters))
    return ObligationHistory.model_construct(
        **dict(detail),
        days_late=late[0].days_late if late else None,
        opens=tuple(opens),
        source=sources[0] if sources else None,
        timeline=tuple(_entry(entry) for entry in entries),
    )


def _entry(record: TimelineRecord) -> TimelineEntry:
    try:
        envelope = _Envelope.model_validate_json(record.body)
        event: JsonValue = TypeAdapter(JsonValue).validate_json(record.body)
    except ValidationError:
        envelope, event = _Envelope(), record.body
    return TimelineEntry(
        kind_of_entry=record.kind_of_entry,
        type=record.type,
        event_id=record.event_id,
        source=record.source,
        happened_at=record.happened_at,
        occurred_on=envelope.data.occurred_on,
        observed_at=envelope.observedat,
        sourceuri=envelope.sourceuri,
        sourcesha256=envelope.sourcesha256,
        sourcefetchedat=envelope.sourcefetchedat,
        sourcelocator=envelope.sourcelocator,
        event=event,
        words=envelope.data,
    )


_DETAIL: Final = (
    f"SELECT {', '.join(ObligationDetail.model_fields)} FROM obligations "  # noqa: S608 (names of the model)
    "WHERE simulation = {world:String} AND obligation_id = {id:String} LIMIT 1"
)
_DAYS_LATE: Final = "SELECT days_late FROM overdue WHERE simulation = {world:String} AND obligation_id = {id:String}"
_OPENS: Final = (
    f"SELECT {', '.join(ObligationRecord.model_fields)} FROM obligations "  # noqa: S608 (names of the model)
    "WHERE simulation = {world:String} AND opened_by = {id:String} ORDER BY filed_on, obligation_id LIMIT 100"
)
_SOURCE: Final = (
    f"SELECT {', '.join(SourceRecord.model_fields)} FROM sources "  # noqa: S608 (names of the model)
    "WHERE simulation = {world:String} AND source_id = {source:String}"
)
_TIMELINE: Final = (
    f"SELECT {', '.join(TimelineRecord.model_fields)} FROM timeline "  # noqa: S608 (names of the model)
    "WHERE simulation = {world:String} AND obligation_id = {id:String} "
    f"ORDER BY happened_at, kind_of_entry DESC, event_id LIMIT {_MOST_ENTRIES}"
)
