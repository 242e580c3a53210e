"""From a request body to messages: one event, a JSON batch, or NDJSON lines, each with its place and its own bytes.

Whether a message is a valid event is not judged here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice


class BodyForm(Enum):
    """How a body carries events, by media type."""

    SINGLE = "single"
    BATCH = "batch"
    NDJSON = "ndjson"


FORMS = {
    "application/cloudevents+json": BodyForm.SINGLE,
    "application/json": BodyForm.SINGLE,
    "application/cloudevents-batch+json": BodyForm.BATCH,
    "application/x-ndjson": BodyForm.NDJSON,
}


class UndecodableBodyError(Exception):
    """The body is not made as its media type says: a stable ``code`` and a ``reason`` for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """One event as sent. ``index`` counts from 0 in a batch, ``line`` from 1 in NDJSON; a single event has neither."""

    raw: bytes
    index: int | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """Where it stood, in words; empty for a single event."""
        if self.line is not None:
            return f"line {self.line}"
        return "" if self.index is None else f"index {self.index}"


def form_of(content_type: str) -> BodyForm | None:
    """The form a Content-Type header announces; none when it is not one of ours or not UTF-8."""
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            return None
    return FORMS.get(media_type)


def messages_in(form: BodyForm, body: bytes, at_most: int) -> list[Message]:
    """The first messages of a body, in order, with their original bytes; blank NDJSON lines are not messages.

    What comes after ``at_most`` of them is not looked at.
    Raises: UndecodableBodyError when the body holds none, or a batch is not a JSON array as far as it was read.
    """
    messages = list(islice(_split(form, body), at_most))
    if not messages:
        raise UndecodableBodyError("empty_body", "the body holds no event; send at least one")
    return messages


def _split(form: BodyForm, body: bytes) -> Iterator[Message]:
    match form:
        case BodyForm.SINGLE:
            return iter([Message(body)] if body.strip() else [])
        case BodyForm.BATCH:
            return (Message(raw, index=index) for index, raw in enumerate(_array_items(body)))
        case BodyForm.NDJSON:
            lines = enumerate(_lines(body), start=1)
            return (Message(line.rstrip(b"\r"), line=number) for number, line in lines if line.strip())


def _lines(body: bytes) -> Iterator[bytes]:
    # Cut as they are asked for: a list of all lines takes many times the room of the body.
    start = 0
    while (end := body.find(b"\n", start)) >= 0:
        yield body[start:end]
        start = end + 1
    yield body[start:]


# Finds where a value ends without building numbers: their digits stay in the item's own bytes.
_SCANNER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_BLANK = " \t\r\n"


def _array_items(body: bytes) -> Iterator[bytes]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UndecodableBodyError(
            "invalid_utf8", f"byte {error.start} is not UTF-8; send the text as UTF-8"
        ) from error
    at = _skip_blank(text, 0)
    if text[at : at + 1] != "[":
        raise UndecodableBodyError("not_an_array", "a batch is a JSON array of events: it starts with [")
    at = _skip_blank(text, at + 1)
    if text[at : at + 1] == "]":
        _expect_end(text, at + 1)
        return
    while True:
        end = _end_of_value(text, at)
        yield text[at:end].encode()
        at = _skip_blank(text, end)
        if text[at : at + 1] == "]":
            _expect_end(text, at + 1)
            return
        if text[at : at + 1] != ",":
            raise _not_json(text, at, "expected , or ] after an event")
        at = _skip_blank(text, at + 1)


def _end_of_value(text: str, at: int) -> int:
    try:
        return _SCANNER.raw_decode(text, at)[1]
    except json.JSONDecodeError as error:
        raise _not_json(text, error.pos, error.msg) from error
    except RecursionError as error:
        raise _not_json(text, at, "nested too deeply") from error


def _expect_end(text: str, at: int) -> None:
    at = _skip_blank(text, at)
    if at < len(text):
        raise _not_json(text, at, "something follows the end of the array")


def _skip_blank(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _BLANK:
        at += 1
    return at


def _not_json(text: str, at: int, what: str) -> UndecodableBodyError:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return UndecodableBodyError("invalid_json", f"the batch is not JSON: {what} (line {line}, column {column})")
