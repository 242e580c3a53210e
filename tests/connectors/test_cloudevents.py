"""NDJSON of events: read line by line, refused line by line, derived events never let in.

What a single event must look like is tested with the contracts.
"""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.adapters.codec import MAX_EVENT_BYTES
from services.connectors.base import Record
from services.connectors.cloudevents import CloudEvents
from tests.connectors.readings import of_kind, only_rejection, read
from tests.contracts.examples import VALID

READ_AT = datetime(2027, 1, 1, tzinfo=UTC)
FACTS = {"inquiry", "appeal", "report", "source", "budget"}


def line_of(event_type: str) -> bytes:
    """A valid example of the type, on one line."""
    path = next(path for path in VALID if path.parent.name == event_type)
    return json.dumps(json.loads(path.read_bytes()), ensure_ascii=False).encode() + b"\n"


ANSWERED = line_of("esep.inquiry.answered.v1")


def file_of(folder: Path, *lines: bytes) -> Path:
    """An NDJSON file."""
    path = folder / "facts.ndjson"
    path.write_bytes(b"".join(lines))
    return path


def test_every_line_is_a_record(tmp_path: Path) -> None:
    path = file_of(tmp_path, ANSWERED, b"\n", line_of("esep.budget.paid.v1").rstrip(b"\n"))
    records = of_kind(Record, read(CloudEvents(READ_AT), path))
    assert [(record.origin, record.events[0].type) for record in records] == [
        ("facts.ndjson:1", "esep.inquiry.answered.v1"),
        ("facts.ndjson:3", "esep.budget.paid.v1"),
    ]


def test_gzip_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "facts.ndjson.gz"
    path.write_bytes(gzip.compress(ANSWERED.replace(b"\n", b"\r\n") * 2))
    assert len(of_kind(Record, read(CloudEvents(READ_AT), path))) == 2


@pytest.mark.parametrize(
    ("bad", "code", "field"),
    [
        (b"{\n", "invalid_json", None),
        (b"[]\n", "not_an_object", None),
        (b'{"title":"\xd2"}\n', "invalid_utf8", None),
        (ANSWERED.replace(b"answered.v1", b"answered.v9"), "unknown_type", "type"),
        (ANSWERED.replace(b'"occurred_on"', b'"happened_on"'), "invalid_data", "data.occurred_on"),
        (b" " * (MAX_EVENT_BYTES - 1) + b"{}\n", "too_large", None),
        (line_of("esep.clock.tick.v1"), "forbidden_family", "type"),
        (line_of("esep.obligation.changed.v1"), "forbidden_family", "type"),
        (line_of("esep.deadline.missed.v1"), "forbidden_family", "type"),
        (line_of("esep.alert.raised.v1"), "forbidden_family", "type"),
        (line_of("esep.dead_letter.kept.v1"), "forbidden_family", "type"),
    ],
)
def test_a_bad_line_is_refused_alone(tmp_path: Path, bad: bytes, code: str, field: str | None) -> None:
    readings = read(CloudEvents(READ_AT), file_of(tmp_path, ANSWERED, bad, ANSWERED))
    rejected = only_rejection(readings)
    assert (rejected.code, rejected.field, rejected.row) == (code, field, "2")
    assert rejected.reason.startswith("facts.ndjson, line 2: ")
    assert rejected.original == bad.rstrip(b"\n")
    assert len(of_kind(Record, readings)) == 2


def test_a_line_without_end_is_cut_and_the_next_is_read(tmp_path: Path) -> None:
    endless = b"{" + b" " * (5 * MAX_EVENT_BYTES) + b"\n"
    readings = read(CloudEvents(READ_AT), file_of(tmp_path, endless, ANSWERED))
    rejected = only_rejection(readings)
    assert rejected.code == "too_large"
    assert len(rejected.original) == MAX_EVENT_BYTES + 2
    assert [record.origin for record in of_kind(Record, readings)] == ["facts.ndjson:2"]


def test_a_damaged_gzip_gives_what_can_be_read_and_says_where_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "facts.ndjson.gz"
    path.write_bytes(gzip.compress(ANSWERED)[:-4])
    rejected = only_rejection(read(CloudEvents(READ_AT), path))
    assert rejected.code == "unreadable_file"
    assert "fetch it again" in rejected.reason


def test_every_fact_family_may_come_in(tmp_path: Path) -> None:
    facts = [path for path in VALID if path.parent.name.split(".")[1] in FACTS]
    lines = [json.dumps(json.loads(path.read_bytes())).encode() + b"\n" for path in facts]
    assert len(of_kind(Record, read(CloudEvents(READ_AT), file_of(tmp_path, *lines)))) == len(facts) > 40


def test_what_was_seen_in_the_future_is_refused(tmp_path: Path) -> None:
    ahead = json.loads(ANSWERED) | {"observedat": "2027-01-01T01:00:00Z"}
    real = {key: value for key, value in ahead.items() if key != "simulation"}
    real["subject"] = "kz.inquiry:1"
    rejected = only_rejection(read(CloudEvents(READ_AT), file_of(tmp_path, json.dumps(real).encode() + b"\n")))
    assert (rejected.code, rejected.field) == ("observed_in_future", "observedat")
