"""Written questions: which facts a question states, and which watermark a file may write.

What is refused, and how it is said, is in ``test_uk_refusals``.
"""

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.events.sources import SourceObservedV1
from services.adapters.codec import encode
from services.connectors.base import Notice, Reading, Record, UsageError, Watermark
from services.connectors.uk_question_record import lapse_cause
from tests.connectors.questions import (
    MEMBER,
    PROROGUED,
    QUESTION_TEXT,
    Question,
    answered,
    page,
    question,
    write,
)
from tests.connectors.readings import UK, events_of, facts_said, of_kind, read


def file_of(folder: Path, *questions: Question) -> Path:
    """A complete page of the API with these questions."""
    return write(folder / "questions.json", page(*questions))


def watermarks(readings: list[Reading]) -> dict[str, datetime]:
    """Source -> read completely up to."""
    said = {w.event.subject: w.event.data for w in of_kind(Watermark, readings)}
    return {source: data.read_up_to for source, data in said.items() if isinstance(data, SourceObservedV1)}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (question(), ["filed 2025-03-03"]),
        (answered("2025-03-06"), ["filed 2025-03-03", "answered 2025-03-06"]),
        (
            question(answerIsHolding=True, dateAnswered="2025-03-06T00:00:00"),
            ["filed 2025-03-03", "holding_answered 2025-03-06"],
        ),
        (
            question(answerIsHolding=True, dateAnswered="2025-03-07T00:00:00", dateHoldingAnswer="2025-03-06T00:00:00"),
            ["filed 2025-03-03", "holding_answered 2025-03-06"],
        ),
        (
            answered("2025-03-10", dateHoldingAnswer="2025-03-06T00:00:00"),
            ["filed 2025-03-03", "holding_answered 2025-03-06", "answered 2025-03-10"],
        ),
        (
            answered("2025-03-06", answerIsCorrection=True, dateAnswerCorrected="2025-03-12T00:00:00"),
            ["filed 2025-03-03", "answered 2025-03-06", "answer_corrected 2025-03-12"],
        ),
        (answered("2025-04-30", answerText=PROROGUED), ["filed 2025-03-03", "lapsed 2025-04-30"]),
        (question(answerIsHolding=False), ["filed 2025-03-03"]),
    ],
    ids=["open", "answered", "holding", "holding_dated", "holding_then_final", "corrected", "lapsed", "no_answer"],
)
def test_facts_of_a_question(tmp_path: Path, asked: Question, expected: list[str]) -> None:
    assert facts_said(read(UK, file_of(tmp_path, asked))) == expected


def test_a_withdrawal_is_dated_by_the_observation_that_first_could_show_it(tmp_path: Path) -> None:
    file = file_of(tmp_path, question(isWithdrawn=True), answered("2025-03-20", id=99000002))
    assert facts_said(read(UK, file))[:2] == ["filed 2025-03-03", "withdrawn 2025-03-20"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (PROROGUED, "prorogation"),
        (f"<p>{PROROGUED}</p>", "prorogation"),
        (PROROGUED.replace("hon. Member", "hon.&nbsp;Member"), "prorogation"),
        (PROROGUED.replace("Prorogation", "Dissolution"), "dissolution"),
        ("There were two questions without a substantive answer before Prorogation.", None),
        (f"My answer of May stands. {PROROGUED}", None),
        ("It has not proved possible to respond to the hon. Member in the time available.", None),
        ("", None),
    ],
)
def test_what_counts_as_closed_without_an_answer(text: str, cause: str | None) -> None:
    assert lapse_cause(text) == cause


def test_only_a_named_day_question_names_a_day(tmp_path: Path) -> None:
    file = file_of(tmp_path, question(), question(id=99000002, isNamedDay=False))
    named, ordinary = (record.events[0].data.model_dump() for record in of_kind(Record, read(UK, file)))
    assert (named["rule"], str(named["named_on"])) == ("gb.wq.named_day", "2025-03-06")
    assert (ordinary["rule"], ordinary["named_on"]) == ("gb.wq.ordinary", None)


@pytest.mark.parametrize(
    ("heading", "text", "title"),
    [
        ("  Fixtures:\n Numbers ", "unused", "Fixtures: Numbers"),
        ("", "To ask why.", "To ask why."),
        (None, "To ask " + "very " * 40 + "long", "To ask " + ("very " * 40)[:110].rstrip() + "…"),
    ],
)
def test_the_title(tmp_path: Path, heading: str | None, text: str, title: str) -> None:
    (record,) = of_kind(Record, read(UK, file_of(tmp_path, question(heading=heading, questionText=text))))
    assert record.events[0].data.model_dump()["title"] == title


def test_no_text_and_no_member_leaves_the_connector(tmp_path: Path) -> None:
    readings = read(UK, file_of(tmp_path, answered("2025-03-06", answeringMember=MEMBER)))
    sent = b"".join(encode(event) for event in events_of(readings)).decode()
    for word in (QUESTION_TEXT[:40], "counts fixtures", str(MEMBER["name"]), str(MEMBER["id"])):
        assert word not in sent


