"""Every check of the chaos suite can fail: each is given what it must find, and what it must let pass."""

from collections.abc import Iterable

import pytest

from schemas.topics import FACTS, partitions_for
from tests.chaos import checks
from tests.chaos.checks import DOUBLED, FALSE_CLAIM, LOST, WRONG, Fault, Seen, check
from tests.chaos.oracle import Claim, LogFold, Refuted
from tests.stream.facts import DUE_AT, answered, filed, in_partition, read_up_to, subject, tick

LATE, ANSWERED = in_partition(1, 2)


def kinds(faults: Iterable[Fault]) -> list[str]:
    return [fault.kind for fault in faults]


def folded() -> LogFold:
    """One question answered in time, one never; the source was read, and the day has passed."""
    fold = LogFold()
    watermark = read_up_to(DUE_AT.date().replace(day=20))
    for event in (filed(LATE), filed(ANSWERED), answered(ANSWERED), watermark, tick(1, DUE_AT.replace(day=21))):
        for number in partitions_for(event.data, event.subject):
            if number == 1:
                fold.add(FACTS.name, number, event)
    return fold


def seen(fold: LogFold) -> Seen:
    """A warehouse that says just what it must."""
    return Seen(
        events=sorted(fold.accepted),
        history={view: sorted(ids) for view, ids in fold.history.items()},
        missed=[claim.event_id for claim in fold.claims],
        raised=dict.fromkeys(fold.raised, 1),
        versions=dict(fold.versions),
        deliveries=[("alert-1", "log"), ("alert-1", "webhook")],
    )


def test_what_is_right_passes_and_everything_was_compared() -> None:
    fold = folded()
    found = check(fold, fold.accepted, seen(fold))
    assert found.faults == []
    assert found.checked["events"] == 5
    assert found.checked["alerts raised"] == 1
    assert found.checked["claims"] == 1
    assert found.checked["snapshots"] == 2
    assert found.checked["deadline_events"] > 2


@pytest.mark.parametrize("view", ["events", "deadline_events", "alert_events"])
def test_a_lost_row_is_found(view: str) -> None:
    fold = folded()
    warehouse = seen(fold)
    (warehouse.events if view == "events" else warehouse.history[view]).pop()
    assert kinds(check(fold, [], warehouse).faults) == [LOST]


@pytest.mark.parametrize("view", ["events", "deadline_events", "alert_events"])
def test_a_doubled_row_is_found(view: str) -> None:
    fold = folded()
    warehouse = seen(fold)
    rows = warehouse.events if view == "events" else warehouse.history[view]
    rows.append(rows[0])
    assert kinds(check(fold, [], warehouse).faults) == [DOUBLED]


@pytest.mark.parametrize("view", ["events", "finding_events"])
def test_a_row_that_nothing_leads_to_is_found(view: str) -> None:
    fold = folded()
    warehouse = seen(fold)
    (warehouse.events if view == "events" else warehouse.history[view]).append("of-nothing")
    assert kinds(check(fold, [], warehouse).faults) == [WRONG]


def test_what_was_acknowledged_and_is_not_in_the_log_is_lost() -> None:
    fold = folded()
    assert kinds(check(fold, ["acknowledged"], seen(fold)).faults) == [LOST]


def test_an_alert_never_raised_raised_twice_or_out_of_nothing_is_found() -> None:
    assert kinds(checks.raised_once({"a"}, {})) == [LOST]
    assert kinds(checks.raised_once({"a"}, {"a": 2})) == [DOUBLED]
    assert kinds(checks.raised_once({"a"}, {"a": 1, "b": 1})) == [FALSE_CLAIM]


def test_a_claim_from_a_clock_ahead_of_the_log_is_false() -> None:
    assert kinds(checks.no_claim_of_its_own({"a"}, ["a", "ahead"])) == [FALSE_CLAIM]


def test_a_claim_refuted_by_what_was_accepted_before_it_is_false_and_by_what_came_after_is_not() -> None:
    fold = LogFold()
    fold.refuted = [Refuted(Claim("claim", 1, 7), "later", 8)]
    assert kinds(checks.never_refuted_before(fold)) == []
    fold.refuted.append(Refuted(Claim("claim", 1, 7), "earlier", 3))
    assert kinds(checks.never_refuted_before(fold)) == [FALSE_CLAIM]


def test_the_fold_knows_which_fact_took_a_claim_back_and_where_it_lay() -> None:
    fold = folded()
    taken_back = answered(LATE)
    fold.add(FACTS.name, 1, taken_back)
    (refuted,) = fold.refuted
    assert (refuted.fact, refuted.fact_index) == (str(taken_back.id), 5)
    assert refuted.claim.index == 4
    assert not refuted.was_false


def test_an_older_or_missing_snapshot_is_found() -> None:
    fold = folded()
    warehouse = seen(fold)
    warehouse.versions[subject(LATE)] -= 1
    assert kinds(check(fold, [], warehouse).faults) == [WRONG]
    del warehouse.versions[subject(LATE)]
    assert kinds(check(fold, [], warehouse).faults) == [LOST]


def test_the_same_alert_sent_twice_to_a_channel_is_found() -> None:
    assert kinds(checks.sent_once([("a", "log"), ("a", "mail"), ("b", "log")])) == []
    assert kinds(checks.sent_once([("a", "log"), ("a", "log")])) == [DOUBLED]


def test_a_column_that_says_something_else_is_found() -> None:
    must = {"gb.wq:1": {"timeliness": "in_time", "delay_days": None}}
    assert kinds(checks.same_columns("obligations", must, {"gb.wq:1": {"timeliness": "late", "delay_days": None}})) == [
        WRONG
    ]
    assert kinds(checks.same_columns("obligations", must, {})) == [LOST]
    assert kinds(checks.same_columns("obligations", {}, must)) == [WRONG]


def test_a_repetition_changes_nothing_but_the_count_of_repetitions() -> None:
    fold, again = folded(), folded()
    again.add(FACTS.name, 1, filed(LATE))
    assert again.repeated == 1
    assert (again.accepted, again.history, again.raised) == (fold.accepted, fold.history, fold.raised)
