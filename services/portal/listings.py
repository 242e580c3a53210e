"""Lists of records: which view, which filters, which order, and cursors that continue after a row.

SQL is made here of constant names only; every value travels as a bound parameter.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Generic, TypeVar
from uuid import UUID

from services.portal.records import (
    AlertRecord,
    BodyRecord,
    DeadLetterRecord,
    FindingRecord,
    ObligationRecord,
    OverdueRecord,
    Record,
    SourceRecord,
    TimelinessRecord,
)

RecordT_co = TypeVar("RecordT_co", bound=Record, covariant=True)

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
_MAX_CURSOR_CHARS: Final = 1000

Value = str | int | bool | date | datetime | UUID


class BadCursor(ValueError):
    """The cursor was not made by this list; start again without one."""


@dataclass(frozen=True, slots=True)
class Key:
    """One column of a list's order, with its ClickHouse type."""

    column: str
    type: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow a list: a condition over the bound parameter ``{<name>:<type>}``."""

    condition: str


@dataclass(frozen=True, slots=True)
class Listing(Generic[RecordT_co]):
    """A list the public may read. ``keys`` end in something unique within a world, so that cursors lose no row."""

    name: str
    view: str
    model: type[RecordT_co]
    keys: tuple[Key, ...]
    filters: Mapping[str, Filter] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The public columns, in order."""
        return tuple(self.model.model_fields)

    def query(
        self, world: str, given: Mapping[str, Value], *, after: Sequence[Value] = (), limit: int | None = None
    ) -> "Query":
        """The SQL and its parameters. ``after`` are the key values of the last row already seen.

        Raises: KeyError for a filter this list does not have.
        """
        conditions = ["simulation = {world:String}", *(self.filters[name].condition for name in given)]
        parameters: dict[str, Value] = {"world": world, **given}
        if after:
            conditions.append(self._after())
            parameters |= {f"after_{index}": value for index, value in enumerate(after)}
        order = ", ".join(key.column + (" DESC" if key.descending else "") for key in self.keys)
        sql = (
            f"SELECT {', '.join(self.columns)} FROM {self.view} "  # noqa: S608 (names of this module only)
            f"WHERE {' AND '.join(conditions)} ORDER BY {order}"
        )
        if limit is not None:
            sql += " LIMIT {row_limit:UInt32}"
            parameters["row_limit"] = limit
        return Query(sql, parameters)

    def count(self, world: str, given: Mapping[str, Value]) -> "Query":
        """The SQL that counts the rows under the same filters, as column ``n``."""
        conditions = ["simulation = {world:String}", *(self.filters[name].condition for name in given)]
        return Query(
            f"SELECT count() AS n FROM {self.view} WHERE {' AND '.join(conditions)}",  # noqa: S608
            {"world": world, **given},
        )

    def _after(self) -> str:
        """``(a < x) OR (a = x AND b > y)``: rows that come later in this order."""
        steps, equal = [], ""
        for index, key in enumerate(self.keys):
            bound = f"{{after_{index}:{key.type}}}"
            steps.append(f"({equal}{key.column} {'<' if key.descending else '>'} {bound})")
            equal += f"{key.column} = {bound} AND "
        return f"({' OR '.join(steps)})"

    def cursor(self, record: Record) -> str:
        """An opaque text from which ``resume`` finds the place after this record."""
        values = [_written(getattr(record, key.column)) for key in self.keys]
        return urlsafe_b64encode(json.dumps([self.name, *values]).encode()).decode().rstrip("=")

    def resume(self, cursor: str) -> tuple[Value, ...]:
        """The key values in a cursor.

        Raises: BadCursor when this list did not make it.
        """
        try:
            padded = cursor[:_MAX_CURSOR_CHARS] + "=" * (-len(cursor) % 4)
            name, *values = json.loads(urlsafe_b64decode(padded.encode("ascii")))
            if name != self.name or len(values) != len(self.keys):
                raise BadCursor("the cursor belongs to another list; start again without it")
            return tuple(_PARSERS[key.type](value) for key, value in zip(self.keys, values, strict=True))
        except BadCursor:
            raise
        except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
            raise BadCursor("the cursor is damaged; start again without it") from error


