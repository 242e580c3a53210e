"""Faults of a budget source: each check on a small invented table, and the findings as events that come and go."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random  # the type of hypothesis' own generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.bodies import Body
from schemas.envelope import Event
from schemas.events.budget import BudgetPeriodPublishedV1, BudgetStatementV1
from schemas.events.findings import FindingClearedV1, FindingRaisedV1
from schemas.events.states import Confidence
from schemas.rules import LocalText
from services.domain.budget.partition import BudgetPartition, standing_findings
from services.domain.identity import new_event

MONTH_ENDS = {
    -1: date(2023, 11, 30),
    0: date(2023, 12, 31),
    1: date(2024, 1, 31),
    2: date(2024, 2, 29),
    3: date(2024, 3, 31),
    4: date(2024, 4, 30),
}
"""The ends of months, counted so that the new year lies between 0 and 1."""
READ_AT = datetime(2024, 6, 1, tzinfo=UTC)
Figures = dict[str, Any]


def line(code: str, month: int, *, by: str = "administrator", seen: int = 0, **figures: Any) -> Event:
    """A statement of an invented line: 1,200 appropriated, 100 paid a month, unless told otherwise."""
    so_far = 100 * MONTH_ENDS[month].month
    plain = {
        "approved": 1200,
        "specified": 1200,
        "adjusted": 1200,
        **dict.fromkeys(("period_plan_payments", "period_plan_obligations", "paid", "obligations_taken"), so_far),
    }
    path: tuple[str, ...] | None = figures.pop("path", None)
    data = BudgetStatementV1(
        jurisdiction="kz",
        level="republican",
        classification=by,
        code=code,
        name=figures.pop("name", path[-1] if path else f"Line {code}"),
        path=path,
        fiscal_year=MONTH_ENDS[month].year,
        unit=figures.pop("unit", "thousand KZT"),
        period_end=MONTH_ENDS[month],
        is_total=code == "0",
        **{name: Decimal(str(amount)) for name, amount in {**plain, **figures}.items()},
    )
    subject = f"kz/republican/{by}/-/{MONTH_ENDS[month].year}/{code}"
    return told(data, subject, f"{subject}@{month}", seen)


def published(month: int, *, by: str = "administrator", seen: int = 0, lines: int = 0) -> Event:
    """The source says that this is the whole month, of at least so many lines."""
    data = BudgetPeriodPublishedV1(
        jurisdiction="kz",
        level="republican",
        classification=by,
        fiscal_year=MONTH_ENDS[month].year,
        period_end=MONTH_ENDS[month],
        lines=lines,
    )
    return told(data, f"kz/republican/{by}/-/{MONTH_ENDS[month]:%Y-%m}", f"{by}@{month}", seen)


def told(data: BudgetStatementV1 | BudgetPeriodPublishedV1, subject: str, native_id: str, seen: int) -> Event:
    observed = READ_AT + timedelta(days=seen)
    return new_event(
        data,
        source=f"/sources/kz-budget/republican-{data.classification}",
        subject=subject,
        time=observed,
        observed_at=observed,
        native_id=native_id,
        version=f"{seen}/{data.model_dump_json()}",
    )


def month(number: int, *lines: Figures, by: str = "administrator", seen: int = 0) -> list[Event]:
    """A whole month: the lines given (two plain ones without), a total that fits, and the word that this is all."""
    stated = [line(code=str(each.pop("code")), month=number, by=by, seen=seen, **each) for each in lines]
    stated = stated or [line("201", number, by=by, seen=seen), line("202", number, by=by, seen=seen)]
    sums = {
        name: sum((getattr(event.data, name) for event in stated), Decimal())
        for name in ("approved", "specified", "adjusted", "period_plan_payments", "period_plan_obligations", "paid")
    }
    total = line(
        "0",
        number,
        by=by,
        seen=seen,
        unit=stated[0].data.unit,
        **sums,
        obligations_taken=sum(e.data.obligations_taken for e in stated),
    )
    return [*stated, total, published(number, by=by, seen=seen, lines=len(stated) + 1)]


def found(events: Sequence[Event], bodies: dict[str, Body] | None = None) -> set[tuple[str, str, str]]:
    """Code, line or '-', and month of every finding that stands."""
    standing = standing_findings(events, bodies or {})
    return {
        (each.data.code.removeprefix("budget."), each.data.params.get("code", "-"), each.data.params["period_end"][5:7])
        for each in standing.values()
    }


def test_a_sound_source_has_no_findings() -> None:
    assert found([*month(1), *month(2), *month(3)]) == set()


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            [
                *month(1),
                *month(2, {"code": "201", "period_plan_payments": 0}, {"code": "202", "period_plan_payments": 0}),
            ],
            {("period_plan_missing", "-", "02")},
        ),
        ([*month(1), line("0", 2, adjusted=2400), line("201", 2), published(2)], {("line_vanished", "202", "02")}),
        (
            [*month(1), *month(2, {"code": "201", "paid": 40, "obligations_taken": 40}, {"code": "202"})],
            {("cumulative_fell", "201", "02")},
        ),
        (
            [*month(1), *month(2, {"code": "201", "adjusted": 500}, {"code": "202"})],
            {("programme_dropped", "201", "02"), ("programme_dropped", "0", "02")},
        ),
        (
            [*month(1), *month(2, {"code": "201"}, {"code": "202"}, {"code": "203"})],
            {("line_appeared", "203", "02")},
        ),
        ([*month(1, {"code": "201", "stated_of_adjusted": 50}, {"code": "202"})], {("share_disagrees", "201", "01")}),
        (
            [*month(1, {"code": "201", "paid": -5, "obligations_taken": 0}, {"code": "202"})],
            {("negative_amount", "201", "01")},
        ),
        ([*month(1, {"code": "201", "paid": 1300}, {"code": "202"})], {("over_plan", "201", "01")}),
        (
            [*month(1, {"code": "104", "adjusted": 0, "paid": 0}, {"code": "109", "approved": 0})],
            {("appropriation_unplanned", "104", "01"), ("plan_unappropriated", "109", "01")},
        ),
        ([*month(1), *month(2, {"code": "201", "name": "Other name"}, {"code": "202"})], {("renamed", "201", "02")}),
        ([*month(1), *month(3)], {("period_missing", "-", "03")}),
    ],
)
def test_each_fault_is_found_where_it_is(events: list[Event], expected: set[tuple[str, str, str]]) -> None:
    assert expected <= found(events)
    assert {code for code, _, _ in found(events)} <= {code for code, _, _ in expected} | {"total_differs"}


def test_a_period_of_which_fewer_lines_are_known_than_it_has_is_incomplete_until_they_come() -> None:
    partition = BudgetPartition({})
    first, second, total, marker = month(1)
    decision = partition.decide([first, total, marker])
    partition.apply(decision)
    raised = {event.data.code: event.data for event in decision.derived if isinstance(event.data, FindingRaisedV1)}
    incomplete = raised["budget.period_incomplete"]
    assert (incomplete.severity, incomplete.params["expected"], incomplete.params["seen"]) == ("error", "3", "2")
    cleared = [event.data.code for event in partition.decide([second]).derived]
    assert "budget.period_incomplete" in cleared
    assert found(month(1)) == set()


def test_a_line_that_a_later_publication_lacks_does_not_make_it_incomplete() -> None:
    again = [line("201", 1, seen=2), line("0", 1, seen=2, approved=1200), published(1, seen=2, lines=2)]
    assert "period_incomplete" not in {code for code, _, _ in found([*month(1), *again])}


def test_two_periods_that_end_in_one_month_have_findings_of_their_own() -> None:
    """Figures as of the 15th and of the 31st are two periods; each may be at fault."""
    standing = {}
    for day in (15, 31):
        data = published(1, lines=2).data.model_copy(update={"period_end": date(2024, 1, day)})
        standing |= standing_findings([told(data, f"kz/republican/administrator/-/2024-01-{day}", str(day), 0)], {})
    assert len(standing) == 2


def test_a_total_that_is_not_the_sum_of_its_lines() -> None:
    events = [line("201", 1), line("202", 1), line("0", 1, approved=2400, specified=2400, adjusted=2500), published(1)]
    standing = standing_findings(events, {})
    assert [each.data.params["measure"] for each in standing.values() if "total" in each.data.code]
    assert ("total_differs", "-", "01") in found(events)


def test_two_classifications_of_one_budget_that_disagree_blame_neither() -> None:
    events = [*month(1), *month(1, {"code": "1", "adjusted": 3000}, by="function")]
    assert found(events) >= {("classifications_disagree", "-", "01")}
    about = {subject.split(":")[2] for subject, each in standing_findings(events, {}).items() if "disagree" in subject}
    assert about == {"kz/republican/administrator/-", "kz/republican/function/-"}


def test_a_unit_that_changes_from_one_month_to_the_next() -> None:
    thousandfold = dict.fromkeys(("approved", "specified", "adjusted"), 1200000)
    events = [*month(1), *month(2, {"code": "201", **thousandfold}, {"code": "202", **thousandfold})]
    assert ("scale_jump", "0", "02") in found(events)


def test_a_unit_that_the_source_says_it_changed_is_no_fault() -> None:
    amounts = dict.fromkeys(("approved", "specified", "adjusted"), 1_200_000)
    paid = dict.fromkeys(("period_plan_payments", "period_plan_obligations", "paid", "obligations_taken"), 200_000)
    in_tenge = [{"code": code, "unit": "KZT", **amounts, **paid} for code in ("201", "202")]
    assert found([*month(1), *month(2, *in_tenge)]) == set()


def test_a_table_that_has_stopped_while_others_go_on() -> None:
    events = [*month(1), *month(2), *month(3), *month(1, {"code": "1"}, by="function")]
    assert ("stale", "-", "01") in found(events)


def test_a_tree_whose_parts_do_not_add_up_and_a_balance_that_need_not() -> None:
    root, group = ("Costs",), ("Costs", "Health")
    lending = ("Net lending",)
    tree = [
        line("a", 1, by="tree", path=root, adjusted=2400),
        line("b", 1, by="tree", path=group, adjusted=1200),
        line("c", 1, by="tree", path=(*group, "Hospitals"), adjusted=700),
        line("d", 1, by="tree", path=("Costs", "Education"), adjusted=1200),
        line("e", 1, by="tree", path=("Costs", "Defence"), adjusted=0),
        line("f", 1, by="tree", path=lending, adjusted=100),
        line("g", 1, by="tree", path=(*lending, "Lent"), adjusted=500),
        line("h", 1, by="tree", path=(*lending, "Repaid"), adjusted=400),
        published(1, by="tree"),
    ]
    codes = {(code, who) for code, who, _ in found(tree)}
    assert ("parts_differ", "b") in codes
    assert ("parts_differ", "f") not in codes


def test_a_body_that_was_reorganised_names_who_took_over() -> None:
    words = LocalText(kk="а", ru="б", en="c")
    heir = Body(
        id="kz.adm.651",
        jurisdiction="kz",
        name=words,
        codes={"budget_administrator": "651"},
        confidence=Confidence.SECONDARY,
    )
    left = {"id": "kz.adm.209", "codes": {"budget_administrator": "209"}, "successors": (heir.id,)}
    gone = heir.model_copy(update=left)
    zeroed = {"code": "209", "adjusted": 0, "paid": 0}
    events = [*month(1, {"code": "209"}, {"code": "202"}), *month(2, zeroed, {"code": "202"})]
    about = [each.data.params for each in standing_findings(events, {heir.id: heir, gone.id: gone}).values()]
    assert {params["successors"] for params in about if params.get("code") == "209"} == {"651"}


def test_nothing_is_compared_before_the_period_was_published_whole() -> None:
    partition = BudgetPartition({})
    for event in [*month(1), line("201", 2, paid=1, obligations_taken=1)]:
        decision = partition.decide([event])
        partition.apply(decision)
        assert decision.derived == ()


def test_a_correction_clears_what_it_mends() -> None:
    partition = BudgetPartition({})
    raised = feed(
        partition, [*month(1), *month(2, {"code": "201", "paid": 40, "obligations_taken": 40}, {"code": "202"})]
    )
    assert [event.data.code for event in raised] == ["budget.cumulative_fell"]
    cleared = feed(partition, month(2, seen=5))
    assert [type(event.data) for event in cleared] == [FindingClearedV1]
    assert cleared[0].subject == raised[0].subject
    assert (raised[0].data.revision, cleared[0].data.revision) == (1, 2)


def test_a_finding_that_blocks_is_an_error_and_no_other_is() -> None:
    events = [
        *month(1),
        *month(3, {"code": "201", "name": "Other", "paid": 40, "obligations_taken": 40}, {"code": "202"}),
    ]
    severities = {each.data.code: each.data.severity for each in standing_findings(events, {}).values()}
    assert severities == {
        "budget.cumulative_fell": "error",
        "budget.renamed": "info",
        "budget.period_missing": "warning",
    }


def feed(partition: BudgetPartition, events: Sequence[Event]) -> list[Event]:
    derived: list[Event] = []
    for event in events:
        decision = partition.decide([event])
        partition.apply(decision)
        derived.extend(decision.derived)
    return derived


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Months with odd figures, some of them stated anew later, some never published."""
    events: list[Event] = []
    for number in (-1, 0, 1, 2):
        for seen in draw(st.sampled_from(((0,), (0, 3), ()))):
            odd = {
                name: draw(st.sampled_from((0, 100, 700, 1200, 900_000)))
                for name in ("adjusted", "paid", "period_plan_payments")
            }
            whole = month(number, {"code": "201", **odd}, {"code": "202"}, seen=seen)
            events += whole if draw(st.booleans()) else whole[:-1]
        if draw(st.booleans()):
            events += month(number, {"code": "1"}, by="function")
    return list({event.id: event for event in events}.values())


@given(logs(), st.randoms(use_true_random=False), st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_any_order_and_any_batching_end_in_the_findings_of_a_plain_count(
    log: list[Event], random: Random, batch: int
) -> None:
    again = random.sample(log, k=len(log) // 2)
    later = [
        each.model_copy(update={"observedat": each.observedat + timedelta(days=random.randrange(9))}) for each in again
    ]
    shuffled = [*log, *later]
    random.shuffle(shuffled)
    partition = BudgetPartition({})
    derived: list[Event] = []
    for start in range(0, len(shuffled), batch):
        decision = partition.decide(shuffled[start : start + batch])
        partition.apply(decision)
        derived.extend(decision.derived)
    standing: dict[str, object] = {}
    for event in derived:
        if isinstance(event.data, FindingRaisedV1):
            standing[event.subject] = event.data.params
        else:
            del standing[event.subject]
    plain = {subject: each.data.params for subject, each in standing_findings(log, {}).items()}
    assert standing == plain, "of copies the one that was observed first counts"
    assert len({event.id for event in derived}) == len(derived)
