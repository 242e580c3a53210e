"""A small world with something in every view: a journal, and the warehouse that tracker and sink would have made of it.

Data only; what verify and replay must say of it is written in the tests.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from schemas.envelope import Event
from schemas.events.alerts import AlertRaisedV1
from schemas.events.budget import BudgetAmendedV1, BudgetApprovedV1, BudgetPaidV1
from schemas.events.deadletters import DeadLetterKeptV1
from schemas.events.deliveries import DeliverySentV1
from schemas.events.petitions import PetitionDecidedV1, PetitionFiledV1, PetitionReopenedV1
from schemas.rows.mapping import to_rows
from schemas.rows.tables import Row
from schemas.topics import BUDGET, DEAD_LETTERS, DELIVERIES, FACTS, topic_of
from services.adapters.clickhouse import Warehouse
from services.adapters.codec import content_digest, decode, encode
from services.adapters.factlog import entries_of
from services.adapters.journal import JournalFactLog
from services.adapters.rulebook import load_rulebook
from services.adapters.truth import read_journal
from services.domain.budget.partition import BudgetPartition
from services.domain.identity import new_event
from services.domain.partition import Partition
from services.verify.recheck import Report, check_once
from tests.domain import scenarios as s
from tests.sql.samples import event as sample
from tests.sql.samples import line_id, published, statement

TRUTH = (FACTS, BUDGET, DELIVERIES, DEAD_LETTERS)
NOVEMBER, DECEMBER = date(2023, 11, 30), date(2023, 12, 31)
PETITION = "kz.petition:1"
REOPENED = "kz.petition:2"
"""Its decision was taken back, so the duty to publish it was shown for a while and closed again."""


def tell_the_story(journal: Path, warehouse: Warehouse) -> None:
    """Accept every message of the story, and store what follows from it."""
    facts = _facts()
    derived = list(derived_from(facts))
    alert = next(each for each in derived if isinstance(each.data, AlertRaisedV1))
    messages = [*facts, *_record_of(alert)]
    log = JournalFactLog(journal)
    for message in messages:
        log.append(entries_of(message))
    log.close()
    store(warehouse, [*messages, *derived])


def verified(journal: Path, warehouse: Warehouse) -> Report:
    """One recount of this world."""
    return check_once(read_journal(journal, TRUTH), warehouse, load_rulebook())


def store(warehouse: Warehouse, events: Sequence[Event]) -> None:
    """Insert the rows of events as the sink does."""
    by_table: dict[str, list[Row]] = {}
    for event in events:
        for row in to_rows(event, body=encode(event).decode(), sha256=content_digest(event)):
            by_table.setdefault(row.table, []).append(row)
    for table, rows in by_table.items():
        warehouse.insert(rows, token=f"test:{table}:{events[0].id}:{len(rows)}")


def derived_from(messages: Sequence[Event]) -> Iterable[Event]:
    """What the trackers of all partitions publish, each given its whole log at once."""
    rulebook = load_rulebook()
    for number in range(FACTS.partitions):
        yield from Partition(rulebook, number).decide(_log_of(messages, FACTS.name, number)).derived
        yield from BudgetPartition(rulebook.bodies).decide(_log_of(messages, BUDGET.name, number)).derived


def _log_of(messages: Sequence[Event], topic: str, number: int) -> list[Event]:
    return [
        message
        for message in messages
        if topic_of(message.data).name == topic and number in (entry.partition for entry in entries_of(message))
    ]


def _facts() -> list[Event]:
    questions = [s.question(f"gb.wq:{number}", named=4) for number in range(12)]
    answers = [s.answered(f"gb.wq:{number}", 2 + number) for number in range(0, 12, 2)]
    ordinary = [s.question("gb.wq:ordinary", named=None), s.answered("gb.wq:ordinary", 9)]
    return [*questions, *answers, *ordinary, *_petitions(), *_money(), s.watermark(20), s.tick(30)]


def _petitions() -> list[Event]:
    filed = PetitionFiledV1(
        occurred_on=date(2026, 3, 2),
        kind="petition.decision",
        jurisdiction="kz",
        rule="kz.petition.decide.central",
        owed_by="kz.adm.207",
        owed_by_name="A ministry",
        registered_on=date(2026, 3, 2),
        title="A petition",
        reference="1",
    )
    decided, reopened = (
        PetitionDecidedV1(occurred_on=date(2026, 3, 20)),
        PetitionReopenedV1(occurred_on=date(2026, 3, 25)),
    )
    source = "/sources/kz-petitions"
    days = (s.FIRST - date(2026, 3, 2)).days
    return [
        *(s.fact(subject, filed, -days, source=source) for subject in (PETITION, REOPENED)),
        *(s.fact(subject, decided, 18 - days, source=source) for subject in (PETITION, REOPENED)),
        s.fact(REOPENED, reopened, 23 - days, source=source),
    ]


def _money() -> list[Event]:
    """A line over the end of a year, a month without a period plan, and single acts on another line."""
    now = s.at(40)
    months = [
        statement(end.isoformat(), period_end=end, fiscal_year=2023, observed_at=now) for end in (NOVEMBER, DECEMBER)
    ]
    broken = statement("broken", period_plan_payments="0", observed_at=now)
    where = {"jurisdiction": "kz", "level": "republican", "classification": "administrator"}
    line = {**where, "code": "300", "name": "Acts", "fiscal_year": 2024, "unit": "thousand KZT"}
    acts = (
        BudgetApprovedV1.model_validate({**line, "approved_on": date(2024, 1, 2), "amount": "10.5"}),
        BudgetAmendedV1.model_validate({**line, "amended_on": date(2024, 1, 20), "amount": "12"}),
        BudgetPaidV1.model_validate({**line, "paid_on": date(2024, 1, 25), "amount": "3.25", "reference": "1"}),
    )
    return [
        *months,
        broken,
        *(published(end, at=now + timedelta(days=1)) for end in (NOVEMBER, DECEMBER, date(2024, 1, 31))),
        *(sample(act, line_id("300"), at=now) for act in acts),
    ]


def _record_of(alert: Event) -> list[Event]:
    """The delivery of an alert, and a dead letter."""
    data = alert.data
    if not isinstance(data, AlertRaisedV1):
        raise AssertionError("not an alert")
    sent = DeliverySentV1(
        alert_id=data.alert_id, alert_event_id=alert.id, alert_event_type=alert.type, channel="a-committee", attempt=1
    )
    letter = decode(next(Path("schemas/examples/esep.dead_letter.kept.v1").glob("*.valid.json")).read_bytes())
    if not isinstance(letter.data, DeadLetterKeptV1):
        raise AssertionError("not a dead letter")
    return [
        new_event(
            sent,
            source="/notify",
            subject=str(data.alert_id),
            time=alert.time,
            observed_at=alert.time,
            native_id=str(alert.id),
            version="1",
        ),
        letter,
    ]
