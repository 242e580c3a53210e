"""How dates, instants and amounts must be written in a message, checked before pydantic reads them.

pydantic also takes ``"86400"`` for a date and ``1.5`` for an amount; here that is a fault.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, get_args

from pydantic import AwareDatetime, BaseModel

from schemas.envelope import Event
from services.adapters.validation_messages import Fault, told

# Years are bounded by what the warehouse can store in any time zone (Date32 and DateTime64).
_DAY = r"(?!1900|2299)(?:19|2[0-2])[0-9]{2}-[0-9]{2}-[0-9]{2}"
_INSTANT = (
    re.compile(_DAY + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"),
    "an instant with a time zone, such as 2026-01-31T09:00:00Z, between 1901 and 2298",
)
_FORMS: Mapping[Any, tuple[re.Pattern[str], str]] = {
    date: (re.compile(_DAY), "a date written YYYY-MM-DD, between 1901 and 2298"),
    datetime: _INSTANT,
    AwareDatetime: _INSTANT,
    Decimal: (re.compile(r"-?[0-9]+(?:\.[0-9]+)?"), 'an amount as a string of digits, such as "1250.75"'),
}


def form_fault(model: type[BaseModel], fields: Mapping[str, Any], path: str = "") -> Fault | None:
    """The first field whose date, instant or amount is not written as agreed, or none.

    Only the writing of present values is judged; missing and unknown fields are left to the model.
    """
    for name, form, nested in _checks(model):
        value = fields.get(name)
        if value is None:
            continue
        here = f"{path}.{name}" if path else name
        fault = _written_fault(form, value, here) if nested is None else _first_nested_fault(nested, value, here)
        if fault is not None:
            return fault
    return None


def envelope_form_fault(message: Mapping[str, Any]) -> Fault | None:
    """The first envelope attribute that is not a string, or not written as agreed, or none."""
    for name, value in message.items():
        if name != "data" and value is not None and not isinstance(value, str):
            return Fault(name[:200], f"must be a string, not {told(value)}")
    return form_fault(Event, message)


def _written_fault(form: type, value: object, path: str) -> Fault | None:
    pattern, wanted = _FORMS[form]
    if isinstance(value, str) and pattern.fullmatch(value):
        return None
    return Fault(path, f"must be {wanted}, not {told(value)}")


def _first_nested_fault(model: type[BaseModel], value: object, path: str) -> Fault | None:
    items = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
    for index, item in items:
        if isinstance(item, dict):
            fault = form_fault(model, item, path if index is None else f"{path}[{index}]")
            if fault is not None:
                return fault
    return None


@cache
def _checks(model: type[BaseModel]) -> tuple[tuple[str, type, type[BaseModel] | None], ...]:
    checks: list[tuple[str, type, type[BaseModel] | None]] = []
    for name, field in model.model_fields.items():
        for part in _parts(field.annotation):
            if part in _FORMS:
                checks.append((name, part, None))
            elif issubclass(part, BaseModel) and model is not Event:
                checks.append((name, part, part))
    return tuple(checks)


def _parts(annotation: object) -> Iterator[type]:
    """Every class an annotation is built from: ``tuple[Span, ...] | None`` → tuple, Span, NoneType."""
    if isinstance(annotation, type):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)
