"""The codec: strict about what it takes, canonical about what it gives, and never anything but InvalidMessage.

Each event type's own examples are in ``test_examples``; here are the laws that hold for all of them.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.envelope import Event
from schemas.events.registry import event_types
from services.adapters.codec import (
    MAX_EVENT_BYTES,
    InvalidMessage,
    content_digest,
    decode,
    encode,
    encode_with_digest,
)
from tests.adapters.samples import NOON, message, question, statement, watermark
from tests.contracts.examples import VALID, name_of

MESSAGES = [orjson.loads(path.read_bytes()) for path in VALID]
CODES = {"invalid_utf8", "invalid_json", "not_an_object", "unknown_type", "invalid_envelope", "invalid_data"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates().map(str) | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def refused(raw: bytes) -> InvalidMessage:
    """Why these bytes are not an event."""
    with pytest.raises(InvalidMessage) as caught:
        decode(raw)
    return caught.value


@st.composite
def damaged_messages(draw: st.DrawFn) -> bytes:
    """A valid message with some of its values replaced, removed or added."""
    content = orjson.loads(orjson.dumps(draw(st.sampled_from(MESSAGES))))
    for _ in range(draw(st.integers(1, 3))):
        inside = content["data"] if isinstance(content.get("data"), dict) and draw(st.booleans()) else content
        name = draw(st.sampled_from(sorted(inside)) if inside else st.text(max_size=8))
        if draw(st.booleans()):
            inside[name if draw(st.booleans()) else draw(st.text(max_size=8))] = draw(json_values)
        else:
            inside.pop(name, None)
    return _json(content)


def _json(content: Any) -> bytes:
    try:
        return orjson.dumps(content)
    except TypeError:  # a lone surrogate or an integer beyond 64 bits: JSON all the same
        return json.dumps(content).encode()


def outcome_of(raw: bytes) -> Event | InvalidMessage:
    """What the codec makes of these bytes; any other exception fails the test."""
    try:
        return decode(raw)
    except InvalidMessage as refusal:
        return refusal


def _comes_back(raw: bytes) -> None:
    outcome = outcome_of(raw)
    if isinstance(outcome, Event):
        assert decode(encode(outcome)) == outcome
        assert content_digest(decode(encode(outcome))) == content_digest(outcome)
    else:
        assert outcome.code in CODES
        assert outcome.reason
        assert outcome.field is None or len(outcome.field) <= 200


@given(st.binary(max_size=200))
@example(b"")
@example(b"\xff")
@example(b"[" * 100_000)
@example(b'{"type":"esep.clock.tick.v1","data":' + b'{"at":' * 400 + b"1" + b"}" * 400 + b"}")
def test_any_bytes_are_an_event_or_an_invalid_message(raw: bytes) -> None:
    _comes_back(raw)


@given(json_values)
def test_any_json_is_an_event_or_an_invalid_message(content: Any) -> None:
    _comes_back(_json(content))


@given(damaged_messages())
def test_any_damaged_message_is_an_event_or_an_invalid_message(raw: bytes) -> None:
    _comes_back(raw)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_every_removed_field_is_optional_or_named(path: Path) -> None:
    content = orjson.loads(path.read_bytes())
    for name in [name for name in content if name != "type"]:
        outcome = outcome_of(orjson.dumps({key: value for key, value in content.items() if key != name}))
        assert isinstance(outcome, Event) or outcome.field == name


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_every_unknown_field_is_refused_by_name(path: Path) -> None:
    content = orjson.loads(path.read_bytes())
    envelope = refused(orjson.dumps(content | {"colour": "red"}))
    assert (envelope.code, envelope.field) == ("invalid_envelope", "colour")
    data = refused(orjson.dumps(content | {"data": content["data"] | {"colour": "red"}}))
    assert (data.code, data.field) == ("invalid_data", "data.colour")


@pytest.mark.parametrize(
    ("raw", "code", "says"),
    [
        (b"", "invalid_json", "empty"),
        (b"{", "invalid_json", "line 1, column 2"),
        (b'{"a": "\xff"}', "invalid_utf8", "byte 7"),
        (b"\xef\xbb\xbf{}", "invalid_json", "byte order mark"),
        (b"[]", "not_an_object", "specversion"),
        (b'{"type": "esep.inquiry.filled.v1"}', "unknown_type", "did you mean esep.inquiry.filed.v1?"),
        (b'{"type": 5}', "invalid_envelope", "name the event type"),
        (b"x" * (MAX_EVENT_BYTES + 1), "too_large", str(MAX_EVENT_BYTES)),
    ],
)
def test_what_is_no_event_is_told_so(raw: bytes, code: str, says: str) -> None:
    refusal = refused(raw)
    assert refusal.code == code
    assert says in refusal.reason


@pytest.mark.parametrize("amount", [1250.75, 1250, True, "1e5", " 1", "1_000", "NaN", "+1", "٣", "", [], "1."])
def test_an_amount_is_a_string_of_digits(amount: object) -> None:
    refusal = refused(message(statement(1), data_paid=amount))
    assert (refusal.code, refusal.field) == ("invalid_data", "data.paid")
    assert '"1250.75"' in refusal.reason


@pytest.mark.parametrize("amount", ["0", "-0.000001", "123456789012345678901234.123456"])
def test_an_amount_keeps_every_digit(amount: str) -> None:
    event = decode(message(statement(1), data_paid=amount))
    assert orjson.loads(encode(event))["data"]["paid"] == amount


@pytest.mark.parametrize(
    "day", ["86400", 86400, "2026-3-3", "2026-02-30", "2026-03-03T00:00:00", "1899-12-31", "20260303"]
)
def test_a_legal_date_is_written_out(day: object) -> None:
    refusal = refused(message(question(1), data_occurred_on=day))
    assert (refusal.code, refusal.field) == ("invalid_data", "data.occurred_on")


@pytest.mark.parametrize(
    "instant", [1772539200, "1772539200", "2026-03-03T12:00:00", "2026-03-03", "0001-01-01T00:00:00+05:00"]
)
def test_an_instant_has_a_zone_and_is_written_out(instant: object) -> None:
    assert refused(message(question(1), time=instant)).field == "time"
    assert refused(message(watermark(1), data_read_up_to=instant)).field == "data.read_up_to"


def test_data_nested_beyond_reason_is_refused() -> None:
    deep = b"[" * 300 + b"]" * 300
    refusal = refused(message(question(1), data_title="x").replace(b'"x"', deep))
    assert (refusal.code, refusal.field) == ("invalid_data", "data")


@pytest.mark.parametrize("number", [b"1" * 5_000, b"1e999", b"-0.0", b"18446744073709551616"])
def test_a_number_beyond_reason_is_refused(number: bytes) -> None:
    raw = message(watermark(1), data_lag_s=60).replace(b'"lag_s":60', b'"lag_s":' + number)
    assert refused(raw).code in {"invalid_data", "invalid_json"}


def test_nothing_is_coerced() -> None:
    for name, value in {"data_lag_s": "60", "data_read_up_to": None}.items():
        assert refused(message(watermark(1), **{name: value})).code == "invalid_data"
    assert refused(message(question(1), id=5)).field == "id"
    assert refused(message(question(1), data_title=5)).field == "data.title"


def test_a_fault_deep_inside_is_named_with_its_path() -> None:
    content = next(content for content in MESSAGES if content["type"] == "esep.obligation.changed.v1")
    span = {"body": "gb.dept.54", "name": "Ministry of Justice", "from_on": "86400"}
    refusal = refused(orjson.dumps(content | {"data": content["data"] | {"spans": [span]}}))
    assert refusal.field == "data.spans[0].from_on"


def test_all_faults_are_counted() -> None:
    refusal = refused(message(question(1), data={}))
    required = [
        name for name, field in event_types()["esep.inquiry.filed.v1"].model_fields.items() if field.is_required()
    ]
    assert refusal.reason.count("is missing") == 3
    assert refusal.reason.endswith(f"and {len(required) - 3} more faults")


def test_the_canonical_form_is_sorted_compact_and_without_absent_fields() -> None:
    raw = encode(question(1))
    assert raw == orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS)
    assert b"null" not in raw
    assert "Қазақстан".encode() in encode(question(1, title="Қазақстан"))


def test_a_required_field_travels_even_when_it_is_null() -> None:
    content = next(content for content in MESSAGES if content["type"] == "esep.obligation.changed.v1")
    event = decode(orjson.dumps(content | {"data": content["data"] | {"owed_to": None}}))
    assert orjson.loads(encode(event))["data"]["owed_to"] is None
    assert decode(encode(event)) == event


@pytest.mark.parametrize(
    "changed",
    [
        {"observedat": NOON + timedelta(days=1)},
        {"source": "/sources/elsewhere"},
        {"sourceuri": "https://example.org/1", "sourcesha256": "0" * 64, "sourcefetchedat": NOON},
    ],
    ids=["seen later", "seen elsewhere", "with provenance"],
)
def test_seeing_the_same_again_is_the_same_content(changed: Mapping[str, Any]) -> None:
    assert content_digest(question(1, **changed)) == content_digest(question(1))


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another"},
        {"subject": "gb-demo.wq:2"},
        {"time": NOON + timedelta(seconds=1)},
        {"simulation": "gb-demo"},
    ],
    ids=["data", "subject", "time", "simulation"],
)
def test_other_content_has_another_digest(changed: Mapping[str, Any]) -> None:
    said: dict[str, Any] = {"subject": "gb-demo.wq:1"}
    assert content_digest(question(1, **said | dict(changed))) != content_digest(question(1, **said))


def test_one_pass_gives_what_two_give() -> None:
    event = question(1)
    assert encode_with_digest(event) == (encode(event), content_digest(event))
