"""``esep dead-letters``: list what was not understood, show one as it came, offer it to the log again.

The letters themselves are never changed and never removed.
"""

import base64
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.adapters.bootstrap import open_fact_log
from services.adapters.clickhouse import connect
from services.adapters.clock import SystemClock
from services.adapters.config import ConfigError, Settings
from services.adapters.quarantine import Quarantine
from services.cli import app
from services.cli.dead_letters_replay import Replay
from services.cli.dead_letters_replay import replay as replay_letters
from services.cli.options import DataOption, JsonOption, clickhouse_of, print_json, settings_of

SHOWN = 20
"""How many letters that stay rejected are listed; how many there are is always said."""

CodeOption = Annotated[str | None, typer.Option(help="Only this code.")]
OriginOption = Annotated[
    str | None, typer.Option(help="Only from here: how the origin begins, as `esep.facts/3` or a file's name.")
]

_COLUMNS = "event_id, kept_at, code, field, origin, reason, size_bytes"
_WHOLE = f"{_COLUMNS}, code_version, sha256, truncated, simulation, original"
_WHERE = (
    "WHERE ({code:String} = '' OR code = {code:String}) AND startsWith(origin, {origin:String}) "
    "AND ({id:String} = '' OR toString(event_id) = {id:String}) "
    "ORDER BY kept_at DESC, event_id"
)

dead_letters = typer.Typer(help="What was not understood, with the reason.", no_args_is_help=True)
app.add_typer(dead_letters, name="dead-letters")


@dead_letters.command("list")
def list_letters(
    data: DataOption = None,
    code: CodeOption = None,
    origin: OriginOption = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    json: JsonOption = False,
) -> None:
    """List what was not understood, newest first."""
    rows = _letters(settings_of(data), _COLUMNS, code=code, origin=origin, limit=limit)
    if json:
        print_json(rows)
        return
    Console().print(_table(rows))


@dead_letters.command()
def show(
    id_: Annotated[UUID, typer.Argument(metavar="ID", help="Its id, from `esep dead-letters list --json`.")],
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Show one: where from, why, and its original as it came; of a large one, its beginning and the file of the whole."""
    settings = settings_of(data)
    found = _letters(settings, _WHOLE, id_=id_)
    if not found:
        raise ConfigError(f"no dead letter has the id {id_}; see `esep dead-letters list --json`")
    [letter] = found
    if letter["truncated"]:
        path = quarantine_of(settings).find(letter["sha256"])
        letter["quarantine"] = None if path is None else str(path)
    if json:
        print_json(letter)
        return
    console = Console(highlight=False)
    for name, value in letter.items():
        if name != "original":
            console.print(f"[bold]{name}[/bold]  {escape(str(value))}", soft_wrap=True)
    original = base64.b64decode(letter["original"]).decode("utf-8", errors="backslashreplace")
    console.print(f"\n{escape(original)}", soft_wrap=True)


@dead_letters.command()
def replay(
    data: DataOption = None,
    code: CodeOption = None,
    origin: OriginOption = None,
    id_: Annotated[UUID | None, typer.Option("--id", help="Only this one.")] = None,
    json: JsonOption = False,
) -> None:
    """Offer originals to the fact log again, after a fix; doing it twice adds nothing."""
    settings = settings_of(data)
    letters = _letters(settings, _WHOLE, code=code, origin=origin, id_=id_)
    if id_ is not None and not letters:
        raise ConfigError(f"no dead letter has the id {id_}; see `esep dead-letters list --json`")
    with closing(open_fact_log(settings)) as log:
        done = replay_letters(reversed(letters), log, SystemClock().now(), quarantine_of(settings))
    if json:
        rejected = [asdict(each) for each in done.rejected]
        print_json({"accepted": done.accepted, "duplicate": done.duplicate, "rejected": rejected})
        return
    _tell(done)


def _letters(
    settings: Settings,
    columns: str,
    *,
    code: str | None = None,
    origin: str | None = None,
    id_: UUID | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    limited = "" if limit is None else f"LIMIT {limit:d}"
    with closing(connect(clickhouse_of(settings), read_only=True)) as warehouse:
        return warehouse.rows(
            f"SELECT {columns} FROM dead_letters {_WHERE} {limited}",  # noqa: S608  # our own columns, a number
            {"code": code or "", "origin": origin or "", "id": str(id_ or "")},
        )


def quarantine_of(settings: Settings) -> Quarantine:
    """Where this machine keeps large originals whole."""
    return Quarantine(settings.data, settings.quarantine_bytes)


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("kept at (UTC)", "code", "where", "field", "why", title=f"{len(rows)} dead letters")
    for row in rows:
        table.add_row(f"{row['kept_at']:%Y-%m-%d %H:%M}", row["code"], row["origin"], row["field"], row["reason"])
    return table


def _tell(done: Replay) -> None:
    console = Console(highlight=False)
    console.print(f"{done.accepted} accepted, {done.duplicate} duplicate, {len(done.rejected)} still rejected")
    for code, count in Counter(each.code for each in done.rejected).most_common():
        console.print(f"  {code}: {count}")
    for each in done.rejected[:SHOWN]:
        console.print(f"[red]rejected[/red]  {each.letter}  {escape(each.reason)}", soft_wrap=True)
    if len(done.rejected) > SHOWN:
        console.print(f"… and {len(done.rejected) - SHOWN} more")
