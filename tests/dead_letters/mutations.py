"""Malformed messages from good ones: the published examples, mutated in bytes and in meaning, the same for a seed.

Whether a message is still understood is not decided here.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
STRANGE: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**63, 2**64, -(2**70), 1e308, 0.1, "", " ", "null", "0", "\x00", "\ufeff", "\u202e", "𝔘" * 9),
    *([], {}, [[]], [{}], {"": {}}, "2024-02-30", "0000-00-00", "9999-12-31T23:59:60Z", "1e9", "NaN", "-0", "é" * 3000),
)
LARGE_BYTES = 300 * 1024


def originals() -> list[bytes]:
    """Every published example, valid or not."""
    return [path.read_bytes() for path in sorted(EXAMPLES.glob("*/*.json"))]


def mutated(seed: int, count: int, sources: list[bytes] | None = None) -> Iterator[bytes]:
    """So many messages, each an original changed once to four times, in its bytes or in its fields."""
    chance = random.Random(seed)
    sources = sources or originals()
    for _ in range(count):
        message = chance.choice(sources)
        for _ in range(chance.randint(1, 4)):
            message = chance.choice(_CHANGES)(message, chance)
        yield message


def oversized(seed: int, count: int) -> Iterator[bytes]:
    """Messages longer than a dead letter holds."""
    chance = random.Random(seed)
    for number in range(count):
        yield b'{"large": %d, "of": "' % number + chance.randbytes(LARGE_BYTES // 2).hex().encode()


def _flip(message: bytes, chance: random.Random) -> bytes:
    if not message:
        return b"\xff"
    at = chance.randrange(len(message))
    return message[:at] + bytes([message[at] ^ (1 << chance.randrange(8))]) + message[at + 1 :]


def _cut(message: bytes, chance: random.Random) -> bytes:
    first, last = sorted(chance.randrange(len(message) + 1) for _ in range(2))
    return message[:first] + message[last:]


def _insert(message: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(message) + 1)
    return message[:at] + chance.randbytes(chance.randint(1, 8)) + message[at:]


def _repeat(message: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(message) + 1)
    return message[:at] + message[at : at + 40] * chance.randint(2, 50) + message[at:]


def _nest(message: bytes, chance: random.Random) -> bytes:
    depth = chance.choice((3, 200, 2_000))
    return message.replace(b'"data"', b'"data":' + b'{"a":' * depth + b"1" + b"}" * depth + b',"b"', 1)


def _in_fields(change: Callable[[Any, random.Random], None]) -> Callable[[bytes, random.Random], bytes]:
    def changed(message: bytes, chance: random.Random) -> bytes:
        try:
            content = orjson.loads(message)
        except orjson.JSONDecodeError:
            return _flip(message, chance)
        places = [each for each in _objects(content) if each]
        if not places:
            return _insert(message, chance)
        change(chance.choice(places), chance)
        try:
            return orjson.dumps(content)
        except (orjson.JSONEncodeError, TypeError):
            return _cut(message, chance)

    return changed


def _objects(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, dict):
        return [content, *(found for each in content.values() for found in _objects(each))]
    return [found for each in content for found in _objects(each)] if isinstance(content, list) else []


def _strange_value(fields: dict[str, Any], chance: random.Random) -> None:
    value = chance.choice(STRANGE)
    # Beyond 64 bits a number cannot be written back; as text it is as strange.
    fields[chance.choice(list(fields))] = value if not isinstance(value, int) or abs(value) < 2**63 else str(value)


def _lost_field(fields: dict[str, Any], chance: random.Random) -> None:
    del fields[chance.choice(list(fields))]


def _unknown_field(fields: dict[str, Any], chance: random.Random) -> None:
    fields[chance.choice(("extra", "", "Aigerim Testova", "data", "__class__"))] = chance.choice((1, "x", None, {}))


def _swapped(fields: dict[str, Any], chance: random.Random) -> None:
    one, other = chance.choice(list(fields)), chance.choice(list(fields))
    fields[one], fields[other] = fields[other], fields[one]


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _cut, _insert, _repeat, _nest),
    *(_in_fields(change) for change in (_strange_value, _lost_field, _unknown_field, _swapped)),
)
