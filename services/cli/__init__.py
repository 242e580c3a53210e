"""The ``esep`` command: one module per group of subcommands, each a thin skin over a service.

Nothing is decided here; errors a user can act on become one line and exit code 1 or 2, never a traceback.
"""

import sys

import click
import typer

from services.adapters.clickhouse import WarehouseError
from services.adapters.clock import ClockFileError
from services.adapters.config import ConfigError
from services.adapters.factlog import FactLogUnavailableError
from services.adapters.progress import ProgressUnknownError
from services.adapters.rulebook import RulesInvalid
from services.adapters.truth import TruthUnreadableError
from services.replay.reading import ReplayError

app = typer.Typer(
    name="esep",
    help="Keeps the account of what a government owes its parliament and its public.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_EXPLAINED = (
    ConfigError,
    ClockFileError,
    FactLogUnavailableError,
    ProgressUnknownError,
    ReplayError,
    RulesInvalid,
    TruthUnreadableError,
    WarehouseError,
)


def main() -> int:
    """Run one command; what went wrong is said in a line."""
    # Each registers its commands.
    from services.cli import dashboards, data, dead_letters, home, inspect, replay, rules, services  # noqa: F401

    try:
        return int(app(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except _EXPLAINED as error:
        sys.stderr.write(f"esep: {error}\n")
        return 1
