"""``esep verify`` holds on an honest warehouse, and names the row when one was tampered with."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from schemas.envelope import Event
from schemas.events.budget import BudgetStatementV1
from schemas.rows.mapping import to_rows
from schemas.rows.tables import Row
from schemas.topics import BUDGET, DEAD_LETTERS, DELIVERIES, FACTS, partition_of
from services.adapters.clickhouse import Warehouse
from services.adapters.codec import content_digest, encode
from services.adapters.factlog import entries_of
from services.adapters.journal import JournalFactLog
from services.adapters.rulebook import load_rulebook
from services.adapters.truth import read_journal
from services.domain.identity import new_event
from services.domain.partition import Partition
from services.verify import recheck
from services.verify.differences import Difference
from services.verify.recheck import Report, check_once, verify
from tests.domain import scenarios as s


@pytest.fixture
def home(tmp_path: Path, warehouse: Warehouse) -> tuple[Path, Warehouse]:
    """A journal and the warehouse that tracker and sink would have made of it."""
    journal = tmp_path / "journal.sqlite3"
    log = JournalFactLog(journal)
    messages = [*_story(), *_ticks()]
    for message in messages:
        log.append(entries_of(message))
    log.close()
    store(warehouse, [*messages, *_derived(messages)])
    return journal, warehouse


def _story() -> list[Event]:
    questions = [s.question(f"gb.wq:{number}", named=4) for number in range(12)]
    answers = [s.answered(f"gb.wq:{number}", 2 + number) for number in range(0, 12, 2)]
    return [*questions, *answers, _statement(), s.watermark(20)]


def _ticks() -> list[Event]:
    return [s.tick(30)]


def _statement() -> Event:
    data = BudgetStatementV1(
        jurisdiction="kz",
        level="republican",
        classification="administrator",
        code="201",
        name="A ministry",
        fiscal_year=2024,
        unit="thousand KZT",
        period_end=date(2024, 3, 31),
        is_total=False,
        approved=Decimal("100.5"),
        specified=Decimal("100.5"),
        adjusted=Decimal("100.5"),
        period_plan_payments=Decimal("25.25"),
        period_plan_obligations=Decimal("30"),
        paid=Decimal("24.125"),
        obligations_taken=Decimal("26"),
    )
    return new_event(
        data,
        source="/sources/kz-budget",
        subject="kz/republican/administrator/-/2024/201",
        time=s.at(0),
        observed_at=s.at(1),
        native_id="201/2024-03",
        version="1",
    )


def _derived(messages: Sequence[Event]) -> list[Event]:
    derived: list[Event] = []
    for number in range(FACTS.partitions):
        partition = Partition(load_rulebook(), number)
        mine = [m for m in messages if number in _partitions(m)]
        decision = partition.decide(mine)
        derived.extend(decision.derived)
    return derived


def _partitions(message: Event) -> Iterable[int]:
    return [entry.partition for entry in entries_of(message) if entry.topic == FACTS.name]


def store(warehouse: Warehouse, events: Sequence[Event]) -> None:
    """Insert the rows of events as the sink does."""
    by_table: dict[str, list[Row]] = {}
    for event in events:
        for row in to_rows(event, body=encode(event).decode(), sha256=content_digest(event)):
            by_table.setdefault(row.table, []).append(row)
    for table, rows in by_table.items():
        warehouse.insert(rows, token=f"test:{table}:{len(rows)}")


def verified(home: tuple[Path, Warehouse]) -> Report:
    journal, warehouse = home
    return check_once(read_journal(journal, (FACTS, BUDGET, DELIVERIES, DEAD_LETTERS)), warehouse, load_rulebook())


def test_an_honest_warehouse_holds(home: tuple[Path, Warehouse]) -> None:
    report = verified(home)
    assert report.differences == ()
    assert (report.obligations, report.budget_statements) == (12, 1)
    assert report.standing_alerts == 6


@pytest.mark.parametrize(
    ("change", "view", "key", "says"),
    [
        ("obligations_rows UPDATE title = 'X' WHERE obligation_id = 'gb.wq:3'", "obligations", "gb.wq:3", "title"),
        ("obligations_rows DELETE WHERE obligation_id = 'gb.wq:5'", "obligations", "gb.wq:5", "missing"),
        (
            "events_rows UPDATE body = replaceOne(body, 'question', 'query') WHERE subject = 'gb.wq:3'",
            "events",
            "",
            "body",
        ),
        ("events_rows DELETE WHERE subject = 'gb.wq:4' AND type LIKE '%answered%'", "events", "", "missing"),
        (
            "budget_statements_rows UPDATE paid = approved WHERE 1",
            "budget_statements",
            "2024-03-31",
            "paid",
        ),
        ("alert_events_rows DELETE WHERE obligation_id = 'gb.wq:3'", "alerts", "gb.wq:3", "missing"),
    ],
)
def test_tampering_with_one_row_is_found_and_named(
    home: tuple[Path, Warehouse], change: str, view: str, key: str, says: str
) -> None:
    home[1].command(f"ALTER TABLE {change} SETTINGS mutations_sync = 2")
    report = verified(home)
    assert not report.holds
    named = [d for d in report.differences if d.view == view and key in d.key and says in d.what]
    assert named, [str(d) for d in report.differences]


def test_a_row_nothing_leads_to_is_found(home: tuple[Path, Warehouse]) -> None:
    store(home[1], _derived([s.question("gb.wq:77", named=4), *_ticks()]))
    assert [str(d) for d in verified(home).differences if "gb.wq:77" in d.key]


def test_partition_of_the_story_is_spread() -> None:
    assert len({partition_of(f"gb.wq:{n}", FACTS.partitions) for n in range(12)}) > 1


def test_what_moves_between_two_looks_is_on_its_way_and_what_stays_wrong_is_named(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampered = Difference("obligations", "a", "column due_on is 1, the truth says 2")
    looks = count()

    def look(*_: object) -> Report:
        moving = Difference("clocks", "kz-demo", f"column now_at is {next(looks)}")
        return Report(1, 1, 0, 0, {}, (), {}, (tampered, moving))

    monkeypatch.setattr(recheck, "check_once", look)
    report = verify(list, warehouse, load_rulebook(), patience_s=0.2, wait=lambda _: None)
    assert report.differences == (tampered,)
