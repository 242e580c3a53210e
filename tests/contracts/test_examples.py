"""Every example: the valid are read and written back unchanged, the invalid fail with the code they name.

What the codec and the published JSON Schema say must agree; where JSON Schema cannot, the example says so.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from schemas.events.registry import event_types
from schemas.generate import message_schema
from services.adapters.codec import InvalidMessage, decode, encode
from tests.contracts.examples import EXAMPLES, INVALID, VALID, name_of, read_invalid

FORMATS = FormatChecker(formats=["date", "uuid"])


@FORMATS.checks("date-time", raises=ValueError)
def is_instant(value: object) -> bool:
    """An instant has a zone; the library alone would need one more package to know."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def validator(event_type: str) -> Draft202012Validator:
    """The validator of one event type's message schema."""
    schema = message_schema(event_types()[event_type])
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FORMATS)


def schema_accepts(message: Mapping[str, Any]) -> bool:
    """Whether the published schema of the message's own type lets it through."""
    return validator(message["type"]).is_valid(message)


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_valid_example_comes_back_as_it_was(path: Path) -> None:
    event = decode(path.read_bytes())
    canonical = encode(event)
    assert canonical == orjson.dumps(orjson.loads(path.read_bytes()), option=orjson.OPT_SORT_KEYS)
    assert encode(decode(canonical)) == canonical
    assert event.type == path.parent.name


@pytest.mark.parametrize("path", VALID, ids=name_of)
def test_a_valid_example_fits_the_published_schema(path: Path) -> None:
    assert schema_accepts(json.loads(path.read_bytes()))


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_an_invalid_example_fails_with_its_code(path: Path) -> None:
    example = read_invalid(path)
    with pytest.raises(InvalidMessage) as refused:
        decode(example.raw)
    assert (refused.value.code, refused.value.field) == (example.code, example.field)
    assert example.shows.endswith(".")


@pytest.mark.parametrize("path", INVALID, ids=name_of)
def test_the_published_schema_refuses_it_too(path: Path) -> None:
    example = read_invalid(path)
    if example.message is None or example.message.get("type") not in event_types():
        assert not example.schema_accepts, "no schema is asked about this one"
        return
    assert schema_accepts(example.message) == example.schema_accepts


def test_every_type_has_a_valid_and_an_invalid_example() -> None:
    for paths in (VALID, INVALID):
        shown = {path.parent.name for path in paths} - {"envelope"}
        assert shown == set(event_types())


def test_no_file_lies_there_unread() -> None:
    assert {path for path in EXAMPLES.rglob("*") if path.is_file()} == {*VALID, *INVALID}


def test_an_example_that_invents_says_so() -> None:
    """The only real-world examples are the tracker's own: its ticks, its probes, and its dead letters."""
    unlabelled = {path.parent.name for path in VALID if "simulation" not in json.loads(path.read_bytes())}
    assert unlabelled == {"esep.clock.tick.v1", "esep.dead_letter.kept.v1", "esep.probe.sent.v1"}
