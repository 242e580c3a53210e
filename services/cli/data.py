"""``esep import``: files of a source into the fact log, with progress and an account of every record."""

import time
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from schemas.topics import BUDGET, FACTS, TOPICS
from services.adapters.bootstrap import open_fact_log
from services.adapters.clock import SystemClock
from services.adapters.config import ConfigError, Settings
from services.adapters.progress import GROUPS, committed, journal_ends, kafka_ends, lag
from services.adapters.quarantine import Quarantine
from services.adapters.rulebook import load_rulebook
from services.cli import app
from services.cli.options import DataOption, JsonOption, kafka_of, print_json, settings_of
from services.connectors.base import Connector, UsageError
from services.connectors.cloudevents import CloudEvents
from services.connectors.kz_budget import KzBudget
from services.connectors.kz_budget_package import table_of
from services.connectors.uk_written_questions import UkWrittenQuestions
from services.importing.progress import progress_on
from services.importing.run import run_import
from services.importing.summary import Summary

PathsArgument = Annotated[list[Path], typer.Argument(help="Files to read.", show_default=False)]
WaitOption = Annotated[bool, typer.Option("--wait", help="Return when everything is in the warehouse and judged.")]
WAIT_S = 300.0

importing = typer.Typer(help="Read files of a source into the fact log.", no_args_is_help=True)
app.add_typer(importing, name="import")


@importing.command("uk-written-questions")
def uk_written_questions(
    paths: PathsArgument,
    observed_until: Annotated[
        datetime | None, typer.Option(help="Everything up to this instant was read, e.g. 2024-09-01T00:00:00+01:00.")
    ] = None,
    no_watermark: Annotated[bool, typer.Option("--no-watermark", help="Not whole months: claim nothing.")] = False,
    wait: WaitOption = False,
    data: DataOption = None,
    json: JsonOption = False,
) -> int:
    """Written questions of the UK Parliament: pages of its API, plain lists, or observed changes (JSON lines); also .gz."""
    connector = UkWrittenQuestions(
        read_at=SystemClock().now(),
        observed_until=_aware(observed_until),
        watermark=not no_watermark,
        rules=frozenset(load_rulebook().rules),
    )
    return _import(connector, paths, settings_of(data), wait=wait, json=json)


@importing.command("kz-budget")
def kz_budget(
    paths: PathsArgument,
    level: Annotated[str | None, typer.Option(help="republican or local (for a CSV).")] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="administrator, function, economic or tree (for a CSV).")
    ] = None,
    region: Annotated[str | None, typer.Option(help="ISO code of a region, e.g. KZ-10 (for a CSV).")] = None,
    wait: WaitOption = False,
    data: DataOption = None,
    json: JsonOption = False,
) -> int:
    """Budget execution of Kazakhstan: the portal's CSV, or a datapackage.json that describes several."""
    try:
        connector = KzBudget(read_at=SystemClock().now(), table=table_of(level, by, region))
    except UsageError as error:
        raise ConfigError(str(error)) from error
    return _import(connector, paths, settings_of(data), wait=wait, json=json)


@importing.command("cloudevents")
def cloudevents(
    paths: PathsArgument, wait: WaitOption = False, data: DataOption = None, json: JsonOption = False
) -> int:
    """CloudEvents, one JSON object a line (NDJSON), plain or gzip."""
    return _import(CloudEvents(SystemClock().now()), paths, settings_of(data), wait=wait, json=json)


def _aware(instant: datetime | None) -> datetime | None:
    if instant is not None and instant.tzinfo is None:
        raise ConfigError("--observed-until needs a time zone, e.g. 2024-09-01T00:00:00+01:00")
    return instant


def _import(connector: Connector, paths: list[Path], settings: Settings, *, wait: bool, json: bool) -> int:
    console = Console(stderr=True)
    quarantine = Quarantine(settings.data, settings.quarantine_bytes)
    try:
        with closing(open_fact_log(settings)) as log, progress_on(console) as progress:
            summary = run_import(connector, paths, log, SystemClock(), progress, quarantine)
    except UsageError as error:
        raise ConfigError(str(error)) from error
    if wait:
        with console.status("waiting until everything is judged and stored"):
            wait_until_stored(settings)
    if json:
        print_json(summary.to_json())
    else:
        _show(console, summary)
    return 0


def wait_until_stored(settings: Settings) -> None:
    """Return when tracker and sink have read everything that is in the log now.

    Raises: ConfigError when they have not after ``WAIT_S``; ProgressUnknownError.
    """
    bootstrap = kafka_of(settings)
    inputs = journal_ends(settings.journal) if settings.journal else kafka_ends(bootstrap, (FACTS, BUDGET))
    end = time.monotonic() + WAIT_S
    _until_read("tracker", inputs, bootstrap, end)
    derived = [topic for topic in TOPICS.values() if topic.producers == ("tracker",)]
    published = kafka_ends(bootstrap, derived, committed(bootstrap, GROUPS["sink"]))
    _until_read("sink", {**inputs, **published}, bootstrap, end)


def _until_read(service: str, ends: Mapping[tuple[str, int], int], bootstrap: str, end: float) -> None:
    while time.monotonic() < end:
        if not sum(lag(service, ends, committed(bootstrap, GROUPS[service])).values()):
            return
        time.sleep(0.2)
    raise ConfigError(f"the {service} has not caught up; see `esep status` and the logs in the data folder")


def _show(console: Console, summary: Summary) -> None:
    table = Table("file", "read", "accepted", "duplicate", "rejected")
    for file, counts in summary.files.items():
        table.add_row(Path(file).name, *(f"{n:,}" for n in counts.to_json().values()))
    if len(summary.files) != 1:
        table.add_section()
        table.add_row("all", *(f"{n:,}" for n in summary.total.to_json().values()))
    console.print(table)
    if summary.facts:
        console.print("new: " + ", ".join(f"{count:,} {name}" for name, count in sorted(summary.facts.items())))
    if summary.kinds:
        console.print("held: " + ", ".join(f"{count:,} {kind}" for kind, count in sorted(summary.kinds.items())))
    for notice in summary.notices:
        console.print(f"[yellow]note[/yellow] {notice.text}")
    for rejected in summary.rejections:
        console.print(f"[red]rejected[/red] {rejected.reason}", highlight=False)
    if summary.rejected > len(summary.rejections):
        console.print(f"… and {summary.rejected - len(summary.rejections)} more; see `esep dead-letters list`")
