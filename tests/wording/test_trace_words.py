"""The trace of a deadline in sentences: every code the domain emits, long runs grouped, unknown codes shown raw."""

import ast
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import calendars
from schemas.events.obligations import TraceStep
from schemas.rules import Basis, Unit
from services import domain
from services.adapters.rulebook import load_rulebook
from services.wording.names import Names
from services.wording.trace_words import TraceLine, tell
from services.wording.words import LANGUAGES, all_words

RULE = {"rule": "kz.appeal.answer", "version": "2", "act": "APPC", "article": "art. 76", "edition": "16.01.2026"}
ASKED = {"from": "2026-05-12", "until": "2026-06-30", "granted_on": "2026-05-06"}
EVERY_STEP = (
    TraceStep(code="rule", params=RULE),
    TraceStep(code="as_known", on=date(2026, 1, 31)),
    *(TraceStep(code="basis", on=date(2026, 4, 20), params={"basis": basis.value}) for basis in Basis),
    TraceStep(code="no_term"),
    *(TraceStep(code="basis_missing", params={"basis": basis.value}) for basis in Basis),
    TraceStep(code="rule_missing", params={"rule": "kz.none"}),
    TraceStep(code="day_one", on=date(2026, 4, 21)),
    TraceStep(code="skipped", on=date(2026, 5, 1), params={"reason": "holiday", "name": "Victory Day"}),
    *(TraceStep(code="counted", on=date(2026, 5, 12), params={"n": "15", "unit": unit.value}) for unit in Unit),
    TraceStep(code="month_end_clamped", on=date(2026, 2, 28)),
    TraceStep(code="due", on=date(2026, 5, 12)),
    TraceStep(code="rolled_forward", on=date(2026, 5, 12), params={"from": "2026-05-10"}),
    TraceStep(code="extended", on=date(2026, 6, 30), params=ASKED),
    TraceStep(code="extension_limited", on=date(2026, 6, 12), params=ASKED),
    TraceStep(code="extension_too_late", on=date(2026, 5, 6), params=ASKED),
    TraceStep(code="extension_forbidden", on=date(2026, 5, 6), params=ASKED),
    TraceStep(code="extension_ignored", on=date(2026, 5, 1), params=ASKED),
    TraceStep(code="paused", on=date(2026, 5, 1)),
    TraceStep(code="paused_after_due", on=date(2026, 5, 1)),
    TraceStep(code="pause_ignored", on=date(2026, 5, 1)),
    TraceStep(code="resumed", on=date(2026, 5, 3)),
    TraceStep(code="due_instant", params={"at": "2026-05-12T19:00:00+00:00", "zone": "Asia/Almaty"}),
    TraceStep(code="impossible_dates", on=date(2026, 5, 3)),
    TraceStep(code="impossible_dates", params={"basis_on": "2026-05-03"}),
    TraceStep(code="calendar_gap", on=date(2029, 1, 1), params={"calendar": "kz", "needed": "2029-01-01"}),
    TraceStep(code="reopened_without_term", on=date(2026, 5, 3)),
)


