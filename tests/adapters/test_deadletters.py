"""Dead letters keep what was not understood, whole or cut, under a stable id."""

import base64
import hashlib
from datetime import timedelta

import pytest

from schemas.envelope import Event
from schemas.events.deadletters import DeadLetterKeptV1
from services.adapters.clock import FakeClock
from services.adapters.codec import MAX_EVENT_BYTES, decode, encode
from services.adapters.deadletters import KEPT_BYTES, dead_letter
from tests.adapters.samples import NOON


def kept(raw: bytes, clock: FakeClock | None = None, /, **changed: str) -> tuple[Event, DeadLetterKeptV1]:
    """A dead letter and its data."""
    said = {
        "code": "invalid_json",
        "reason": "not JSON",
        "origin": "facts.ndjson line 3",
        "source": "/gateway",
    } | changed
    letter = dead_letter(raw, field=None, clock=clock or FakeClock(NOON), **said)
    assert isinstance(letter.data, DeadLetterKeptV1)
    return letter, letter.data


@pytest.mark.parametrize("size", [0, 1, KEPT_BYTES, KEPT_BYTES + 1, 3 * KEPT_BYTES])
def test_the_original_is_kept_up_to_its_limit(size: int) -> None:
    raw = bytes(range(256)) * (size // 256) + bytes(size % 256)
    letter, data = kept(raw)
    assert base64.b64decode(data.original) == raw[:KEPT_BYTES]
    assert (data.size_bytes, data.truncated) == (size, size > KEPT_BYTES)
    assert data.sha256 == letter.subject == hashlib.sha256(raw).hexdigest()
    assert len(encode(letter)) < MAX_EVENT_BYTES
    assert decode(encode(letter)) == letter


def test_the_same_rejection_is_the_same_dead_letter() -> None:
    clock = FakeClock(NOON)
    first, _ = kept(b"x", clock)
    clock.advance(timedelta(days=1))
    again, data = kept(b"x", clock, reason="said otherwise")
    assert again.id == first.id
    assert again.time == NOON + timedelta(days=1)
    assert data.reason == "said otherwise"


@pytest.mark.parametrize("changed", [{"code": "invalid_utf8"}, {"origin": "facts.ndjson line 4"}])
def test_another_rejection_is_another(changed: dict[str, str]) -> None:
    assert kept(b"x", **changed)[0].id != kept(b"x")[0].id
    assert kept(b"y")[0].id != kept(b"x")[0].id


def test_long_words_are_cut_visibly() -> None:
    _, data = kept(b"x", reason="r" * 5000, origin="o" * 5000)
    assert (len(data.reason), data.reason[-1]) == (2000, "…")
    assert (len(data.origin), data.origin[-1]) == (500, "…")
