"""Where the deployment's files are, and the few ways the tests read them."""

import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import typer
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
ENV_EXAMPLE = DEPLOY / "compose" / ".env.example"
USERS = DEPLOY / "clickhouse" / "users.d" / "esep.xml"
DATASOURCE = DEPLOY / "grafana" / "provisioning" / "datasources" / "esep.yaml"
PROVIDER = DEPLOY / "grafana" / "provisioning" / "dashboards" / "esep.yaml"
DOCKERFILE = DEPLOY / "docker" / "Dockerfile"

Yaml = dict[str, Any]

VARIABLE = re.compile(r"\$\{(\w+)(?:(:?[-?])([^}]*))?\}")


@cache
def compose() -> Yaml:
    """The compose file, merge keys resolved."""
    return read_yaml(COMPOSE)


def read_yaml(path: Path) -> Yaml:
    """One YAML mapping."""
    found: Yaml = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def ours() -> dict[str, Yaml]:
    """The services that run our image."""
    return {name: each for name, each in compose()["services"].items() if "build" in each}


def xml(path: Path) -> ElementTree.Element:
    """The root of one of our own XML files."""
    return ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314  # a file of this project


def env_example() -> dict[str, str]:
    """The documented variables and their example values."""
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


@cache
def commands() -> frozenset[str]:
    """Every subcommand of ``esep``, ``dashboards build`` included."""
    from services.cli import (  # noqa: F401  # they register
        app,
        dashboards,
        data,
        dead_letters,
        home,
        inspect,
        replay,
        rules,
        services,
    )

    return frozenset(_names(typer.main.get_command(app), ""))


def _names(command: object, prefix: str) -> list[str]:
    """A group has ``commands``, a command none. (Typer brings a click of its own, so types do not tell.)"""
    below: dict[str, object] = getattr(command, "commands", {})
    return [name for each, sub in below.items() for name in (f"{prefix}{each}", *_names(sub, f"{prefix}{each} "))]
