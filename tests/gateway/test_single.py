"""One event per request: taken, known already, refused, in conflict."""

import base64

import pytest
from starlette.testclient import TestClient

from schemas.topics import FACT_PARTITIONS, FACTS
from services.adapters.codec import MAX_EVENT_BYTES, decode, encode
from services.adapters.memory import MemoryFactLog
from tests.adapters.samples import message, question, watermark
from tests.gateway.sending import DEMO_TOKEN, dead_letters, post, problem


@pytest.mark.parametrize("media_type", ["application/cloudevents+json", "application/json; charset=UTF-8"])
def test_an_event_is_accepted_once(client: TestClient, fact_log: MemoryFactLog, media_type: str) -> None:
    event = question(1)
    receipt = {"accepted": 1, "duplicate": 0, "rejected": 0, "ids": [str(event.id)], "errors": []}
    first = post(client, encode(event), media_type)
    assert (first.status_code, first.json()) == (202, receipt)
    second = post(client, encode(event), media_type)
    assert (second.status_code, second.json()) == (202, receipt | {"accepted": 0, "duplicate": 1})
    assert [decode(entry.value) for entry in fact_log.entries] == [event]


def test_a_broadcast_event_counts_once_and_reaches_every_partition(client: TestClient, fact_log: MemoryFactLog) -> None:
    assert post(client, encode(watermark(1))).json()["accepted"] == 1
    assert [entry.partition for entry in fact_log.of_topic(FACTS.name)] == list(range(FACT_PARTITIONS))


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"\xff", 400, "invalid_utf8", None),
        (b'{"specversion":', 400, "invalid_json", None),
        (b"[]", 422, "not_an_object", None),
        (b'{"type": "esep.inquiry.filled.v1"}', 422, "unknown_type", "type"),
        (message(question(1), subject=""), 422, "invalid_envelope", "subject"),
        (message(question(1), data_occurred_on="yesterday"), 422, "invalid_data", "data.occurred_on"),
    ],
)
def test_an_invalid_event_is_refused_with_its_field_and_kept(
    client: TestClient, fact_log: MemoryFactLog, body: bytes, status: int, code: str, field: str | None
) -> None:
    response = post(client, body)
    told = problem(response)
    assert (response.status_code, told["code"], told["accepted"], told["ids"]) == (status, code, 0, [])
    [error] = told["errors"]
    assert (error["code"], error.get("field"), error["reason"]) == (code, field, told["detail"])
    [letter] = dead_letters(fact_log)
    assert (letter.code, letter.field, letter.origin) == (code, field, "POST /v1/events by uk")
    assert base64.b64decode(letter.original) == body


def test_the_same_invalid_event_is_kept_once(client: TestClient, fact_log: MemoryFactLog) -> None:
    assert [post(client, b"{").status_code for _ in range(2)] == [400, 400]
    assert len(dead_letters(fact_log)) == 1


def test_an_id_with_other_content_is_a_conflict(client: TestClient, fact_log: MemoryFactLog) -> None:
    post(client, encode(question(1)))
    other = encode(question(1, title="Another title"))
    response = post(client, other)
    told = problem(response)
    assert (response.status_code, told["code"]) == (409, "id_conflict")
    assert told["errors"][0]["id"] == str(question(1).id)
    assert [decode(entry.value) for entry in fact_log.of_topic(FACTS.name)] == [question(1)]
    [letter] = dead_letters(fact_log)
    assert (letter.code, base64.b64decode(letter.original)) == ("id_conflict", other)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (encode(question(1, source="/sources/uk-written-questions-2")), "forbidden_source", "source"),
        (encode(question(1, source="/sources/kz-budget")), "forbidden_source", "source"),
        (message(question(1), simulation="gb-demo", subject="gb-demo.wq:1"), "forbidden_simulation", "simulation"),
    ],
    ids=["a longer name is another source", "another source", "a simulation"],
)
def test_what_the_token_may_not_write_is_forbidden(
    client: TestClient, fact_log: MemoryFactLog, body: bytes, code: str, field: str
) -> None:
    response = post(client, body)
    told = problem(response)
    assert (response.status_code, told["code"], told["errors"][0]["field"]) == (403, code, field)
    assert fact_log.of_topic(FACTS.name) == []
    assert [letter.code for letter in dead_letters(fact_log)] == [code]


def test_a_demo_token_writes_its_own_world_only(client: TestClient, fact_log: MemoryFactLog) -> None:
    invented = question(1, source="/simulator", simulation="gb-demo", subject="gb-demo.wq:1")
    assert post(client, encode(invented), token=DEMO_TOKEN).status_code == 202
    real = post(client, encode(question(1, source="/simulator")), token=DEMO_TOKEN)
    assert (real.status_code, problem(real)["code"]) == (403, "forbidden_simulation")
    family = post(client, encode(watermark(1, source="/simulator")), token=DEMO_TOKEN)
    assert (family.status_code, problem(family)["code"]) == (403, "forbidden_family")
    assert [letter.origin for letter in dead_letters(fact_log)] == ["POST /v1/events by demo"] * 2


def test_a_single_event_has_its_own_limit(client: TestClient, fact_log: MemoryFactLog) -> None:
    response = post(client, b" " * (MAX_EVENT_BYTES + 1))
    assert (response.status_code, problem(response)["code"]) == (413, "too_large")
    assert fact_log.entries == []
