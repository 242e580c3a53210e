"""The column types of the warehouse: each a Python type, its bounds, and the ClickHouse type that stores it.

A value outside the bounds is refused here, since ClickHouse would wrap it silently. No table is named here.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field


@dataclass(frozen=True, slots=True)
class Column:
    """The ClickHouse type of a column, spelled as ``system.columns`` spells it."""

    type: str


_FIRST_DAY = date(1900, 1, 1)
_LAST_DAY = date(2299, 12, 31)
_FIRST_INSTANT = datetime(1900, 1, 1, tzinfo=UTC)
_LAST_INSTANT = datetime(2299, 12, 31, 23, 59, 59, tzinfo=UTC)
_AMOUNT_LIMIT = Decimal(10) ** 24

_Day = Annotated[date, Field(ge=_FIRST_DAY, le=_LAST_DAY)]
_Instant = Annotated[AwareDatetime, Field(ge=_FIRST_INSTANT, le=_LAST_INSTANT)]
_UInt32 = Annotated[int, Field(ge=0, lt=2**32)]

Text = Annotated[str, Column("String")]
Word = Annotated[str, Column("LowCardinality(String)")]
"""One of few values: a code, a kind, a type, a name of a body."""

Id = Annotated[UUID, Column("UUID")]
Bucket = Annotated[int, Field(ge=0, lt=256), Column("UInt8")]
Count = Annotated[_UInt32, Column("UInt32")]
MaybeCount = Annotated[_UInt32 | None, Column("Nullable(UInt32)")]
Version = Annotated[int, Field(ge=0, lt=2**64), Column("UInt64")]
Flag = Annotated[bool, Column("Bool")]
Day = Annotated[_Day, Column("Date32")]
MaybeDay = Annotated[_Day | None, Column("Nullable(Date32)")]
Instant = Annotated[_Instant, Column("DateTime64(3, 'UTC')")]
MaybeInstant = Annotated[_Instant | None, Column("Nullable(DateTime64(3, 'UTC'))")]

# Far beyond any budget, and a sum over a million such rows still fits its 38 digits.
_Amount = Annotated[Decimal, Field(gt=-_AMOUNT_LIMIT, lt=_AMOUNT_LIMIT, decimal_places=6)]
Amount = Annotated[_Amount, Column("Decimal(38, 6)")]
