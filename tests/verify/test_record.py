"""What must hold within the published record itself, and of messages that are no events; no engine is needed."""

from hashlib import sha256

from services.adapters.truth import Message
from services.verify.differences import compare
from services.verify.recheck import _accepted, _unreadable_without_letter
from services.verify.record_figures import delivered_of_nothing, raised_twice
from services.verify.values import uuid_place


def test_an_alert_raised_twice_is_named() -> None:
    once = {"a": {"alert_id": "1", "state": "raised"}, "b": {"alert_id": "1", "state": "cleared"}}
    assert list(raised_twice(once)) == []
    twice = once | {"c": {"alert_id": "1", "state": "raised"}}
    assert [str(each) for each in raised_twice(twice)] == ["alert_events: 1: was raised 2 times"]


def test_a_delivery_of_nothing_is_named() -> None:
    deliveries = {"d": {"alert_event_id": "a"}}
    assert list(delivered_of_nothing(deliveries, {"a": {}})) == []
    assert [each.key for each in delivered_of_nothing(deliveries, {"b": {}})] == ["d"]


def test_a_message_that_is_no_event_must_have_its_dead_letter() -> None:
    garbage = Message("esep.facts", 2, 17, b"\xff\x00")
    unreadable: list[Message] = []
    assert list(_accepted([garbage], unreadable, lambda _: None)) == []
    named = list(_unreadable_without_letter(unreadable, {}))
    assert [(each.view, each.key) for each in named] == [("dead_letters", "esep.facts/2/17")]
    kept = {"1": {"sha256": sha256(garbage.value).hexdigest()}}
    assert list(_unreadable_without_letter(unreadable, kept)) == []


def test_shares_may_differ_in_their_last_bit_and_counts_may_not() -> None:
    assert list(compare("v", {"k": {"share": 0.1 + 0.2}}, {"k": {"share": 0.3}})) == []
    assert list(compare("v", {"k": {"share": 0.3001}}, {"k": {"share": 0.3}}))
    assert list(compare("v", {"k": {"n": 1}}, {"k": {"n": 2}}))


def test_ids_sort_as_the_engine_sorts_them() -> None:
    low, high = "ffffffff-ffff-ffff-0000-000000000001", "00000000-0000-0000-0000-000000000002"
    assert uuid_place(low) < uuid_place(high)
