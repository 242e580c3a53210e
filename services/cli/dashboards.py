"""``esep dashboards build|check|publish``: the boards as code."""

import typer

from services.cli import app

dashboards = typer.Typer(help="Grafana boards as code.", no_args_is_help=True)
app.add_typer(dashboards, name="dashboards")


@dashboards.command()
def build() -> int:
    """Write dashboards/generated anew."""
    from dashboards import commands

    return commands.build()


@dashboards.command()
def check() -> int:
    """Fail when dashboards/generated is not what the code builds."""
    from dashboards import commands

    return commands.check()


@dashboards.command()
def publish() -> int:
    """Send the boards to the Grafana that the settings name."""
    from dashboards import commands

    return commands.publish()
