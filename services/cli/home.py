"""``esep up`` and ``esep status``: run a home, and see how it does."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from schemas.topics import TOPICS
from services.adapters.clickhouse import connect
from services.adapters.config import ConfigError, Settings
from services.adapters.environment import is_running
from services.adapters.progress import GROUPS, committed, journal_ends, kafka_ends, lag
from services.cli import app
from services.cli.options import DataOption, JsonOption, clickhouse_of, kafka_of, print_json, settings_of


@app.command()
def up(
    data: DataOption = None,
    port: Annotated[int, typer.Option(help="Port of the pages on 127.0.0.1.", min=1, max=65535)] = 8000,
    demo: Annotated[bool, typer.Option("--demo", help="Add a simulated Kazakhstan with its own clock.")] = False,
) -> int:
    """Run everything on this machine until Ctrl-C; prints the address when the page answers."""
    from services.embedded.home import Home
    from services.embedded.processes import ProcessFailed
    from services.embedded.supervisor import HomeBusy, Supervisor

    console = Console()
    settings = Settings.load()
    home = Home(data=(data or settings.data).resolve(), web_port=port, demo=demo)
    home.data.mkdir(parents=True, exist_ok=True)
    console.print(f"[bold]Esep[/bold] on {home.data}")
    try:
        return Supervisor(home, lambda line: console.print(f"  {line}", highlight=False)).run()
    except (HomeBusy, ProcessFailed) as error:
        raise ConfigError(str(error)) from error


@app.command()
def status(data: DataOption = None, json: JsonOption = False) -> None:
    """Services, records accepted and not yet read per topic, and how fresh each source is."""
    settings = settings_of(data)
    home, topics, sources = _home(settings.data), _topics(settings), _sources(settings)
    if json:
        print_json({"home": home, "topics": topics, "sources": sources})
        return
    console = Console()
    console.print(_topic_table(topics), _source_table(sources))
    if home is not None:
        console.print(_service_table(home))


def _home(data: Path) -> dict[str, Any] | None:
    path = data / "state.json"
    found: dict[str, Any] | None = orjson.loads(path.read_bytes()) if path.exists() else None
    return found


def _topics(settings: Settings) -> list[dict[str, Any]]:
    bootstrap = kafka_of(settings)
    inputs = [topic for topic in TOPICS.values() if "tracker" not in topic.producers or "gateway" in topic.producers]
    ends = journal_ends(settings.journal) if settings.journal else kafka_ends(bootstrap, inputs)
    behind = {name: lag(name, ends, committed(bootstrap, group)) for name, group in GROUPS.items()}
    accepted: dict[str, int] = {}
    for (topic, _), end in ends.items():
        accepted[topic] = accepted.get(topic, 0) + end
    return [
        {"topic": topic, "accepted": accepted[topic]} | {f"{name}_lag": behind[name].get(topic) for name in GROUPS}
        for topic in sorted(accepted)
    ]


def _sources(settings: Settings) -> list[dict[str, Any]]:
    warehouse = connect(clickhouse_of(settings))
    try:
        return warehouse.rows("SELECT source_id, simulation, read_up_to, lag_s FROM sources ORDER BY source_id")
    finally:
        warehouse.close()


def _service_table(home: dict[str, Any]) -> Table:
    state = "catching up" if home["catching_up"] else "caught up"
    table = Table("service", "process", "running", "restarts", title=f"Services ({state})")
    for name, pid in home["pids"].items():
        table.add_row(name, str(pid), "yes" if is_running(pid) else "no", str(home["restarts"].get(name, 0)))
    return table


def _topic_table(topics: list[dict[str, Any]]) -> Table:
    table = Table("topic", "accepted", *(f"not yet read by {name}" for name in GROUPS), title="Log")
    for row in topics:
        behind = ("–" if row[f"{name}_lag"] is None else str(row[f"{name}_lag"]) for name in GROUPS)
        table.add_row(row["topic"], str(row["accepted"]), *behind)
    return table


def _source_table(sources: list[dict[str, Any]]) -> Table:
    table = Table("source", "world", "read completely up to", "declared lag", title="Sources")
    for row in sources:
        world = row["simulation"] or "real"
        table.add_row(row["source_id"], world, f"{row['read_up_to']:%Y-%m-%d %H:%M} UTC", f"{row['lag_s'] // 3600} h")
    return table
