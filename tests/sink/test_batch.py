"""The batch keeps offsets, rows and tokens together, whatever comes in whatever order."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rows.tables import TickRow
from services.sink.batch import Batch, Limits, LogRestartedError, next_offsets
from tests.sql.samples import NOW, rows_of, tick

LIMITS = Limits(rows=10, bytes=1000, seconds=5.0)
ROW = next(row for row in rows_of([tick(NOW)]) if isinstance(row, TickRow))
PLACES = [("esep.facts", 0), ("esep.facts", 1), ("esep.budget", 0)]


@dataclass(frozen=True)
class Message:
    """One message as the loop hands it over."""

    topic: str
    partition: int
    offset: int
    raw: bytes
    rows: int


@st.composite
def streams(draw: st.DrawFn) -> list[Message]:
    """Messages of several partitions, mixed; offsets grow in each partition, with holes."""
    position = dict.fromkeys(PLACES, 0)
    stream = []
    for place in draw(st.lists(st.sampled_from(PLACES), max_size=40)):
        position[place] += draw(st.integers(1, 3))
        stream.append(Message(*place, position[place], draw(st.binary(max_size=6)), draw(st.integers(0, 2))))
    return stream


def filled(stream: list[Message], incarnation: str = "first") -> Batch:
    """A batch that took the whole stream."""
    batch = Batch(Limits(rows=1000, bytes=10**6, seconds=5.0), incarnation)
    for each in stream:
        batch.append((each.topic, each.partition, each.offset), each.raw, (ROW,) * each.rows, now_s=0.0)
    return batch


@given(streams())
def test_a_cut_covers_what_was_appended_and_nothing_else(stream: list[Message]) -> None:
    batch = filled(stream)
    assert len(batch) == len(stream)
    flush = batch.cut()
    for span in flush.spans:
        offsets = [each.offset for each in stream if (each.topic, each.partition) == (span.topic, span.partition)]
        assert (span.first, span.next) == (offsets[0], offsets[-1] + 1)
    assert set(next_offsets(flush)) == {(each.topic, each.partition) for each in stream}
    assert sum(len(block.rows) for block in flush.blocks) == sum(each.rows for each in stream)
    assert len(batch) == 0
    assert batch.cut().spans == ()


@given(streams())
def test_the_same_messages_have_the_same_tokens(stream: list[Message]) -> None:
    assert filled(stream).cut() == filled(stream).cut()


@given(streams(), st.data())
def test_other_messages_have_other_tokens(stream: list[Message], data: st.DataObject) -> None:
    whole = filled(stream).cut()
    other = data.draw(streams().filter(lambda drawn: drawn != stream))
    tokens = {block.token for block in whole.blocks}
    same_bytes = sorted(map(_read, stream)) == sorted(map(_read, other))
    assert same_bytes or not tokens & {block.token for block in filled(other).cut().blocks}


@given(streams().filter(lambda stream: any(each.rows for each in stream)))
def test_another_life_of_the_log_has_other_tokens(stream: list[Message]) -> None:
    first, second = filled(stream, "first").cut(), filled(stream, "second").cut()
    assert not {block.token for block in first.blocks} & {block.token for block in second.blocks}


def test_there_is_one_block_per_table_across_partitions() -> None:
    stream = [Message("esep.facts", 0, 1, b"a", 1), Message("esep.facts", 1, 1, b"b", 1)]
    flush = filled(stream).cut()
    assert [(block.table, len(block.rows)) for block in flush.blocks] == [("ticks_rows", 2)]


def test_a_batch_is_due_by_rows_bytes_or_age() -> None:
    batch = Batch(LIMITS, "first")
    assert batch.due(1000.0) is None
    batch.append(("esep.facts", 0, 0), b"x", now_s=100.0)
    assert batch.due(104.9) is None
    assert batch.due_in_s(104.0) == pytest.approx(1.0)
    assert batch.due(105.0) == "seconds"
    batch.append(("esep.facts", 0, 1), b"x" * 999, now_s=101.0)
    assert batch.due(101.0) == "bytes"
    for offset in range(2, 10):
        batch.append(("esep.facts", 0, offset), b"", now_s=101.0)
    assert (batch.room, batch.due(101.0)) == (0, "rows")
    batch.cut()
    assert (batch.room, batch.due(1000.0)) == (10, None)


def test_an_offset_that_was_passed_means_another_log() -> None:
    batch = Batch(LIMITS, "first")
    batch.append(("esep.facts", 0, 7), b"x", now_s=0.0)
    batch.cut()
    with pytest.raises(LogRestartedError, match=r"esep\.facts/0 gave offset 0 after 7"):
        batch.append(("esep.facts", 0, 0), b"x", now_s=0.0)


def test_after_a_rebalance_the_log_may_be_read_again() -> None:
    batch = Batch(LIMITS, "first")
    batch.append(("esep.facts", 0, 7), b"x", (ROW,), now_s=0.0)
    batch.forget()
    assert len(batch) == 0
    batch.append(("esep.facts", 0, 3), b"x", now_s=0.0)
    assert next_offsets(batch.cut()) == {("esep.facts", 0): 4}


def _read(message: Message) -> tuple[str, int, int, bytes]:
    return message.topic, message.partition, message.offset, message.raw