def emitted() -> dict[str, str]:
    """Every code the domain puts into a trace, with the place that does."""
    found: dict[str, str] = {}
    for path in sorted(Path(domain.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                for code in _codes(node):
                    found[code] = f"{path.name}:{node.lineno}"
    return found


def _codes(call: ast.Call) -> list[str]:
    """The literal code of a step, or the problem of a deadline without a date, which becomes one."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    given = [word.value for word in call.keywords if word.arg == "code"] if name == "step" else []
    given += call.args[:1] if name == "_without_date" else []
    return [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def test_every_code_the_domain_emits_is_told_here() -> None:
    found = emitted()
    assert len(found) >= 20, "the domain is no longer read right"
    told_here = {step.code for step in EVERY_STEP}
    assert {code: place for code, place in found.items() if code not in told_here} == {}


def test_every_reason_to_skip_a_day_has_words() -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(Path(calendars.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    off = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "DayOff"]
    reasons = {reason.value for reason in off if isinstance(reason, ast.Constant)} | {"paused"}
    assert reasons >= {"weekend", "holiday", "not_sitting"}
    for words in all_words().values():
        assert [reason for reason in reasons if f"trace.skipped_{reason}" not in words] == []


def told(*steps: TraceStep, language: str = "en") -> list[TraceLine]:
    rulebook = load_rulebook()
    words = next(words for name, words in all_words().items() if name == language)
    return tell(steps, words, Names(words, rulebook))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_has_a_sentence(language: str) -> None:
    for step, line in zip(EVERY_STEP, told(*EVERY_STEP, language=language), strict=True):
        assert line.code == step.code
        assert not line.text.startswith(step.code), f"{language}: {line.text}"


def test_an_extension_that_reaches_too_far_says_where_it_ends() -> None:
    (line,) = told(TraceStep(code="extension_limited", on=date(2026, 6, 12), params=ASKED))
    assert line.text.replace("\u00a0", " ") == (
        "On 6 May 2026 the body extended the term to 30 June 2026. The rule lets it reach 12 June 2026 at most."
    )


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        (
            TraceStep(code="moon_phase", on=date(2026, 5, 1), params={"phase": "full"}),
            "moon_phase (1 May 2026; phase: full)",
        ),
        (TraceStep(code="brand_new"), "brand_new"),
        (TraceStep(code="basis", on=date(2026, 5, 1), params={"basis": "dreamt"}), "basis (1 May 2026; basis: dreamt)"),
        (TraceStep(code="due"), "due"),
        (
            TraceStep(code="rolled_forward", on=date(2026, 5, 1), params={"from": "soon"}),
            "rolled_forward (1 May 2026; from: soon)",
        ),
        (
            TraceStep(code="counted", on=date(2026, 5, 1), params={"n": "x", "unit": "day"}),
            "counted (1 May 2026; n: x; unit: day)",
        ),
        (TraceStep(code="due_instant", params={"at": "?", "zone": "?"}), "due_instant (at: ?; zone: ?)"),
        (TraceStep(code="skipped", params={"reason": "weekend"}), "skipped (reason: weekend)"),
    ],
)
def test_what_has_no_words_is_shown_as_it_is(step: TraceStep, shown: str) -> None:
    (line,) = told(step)
    assert line.text.replace("\u00a0", " ") == shown


def test_a_long_run_of_weekends_is_one_line() -> None:
    first = date(2026, 3, 7)
    steps = [
        TraceStep(code="skipped", on=first + timedelta(days=7 * week + offset), params={"reason": "weekend"})
        for week in range(3)
        for offset in (0, 1)
    ]
    holiday = TraceStep(code="skipped", on=date(2026, 3, 23), params={"reason": "holiday", "name": "Nowruz Holiday"})
    (line,) = told(*steps, holiday)
    assert line.text == "7 days do not count:"
    assert line.details == (
        "weekends (6 days): 7 Mar – 8 Mar, 14 Mar – 15 Mar, 21 Mar – 22 Mar",
        "Monday, 23 March 2026: Nowruz",
    )


def test_skipped_days_are_grouped_only_with_their_neighbours() -> None:
    skipped = TraceStep(code="skipped", on=date(2026, 5, 2), params={"reason": "weekend"})
    codes = [line.code for line in told(skipped, TraceStep(code="day_one", on=date(2026, 5, 4)), skipped, skipped)]
    assert codes == ["skipped", "day_one", "skipped"]


@given(
    st.lists(
        st.builds(
            TraceStep,
            code=st.sampled_from([step.code for step in EVERY_STEP]) | st.from_regex(r"[a-z]{1,8}", fullmatch=True),
            on=st.none() | st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)),
            params=st.dictionaries(
                st.sampled_from(["rule", "version", "basis", "reason", "name", "n", "unit", "from", "at", "zone"]),
                st.text(max_size=12),
            ),
        ),
        max_size=8,
    )
)
def test_no_trace_ever_breaks_a_page(steps: list[TraceStep]) -> None:
    for language in LANGUAGES:
        assert all(line.text for line in told(*steps, language=language))
