"""Many events per request, as a JSON batch or NDJSON: the good are taken, the bad are named and kept."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from schemas.topics import FACTS
from services.adapters.codec import MAX_EVENT_BYTES, decode, encode
from services.adapters.memory import MemoryFactLog
from services.gateway.bodies import BodyForm, UndecodableBodyError, messages_in
from tests.adapters.samples import message, question
from tests.gateway.sending import BATCH, NDJSON, batch, dead_letters, post, problem

GOOD = [question(number) for number in range(3)]
BAD_DATA = message(question(7), data_title="")
# Blanks and digits that a parser would not give back: the original must be kept as it was sent.
ODD = b'{ "type" : "esep.budget.statement.v1" , "data" : { "paid" : 0.10000000000000000001 } }'
CONFLICT = encode(question(0, title="Another title"))


@pytest.mark.parametrize(
    ("media_type", "body", "place"),
    [
        (BATCH, batch([encode(GOOD[0]), BAD_DATA, encode(GOOD[1]), ODD, CONFLICT, encode(GOOD[0])]), "index"),
        (
            NDJSON,
            b"\r\n".join([encode(GOOD[0]), BAD_DATA, encode(GOOD[1]), b" ", ODD, CONFLICT, encode(GOOD[0])]),
            "line",
        ),
    ],
    ids=["batch", "ndjson"],
)
def test_the_good_are_taken_and_the_bad_are_named(
    client: TestClient, fact_log: MemoryFactLog, media_type: str, body: bytes, place: str
) -> None:
    response = post(client, body, media_type)
    assert response.status_code == 202
    receipt = response.json()
    assert (receipt["accepted"], receipt["duplicate"], receipt["rejected"]) == (2, 1, 3)
    assert receipt["ids"] == [str(event.id) for event in (GOOD[0], GOOD[1], GOOD[0])]
    places = [1, 3, 4] if place == "index" else [2, 5, 6]
    assert [(error[place], error["code"], error["field"]) for error in receipt["errors"]] == [
        (places[0], "invalid_data", "data.title"),
        (places[1], "invalid_data", "data.paid"),
        (places[2], "id_conflict", "id"),
    ]
    assert [decode(entry.value) for entry in fact_log.of_topic(FACTS.name)] == GOOD[:2]
    letters = dead_letters(fact_log)
    assert [base64.b64decode(letter.original) for letter in letters] == [BAD_DATA, ODD, CONFLICT]
    assert letters[0].origin == f"POST /v1/events by uk {place} {places[0]}"


@pytest.mark.parametrize("media_type", [BATCH, NDJSON])
def test_when_all_are_bad_it_is_a_problem(client: TestClient, fact_log: MemoryFactLog, media_type: str) -> None:
    body = batch([BAD_DATA, ODD]) if media_type == BATCH else BAD_DATA + b"\n" + ODD
    response = post(client, body, media_type)
    told = problem(response)
    assert (response.status_code, told["code"], told["rejected"]) == (422, "all_rejected", 2)
    assert [error["code"] for error in told["errors"]] == ["invalid_data", "invalid_data"]
    assert len(dead_letters(fact_log)) == 2


def test_when_all_are_forbidden_it_is_forbidden(client: TestClient) -> None:
    foreign = encode(question(1, source="/sources/kz-budget"))
    response = post(client, batch([foreign]), BATCH)
    assert (response.status_code, problem(response)["code"]) == (403, "all_forbidden")


@pytest.mark.parametrize(
    ("media_type", "body", "code", "says"),
    [
        (BATCH, b"", "not_an_array", "starts with ["),
        (BATCH, b"{}", "not_an_array", "starts with ["),
        (BATCH, b"[]", "empty_body", "at least one"),
        (BATCH, b"[\n{},", "invalid_json", "line 2, column 4"),
        (BATCH, b"[\n{} {}]", "invalid_json", "expected , or ] after an event (line 2, column 4)"),
        (BATCH, b"[{}] {}", "invalid_json", "something follows"),
        (BATCH, b"[" * 100_000, "invalid_json", "nested too deeply"),
        (BATCH, b'["\xff"]', "invalid_utf8", "byte 2"),
        (NDJSON, b"\n\r\n  \n", "empty_body", "at least one"),
    ],
)
def test_a_body_that_is_no_batch_is_undecodable_as_a_whole(
    client: TestClient, fact_log: MemoryFactLog, media_type: str, body: bytes, code: str, says: str
) -> None:
    response = post(client, body, media_type)
    told = problem(response)
    assert (response.status_code, told["code"]) == (400, code)
    assert says in told["detail"]
    assert fact_log.entries == []


def test_an_event_too_large_for_its_own_limit_is_rejected_alone(client: TestClient, fact_log: MemoryFactLog) -> None:
    huge = message(question(9), data_title="x" * MAX_EVENT_BYTES)
    receipt = post(client, batch([huge, encode(GOOD[0])]), BATCH).json()
    assert (receipt["accepted"], receipt["errors"][0]["code"]) == (1, "too_large")
    [letter] = dead_letters(fact_log)
    assert (letter.truncated, letter.size_bytes) == (True, len(huge))


def test_a_number_too_long_for_python_is_a_rejection(client: TestClient) -> None:
    endless = b'{"type":"esep.clock.tick.v1","data":{"at":' + b"1" * 5_000 + b"}}"
    receipt = post(client, batch([endless, encode(GOOD[0])]), BATCH).json()
    assert (receipt["accepted"], [error["index"] for error in receipt["errors"]]) == (1, [0])


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
def test_a_body_over_the_limit_is_refused(client: TestClient, fact_log: MemoryFactLog, announced: bool) -> None:
    line = encode(GOOD[0]) + b"\n"
    body = line * (5 * 1024 * 1024 // len(line))
    content = body if announced else iter([body[:3_000_000], body[3_000_000:]])
    headers = {"content-type": NDJSON, "authorization": "Bearer uk-token-for-tests"}
    response = client.post("/v1/events", content=content, headers=headers)
    assert (response.status_code, problem(response)["code"]) == (413, "too_large")
    assert response.headers["connection"] == "close"
    assert fact_log.entries == []


@given(st.binary(max_size=60) | st.text('[]{},:"\\ \n1.eE-tfnua', max_size=40).map(str.encode))
def test_any_bytes_are_messages_or_undecodable(body: bytes) -> None:
    for form in BodyForm:
        try:
            messages = messages_in(form, body, at_most=60)
        except UndecodableBodyError as error:
            said = error.reason
        else:
            said = "".join(found.place for found in messages)
            assert all(found.raw in body for found in messages)
        assert said or form is BodyForm.SINGLE
