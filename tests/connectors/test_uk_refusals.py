"""Written questions that are refused: the code, the field, and a sentence that names file and place.

The good records around a bad one are read all the same.
"""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.connectors.base import Record, UsageError
from tests.connectors.questions import Question, answered, page, question, without, write
from tests.connectors.readings import UK, of_kind, only_rejection, read

GOOD = question(id=99000009)


@pytest.mark.parametrize(
    ("bad", "code", "field", "said"),
    [
        (without("dateAnswered"), "invalid_data", "dateAnswered", "is missing"),
        (without("answerText"), "invalid_data", "answerText", "is missing"),
        (question(id="99000001"), "invalid_data", "id", "must be a whole number"),
        (question(id=0), "invalid_data", "id", "1 or more"),
        (question(house="Bicameral"), "invalid_data", "house", "'Commons' or 'Lords'"),
        (question(isNamedDay="true"), "invalid_data", "isNamedDay", "true or false"),
        (question(dateTabled="2025-02-30T00:00:00"), "invalid_data", "dateTabled", "day is out of range"),
        (question(dateTabled="03.03.2025"), "invalid_data", "dateTabled", "must be a local date"),
        (question(dateTabled="2025-03-03T00:00:00Z"), "invalid_data", "dateTabled", "without a zone"),
        (question(heading="\ud800"), "invalid_data", "heading", "unicode"),
        (question(dateTabled=None), "invalid_data", "dateTabled", "valid date"),
        (question(uin=900001), "invalid_data", "uin", "must be a string"),
        (question(answeringBodyName=" "), "invalid_data", "answeringBodyName", "must have the form"),
        (question(dateForAnswer=None), "contradictory", "dateForAnswer", "give the named day"),
        (
            question(dateAnswered="2025-03-06T00:00:00"),
            "contradictory",
            "answerIsHolding",
            "whether the answer is final",
        ),
        (question(answerIsHolding=True), "contradictory", "dateHoldingAnswer", "answerIsHolding is true"),
        (
            answered("2025-03-06", answerIsCorrection=True),
            "contradictory",
            "dateAnswerCorrected",
            "answerIsCorrection is true",
        ),
        (question(heading="", questionText=" "), "contradictory", "heading", "needs a title"),
        (question(house="Lords"), "unsupported_house", "house", "rule gb.wq.lords"),
        (answered("2094-03-06"), "date_in_future", None, "2094-03-06 is later"),
        (question(id=GOOD["id"], heading="Another"), "repeated_record", "id", "came before"),
    ],
)
def test_a_bad_record_is_refused_alone(tmp_path: Path, bad: Question, code: str, field: str | None, said: str) -> None:
    readings = read(UK, write(tmp_path / "march.json", page(GOOD, bad)))
    rejected = only_rejection(readings)
    assert (rejected.code, rejected.field, rejected.row) == (code, field, "$.results[1]")
    assert rejected.reason.startswith("march.json, $.results[1]: ")
    assert said in rejected.reason
    assert json.loads(rejected.original)["value"] == bad
    assert len(of_kind(Record, readings)) == 1


@pytest.mark.parametrize("item", [7, None, "question", [], {"value": 7}])
def test_what_is_no_record_at_all(tmp_path: Path, item: object) -> None:
    rejected = only_rejection(read(UK, write(tmp_path / "march.json", [GOOD, item])))
    assert (rejected.code, rejected.row) == ("not_an_object", "$[1]")


def test_the_same_record_twice_is_no_fault(tmp_path: Path) -> None:
    assert len(of_kind(Record, read(UK, write(tmp_path / "march.json", page(GOOD, GOOD))))) == 2


def test_a_date_after_the_vouched_instant_is_a_mistake_in_one_of_them(tmp_path: Path) -> None:
    connector = replace(UK, observed_until=datetime(2025, 3, 5, 12, tzinfo=UTC))
    rejected = only_rejection(read(connector, write(tmp_path / "march.json", page(answered("2025-03-06")))))
    assert rejected.code == "date_in_future"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", "invalid_json", "not JSON"),
        (b'{"totalResults": 1, "results": [{"value"', "invalid_json", "line 1 column"),
        (b'{"value": {}}', "unexpected_shape", "totalResults and results"),
        (b'"questions"', "unexpected_shape", "neither a list"),
        (b'{"results": []}', "unexpected_shape", "totalResults is missing"),
        (b'{"totalResults": "1", "results": []}', "unexpected_shape", "totalResults is missing"),
        ('[{"heading":\n "Тест"}]'.encode("cp1251"), "invalid_utf8", "line 2, byte 3: not UTF-8"),
        (b"[" * 100_000, "invalid_json", "not JSON"),
        (b"[" + b"9" * 5_000 + b"]", "invalid_json", "not JSON"),
    ],
)
def test_an_unusable_file_is_refused_whole(tmp_path: Path, content: bytes, code: str, said: str) -> None:
    path = tmp_path / "march.json"
    path.write_bytes(content)
    readings = read(UK, path)
    rejected = only_rejection(readings)
    assert readings == [rejected]
    assert rejected.code == code
    assert rejected.reason.startswith("march.json")
    assert said in rejected.reason
    assert rejected.original == content


@pytest.mark.parametrize("damage", [slice(0, -6), slice(0, 12)], ids=["cut_at_the_end", "cut_in_the_header"])
def test_a_damaged_gzip_is_refused(tmp_path: Path, damage: slice) -> None:
    path = tmp_path / "march.json.gz"
    path.write_bytes(gzip.compress(json.dumps(page(GOOD)).encode())[damage])
    rejected = only_rejection(read(UK, path))
    assert rejected.code == "invalid_gzip"
    assert "fetch it again" in rejected.reason


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.connectors.base.MAX_BYTES", 1000)
    path = tmp_path / "march.json.gz"
    path.write_bytes(gzip.compress(b" " * 1_000_000))
    assert only_rejection(read(UK, path)).code == "too_large"


def test_a_byte_order_mark_is_taken_off_and_told(tmp_path: Path) -> None:
    path = tmp_path / "march.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(page(GOOD)).encode())
    readings = read(UK, path)
    assert len(of_kind(Record, readings)) == 1
    assert [getattr(reading, "code", None) for reading in readings[:2]] == [None, "byte_order_mark"]


def test_no_records_are_no_fault(tmp_path: Path) -> None:
    assert of_kind(Record, read(UK, write(tmp_path / "empty.json", []))) == []


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        UK.check([tmp_path / "march.json"])
    with pytest.raises(UsageError, match="is a folder; name its files"):
        UK.check([tmp_path])


def test_a_file_that_went_away_is_refused_not_raised(tmp_path: Path) -> None:
    assert only_rejection(UK.read(tmp_path / "march.json")).code == "unreadable_file"
