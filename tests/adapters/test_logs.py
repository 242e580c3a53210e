"""Log lines: one JSON object each, named by service, third parties held back."""

import json
import logging
from datetime import datetime

import pytest

from services.adapters.logs import configure_logs, logger_of


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What was logged, parsed."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_says_who_when_and_what(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway")
    logger_of("any").info("events taken in", accepted=3)
    [line] = lines(capsys)
    assert datetime.fromisoformat(str(line.pop("timestamp"))).tzinfo is not None
    assert line == {"event": "events taken in", "accepted": 3, "service": "gateway", "level": "info"}


def test_third_parties_speak_in_the_same_form_but_less(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway", level="debug")
    logging.getLogger("uvicorn.error").info("started on %s", 8000)
    logging.getLogger("aiokafka").debug("thousands of these")
    logging.getLogger("kafka.net").error("one per failed reconnect")
    assert [(line["event"], line["service"]) for line in lines(capsys)] == [("started on 8000", "gateway")]


def test_below_the_level_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway", level="warning")
    logger_of("any").info("quiet")
    logger_of("any").warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_on_a_console_no_local_variable_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway", style="console")
    token = "hunter" + "2"
    try:
        raise RuntimeError(f"broken after {len(token)} letters")
    except RuntimeError:
        logger_of("any").exception("failed")
    said = capsys.readouterr().err
    assert "RuntimeError: broken after 7 letters" in said
    assert token not in said


def test_an_exception_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway")
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logger_of("any").exception("failed")
    [line] = lines(capsys)
    assert "RuntimeError: broken" in str(line["exception"])
