"""Each service alone, as a process of its own: ``esep tracker``, ``esep sink``, …; and ``migrate`` and ``topics``.

Everything after the service's name goes to the service; ``esep sink --help`` is the sink's own help.
"""

from contextlib import closing
from importlib import import_module

import typer
from rich.console import Console

from services.adapters.bootstrap import open_fact_log
from services.adapters.clickhouse import connect
from services.adapters.clickhouse import migrate as migrate_warehouse
from services.adapters.clock import SystemClock
from services.adapters.factlog import entries_of
from services.adapters.kafka import ensure_topics
from services.adapters.rulebook import load_rulebook
from services.cli import app
from services.cli.options import DataOption, clickhouse_of, kafka_of, settings_of
from services.domain.releases import release_event

SERVICES = {
    "gateway": ("services.gateway.__main__", "Take events over HTTP."),
    "tracker": ("services.tracker.__main__", "Fold facts and publish what follows."),
    "sink": ("services.sink.__main__", "Write the log into the warehouse."),
    "notify": ("services.notify.__main__", "Deliver alerts."),
    "portal": ("services.portal.__main__", "Serve the public pages and the API."),
}
_PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


def _register(name: str, module: str, help_: str) -> None:
    @app.command(name, help=help_, context_settings=_PASS_ON, add_help_option=False)
    def run(context: typer.Context) -> int:
        return int(import_module(module).main(context.args))


for _name, (_module, _help) in SERVICES.items():
    _register(_name, _module, _help)


@app.command()
def migrate(data: DataOption = None) -> None:
    """Bring the warehouse to this release: apply new migrations, re-create the views."""
    warehouse = connect(clickhouse_of(settings_of(data)))
    try:
        applied = migrate_warehouse(warehouse)
    finally:
        warehouse.close()
    Console().print(f"applied: {', '.join(applied) or 'nothing new'}; views re-created", highlight=False)


@app.command()
def topics(data: DataOption = None) -> None:
    """Create the declared topics that are not there yet, and announce the rules of this release in them."""
    settings = settings_of(data)
    created = ensure_topics(kafka_of(settings))
    with closing(open_fact_log(settings)) as log:
        log.append(entries_of(release_event(load_rulebook(), SystemClock().now())))
    Console().print(f"created: {', '.join(created) or 'nothing new'}; rules announced", highlight=False)
