"""Whole lists as CSV or Parquet, streamed: the same columns as the JSON answers, in the same order.

CSV is written here, row by row, so that a hostile text cannot become a formula in somebody's spreadsheet.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from fastapi.responses import Response, StreamingResponse

from services.portal.listings import Query
from services.portal.records import Record
from services.portal.warehouse_reader import WarehouseReader

DownloadFormat = Literal["csv", "parquet"]
_MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_ROWS_PER_PIECE: Final = 500


def download(
    reader: WarehouseReader, query: Query, columns: Sequence[str], fmt: DownloadFormat, name: str
) -> StreamingResponse:
    """The rows of a query as an attachment. Raises: WarehouseAway before the first byte; later the stream breaks off."""
    if fmt == "parquet":
        pieces: Iterator[bytes] = reader.stream(query, "Parquet")
    else:
        pieces = csv_pieces(columns, lines(reader.stream(query, "JSONCompactEachRow")))
    return StreamingResponse(
        pieces,
        media_type=_MEDIA_TYPES[fmt],
        headers={"Content-Disposition": f'attachment; filename="esep-{name}.{fmt}"'},
    )


def download_records(model: type[Record], records: Sequence[Record], name: str) -> Response:
    """Records at hand as a CSV attachment, in the columns of their model."""
    rows = (json.dumps(list(record.model_dump(mode="json").values())) for record in records)
    content = b"".join(csv_pieces(tuple(model.model_fields), rows))
    headers = {"Content-Disposition": f'attachment; filename="esep-{name}.csv"'}
    return Response(content, media_type=_MEDIA_TYPES["csv"], headers=headers)


def csv_pieces(columns: Sequence[str], rows: Iterable[str]) -> Iterator[bytes]:
    """A CSV file (RFC 4180, UTF-8, header row) from rows as JSON arrays; null is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in json.loads(row)])
        if number % _ROWS_PER_PIECE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def cell(value: object) -> str:
    """A value as a CSV cell. Text a spreadsheet would run as a formula gets an apostrophe in front."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}" if value.startswith(_FORMULA_STARTS) and not _is_number(value) else value
        case int() | float():
            return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """The lines of a byte stream cut anywhere, without their ends; empty ones are left out."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line.decode() for line in whole if line)
    if rest:
        yield rest.decode()


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isascii() and text.lstrip("-").replace(".", "", 1).isdigit()


def _taken(buffer: io.StringIO) -> bytes:
    content = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return content
