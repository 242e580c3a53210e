"""``esep dead-letters``: what it shows, what a replay accepts, and what no replay may let in."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest
from typer.testing import CliRunner, Result

from schemas.envelope import Event
from schemas.rows.mapping import to_rows
from schemas.topics import FACTS
from services.adapters.clickhouse import connect, migrate
from services.adapters.clock import FakeClock
from services.adapters.codec import encode
from services.adapters.deadletters import KEPT_BYTES, dead_letter
from services.adapters.factlog import FactLogUnavailableError, LogEntry, entries_of
from services.adapters.journal import JournalFactLog
from services.adapters.memory import MemoryFactLog
from services.adapters.quarantine import Quarantine
from services.cli import app
from services.cli import dead_letters as _dead_letters  # noqa: F401  # registers the commands
from services.cli.dead_letters_replay import BATCH_LETTERS, replay
from tests.adapters.samples import NAMESPACE, NOON, question, watermark
from tests.homes import running_warehouse
from tests.sql.samples import obligation, tick

TORN = b'{"type": "esep.clock.tick.v1"}'


def letter(raw: bytes, code: str = "unknown_type") -> Event:
    """A dead letter of the release before the fix."""
    return dead_letter(
        raw, code=code, reason="as it was", origin="a.ndjson", field=None, source="/test", clock=FakeClock(NOON)
    )


def rows_of(*letters: Event) -> list[dict[str, Any]]:
    """Letters as the view gives them."""
    return [each.data.model_dump() | {"event_id": str(each.id)} for each in letters]


def test_what_is_understood_by_now_is_accepted_once() -> None:
    log = MemoryFactLog()
    letters = rows_of(*(letter(encode(event)) for event in (question(1), watermark(1), question(2))), letter(TORN))
    first, second = replay(letters, log, NOON), replay(letters, log, NOON)
    assert (first.accepted, first.duplicate, [each.code for each in first.rejected]) == (3, 0, ["invalid_data"])
    assert (second.accepted, second.duplicate, len(second.rejected)) == (0, 3, 1)
    expected = [entry for event in (question(1), watermark(1), question(2)) for entry in entries_of(event)]
    assert log.entries == expected


def test_more_than_a_batch_is_replayed_whole() -> None:
    log = MemoryFactLog()
    count = 2 * BATCH_LETTERS + 1
    assert replay(rows_of(*(letter(encode(question(n))) for n in range(count))), log, NOON).accepted == count
    assert len(log.of_topic(FACTS.name)) == count


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        (letter(encode(question(1)), "forbidden_family"), "forbidden_family"),
        (letter(encode(question(1)), "id_conflict"), "id_conflict"),
        (letter(encode(tick()), "invalid_data"), "forbidden_family"),
        (letter(encode(obligation(1)), "invalid_data"), "forbidden_family"),
        (letter(b"{" * (KEPT_BYTES + 1), "invalid_json"), "invalid_json"),
        (letter(b'{"uin": "1"}', "missing_field"), "invalid_envelope"),
    ],
    ids=["not its sender's", "another content", "a tick", "a derived event", "not kept whole", "a source's own record"],
)
def test_what_no_replay_may_let_in_stays_a_letter(kept: Event, code: str) -> None:
    log = MemoryFactLog()
    done = replay(rows_of(kept), log, NOON)
    assert [(each.letter, each.code) for each in done.rejected] == [(str(kept.id), code)]
    assert log.entries == []


def test_an_id_that_says_something_else_by_now_is_told() -> None:
    log = MemoryFactLog()
    log.append(entries_of(question(1, title="Another title")))
    done = replay(rows_of(letter(encode(question(1)))), log, NOON)
    assert [each.code for each in done.rejected] == ["id_conflict"]
    assert len(log.entries) == 1


def test_a_log_that_is_away_fails_the_replay_and_a_second_one_does_it() -> None:
    log = MemoryFactLog()
    log.available = False
    letters = rows_of(letter(encode(question(1))))
    with pytest.raises(FactLogUnavailableError):
        replay(letters, log, NOON)
    log.available = True
    assert replay(letters, log, NOON).accepted == 1


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a journal, beside a warehouse that holds two letters: a whole question, and a torn one."""
    folder = tmp_path_factory.mktemp("home")
    with running_warehouse(folder / "warehouse") as url, closing(connect(f"{url}/esep")) as warehouse:
        migrate(warehouse)
        for kept in (letter(encode(question(7))), letter(TORN, "invalid_data")):
            warehouse.insert(to_rows(kept, body=encode(kept).decode(), sha256=""), str(kept.id))
        (folder / "endpoints.json").write_text(
            json.dumps({"clickhouse": f"{url}/esep", "journal": str(folder / "journal.sqlite3")})
        )
        yield folder


def command(home: Path, *arguments: str) -> Result:
    """One ``esep dead-letters`` on this home."""
    return CliRunner().invoke(app, ["dead-letters", *arguments, "--data", str(home)])


def test_the_commands_list_show_and_replay(home: Path) -> None:
    listed = json.loads(command(home, "list", "--code", "invalid_data", "--json").stdout)
    assert [row["event_id"] for row in listed] == [str(letter(TORN, "invalid_data").id)]
    assert json.loads(command(home, "list", "--origin", "a.nd", "--json").stdout)
    assert json.loads(command(home, "list", "--origin", "b.nd", "--json").stdout) == []
    assert json.loads(command(home, "replay", "--origin", "b.nd", "--json").stdout)["rejected"] == []
    shown = command(home, "show", listed[0]["event_id"])
    assert (shown.exit_code, TORN.decode() in shown.stdout) == (0, True)

    assert json.loads(command(home, "replay", "--code", "invalid_data", "--json").stdout)["accepted"] == 0
    assert command(home, "replay", "--id", str(letter(encode(question(7))).id)).stdout.startswith("1 accepted")
    assert "0 accepted, 1 duplicate, 1 still rejected" in command(home, "replay").stdout
    with closing(JournalFactLog(home / "journal.sqlite3")) as journal:
        assert stored(journal) == entries_of(question(7))


def test_a_quarantined_original_is_shown_and_replayed_whole(home: Path) -> None:
    blanks = b" " * KEPT_BYTES
    raw = blanks + encode(question(8))
    large = letter(raw)
    with closing(connect(json.loads((home / "endpoints.json").read_text())["clickhouse"])) as warehouse:
        warehouse.insert(to_rows(large, body=encode(large).decode(), sha256=""), str(large.id))
    rejected = json.loads(command(home, "replay", "--id", str(large.id), "--json").stdout)["rejected"]
    assert "no quarantine/" in rejected[0]["reason"]
    assert json.loads(command(home, "show", str(large.id), "--json").stdout)["quarantine"] is None

    Quarantine(home, 10**6).keep(raw, hashlib.sha256(raw).hexdigest())
    path = json.loads(command(home, "show", str(large.id), "--json").stdout)["quarantine"]
    assert Path(path).read_bytes() == raw
    for outcome in ("accepted", "duplicate"):
        assert json.loads(command(home, "replay", "--id", str(large.id), "--json").stdout)[outcome] == 1


def test_an_unknown_id_is_told(home: Path) -> None:
    unknown = str(uuid5(NAMESPACE, "unknown"))
    for arguments in (("show", unknown), ("replay", "--id", unknown)):
        done = command(home, *arguments)
        assert f"no dead letter has the id {unknown}" in str(done.exception)


def stored(journal: JournalFactLog) -> list[LogEntry]:
    """Everything in a journal."""
    return [row.entry for row in journal.read_from(0, 1000)]
