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
from services.adapters.home_state import HomeState
from services.adapters.progress import GROUPS, committed, journal_ends, kafka_ends, lag
from services.adapters.startup import STOPPED, STOPPED_BY_LIMIT
from services.adapters.stops import Stop, read_stops
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
def status(data: DataOption = None, json: JsonOption = False) -> int:
    """Services, records accepted and not yet read per topic, and how fresh each source is.

    Ends with 3 when a program stands still because too much it reads is not understood.
    """
    settings = settings_of(data)
    home, topics, sources = _home(settings.data), _topics(settings), _sources(settings)
    stopped = read_stops(settings.data)
    code = STOPPED_BY_LIMIT if stopped else STOPPED
    if json:
        told = [stop.model_dump(mode="json") for stop in stopped]
        print_json({"home": home, "topics": topics, "sources": sources, "stopped": told})
        return code
    console = Console()
    console.print(_topic_table(topics), _source_table(sources))
    if home is not None:
        console.print(_service_table(home))
    for stop in stopped:
        console.print(_told(stop), style="red", highlight=False)
    return code


def _told(stop: Stop) -> str:
    share = f"{stop.invalid} in a row" if stop.of is None else f"{stop.invalid} of the last {stop.of}"
    return (
        f"{stop.program} stopped: too much is not understood ({share}) in {stop.topic}/{stop.partition} at offset "
        f"{stop.offset}, last {stop.code}, since {stop.since:%Y-%m-%d %H:%M} UTC. Look with `esep dead-letters list "
        f"--origin {stop.topic}/{stop.partition}/`; the runbook dead-letters.md says what to do"
    )


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
    columns = ("service", "process", "standing", "running since", "last came through", "started again")
    table = Table(*columns, title=f"Services ({state})")
    for name, service in HomeState.model_validate(home).services.items():
        standing = service.standing if is_running(service.pid) else "not running"
        waits = ", ".join(f"{what}: {why}" for what, why in service.waits_for.items())
        through = "–" if service.came_through_at is None else f"{service.came_through_at:%H:%M:%S} {service.stage}"
        again = ", ".join(f"{cause} {n}" for cause, n in service.restarts.items()) or "0"
        reason = f" (last: {service.last_reason})" if service.last_reason else ""
        table.add_row(
            name,
            str(service.pid),
            f"{standing} ({waits})" if waits else standing,
            f"{service.started_at:%Y-%m-%d %H:%M:%S} UTC",
            through,
            again + reason,
        )
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
