"""How every service starts: settings in, a run, an exit code out; the same two options and the same words everywhere.

What a service does is its own ``run``; nothing is opened here.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from services.adapters.clock import ClockFileError
from services.adapters.config import ConfigError, Settings, located
from services.adapters.factlog import FactLogUnavailableError
from services.adapters.invalid_limits import TooManyInvalidError
from services.adapters.logs import configure_logs, logger_of
from services.adapters.rulebook import RulesInvalid

SettingsT = TypeVar("SettingsT", bound=Settings)

STOPPED, FAILED, UNUSABLE, STOPPED_BY_LIMIT = 0, 1, 2, 3
"""Exit codes: stopped as asked, failed and to be started again, not to be started like this, stopped at a limit.

At a limit a person has to look: starting again changes nothing until the writer, the release or the limit does.
"""

_UNUSABLE: tuple[type[Exception], ...] = (ConfigError, ClockFileError, RulesInvalid)
_FAILURES: tuple[type[Exception], ...] = (FactLogUnavailableError,)

_log = logger_of(__name__)


def start_service(
    argv: Sequence[str] | None,
    name: str,
    purpose: str,
    load: Callable[[Path | None], SettingsT],
    run: Callable[[SettingsT], int],
    *,
    unusable: tuple[type[Exception], ...] = (),
    failures: tuple[type[Exception], ...] = (),
) -> int:
    """Parse the command line, load and locate the settings, set up logs, run; returns the exit code.

    ``unusable`` are further errors that say the service cannot run like this, ``failures`` those a restart may mend.
    Whatever else is raised is a bug and ends the process with its traceback.
    """
    arguments = _parser(name, purpose).parse_args(argv)
    try:
        settings = located(load(arguments.config))
        if arguments.print_config:
            sys.stdout.write(settings.shown())
            return STOPPED
        configure_logs(name, level=settings.log_level, style=settings.log_format)
        return run(settings)
    except (*_UNUSABLE, *unusable) as error:
        sys.stderr.write(f"esep {name}: {error}\n")
        return UNUSABLE
    except TooManyInvalidError:
        # Its note and the operator's alert were written where it was raised.
        return STOPPED_BY_LIMIT
    except (*_FAILURES, *failures) as error:
        _log.error("stopped by a failure", kind=type(error).__name__, reason=str(error))
        return FAILED


def _parser(name: str, purpose: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"esep {name}", description=purpose)
    parser.add_argument("--config", type=Path, help="YAML or JSON file; the environment (ESEP_…) wins over it")
    parser.add_argument(
        "--print-config", action="store_true", help="show the settings in force, secrets masked, and stop"
    )
    return parser