def test_every_shape_of_file_gives_the_same_facts(tmp_path: Path) -> None:
    asked = [question(), answered("2025-03-06", id=99000002)]
    shapes = {
        "page": page(*asked),
        "list": page(*asked)["results"],
        "bare": asked,
    }
    plain = {name: write(tmp_path / f"{name}.json", shape) for name, shape in shapes.items()}
    packed = tmp_path / "page.json.gz"
    packed.write_bytes(gzip.compress(plain["page"].read_bytes()))
    ids = {path.name: [event.id for event in events_of(read(UK, path))] for path in (*plain.values(), packed)}
    assert len(ids) == 4
    assert all(found == ids["page.json"] for found in ids.values())


def test_reading_again_repeats_every_id_and_a_change_adds_one_fact(tmp_path: Path) -> None:
    before = {event.id for event in events_of(read(UK, file_of(tmp_path, question())))}
    assert before == {event.id for event in events_of(read(UK, file_of(tmp_path, question(memberHasInterest=True))))}
    after = events_of(read(UK, file_of(tmp_path, answered("2025-03-06"))))
    assert [event.type for event in after if event.id not in before] == [
        "esep.inquiry.answered.v1",
        "esep.source.observed.v1",
    ]


def test_a_watermark_per_month_of_tabling_up_to_its_latest_date(tmp_path: Path) -> None:
    file = file_of(
        tmp_path,
        answered("2025-03-28"),
        question(id=99000002, dateTabled="2025-04-02T00:00:00", dateForAnswer="2025-04-07T00:00:00"),
    )
    assert watermarks(read(UK, file)) == {
        "/sources/uk-written-questions/2025-03": datetime(2025, 3, 28, tzinfo=UTC),
        "/sources/uk-written-questions/2025-04": datetime(2025, 4, 1, 23, tzinfo=UTC),  # summer time
    }


def test_a_day_named_for_an_answer_is_not_an_observation(tmp_path: Path) -> None:
    readings = read(UK, file_of(tmp_path, question(dateForAnswer="2025-05-30T00:00:00")))
    assert list(watermarks(readings).values()) == [datetime(2025, 3, 3, tzinfo=UTC)]


def test_a_watermark_comes_after_everything_it_vouches_for(tmp_path: Path) -> None:
    kinds = [type(reading).__name__ for reading in read(UK, file_of(tmp_path, question(), question(id=99000002)))]
    assert kinds == ["Opened", "Record", "Record", "Watermark"]


def test_a_page_of_many_vouches_for_nothing_unless_somebody_does(tmp_path: Path) -> None:
    file = write(tmp_path / "page.json", page(question(), total=20))
    readings = read(UK, file)
    assert watermarks(readings) == {}
    (notice,) = of_kind(Notice, readings)
    assert notice.code == "watermark_withheld"
    assert "leaves out 19 records" in notice.text
    until = datetime(2025, 5, 1, 9, tzinfo=UTC)
    vouched = read(replace(UK, observed_until=until), file)
    assert list(watermarks(vouched).values()) == [until]
    assert {event.observedat for event in events_of(vouched)} == {until}


def test_a_record_that_could_not_be_read_withholds_the_watermark(tmp_path: Path) -> None:
    readings = read(UK, file_of(tmp_path, question(), question(id=99000002, dateAnswered="soon")))
    assert watermarks(readings) == {}
    assert [notice.code for notice in of_kind(Notice, readings)] == ["watermark_withheld"]


def test_a_question_of_the_lords_withholds_nothing(tmp_path: Path) -> None:
    readings = read(UK, file_of(tmp_path, question(), question(id=99000002, house="Lords")))
    assert len(watermarks(readings)) == 1


def test_no_watermark_when_told_so(tmp_path: Path) -> None:
    readings = read(replace(UK, watermark=False), file_of(tmp_path, question()))
    assert watermarks(readings) == {}
    assert of_kind(Notice, readings) == []


def test_lords_questions_are_read_once_there_is_a_rule(tmp_path: Path) -> None:
    connector = replace(UK, rules={"gb.wq.lords"})
    (record,) = of_kind(Record, read(connector, file_of(tmp_path, question(house="Lords", uin="HL900"))))
    said = record.events[0].data.model_dump()
    assert (said["rule"], said["owed_to"]) == ("gb.wq.lords", "gb.house.lords")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"observed_until": datetime(2026, 1, 1, tzinfo=UTC)}, "lies in the future"),
        ({"observed_until": datetime(2025, 5, 1, tzinfo=UTC), "watermark": False}, "contradict each other"),
    ],
)
def test_options_that_cannot_be_meant(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read(replace(UK, **change), file_of(tmp_path, question()))
