"""An id that comes again with another content, where no writer could see it: refused by the tracker, kept, never applied."""

from pathlib import Path
from uuid import UUID

import pytest

from schemas.envelope import Event
from schemas.events.deadletters import DeadLetterKeptV1
from schemas.topics import BUDGET, DEAD_LETTERS, FACTS, partitions_for
from services.adapters.codec import content_digest, decode
from services.adapters.factlog import FactLogUnavailableError
from tests.adapters.samples import statement
from tests.stream.facts import ANSWERED_ON, FILED_ON, answered, filed, in_partition, read_up_to
from tests.stream.fakes import Bench
from tests.stream.test_loop import run
from tests.stream.trackers import Log, tracker

PARTITION = 1
NUMBER, OTHER = in_partition(PARTITION, 2)
LATER = ANSWERED_ON.replace(day=30)


def under_the_id_of(first: Event, then: Event) -> Event:
    """A message that says what ``then`` says, under the id of ``first``."""
    return then.model_copy(update={"id": first.id})


def letters_in(bench: Bench) -> list[DeadLetterKeptV1]:
    """The dead letters a loop kept, in order."""
    kept = (decode(entry.value).data for entry in bench.facts.of_topic(DEAD_LETTERS.name))
    return [letter for letter in kept if isinstance(letter, DeadLetterKeptV1)]


def letters_on(log: Log) -> dict[UUID, DeadLetterKeptV1]:
    """The dead letters of a log by id: one that is kept again is the same one."""
    events = log.events(DEAD_LETTERS)
    return {event.id: event.data for event in events if isinstance(event.data, DeadLetterKeptV1)}


def test_it_becomes_a_dead_letter_before_anything_is_acknowledged() -> None:
    bench = Bench()
    first = answered(NUMBER)
    second = under_the_id_of(first, answered(NUMBER, LATER))

    run(bench.loop.process(bench.write(PARTITION, filed(NUMBER), first, b"{", second, first)))

    _, letter = letters_in(bench)
    assert (letter.origin, letter.field) == (f"{FACTS.name}/{PARTITION}/3", "id")
    assert (letter.refused_id, letter.refused_content) == (second.id, content_digest(second))
    assert bench.acked() == [0, 1, 2, 3, 4]

    plain = Bench()
    run(plain.loop.process(plain.write(PARTITION, filed(NUMBER), first)))
    assert [e.id for e in bench.publisher.published] == [e.id for e in plain.publisher.published]


def test_the_log_of_letters_gone_nothing_is_acknowledged() -> None:
    bench = Bench()
    first = answered(NUMBER)
    bench.facts.available = False
    with pytest.raises(FactLogUnavailableError):
        run(bench.loop.process(bench.write(PARTITION, first, under_the_id_of(first, answered(NUMBER, LATER)))))
    assert bench.acked() == []
    assert bench.publisher.published == []


def test_of_a_broadcast_message_the_first_partition_keeps_the_letter() -> None:
    first = read_up_to(ANSWERED_ON)
    second = under_the_id_of(first, read_up_to(FILED_ON))
    kept = []
    for number in range(FACTS.partitions):
        bench = Bench()
        run(bench.loop.process(bench.write(number, first, second)))
        kept.append([letter.origin for letter in letters_in(bench)])
    assert kept == [[f"{FACTS.name}/0/1"], [], [], []]


def test_whole_trackers_refuse_it_once_whatever_happens_to_them(log: Log, tmp_path: Path) -> None:
    """Both topics, a batch of one, a kill and a second group that reads everything anew: the same letters, the same state."""
    first, money = answered(NUMBER), statement(1)
    again = under_the_id_of(first, answered(NUMBER, LATER))
    elsewhere = under_the_id_of(first, answered(OTHER))
    other_money = under_the_id_of(money, statement(1, paid="999"))
    log.append([filed(NUMBER), filed(OTHER), first, money, again, elsewhere, other_money, first, again])

    with tracker(log.bootstrap, tmp_path / "1", tracker_batch="1") as one:
        one.until(lambda: letters_on(log), "the first letter is kept")
        one.kill()
    with tracker(log.bootstrap, tmp_path / "2") as two:
        two.until(lambda: log.processed() >= 7 and log.agrees(), "every fact is taken in and what follows is published")
        two.until(lambda: len(letters_on(log)) == 4, "every refused message has its letter")
    with tracker(log.bootstrap, tmp_path / "3", tracker_group="esep-anew") as three:
        three.until(lambda: len(log.events(DEAD_LETTERS)) >= 8, "the letters were kept anew")

    assert log.agrees()
    [budget] = partitions_for(money.data, money.subject)
    assert {(letter.code, letter.origin, letter.refused_content) for letter in letters_on(log).values()} == {
        ("id_conflict", f"{FACTS.name}/{PARTITION}/3", content_digest(again)),
        ("id_conflict", f"{FACTS.name}/{PARTITION}/4", content_digest(elsewhere)),
        ("id_conflict", f"{FACTS.name}/{PARTITION}/6", content_digest(again)),
        ("id_conflict", f"{BUDGET.name}/{budget}/1", content_digest(other_money)),
    }
