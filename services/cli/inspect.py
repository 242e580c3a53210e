"""``esep query``, ``explain`` and ``verify``: look, recount, ask why; nothing is changed."""

import sys
import time
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from schemas.topics import BUDGET, DEAD_LETTERS, DELIVERIES, FACTS
from services.adapters.clickhouse import connect
from services.adapters.config import ConfigError, Settings
from services.adapters.rulebook import load_rulebook
from services.adapters.truth import Message, read_journal, read_kafka
from services.cli import app
from services.cli.options import (
    DataOption,
    JsonOption,
    LanguageOption,
    clickhouse_of,
    kafka_of,
    print_json,
    settings_of,
)
from services.domain.explain import RuleUnknown
from services.domain.explain import explain as explain_rule
from services.verify.recheck import verify as verify_home
from services.verify.report import SHOWN, Report
from services.wording.names import Names
from services.wording.trace_words import tell
from services.wording.words import all_words


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over the warehouse's views.")],
    format_: Annotated[str, typer.Option("--format", help="A ClickHouse output format.")] = "PrettyCompactNoEscapes",
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Run one read-only query and print its result."""
    warehouse = connect(clickhouse_of(settings_of(data)), read_only=True)
    try:
        for piece in warehouse.stream(sql, "JSON" if json else format_):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    finally:
        warehouse.close()


@app.command()
def explain(
    rule: Annotated[
        str, typer.Argument(help="A rule id, such as kz.appeal.answer (without .vN: the version in force).")
    ],
    on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The basis date.")],
    known: Annotated[
        datetime | None, typer.Option("--known", formats=["%Y-%m-%d"], help="Days off as known on this day.")
    ] = None,
    lang: LanguageOption = "en",
    json: JsonOption = False,
) -> int:
    """Count one rule from one day and show every step: why this date? Exit code 1 when a calendar does not reach it."""
    book = load_rulebook()
    try:
        deadline = explain_rule(book, rule, on.date(), known.date() if known else None)
    except RuleUnknown as error:
        raise ConfigError(str(error)) from error
    found = {
        "due_date": deadline.due_on,
        "due_instant": deadline.due_at.isoformat() if deadline.due_at else None,
        "rule": deadline.rule.id if deadline.rule else rule,
        "version": deadline.rule.version if deadline.rule else None,
        "problem": deadline.problem,
        "trace": [step.model_dump(mode="json") for step in deadline.trace],
    }
    outcome = 0 if deadline.problem is None else 1
    if json:
        print_json(found)
        return outcome
    words = all_words()[lang]
    console = Console(highlight=False)
    due = deadline.due_on.isoformat() if deadline.due_on is not None else words("obligation.no_due_date")
    console.print(f"[bold]{due}[/bold]  {found['rule']}.v{found['version']}")
    for line in tell(deadline.trace, words, Names(words, book)):
        console.print(f"  {escape(line.text)}", soft_wrap=True)
        for detail in line.details:
            console.print(f"      {escape(detail)}", soft_wrap=True)
    return outcome


@app.command()
def verify(
    data: DataOption = None,
    patience: Annotated[float, typer.Option(help="Seconds a difference must stand before it counts.", min=0)] = 20.0,
    json: JsonOption = False,
) -> int:
    """Recount everything from the truth and compare it with the warehouse; exit code 1 on any difference."""
    settings = settings_of(data)
    warehouse = connect(clickhouse_of(settings))
    console = Console(stderr=True)
    try:
        with console.status("recounting from the truth") as status:
            report = verify_home(
                partial(_truth, settings),
                warehouse,
                load_rulebook(),
                patience_s=patience,
                wait=time.sleep,
                tell=status.update,
            )
    finally:
        warehouse.close()
    if json:
        print_json(report.to_json())
    else:
        _show(report, Console(), console)
    return 0 if report.holds else 1


def _show(report: Report, console: Console, errors: Console) -> None:
    for table in report.tables():
        console.print(table)
    for difference in report.differences[:SHOWN]:
        errors.print(f"[red]differs[/red]  {escape(str(difference))}", highlight=False)
    if len(report.differences) > SHOWN:
        errors.print(f"… and {len(report.differences) - SHOWN} more")
    verdict = "the warehouse says what the truth says" if report.holds else f"{len(report.differences)} differences"
    console.print(
        f"{verdict}: {report.events} events, {report.obligations} obligations, {report.budget_statements} budget "
        f"statements, {report.standing_alerts} standing alerts",
        highlight=False,
    )


def _truth(settings: Settings) -> Iterable[Message]:
    topics = (FACTS, BUDGET, DELIVERIES, DEAD_LETTERS)
    if settings.journal is not None:
        return read_journal(settings.journal, topics)
    return read_kafka(kafka_of(settings), topics)
