"""``esep replay``: rebuild a warehouse from the events of the present one, and hold the two against each other."""

from contextlib import closing
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.adapters.clickhouse import Warehouse, connect
from services.adapters.rulebook import load_rulebook
from services.cli import app
from services.cli.options import DataOption, JsonOption, clickhouse_of, print_json, settings_of
from services.replay.comparison import Compared, compare_views
from services.replay.rebuild import Rebuilt, size_of
from services.replay.rebuild import replay as rebuild

SHOWN = 20
"""How many differences are listed; how many there are is always said."""

IntoOption = Annotated[
    str,
    typer.Option("--into", help="A fresh database: http://user:password@host:port/name.", show_default=False),
]
RestartOption = Annotated[bool, typer.Option("--restart", help="Drop what an interrupted replay left there.")]


@app.command()
def replay(
    into: IntoOption,
    restart: RestartOption = False,
    data: DataOption = None,
    json: JsonOption = False,
) -> int:
    """Rebuild a warehouse from the events of this one, and compare every row; exit code 1 on any difference."""
    console = Console(stderr=True)
    settings = settings_of(data)
    with closing(connect(clickhouse_of(settings))) as source, closing(connect(into)) as target:
        before = _standing(source)
        rebuilt = _rebuild(source, target, console, restart=restart)
        with console.status("comparing every row of every view") as status:
            compared = []
            for view in compare_views(source, target):
                status.update(f"compared {view.view}: {view.rows:,} rows")
                compared.append(view)
        moved = _standing(source) != before
    holds = not moved and not any(view.different for view in compared)
    if json:
        print_json(_as_json(rebuilt, compared, holds=holds, moved=moved))
    else:
        _show(rebuilt, compared, Console(), holds=holds, moved=moved)
    return 0 if holds else 1


def _rebuild(source: Warehouse, target: Warehouse, console: Console, *, restart: bool) -> Rebuilt:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("replaying", total=size_of(source))

        def advance(what: str, rows: int) -> None:
            progress.update(task, description=what, advance=rows)

        return rebuild(source, target, load_rulebook(), advance, restart=restart)


def _standing(source: Warehouse) -> tuple[object, ...]:
    """What changes when anything is written: how many events, and how many published."""
    counted = ("events", "deadline_events", "alert_events", "finding_events", "deliveries", "dead_letters")
    return tuple(source.scalar(f"SELECT count() FROM {view}") for view in counted)  # noqa: S608  # names of our own


def _as_json(rebuilt: Rebuilt, compared: list[Compared], *, holds: bool, moved: bool) -> dict[str, Any]:
    differences = [str(difference) for view in compared for difference in view.differences]
    return {
        "holds": holds,
        "source_moved": moved,
        "rebuilt": dict(rebuilt.rows),
        "closed_stages_copied": rebuilt.closed_stages,
        "views": {view.view: {"rows": view.rows, "different": view.different} for view in compared},
        "differences": differences[:SHOWN],
    }


def _show(rebuilt: Rebuilt, compared: list[Compared], console: Console, *, holds: bool, moved: bool) -> None:
    table = Table("view", "rows", "", "first that differs", title="Rebuilt and compared")
    for view in compared:
        mark = "[red]✗[/red]" if view.different else "[green]✓[/green]"
        table.add_row(view.view, f"{view.rows:,}", mark, view.differences[0].key if view.differences else "")
    console.print(table)
    differences = [difference for view in compared for difference in view.differences]
    for difference in differences[:SHOWN]:
        console.print(f"[red]differs[/red]  {escape(str(difference))}", highlight=False)
    if len(differences) > SHOWN:
        console.print(f"… and {len(differences) - SHOWN} more")
    if moved:
        console.print("the warehouse was written while it was read: stop what writes, and replay into another database")
    rows = sum(rebuilt.rows.values())
    verdict = "every row of the rebuilt warehouse is the same" if holds else "the rebuilt warehouse is not the same"
    console.print(f"{verdict}: {rows:,} rows written, {rebuilt.closed_stages} closed stages copied", highlight=False)
