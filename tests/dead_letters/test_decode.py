"""No bytes whatever make ``decode``, the gateway's bodies or a dead letter raise anything but what they promise."""

import importlib.util
import subprocess
import sys
from collections import Counter

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from services.adapters.clock import FakeClock
from services.adapters.codec import InvalidMessage, decode, encode
from services.adapters.deadletters import dead_letter
from services.gateway.bodies import BodyForm, UndecodableBodyError, messages_in
from services.sink.reading import read_rows
from tests.adapters.samples import NOON
from tests.dead_letters.mutations import mutated, originals

MESSAGES = 25_000
BODIES = 3_000
GUIDED_RUNS = 300_000
GUIDED_SHORTLY = 10_000
GUIDED_S = 240
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def fault_of(raw: bytes) -> InvalidMessage | None:
    """Why a message is not understood; anything else raised fails the test."""
    try:
        decode(raw)
    except InvalidMessage as fault:
        return fault
    return None


def test_mutated_messages_are_understood_or_rejected_with_a_reason_that_a_letter_holds() -> None:
    codes: Counter[str] = Counter()
    for raw in mutated(seed=1, count=MESSAGES):
        fault = fault_of(raw)
        codes["understood" if fault is None else fault.code] += 1
        if fault is not None:
            letter = dead_letter(
                raw,
                code=fault.code,
                reason=fault.reason,
                origin="a test",
                field=fault.field,
                source="/test",
                clock=FakeClock(NOON),
            )
            if codes.total() % 10 == 0:
                assert read_rows("esep.dead-letters", 0, encode(letter))
    assert codes.total() == MESSAGES
    everywhere = {"invalid_utf8", "invalid_json", "unknown_type", "invalid_envelope", "invalid_data", "understood"}
    assert everywhere <= codes.keys(), codes


def test_what_is_still_understood_survives_its_own_writing() -> None:
    for raw in mutated(seed=2, count=BODIES):
        if fault_of(raw) is None:
            assert decode(encode(decode(raw))) == decode(raw)


@given(st.binary(max_size=400) | JSON.map(lambda content: str(content).encode()))
@settings(max_examples=500, deadline=None)
def test_any_bytes(raw: bytes) -> None:
    fault_of(raw)


@given(st.sampled_from(originals()), st.dictionaries(st.text(max_size=12), JSON, max_size=3), JSON)
@settings(max_examples=500, deadline=None)
def test_any_fields(original: bytes, fields: dict[str, object], data: object) -> None:
    try:
        message = orjson.loads(original)
    except orjson.JSONDecodeError:
        return
    if isinstance(message, dict):
        try:
            raw = orjson.dumps(message | fields | {"data": data})
        except orjson.JSONEncodeError:
            return
        fault_of(raw)


@pytest.mark.parametrize("form", BodyForm)
def test_mutated_bodies_are_cut_into_messages_or_refused_whole(form: BodyForm) -> None:
    good = originals()
    bodies = [b"[" + b",".join(good[at : at + 3]) + b"]" for at in range(0, len(good), 3)]
    bodies += [b"\n".join(good[at : at + 3]) for at in range(0, len(good), 3)]
    outcomes: Counter[bool] = Counter()
    for body in mutated(seed=3, count=BODIES, sources=bodies):
        try:
            messages = messages_in(form, body, at_most=len(body))
        except UndecodableBodyError:
            outcomes[False] += 1
        else:
            assert messages
            outcomes[True] += 1
            for message in messages:
                fault_of(message.raw)
    assert outcomes[True]
    if form is BodyForm.BATCH:
        assert outcomes[False]


@pytest.mark.timeout(2 * GUIDED_S)
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has wheels for Linux on x86-64 only, up to Python 3.13"
)
@pytest.mark.parametrize("runs", [GUIDED_SHORTLY, pytest.param(GUIDED_RUNS, marks=pytest.mark.bench)])
def test_coverage_guided_fuzzing_finds_nothing_else(runs: int) -> None:
    command = [sys.executable, "-m", "tests.dead_letters.guided", f"-runs={runs}", f"-max_total_time={GUIDED_S}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=2 * GUIDED_S, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    Console().print(done.stderr.splitlines()[-1])  # how many runs in how many seconds
