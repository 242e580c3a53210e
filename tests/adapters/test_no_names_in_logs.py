"""Whatever is wrong with a message, no log line repeats what stands in it; it says where the message is."""

import asyncio
import json
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from aiokafka import TopicPartition
from pydantic import ValidationError
from starlette.testclient import TestClient

from schemas.events.inquiries import InquiryFiledV1
from schemas.topics import FACTS
from services.adapters import telemetry
from services.adapters.clock import FakeClock
from services.adapters.codec import encode
from services.adapters.invalid_limits import InvalidLimits
from services.adapters.logs import configure_logs
from services.adapters.memory import MemoryFactLog
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from tests.adapters.samples import NOON, question
from tests.gateway.conftest import settings, tokens  # noqa: F401  # fixtures
from tests.gateway.sending import post
from tests.sink.test_loop import Bench as SinkBench
from tests.stream.fakes import Bench as TrackerBench

NAME = "Aigerim Testova"
PLACE = TopicPartition(FACTS.name, 0)
NO_LIMIT = InvalidLimits(in_a_row=0, percent=0)


def told_wrongly() -> list[bytes]:
    """One question by a person, wrong in ways that make validators want to repeat what they saw."""
    good = orjson.loads(encode(question(1)))
    data = good["data"]
    wrong = [
        good | {"data": data | {"occurred_on": NAME}},
        good | {"data": data | {NAME: "unknown key"}},
        good | {"data": data | {"kind": NAME}},
        good | {"type": f"esep.{NAME}.v1"},
        good | {"subject": NAME, "id": NAME},
        good | {"time": NAME},
        good | {NAME: NAME},
    ]
    return [*(orjson.dumps(each) for each in wrong), NAME.encode(), b'{"data": "' + NAME.encode() + b'"']


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged, none of it a name."""
    said = capsys.readouterr().err
    for part in (*NAME.split(), *(each.encode("unicode_escape").decode() for each in NAME.split())):
        assert part not in said
    return [json.loads(line) for line in said.splitlines()]


def test_the_gateway_repeats_nothing(
    settings: GatewaySettings,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("test", level="debug")
    with TestClient(create_app(settings, MemoryFactLog(), FakeClock(NOON))) as client:
        for raw in told_wrongly():
            assert 400 <= post(client, raw).status_code < 500
    said = [line for line in lines(capsys) if line["event"] == "events taken in"]
    assert sum(line["rejected"] for line in said) > 0


def test_the_tracker_says_where_and_not_what(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("test", level="debug")
    raw = told_wrongly()
    counters = telemetry.counter("tracker_dead_letters_total")
    before = counters.labels("invalid_data")._value.get()

    async def work() -> None:
        bench = TrackerBench(limits=NO_LIMIT)
        await bench.loop.process(bench.write(0, *raw))

    asyncio.run(work())
    said = [line for line in lines(capsys) if line["event"] == "record not understood"]
    assert [(line["topic"], line["partition"], line["offset"]) for line in said] == [
        (FACTS.name, 0, offset) for offset in range(len(raw))
    ]
    assert all(line["code"] for line in said)
    assert counters.labels("invalid_data")._value.get() > before


def test_the_sink_says_where_and_not_what(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("test", level="debug")
    raw = told_wrongly()
    counters = telemetry.counter("sink_dead_letters_total")
    before = counters.labels("invalid_data")._value.get()
    bench = SinkBench({PLACE: raw}, limits=NO_LIMIT)
    asyncio.run(bench.until_committed())
    said = [line for line in lines(capsys) if line["event"] == "message rejected"]
    assert [(line["topic"], line["partition"], line["offset"]) for line in said] == [
        (FACTS.name, 0, offset) for offset in range(len(raw))
    ]
    assert counters.labels("invalid_data")._value.get() > before


def test_a_contract_does_not_repeat_what_it_refuses() -> None:
    """The traceback of a bug goes into the log too."""
    with pytest.raises(ValidationError) as refused:
        InquiryFiledV1.model_validate({"occurred_on": NAME})
    assert NAME not in str(refused.value)


def test_somebody_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The check itself can fail."""
    configure_logs("test", level="debug")
    structlog.get_logger(str(tmp_path)).warning("refused", reason=f"unknown person {NAME}")
    with pytest.raises(AssertionError):
        lines(capsys)
