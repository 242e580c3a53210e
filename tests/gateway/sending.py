"""Posting to the gateway and reading its answers, for tests.

Nothing here judges an answer.
"""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from httpx import Response
from starlette.testclient import TestClient

from schemas.events.deadletters import DeadLetterKeptV1
from schemas.topics import DEAD_LETTERS
from services.adapters.codec import decode
from services.adapters.memory import MemoryFactLog

UK_TOKEN: Final = "uk-token-for-tests"
DEMO_TOKEN: Final = "demo-token-for-tests"

SINGLE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
NDJSON: Final = "application/x-ndjson"


def post(client: TestClient, body: bytes, media_type: str = SINGLE, token: str = UK_TOKEN, **headers: str) -> Response:
    """POST /v1/events with a token."""
    sent = {"content-type": media_type, "authorization": f"Bearer {token}"} | headers
    answer: Response = client.post("/v1/events", content=body, headers=sent)
    return answer


def batch(messages: Sequence[bytes]) -> bytes:
    """A JSON array of messages, as sent by somebody who likes blanks."""
    return b" [\n" + b" ,\n".join(messages) + b"\n] "


def problem(response: Response) -> dict[str, Any]:
    """A problem's members; fails when the answer is none."""
    assert response.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = orjson.loads(response.content)
    assert content["status"] == response.status_code
    assert content["type"] == f"urn:esep:problem:{content['code']}"
    assert content["detail"]
    return content


def dead_letters(fact_log: MemoryFactLog) -> list[DeadLetterKeptV1]:
    """The dead letters in the log, in order."""
    data = [decode(entry.value).data for entry in fact_log.of_topic(DEAD_LETTERS.name)]
    assert all(isinstance(letter, DeadLetterKeptV1) for letter in data)
    return [letter for letter in data if isinstance(letter, DeadLetterKeptV1)]
