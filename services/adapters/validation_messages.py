"""What is wrong with an input, said so that its sender can put it right.

Turns pydantic's errors into faults: a field path and a sentence. Nothing here decides what is valid.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: ``field`` is a dotted path (empty for the whole), ``text`` completes "<field>: …"."""

    field: str
    text: str


def told(value: object) -> str:
    """A value as it may be shown in a message: short, quoted, on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…"


def faults_of(error: ValidationError, prefix: str = "") -> list[Fault]:
    """Every fault in a pydantic error, in pydantic's order; ``prefix`` goes before each path."""
    return [_fault(detail, prefix) for detail in error.errors(include_url=False)]


def _fault(detail: Mapping[str, Any], prefix: str) -> Fault:
    path = _path(detail["loc"], prefix)
    sentence = _SENTENCES.get(detail["type"])
    if sentence is None:
        message = str(detail["msg"]).removeprefix("Value error, ")
        got = "" if detail["type"] == "value_error" else f" (got {told(detail['input'])})"
        return Fault(path, message + got)
    return Fault(path, sentence(detail.get("ctx", {}), told(detail["input"])))


def _path(loc: tuple[str | int, ...], prefix: str) -> str:
    path = prefix
    for step in loc:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step[:80]}" if path else step[:80]
    return path[:200]


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any], str], str]] = {
    "missing": lambda ctx, got: "is missing; give it a value",
    "extra_forbidden": lambda ctx, got: "is not a known field; remove it or correct its name",
    "string_type": lambda ctx, got: f"must be a string, not {got}",
    "string_too_short": lambda ctx, got: f"must have at least {ctx['min_length']} character(s), not {got}",
    "string_too_long": lambda ctx, got: f"must have at most {ctx['max_length']} characters; shorten {got}",
    "string_pattern_mismatch": lambda ctx, got: f"must have the form {ctx['pattern']}, not {got}",
    "literal_error": lambda ctx, got: f"must be {ctx['expected']}, not {got}",
    "enum": lambda ctx, got: f"must be {ctx['expected']}, not {got}",
    "int_type": lambda ctx, got: f"must be a whole number, not {got}",
    "int_from_float": lambda ctx, got: f"must be a whole number, not {got}",
    "int_parsing": lambda ctx, got: f"must be a whole number, not {got}",
    "bool_type": lambda ctx, got: f"must be true or false, not {got}",
    "greater_than": lambda ctx, got: f"must be above {ctx['gt']}, not {got}",
    "greater_than_equal": lambda ctx, got: f"must be {ctx['ge']} or more, not {got}",
    "less_than": lambda ctx, got: f"must be below {ctx['lt']}, not {got}",
    "less_than_equal": lambda ctx, got: f"must be {ctx['le']} or less, not {got}",
    "uuid_type": lambda ctx, got: f"must be a UUID, as 6ba7b810-9dad-51d1-80b4-00c04fd430c8, not {got}",
    "uuid_parsing": lambda ctx, got: f"must be a UUID, as 6ba7b810-9dad-51d1-80b4-00c04fd430c8, not {got}",
    "date_parsing": lambda ctx, got: f"is not a date of the calendar: {got}",
    "date_from_datetime_parsing": lambda ctx, got: f"is not a date of the calendar: {got}",
    "datetime_parsing": lambda ctx, got: f"is not an instant of the calendar: {got}",
    "datetime_from_date_parsing": lambda ctx, got: f"is not an instant of the calendar: {got}",
    "timezone_aware": lambda ctx, got: f"has no time zone; add Z or an offset to {got}",
    "decimal_max_places": lambda ctx, got: f"must have at most {ctx['decimal_places']} decimals, not {got}",
    "decimal_max_digits": lambda ctx, got: f"must have at most {ctx['max_digits']} digits, not {got}",
    "decimal_whole_digits": lambda ctx, got: f"has too many digits before the point: {got}",
    "dict_type": lambda ctx, got: f"must be an object, not {got}",
    "tuple_type": lambda ctx, got: f"must be a list, not {got}",
    "model_type": lambda ctx, got: f"must be an object, not {got}",
}
