"""Bodies of the embedded warehouse: read and unpacked within bounds, Native blocks at a newer revision."""

import zlib
from collections.abc import Callable
from email.message import Message
from io import BytesIO

import pytest

from services.embedded.warehouse.codings import ENCODERS, best_coding, decoded
from services.embedded.warehouse.errors import WarehouseRefusal, refusal_of
from services.embedded.warehouse.incoming import read_body
from services.embedded.warehouse.native import with_block_headers

TEXT = b"what the record says, " * 5_000


def encoded(coding: str, data: bytes) -> bytes:
    encoder = ENCODERS[coding]()
    return encoder.compress(data) + encoder.flush()


@pytest.mark.parametrize("coding", list(ENCODERS))
def test_what_is_encoded_is_decoded(coding: str) -> None:
    body = encoded(coding, TEXT)
    assert len(body) < len(TEXT) / 10
    assert decoded(body, coding, len(TEXT)) == TEXT
    # Clients send one frame per block.
    assert decoded(body + encoded(coding, b"more"), coding.upper(), 2 * len(TEXT)) == TEXT + b"more"


@pytest.mark.parametrize("coding", list(ENCODERS))
@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda body: body[: len(body) // 2], 117),
        (lambda body: b"no such thing" + body, 117),
        (lambda body: body, 229),
    ],
    ids=["cut", "damaged", "larger than allowed"],
)
def test_a_harmed_body_is_refused(coding: str, harm: Callable[[bytes], bytes], code: int) -> None:
    with pytest.raises(WarehouseRefusal) as refused:
        decoded(harm(encoded(coding, TEXT)), coding, len(TEXT) - 1)
    assert refused.value.code == code


def test_an_unknown_coding_is_named() -> None:
    with pytest.raises(WarehouseRefusal, match=r"'br' is unknown; use .*gzip"):
        decoded(b"x", "br", 10)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip", "gzip"),
        ("deflate, gzip;q=1.0", "gzip"),
        ("gzip;q=0, deflate", "deflate"),
        ("lz4,zstd,gzip,deflate", "lz4"),
    ],
)
def test_the_fastest_accepted_coding_is_chosen(accepted: str, chosen: str | None) -> None:
    assert best_coding(accepted) == chosen


def test_deflate_is_what_http_calls_deflate() -> None:
    assert zlib.decompress(encoded("deflate", TEXT)) == TEXT


def headers(**named: str) -> Message:
    found = Message()
    for name, value in named.items():
        found[name.replace("_", "-")] = value
    return found


def test_a_body_is_read_by_length_or_in_chunks() -> None:
    assert read_body(BytesIO(b"abcdef"), headers(Content_Length="3"), 10) == b"abc"
    assert read_body(BytesIO(b"left alone"), headers(), 10) == b""
    source = BytesIO(b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nnext")
    assert read_body(source, headers(Transfer_Encoding="chunked"), 13) == b"abc0123456789"
    assert source.read() == b"next"


@pytest.mark.parametrize(
    ("sent", "announced", "code"),
    [
        (b"ab", {"Content_Length": "3"}, 117),
        (b"", {"Content_Length": "11"}, 229),
        (b"", {"Content_Length": "-1"}, 229),
        (b"3\r\nab", {"Transfer_Encoding": "chunked"}, 117),
        (b"3\r\nabc\r\n", {"Transfer_Encoding": "chunked"}, 117),
        (b"what\r\n", {"Transfer_Encoding": "chunked"}, 117),
        (b"B\r\n" + bytes(11), {"Transfer_Encoding": "chunked"}, 229),
    ],
)
def test_a_body_broken_off_or_too_large_is_refused(sent: bytes, announced: dict[str, str], code: int) -> None:
    with pytest.raises(WarehouseRefusal) as refused:
        read_body(BytesIO(sent), headers(**announced), 10)
    assert refused.value.code == code


def column(name: bytes, type_name: bytes, data: bytes) -> tuple[bytes, bytes]:
    """A column of a Native block: its head and its data."""
    return bytes((len(name),)) + name + bytes((len(type_name),)) + type_name, data


TWO_ROWS = [
    column(b"n", b"UInt32", b"\1\0\0\0\2\0\0\0"),
    column(b"s", b"String", b"\1a\0"),
    column(b"m", b"Nullable(Decimal(38, 6))", b"\0\1" + bytes(32)),
    column(b"a", b"Array(Tuple(x Int8, `y,(` String))", bytes((1, *bytes(7), 3, *bytes(7))) + b"\1\2\3\1a\0\1b"),
    column(b"e", b"Enum8('a,(' = 1)", b"\1\1"),
    column(b"f", b"Map(FixedString(2), UUID)", bytes(16)),
    column(
        b"w",
        b"LowCardinality(Nullable(String))",
        (1).to_bytes(8, "little")
        + (1 << 9).to_bytes(8, "little")
        + (2).to_bytes(8, "little")
        + b"\0\3abc"
        + (2).to_bytes(8, "little")
        + b"\0\1",
    ),
]


def test_blocks_get_what_a_newer_reader_expects() -> None:
    plain = b"\7\2" + b"".join(head + data for head, data in TWO_ROWS)
    newer = b"\1\0\2\xff\xff\xff\xff\0\7\2" + b"".join(head + b"\0" + data for head, data in TWO_ROWS)
    assert with_block_headers(plain * 2) == newer * 2
    assert with_block_headers(b"") == b""


def test_a_column_of_unknown_size_is_refused_by_name() -> None:
    head, data = column(b"j", b"JSON", b"?")
    with pytest.raises(WarehouseRefusal, match="type JSON"):
        with_block_headers(b"\1\1" + head + data)


@pytest.mark.parametrize(
    ("engine_text", "code", "message"),
    [
        ("Code: 60. DB::Exception: No t. (UNKNOWN_TABLE)", 60, "No t. (UNKNOWN_TABLE)"),
        (
            "Code: 164. DB::Exception: Code: 164. DB::Exception: No. (READONLY) (version 26.5.1.1). (READONLY)",
            *(164, "No. (READONLY)"),
        ),
        (
            "Streaming query failed: Code: 47. DB::Exception: No x. (UNKNOWN_IDENTIFIER)",
            47,
            "No x. (UNKNOWN_IDENTIFIER)",
        ),
        ("", 1002, "the engine gave no reason (UNKNOWN_EXCEPTION)"),
    ],
)
def test_errors_of_the_engine_are_unwrapped(engine_text: str, code: int, message: str) -> None:
    refusal = refusal_of(engine_text)
    assert (refusal.code, refusal.message) == (code, message)
    assert refusal.text("1.2") == f"Code: {code}. DB::Exception: {message} (version 1.2)\n"
