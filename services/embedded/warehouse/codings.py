"""Compression of HTTP bodies, both ways: gzip and deflate always, lz4 and zstd where their packages are installed.

Decompression is bounded: a small body that unfolds into a large one is refused, not unfolded.
"""

import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final, Protocol

from services.embedded.warehouse.errors import (
    INCORRECT_DATA,
    QUERY_IS_TOO_LARGE,
    UNKNOWN_COMPRESSION_METHOD,
    WarehouseRefusal,
)

_GZIP_BITS: Final = 31
_FAST_LEVEL: Final = 1


class Encoder(Protocol):
    """Compresses pieces of one body; ``flush`` ends it."""

    def compress(self, data: bytes) -> bytes: ...

    def flush(self) -> bytes: ...


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class Plain:
    """The identity: what is not compressed."""

    def compress(self, data: bytes) -> bytes:
        """The data as they are."""
        return data

    def flush(self) -> bytes:
        """Nothing is left over."""
        return b""


class _Lz4Encoder:
    """One lz4 frame; its header is written with the first piece."""

    def __init__(self, lz4: Any) -> None:  # noqa: ANN401  # a module without types
        self._compressor = lz4.LZ4FrameCompressor()
        self._begun = False

    def compress(self, data: bytes) -> bytes:
        head: bytes = b"" if self._begun else self._compressor.begin()
        self._begun = True
        return head + bytes(self._compressor.compress(data))

    def flush(self) -> bytes:
        return self.compress(b"") + bytes(self._compressor.flush())


def _installed(*modules: str) -> Any:  # noqa: ANN401  # one of several modules, or None
    for name in modules:
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


_lz4 = _installed("lz4.frame")
_zstd = _installed("compression.zstd", "backports.zstd")

# In the order in which we prefer them: on the loopback interface speed counts, not size.
ENCODERS: Final[Mapping[str, Callable[[], Encoder]]] = {
    **({"lz4": lambda: _Lz4Encoder(_lz4)} if _lz4 else {}),
    **({"zstd": lambda: _zstd.ZstdCompressor(level=_FAST_LEVEL)} if _zstd else {}),
    "gzip": lambda: zlib.compressobj(_FAST_LEVEL, wbits=_GZIP_BITS),
    "deflate": lambda: zlib.compressobj(_FAST_LEVEL),
}
_DECODERS: Final[Mapping[str, Callable[[], _Decoder]]] = {
    **({"lz4": _lz4.LZ4FrameDecompressor} if _lz4 else {}),
    **({"zstd": _zstd.ZstdDecompressor} if _zstd else {}),
    "gzip": lambda: zlib.decompressobj(wbits=_GZIP_BITS),
    "deflate": zlib.decompressobj,
}
_FAULTS: Final = (zlib.error, RuntimeError, *((_zstd.ZstdError,) if _zstd else ()))


def best_coding(accept_encoding: str) -> str | None:
    """The fastest coding the client takes; None when it takes none of ours."""
    accepted = set()
    for offer in accept_encoding.split(","):
        name, _, weight = offer.strip().partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0"):
            accepted.add(name.strip().lower())
    return next((name for name in ENCODERS if name in accepted), None)


def decoded(body: bytes, coding: str, limit_bytes: int) -> bytes:
    """The body without its Content-Encoding, at most ``limit_bytes`` of it; several frames in a row are one body.

    Raises: WarehouseRefusal for an unknown coding, damaged or cut data, or more than ``limit_bytes``.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return body
    if coding not in _DECODERS:
        known = ", ".join(_DECODERS)
        raise WarehouseRefusal(UNKNOWN_COMPRESSION_METHOD, f"Content-Encoding {coding!r} is unknown; use {known}.")
    whole = bytearray()
    rest: bytes | None = body
    while rest:
        decoder = _DECODERS[coding]()
        try:
            whole += decoder.decompress(rest, limit_bytes + 1 - len(whole))
        except _FAULTS as error:
            raise WarehouseRefusal(INCORRECT_DATA, f"The body is not {coding}: {error}.") from error
        if len(whole) > limit_bytes:
            raise WarehouseRefusal(QUERY_IS_TOO_LARGE, f"The body unfolds to more than {limit_bytes} bytes.")
        if not decoder.eof:
            raise WarehouseRefusal(INCORRECT_DATA, f"The body ends in the middle of its {coding} data.")
        rest = decoder.unused_data
    return bytes(whole)
