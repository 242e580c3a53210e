"""The trace of a deadline in sentences: every code the domain emits, long runs grouped, unknown codes shown raw."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.obligations import TraceStep
from services.adapters.rulebook import load_rulebook
from services.portal.names import Names
from services.portal.trace_words import TraceLine, tell
from services.portal.words import LANGUAGES, all_words

RULE = {"rule": "kz.appeal.answer", "version": "2", "act": "APPC", "article": "art. 76", "edition": "16.01.2026"}
EVERY_STEP = (
    TraceStep(code="rule", params=RULE),
    *(
        TraceStep(code="basis", on=date(2026, 4, 20), params={"basis": basis})
        for basis in ("filed", "received", "registered", "named", "calendar")
    ),
    TraceStep(code="no_term"),
    TraceStep(code="basis_missing", params={"basis": "received"}),
    TraceStep(code="rule_missing", params={"rule": "kz.none"}),
    TraceStep(code="day_one", on=date(2026, 4, 21)),
    TraceStep(code="skipped", on=date(2026, 5, 1), params={"reason": "holiday", "name": "Victory Day"}),
    *(
        TraceStep(code="counted", on=date(2026, 5, 12), params={"n": "15", "unit": unit})
        for unit in ("day", "working_day", "month", "fixed_date")
    ),
    TraceStep(code="month_end_clamped", on=date(2026, 2, 28)),
    TraceStep(code="due", on=date(2026, 5, 12)),
    TraceStep(code="rolled_forward", on=date(2026, 5, 12), params={"from": "2026-05-10"}),
    TraceStep(code="extended", on=date(2026, 6, 30), params={"from": "2026-05-12"}),
    TraceStep(code="extension_ignored", on=date(2026, 5, 1), params={"from": "2026-05-12"}),
    TraceStep(code="paused", on=date(2026, 5, 1)),
    TraceStep(code="resumed", on=date(2026, 5, 3)),
    TraceStep(code="due_instant", params={"at": "2026-05-12T19:00:00+00:00", "zone": "Asia/Almaty"}),
    TraceStep(code="impossible_dates", on=date(2026, 5, 3)),
    TraceStep(code="impossible_dates", params={"basis_on": "2026-05-03"}),
    TraceStep(code="calendar_gap", on=date(2029, 1, 1), params={"calendar": "kz", "needed": "2029-01-01"}),
    TraceStep(code="reopened_without_term", on=date(2026, 5, 3)),
)


def told(*steps: TraceStep, language: str = "en") -> list[TraceLine]:
    rulebook = load_rulebook()
    words = next(words for name, words in all_words().items() if name == language)
    return tell(steps, words, Names(words, rulebook.bodies, rulebook.rules))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_has_a_sentence(language: str) -> None:
    for step, line in zip(EVERY_STEP, told(*EVERY_STEP, language=language), strict=True):
        assert line.code == step.code
        assert not line.text.startswith(step.code), f"{language}: {line.text}"


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