@dataclass(frozen=True, slots=True)
class Query:
    """SQL and the values bound to it."""

    sql: str
    parameters: Mapping[str, Value | None]


_DAY: Final = "Date32"
_INSTANT: Final = "DateTime64(3, 'UTC')"


def _written(value: object) -> str | int:
    return value if isinstance(value, int) else value.isoformat() if isinstance(value, date) else str(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
        raise TypeError("expected a number")
    return value


_PARSERS: Final[Mapping[str, Callable[[object], Value]]] = {
    "String": _text,
    "UInt32": _number,
    "UUID": lambda value: UUID(_text(value)),
    _DAY: lambda value: date.fromisoformat(_text(value)),
    _INSTANT: lambda value: datetime.fromisoformat(_text(value)),
}

_OBLIGATION_FILTERS: Final = {
    "lifecycle": Filter("lifecycle = {lifecycle:String}"),
    "timeliness": Filter("timeliness = {timeliness:String}"),
    "claim": Filter("claim = {claim:String}"),
    "owed": Filter("(lifecycle IN ('open', 'partly_fulfilled')) = {owed:Bool}"),
    "body": Filter("answerable = {body:String}"),
    "kind": Filter("kind = {kind:String}"),
    "jurisdiction": Filter("jurisdiction = {jurisdiction:String}"),
    "region": Filter("region = {region:String}"),
    "since": Filter("filed_on >= {since:Date32}"),
    "due_on": Filter("due_on = {due_on:Date32}"),
}

OBLIGATIONS: Final = Listing(
    name="obligations",
    view="obligations",
    model=ObligationRecord,
    keys=(Key("filed_on", _DAY, descending=True), Key("obligation_id", "String")),
    filters=_OBLIGATION_FILTERS,
)
OVERDUE: Final = Listing(
    name="overdue",
    view="overdue",
    model=OverdueRecord,
    keys=(Key("days_late", "UInt32", descending=True), Key("obligation_id", "String")),
    filters={name: _OBLIGATION_FILTERS[name] for name in ("body", "kind", "jurisdiction", "timeliness")},
)
BODIES: Final = Listing(
    name="bodies",
    view="bodies",
    model=BodyRecord,
    keys=(Key("owed_by", "String"), Key("jurisdiction", "String")),
    filters={"jurisdiction": _OBLIGATION_FILTERS["jurisdiction"], "body": Filter("owed_by = {body:String}")},
)
SOURCES: Final = Listing(name="sources", view="sources", model=SourceRecord, keys=(Key("source_id", "String"),))
FINDINGS: Final = Listing(
    name="findings",
    view="findings",
    model=FindingRecord,
    keys=(Key("changed_at", _INSTANT, descending=True), Key("finding_id", "String")),
    filters={
        "state": Filter("state = {state:String}"),
        "severity": Filter("severity = {severity:String}"),
        "source": Filter("source_id = {source:String}"),
        "code": Filter("code = {code:String}"),
    },
)
ALERTS: Final = Listing(
    name="alerts",
    view="alerts",
    model=AlertRecord,
    keys=(Key("changed_at", _INSTANT, descending=True), Key("alert_id", "UUID")),
    filters={
        "state": Filter("state = {state:String}"),
        "severity": Filter("severity = {severity:String}"),
        "body": Filter("owed_by = {body:String}"),
        "since": Filter("changed_at >= {since:Date32}"),
    },
)
DEAD_LETTERS: Final = Listing(
    name="dead-letters",
    view="dead_letters",
    model=DeadLetterRecord,
    keys=(Key("kept_at", _INSTANT, descending=True), Key("event_id", "UUID")),
    filters={"code": Filter("code = {code:String}")},
)
TIMELINESS: Final = Listing(
    name="metrics",
    view="timeliness_by_month",
    model=TimelinessRecord,
    keys=(
        Key("month", _DAY, descending=True),
        Key("jurisdiction", "String"),
        Key("rule_id", "String"),
        Key("kind", "String"),
    ),
    filters={
        "kind": _OBLIGATION_FILTERS["kind"],
        "jurisdiction": _OBLIGATION_FILTERS["jurisdiction"],
        "rule": Filter("rule_id = {rule:String}"),
        "since": Filter("month >= {since:Date32}"),
    },
)
