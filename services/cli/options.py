"""Options and settings that several commands share: where the home is, and how results are printed."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.rules import Language
from services.adapters.config import ConfigError, Settings, located

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="The home's data folder (default: ESEP_DATA, else ./.esep).", show_default=False),
]
LanguageOption = Annotated[Language, typer.Option("--lang", help="Language of the sentences.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def settings_of(data: Path | None) -> Settings:
    """The settings of a command, with the addresses of a running home filled in.

    Raises: ConfigError.
    """
    settings = Settings.load()
    return located(settings.model_copy(update={"data": data}) if data is not None else settings)


def clickhouse_of(settings: Settings) -> str:
    """Address of the warehouse.

    Raises: ConfigError when neither a home nor a cluster is known.
    """
    if settings.clickhouse_url is None:
        raise ConfigError(_nothing_runs(settings, "ESEP_CLICKHOUSE_URL"))
    return settings.clickhouse_url


def kafka_of(settings: Settings) -> str:
    """Address of the broker.

    Raises: ConfigError when neither a home nor a cluster is known.
    """
    if settings.kafka_bootstrap is None:
        raise ConfigError(_nothing_runs(settings, "ESEP_KAFKA_BOOTSTRAP"))
    return settings.kafka_bootstrap


def print_json(content: Any) -> None:  # noqa: ANN401  # whatever the command found
    """One JSON document on standard output; dates and decimals as text."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n")


def _nothing_runs(settings: Settings, variable: str) -> str:
    return f"no home runs on {settings.data}; start one with `esep up`, name its folder with --data, or set {variable}"
