"""A warehouse rebuilt from ``events`` alone, with the record copied, is the same row by row; one that was changed is not."""

import pytest

from schemas.rows.tables import TABLES
from services.adapters.clickhouse import Warehouse, migrate
from services.adapters.rulebook import load_rulebook
from services.replay.comparison import Compared, compare_views
from services.replay.reading import ReplayError
from services.replay.rebuild import RECORD, Rebuilt, replay, size_of
from tests.verify.worlds import REOPENED


class Interrupted(Exception):
    """What a power cut looks like to a test."""


def rebuild(source: Warehouse, target: Warehouse, *, restart: bool = False) -> Rebuilt:
    return replay(source, target, load_rulebook(), lambda what, rows: None, restart=restart)


def compared(source: Warehouse, target: Warehouse) -> dict[str, Compared]:
    return {view.view: view for view in compare_views(source, target)}


def change(warehouse: Warehouse, what: str) -> None:
    warehouse.command(f"ALTER TABLE {what} SETTINGS mutations_sync = 2")


def versions(warehouse: Warehouse) -> dict[str, int]:
    return {
        row["obligation_id"]: row["version"] for row in warehouse.rows("SELECT obligation_id, version FROM obligations")
    }


def test_every_row_of_every_view_is_the_same(source: Warehouse, target: Warehouse) -> None:
    rebuilt = rebuild(source, target)
    views = compared(source, target)
    assert {name: view.differences for name, view in views.items() if view.different} == {}
    assert [name for name, view in views.items() if view.rows == 0] == ["refused_contents"]
    assert rebuilt.rows.keys() == TABLES.keys()
    assert rebuilt.closed_stages == 1
    stage = target.rows("SELECT opened_by FROM obligations WHERE opened_by = {id:String}", {"id": REOPENED})
    assert stage, "the stage that was closed again is still on record"


def test_a_version_is_never_less_so_that_nothing_older_comes_on_top(source: Warehouse, target: Warehouse) -> None:
    rebuild(source, target)
    before, after = versions(source), versions(target)
    assert before.keys() == after.keys()
    assert all(after[each] >= before[each] for each in before)


def test_the_bar_reaches_its_end(source: Warehouse, target: Warehouse) -> None:
    done: list[int] = []
    replay(source, target, load_rulebook(), lambda what, rows: done.append(rows), restart=False)
    assert sum(done) == size_of(source)


@pytest.mark.parametrize(
    ("tampering", "view", "key", "says"),
    [
        ("obligations_rows UPDATE title = 'X' WHERE obligation_id = 'gb.wq:3'", "obligations", "gb.wq:3", "title"),
        ("obligations_rows DELETE WHERE obligation_id = 'gb.wq:5'", "obligations", "gb.wq:5", "does not have it"),
        ("events_rows UPDATE source = '/elsewhere' WHERE subject = 'gb.wq:3'", "events", "", "source"),
        ("events_rows UPDATE body = replaceOne(body, 'question', 'query') WHERE 1", "events", "", "sha256"),
        ("events_rows DELETE WHERE subject = 'gb.wq:4'", "obligations", "gb.wq:4", "do not lead to it"),
        ("budget_statements_rows UPDATE paid = approved WHERE 1", "budget_statements", "2023-12-31", "paid"),
        ("ticks_rows UPDATE at = at + INTERVAL 1 DAY WHERE 1", "clocks", "", "now_at"),
    ],
)
def test_a_source_that_was_changed_is_found(
    source: Warehouse, target: Warehouse, tampering: str, view: str, key: str, says: str
) -> None:
    change(source, tampering)
    rebuild(source, target)
    named = compared(source, target)[view].differences
    assert [each for each in named if key in each.key and says in each.what], named


def test_an_event_that_is_none_any_more_is_named(source: Warehouse, target: Warehouse) -> None:
    change(source, "events_rows UPDATE body = 'x' WHERE subject = 'gb.wq:3'")
    with pytest.raises(ReplayError, match="cannot be read again"):
        rebuild(source, target)


def test_the_record_is_copied_and_never_derived(source: Warehouse, target: Warehouse) -> None:
    change(source, "alert_events_rows UPDATE title = 'as it was said then' WHERE obligation_id = 'gb.wq:3'")
    rebuild(source, target)
    said = target.rows("SELECT DISTINCT title FROM alert_events WHERE obligation_id = 'gb.wq:3'")
    assert said == [{"title": "as it was said then"}]
    for model in RECORD:
        count = f"SELECT count() FROM {model.table} FINAL"
        assert target.scalar(count) == source.scalar(count) > 0, model.table


def test_a_target_with_anything_in_it_is_refused_and_untouched(source: Warehouse, target: Warehouse) -> None:
    rebuild(source, target)
    with pytest.raises(ReplayError, match="is not empty"):
        rebuild(source, target, restart=True)
    with pytest.raises(ReplayError, match="is not empty"):
        rebuild(source, source)
    assert compared(source, target)["events"].different == 0


def test_an_interrupted_replay_is_refused_until_it_is_begun_anew(source: Warehouse, target: Warehouse) -> None:
    def cut(what: str, rows: int) -> None:
        if what.startswith("events of budgets"):
            raise Interrupted

    with pytest.raises(Interrupted):
        replay(source, target, load_rulebook(), cut, restart=False)
    with pytest.raises(ReplayError, match="was interrupted"):
        rebuild(source, target)
    rebuild(source, target, restart=True)
    assert not [view for view in compared(source, target).values() if view.different]


def test_a_warehouse_without_events_rebuilds_nothing(target: Warehouse, source: Warehouse) -> None:
    migrate(target)
    with pytest.raises(ReplayError, match="holds no event"):
        rebuild(target, source)
