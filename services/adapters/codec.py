"""Bytes to events and back: the one strict parser and the one canonical form.

No other module turns message bytes into events; nothing here reads or writes a file or a socket.
"""

import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

import orjson
from pydantic import ValidationError

from schemas.envelope import CONTENT_FIELDS, Event
from schemas.events.registry import EventData, event_types
from schemas.topics import Topic, partitions_for, topic_of
from services.adapters.validation_messages import Fault, faults_of, told
from services.adapters.wire_forms import envelope_form_fault, form_fault

MAX_EVENT_BYTES = 1024 * 1024


class InvalidMessage(Exception):
    """Input that is not an event: a stable ``code``, a ``reason`` for people, the first faulty ``field``.

    Codes: invalid_utf8, invalid_json, not_an_object, unknown_type, invalid_envelope, invalid_data, too_large,
    id_conflict, forbidden_family.
    """

    def __init__(self, code: str, reason: str, field: str | None = None) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.field = field


def decode(raw: bytes) -> Event:
    """Parse one structured-JSON CloudEvent, strictly: no coercion, no unknown field, amounts as strings.

    Raises: InvalidMessage, and nothing else, for any bytes.
    """
    if len(raw) > MAX_EVENT_BYTES:
        raise InvalidMessage("too_large", f"{len(raw)} bytes; an event may have at most {MAX_EVENT_BYTES}")
    message = _parse_object(raw)
    model = _model_of(message)
    data = _parse_data(model, message)
    fault = envelope_form_fault(message)
    if fault is not None:
        raise _invalid("invalid_envelope", [fault])
    try:
        return Event.model_validate(message | {"data": data})
    except ValidationError as error:
        raise _invalid("invalid_envelope", faults_of(error)) from error


def decode_at(raw: bytes | None, topic: Topic, partition: int) -> Event:
    """Parse a record of a topic that belongs where it stands: of a family of the topic, in the partition of its subject.

    Raises: InvalidMessage, and nothing else, for any record.
    """
    if raw is None:
        raise InvalidMessage("not_an_object", "no value; a fact is never deleted, another fact corrects it")
    event = decode(raw)
    if topic_of(event.data) is not topic:
        raise InvalidMessage("forbidden_family", f"{event.type} does not belong in {topic.name}", "type")
    right = partitions_for(event.data, event.subject)
    if partition not in right:
        reason = f"{event.subject} belongs in partition {right[0]}, not {partition}"
        raise InvalidMessage("invalid_envelope", reason, "subject")
    return event


def encode(event: Event) -> bytes:
    """The canonical JSON of an event: UTF-8, compact, keys sorted, absent optional fields left out."""
    return _canonical(_dump(event))


def content_digest(event: Event) -> str:
    """SHA-256 (hex) of what the event says: type, subject, time, simulation and data.

    When and where it was observed is left out: seeing the same thing again is a duplicate, not a conflict.
    """
    return _digest(_dump(event))


def encode_with_digest(event: Event) -> tuple[bytes, str]:
    """``encode`` and ``content_digest`` in one pass."""
    dumped = _dump(event)
    return _canonical(dumped), _digest(dumped)


def _parse_object(raw: bytes) -> dict[str, Any]:
    try:
        message = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _undecodable(raw, error) from error
    if not isinstance(message, dict):
        raise InvalidMessage(
            "not_an_object", "an event is a JSON object: specversion, id, source, type, subject, time, data"
        )
    return message


def _undecodable(raw: bytes, error: orjson.JSONDecodeError) -> InvalidMessage:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return InvalidMessage("invalid_utf8", f"byte {wrong.start} is not UTF-8; send the text as UTF-8")
    if raw.startswith(b"\xef\xbb\xbf"):
        return InvalidMessage("invalid_json", "starts with a byte order mark; save it as UTF-8 without one")
    return InvalidMessage("invalid_json", f"{error.msg} (line {error.lineno}, column {error.colno})")


def _model_of(message: Mapping[str, Any]) -> type[EventData]:
    name = message.get("type")
    if not isinstance(name, str):
        missing = Fault("type", "is missing or not a string; name the event type, as esep.inquiry.filed.v1")
        raise _invalid("invalid_envelope", [missing])
    model = event_types().get(name)
    if model is None:
        near = get_close_matches(name[:200], event_types(), n=1)
        advice = f"did you mean {near[0]}?" if near else "the known types are listed in schemas/generated"
        raise InvalidMessage("unknown_type", f"type: {told(name)} is not an event type; {advice}", "type")
    return model


def _parse_data(model: type[EventData], message: Mapping[str, Any]) -> EventData:
    data = message.get("data")
    if not isinstance(data, dict):
        missing = Fault("data", "is missing or not an object; it holds the fields of the event type")
        raise _invalid("invalid_data", [missing])
    fault = form_fault(model, data, "data")
    if fault is not None:
        raise _invalid("invalid_data", [fault])
    try:
        return model.model_validate_json(orjson.dumps(data), strict=True)
    except ValidationError as error:
        raise _invalid("invalid_data", faults_of(error, "data")) from error
    except orjson.JSONEncodeError as error:
        raise _invalid("invalid_data", [Fault("data", "is nested too deeply")]) from error


def _invalid(code: str, faults: list[Fault]) -> InvalidMessage:
    shown = [f"{fault.field}: {fault.text}" if fault.field else fault.text for fault in faults[:3]]
    if len(faults) > 3:
        shown.append(f"and {len(faults) - 3} more faults")
    return InvalidMessage(code, "; ".join(shown), faults[0].field or None)


def _dump(event: Event) -> dict[str, Any]:
    dumped = event.model_dump(mode="json", exclude_none=True)
    for field in _required_nullable(type(event.data)):
        dumped["data"].setdefault(field, None)
    return dumped


@cache
def _required_nullable(model: type[EventData]) -> tuple[str, ...]:
    # A field without a default must travel even when it is null, or decoding what was encoded would fail.
    return tuple(name for name, field in model.model_fields.items() if field.is_required())


def _canonical(dumped: Mapping[str, Any]) -> bytes:
    return orjson.dumps(dumped, option=orjson.OPT_SORT_KEYS)


def _digest(dumped: Mapping[str, Any]) -> str:
    said = {name: dumped[name] for name in CONTENT_FIELDS if name in dumped}
    return hashlib.sha256(_canonical(said)).hexdigest()
