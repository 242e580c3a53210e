"""Settings of every service (environment over config file over defaults), and where a running home is.

A service subclasses ``Settings``; values are frozen, unknown keys are refused, secrets are masked when shown.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from services.adapters.validation_messages import faults_of

ENDPOINTS_FILE = "endpoints.json"
Bootstrap = Annotated[str, StringConstraints(pattern=r"^[^\s,]+:[0-9]{1,5}(,[^\s,]+:[0-9]{1,5})*$")]
"""Kafka brokers as host:port, several with commas."""

AnySettings = TypeVar("AnySettings", bound="Settings")


class ConfigError(Exception):
    """The configuration cannot be used; the message names the file or variable and what to do."""


class Settings(BaseSettings):
    """What every service knows; each field is the variable ``ESEP_<FIELD>`` and a key of a config file."""

    model_config = SettingsConfigDict(env_prefix="ESEP_", frozen=True, extra="forbid")

    data: Path = Path(".esep")
    kafka_bootstrap: Bootstrap | None = None
    clickhouse_url: str | None = None
    journal: Path | None = None
    simulation: Path | None = None
    quarantine_bytes: Annotated[int, Field(ge=0)] = 1024 * 1024 * 1024
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    quiet_after_s: Annotated[float, Field(ge=1)] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @classmethod
    def load(cls, config_file: Path | None = None, given: Mapping[str, object] | None = None) -> Self:
        """Read the environment over the YAML or JSON ``config_file``; what was ``given`` (and is not none) wins.

        Raises: ConfigError for an unreadable file, an unknown key, a missing or a wrong value.
        """
        from_file = {} if config_file is None else mapping_in(config_file)
        _refuse_unknown(from_file, cls, config_file)
        from_environment = EnvSettingsSource(cls)()
        try:
            return cls(**(from_file | from_environment | _set(given or {})))
        except ValidationError as error:
            raise ConfigError(_explained(error, from_environment, config_file)) from error

    def shown(self) -> str:
        """The settings as YAML, secrets and passwords in URLs masked."""
        plain = yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        return re.sub(r"(?<=://)[^/@\s]+@", "***@", plain)


class Endpoints(BaseModel):
    """Where the parts of a running home answer; written by the supervisor, found through the data folder."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kafka: str | None = None
    clickhouse: str | None = None
    web: str | None = None
    journal: Path | None = None
    simulation: Path | None = None

    def write(self, data: Path) -> None:
        """Write ``<data>/endpoints.json``, whole or not at all."""
        draft = data / (ENDPOINTS_FILE + ".part")
        draft.write_bytes(orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n")
        draft.replace(data / ENDPOINTS_FILE)

    @classmethod
    def read(cls, data: Path) -> "Endpoints | None":
        """The endpoints of the home in ``data``; none when no home runs there.

        Raises: ConfigError when the file is damaged.
        """
        path = data / ENDPOINTS_FILE
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise ConfigError(f"{path}: not usable ({error}); delete it and start the home again") from error


def located(settings: AnySettings) -> AnySettings:
    """The settings with addresses that are not configured filled in from a running home's endpoints file.

    Raises: ConfigError when that file is damaged.
    """
    found = Endpoints.read(settings.data)
    if found is None:
        return settings
    known = {
        "kafka_bootstrap": found.kafka,
        "clickhouse_url": found.clickhouse,
        "journal": found.journal,
        "simulation": found.simulation,
    }
    # A configured broker is a cluster of its own: a home's journal next to it would be another log.
    skipped = {"journal"} if settings.kafka_bootstrap is not None else set()
    absent = {name for name in known if getattr(settings, name) is None} - skipped
    return settings.model_copy(update={name: known[name] for name in absent})


def mapping_in(path: Path) -> dict[str, Any]:
    """The mapping a YAML or JSON file holds, with string keys.

    Raises: ConfigError naming the file when it cannot be read or is something else.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML or JSON: {' '.join(str(error).split())}") from error
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ConfigError(f"{path}: must hold one mapping of names to values")
    return content


def _set(given: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _refuse_unknown(given: dict[str, Any], model: type[Settings], path: Path | None) -> None:
    unknown = sorted(set(given) - set(model.model_fields))
    if unknown:
        known = ", ".join(sorted(model.model_fields))
        raise ConfigError(f"{path}: unknown key {unknown[0]}; known keys are {known}")


def _explained(error: ValidationError, from_environment: dict[str, Any], path: Path | None) -> str:
    lines = []
    for fault in faults_of(error):
        name = re.split(r"[.\[]", fault.field)[0]
        in_file = path is not None and name not in from_environment
        where = f"{path}: {fault.field}" if in_file else f"ESEP_{fault.field.upper()}"
        lines.append(f"{where} {fault.text}")
    return "\n".join(lines)
