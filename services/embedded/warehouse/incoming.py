"""The body of one request, off the socket: with a length or in chunks, whole or not at all, and never too much of it.

Bytes only; compression is undone in ``codings``, meaning is found in ``request``.
"""

from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase
from typing import Final

from services.embedded.warehouse.errors import INCORRECT_DATA, QUERY_IS_TOO_LARGE, WarehouseRefusal

_LINE_LIMIT: Final = 8192


def read_body(source: BufferedIOBase, headers: Message, limit_bytes: int) -> bytes:
    """The body these headers announce.

    Raises: WarehouseRefusal when it is larger than ``limit_bytes`` or breaks off; the connection cannot be used then.
    """
    if headers.get("Transfer-Encoding", "").lower() == "chunked":
        return b"".join(_chunks(source, limit_bytes))
    length = headers.get("Content-Length", "0")
    if not length.isdecimal() or int(length) > limit_bytes:
        raise _too_large(limit_bytes)
    return _exactly(source, int(length))


def _chunks(source: BufferedIOBase, limit_bytes: int) -> Iterator[bytes]:
    total = 0
    while size := _chunk_size(source):
        total += size
        if total > limit_bytes:
            raise _too_large(limit_bytes)
        yield _exactly(source, size)
        source.readline(_LINE_LIMIT)
    # Trailers end with an empty line.
    while source.readline(_LINE_LIMIT) not in (b"\r\n", b"\n", b""):
        pass


def _chunk_size(source: BufferedIOBase) -> int:
    size = source.readline(_LINE_LIMIT).partition(b";")[0].strip()
    try:
        return int(size, 16)
    except ValueError as error:
        raise _broken_off() from error


def _exactly(source: BufferedIOBase, length: int) -> bytes:
    data = source.read(length)
    if len(data) < length:
        raise _broken_off()
    return data


def _too_large(limit_bytes: int) -> WarehouseRefusal:
    return WarehouseRefusal(QUERY_IS_TOO_LARGE, f"A body may hold {limit_bytes} bytes; send the rows in parts.")


def _broken_off() -> WarehouseRefusal:
    return WarehouseRefusal(INCORRECT_DATA, "The body broke off; nothing was run.")
