"""The limits of what is not understood: in a row, as a share, lifted, and the same however the records are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.invalid_limits import Breach, InvalidLimits, InvalidTally

SHARE = InvalidLimits(in_a_row=0, percent=20, window=1_000, at_least=200)


def first_breach(limits: InvalidLimits, records: list[bool]) -> tuple[int, Breach] | None:
    return InvalidTally(limits).after(records)[1]


@pytest.mark.parametrize(
    ("limits", "records", "expected"),
    [
        (InvalidLimits(3), [True] * 3, (2, Breach(3))),
        (InvalidLimits(3), [True, True, False] * 50, None),
        (InvalidLimits(0), [True] * 5_000, None),
        (SHARE, [True] * 199, None),
        (SHARE, [True] * 200, (199, Breach(200, 200))),
        (SHARE, [False, False, False, False, True] * 400, None),
        (SHARE, [False] * 1_000 + [True] * 200, None),
        (SHARE, [False] * 1_000 + [True] * 201, (1_200, Breach(201, 1_000))),
        (SHARE, [True] * 150 + [False] * 1_000 + [True] * 200, None),
        (InvalidLimits(0, 50, window=4, at_least=200), [True, False, True, True], (3, Breach(3, 4))),
    ],
)
def test_the_first_record_beyond_a_limit(
    limits: InvalidLimits, records: list[bool], expected: tuple[int, Breach] | None
) -> None:
    assert first_breach(limits, records) == expected


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 60), st.integers(0, 6), st.integers(0, 100))
def test_how_records_are_cut_into_batches_changes_nothing(
    records: list[bool], cut: int, in_a_row: int, percent: int
) -> None:
    limits = InvalidLimits(in_a_row, percent, window=7, at_least=3)
    whole, at_once = InvalidTally(limits).after(records)
    first, in_first = InvalidTally(limits).after(records[:cut])
    second, in_second = first.after(records[cut:])
    assert second == whole
    found = in_first or (None if in_second is None else (in_second[0] + len(records[:cut]), in_second[1]))
    assert found == at_once


@given(st.lists(st.booleans(), max_size=60), st.lists(st.booleans(), min_size=9, max_size=40))
def test_what_lies_further_back_than_is_remembered_changes_nothing(before: list[bool], records: list[bool]) -> None:
    limits = InvalidLimits(in_a_row=9, percent=50, window=7, at_least=3)
    tally, _ = InvalidTally(limits).after([*before, *records])
    fresh, _ = InvalidTally(limits).after(records[-limits.remembered :])
    assert (tally.passed() is None) == (fresh.passed() is None)
