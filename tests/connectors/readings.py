"""What tests ask of a connector's readings, and golden files of events.

To write the golden files anew: ``python -m tests.connectors.readings``; then read the difference.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from schemas.envelope import Event
from services.adapters.codec import encode
from services.connectors.base import Connector, Reading, Record, Rejected, Watermark
from services.connectors.kz_budget import KzBudget
from services.connectors.kz_budget_table import Table
from services.connectors.uk_written_questions import UkWrittenQuestions

FIXTURES: Final = Path(__file__).resolve().parents[1] / "fixtures"
READ_AT: Final = datetime(2025, 6, 2, 12, tzinfo=UTC)

UK: Final = UkWrittenQuestions(read_at=READ_AT)
ADMINISTRATORS: Final = KzBudget(read_at=READ_AT, table=Table("republican", "administrator"))
PACKAGE: Final = KzBudget(read_at=READ_AT)

GOLDEN: Final[tuple[tuple[Connector, Path, Path], ...]] = (
    (UK, FIXTURES / "uk_written_questions/page.json", FIXTURES / "uk_written_questions/page.events.ndjson"),
    (ADMINISTRATORS, FIXTURES / "kz_budget/administrators.csv", FIXTURES / "kz_budget/administrators.events.ndjson"),
    (PACKAGE, FIXTURES / "kz_budget/datapackage.json", FIXTURES / "kz_budget/datapackage.events.ndjson"),
)

ReadingT = TypeVar("ReadingT")


def read(connector: Connector, path: Path) -> list[Reading]:
    """Every reading of one file."""
    connector.check([path])
    return list(connector.read(path))


def of_kind(kind: type[ReadingT], readings: Iterable[object]) -> list[ReadingT]:
    """The readings of one kind, in order."""
    return [reading for reading in readings if isinstance(reading, kind)]


def events_of(readings: Iterable[Reading]) -> list[Event]:
    """Every event that would reach the log, in order."""
    events: list[Event] = []
    for reading in readings:
        if isinstance(reading, Record):
            events += reading.events
        elif isinstance(reading, Watermark):
            events.append(reading.event)
    return events


def facts_said(readings: Iterable[Reading]) -> list[str]:
    """Each fact as ``verb date``, for short comparisons."""
    return [
        f"{event.type.split('.')[2]} {event.data.model_dump(mode='json')['occurred_on']}"
        for record in of_kind(Record, readings)
        for event in record.events
    ]


def only_rejection(readings: Iterable[Reading]) -> Rejected:
    """The one rejection there must be."""
    (rejected,) = of_kind(Rejected, readings)
    return rejected


def as_lines(readings: Iterable[Reading]) -> bytes:
    """The events as NDJSON, as a golden file holds them."""
    return b"".join(encode(event) + b"\n" for event in events_of(readings))


if __name__ == "__main__":
    for connector, source, golden in GOLDEN:
        golden.write_bytes(as_lines(connector.read(source)))
