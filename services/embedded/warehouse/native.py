"""ClickHouse's Native format at the protocol revision that Go's client, and so Grafana, reads.

The engine writes revision 0; newer ones put eight bytes before each block and one before each column's data. Columns
are skipped over by the size their type gives them; no value is looked at.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Final

from services.embedded.warehouse.errors import NOT_IMPLEMENTED, WarehouseRefusal

# From here on a reader expects both additions. Below, revision 0 is understood by everybody who asks.
FIRST_REVISION: Final = 54454

# Field 1 (is_overflows) = 0, field 2 (bucket_num) = -1, end.
_BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_USUAL_SERIALIZATION: Final = b"\x00"

_SIZES: Final = {
    **dict.fromkeys(("Int8", "UInt8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("Int16", "UInt16", "Enum16", "Date", "BFloat16"), 2),
    **dict.fromkeys(("Int32", "UInt32", "Float32", "Date32", "DateTime", "Time", "IPv4", "Decimal32"), 4),
    **dict.fromkeys(("Int64", "UInt64", "Float64", "DateTime64", "Time64", "Decimal64"), 8),
    **dict.fromkeys(("Int128", "UInt128", "UUID", "IPv6", "Decimal128"), 16),
    **dict.fromkeys(("Int256", "UInt256", "Decimal256"), 32),
}
_DECIMAL_DIGITS: Final = ((9, 4), (18, 8), (38, 16), (76, 32))

# (blocks, offset, rows) → the offset behind a column's data.
_Skip = Callable[[bytes, int, int], int]


def with_block_headers(blocks: bytes) -> bytes:
    """Native blocks of revision 0 as a reader of ``FIRST_REVISION`` or newer expects them.

    Raises: WarehouseRefusal for a column type whose size does not follow from its name (JSON, Dynamic, states, …).
    """
    written = bytearray()
    position = 0
    while position < len(blocks):
        written += _BLOCK_INFO
        start = position
        columns, position = _varint(blocks, position)
        rows, position = _varint(blocks, position)
        written += blocks[start:position]
        for _ in range(columns):
            start = position
            _, position = _text(blocks, position)
            type_name, position = _text(blocks, position)
            data = position
            # Each dictionary of a column, however deep, announces its version before all data.
            versions = 8 * type_name.count("LowCardinality(") if rows else 0
            position = _skip_of(type_name)(blocks, position + versions, rows)
            written += blocks[start:data] + _USUAL_SERIALIZATION + blocks[data:position]
    return bytes(written)


@cache
def _skip_of(type_name: str) -> _Skip:
    name, _, rest = type_name.partition("(")
    if name in _SIZES:
        return partial(_skip_fixed, _SIZES[name])
    if name.startswith("Interval"):
        return partial(_skip_fixed, 8)
    if name in _COMPOSED:
        return _COMPOSED[name](_split(rest[:-1]))
    raise WarehouseRefusal(
        NOT_IMPLEMENTED, f"Columns of type {type_name} are not offered to this client; convert them in the query."
    )


def _low_cardinality(inner: list[str]) -> _Skip:
    # The dictionary holds the plain type; NULL is a position in it.
    return partial(_skip_dictionary, _skip_of(inner[0].removeprefix("Nullable(").removesuffix(")")))


_COMPOSED: Final[Mapping[str, Callable[[list[str]], _Skip]]] = {
    "String": lambda _: _skip_strings,
    "FixedString": lambda inner: partial(_skip_fixed, int(inner[0])),
    "Decimal": lambda inner: partial(
        _skip_fixed, next(size for digits, size in _DECIMAL_DIGITS if int(inner[0]) <= digits)
    ),
    "Nullable": lambda inner: partial(_skip_nullable, _skip_of(inner[0])),
    "LowCardinality": _low_cardinality,
    "Array": lambda inner: partial(_skip_array, _skip_of(inner[0])),
    "Map": lambda inner: partial(_skip_array, partial(_skip_tuple, [_skip_of(part) for part in inner])),
    "Tuple": lambda inner: partial(_skip_tuple, [_skip_of(_without_name(part)) for part in inner]),
    "SimpleAggregateFunction": lambda inner: _skip_of(inner[1]),
}


def _skip_fixed(size: int, blocks: bytes, position: int, rows: int) -> int:
    return position + size * rows


def _skip_strings(blocks: bytes, position: int, rows: int) -> int:
    for _ in range(rows):
        length, position = _varint(blocks, position)
        position += length
    return position


def _skip_nullable(inner: _Skip, blocks: bytes, position: int, rows: int) -> int:
    return inner(blocks, position + rows, rows)


def _skip_dictionary(keys: _Skip, blocks: bytes, position: int, rows: int) -> int:
    if rows == 0:
        return position
    index_bytes = 1 << (blocks[position] & 0xF)
    position = keys(blocks, position + 16, _uint64(blocks, position + 8))
    return position + 8 + index_bytes * _uint64(blocks, position)


def _skip_array(inner: _Skip, blocks: bytes, position: int, rows: int) -> int:
    end = position + 8 * rows
    return inner(blocks, end, _uint64(blocks, end - 8) if rows else 0)


def _skip_tuple(inner: Sequence[_Skip], blocks: bytes, position: int, rows: int) -> int:
    for skip in inner:
        position = skip(blocks, position, rows)
    return position


def _split(arguments: str) -> list[str]:
    """Arguments of a type, parted at the commas outside of brackets and quotes."""
    parts, depth = [""], 0
    for piece in re.findall(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|.", arguments, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _without_name(element: str) -> str:
    """The type of a tuple's element, which may have a name before it."""
    return re.sub(r"\A(?:`(?:[^`\\]|\\.)*`|[A-Za-z_]\w*) +(?=[A-Z])", "", element)


def _varint(blocks: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = blocks[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def _uint64(blocks: bytes, position: int) -> int:
    return int.from_bytes(blocks[position : position + 8], "little")


def _text(blocks: bytes, position: int) -> tuple[str, int]:
    length, position = _varint(blocks, position)
    return blocks[position : position + length].decode("utf-8", errors="replace"), position + length
