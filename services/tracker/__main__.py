"""Starts one tracker: settings in, a Faust worker out.

Nothing is decided here; a failure ends the process with its offsets where they were, to be started again.
"""

import argparse
import asyncio
import gc
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import faust

from services.adapters.bootstrap import open_fact_log
from services.adapters.clock import Clock, ClockFileError, SimulatedClock, SystemClock
from services.adapters.config import ConfigError, located
from services.adapters.factlog import FactLogUnavailableError
from services.adapters.health import answering
from services.adapters.invalid_limits import TooManyInvalidError
from services.adapters.kafka import answers
from services.adapters.liveness import Progress
from services.adapters.logs import configure_logs
from services.adapters.rulebook import RulesInvalid, load_rulebook
from services.adapters.startup import STOPPED_BY_LIMIT
from services.domain.budget.partition import BudgetPartition
from services.domain.partition import Partition
from services.tracker.app import create_app
from services.tracker.folds import Folds
from services.tracker.settings import TrackerSettings


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT: exit code 0 then, otherwise one of ``services.adapters.startup``."""
    arguments = _parser().parse_args(argv)
    try:
        settings = located(TrackerSettings.load(arguments.config))
        if arguments.print_config:
            sys.stdout.write(settings.shown())
            return 0
        rulebook = load_rulebook()
        folds = Folds(
            facts=lambda number: Partition(rulebook, number),
            budget=lambda _: BudgetPartition(rulebook.bodies),
        )
        return run(settings, folds)
    except (ClockFileError, ConfigError, RulesInvalid) as error:
        sys.stderr.write(f"esep tracker: {error}\n")
        return 2
    except FactLogUnavailableError as error:
        sys.stderr.write(f"esep tracker: {error}\n")
        return 1


def run(settings: TrackerSettings, folds: Folds) -> int:
    """Track with the given folds until a signal comes; returns the exit code.

    Raises, before anything is started: ConfigError, ClockFileError, FactLogUnavailableError.
    """
    clocks = clocks_of(settings.simulation)
    with closing(open_fact_log(settings)) as facts:
        progress = Progress(SystemClock(), quiet_after_s=settings.patience_s)
        app = create_app(settings, folds, facts, clocks, progress)
        configure_logs("tracker", level=settings.log_level, style=settings.log_format)
        _spare_the_collector()
        with answering(settings, progress, broker_answers=partial(answers, settings.bootstrap)):
            return _work(app)


def _work(app: faust.App) -> int:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = faust.Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        return STOPPED_BY_LIMIT if isinstance(app.crash_reason, TooManyInvalidError) else int(ended.code or 0)
    finally:
        # The state goes back to the system whole: taking millions of objects apart would take longer than stopping.
        gc.freeze()


def _spare_the_collector() -> None:
    """Collect garbage seldom: state is many long-lived objects without cycles, walked in vain (measured: x 3.5)."""
    gc.set_threshold(50_000, 20, 50)
    gc.freeze()


def clocks_of(simulation: Path | None) -> dict[str | None, Clock]:
    """The clocks by which something can fall due: the real one under None, a simulated one under its name.

    Raises: ClockFileError when the file of the simulated clock cannot be used.
    """
    clocks: dict[str | None, Clock] = {None: SystemClock()}
    if simulation is not None:
        simulated = SimulatedClock.load(simulation)
        clocks[simulated.name] = simulated
    return clocks


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="esep tracker", description="Folds facts, publishes what follows.")
    parser.add_argument("--config", type=Path, help="YAML or JSON file; the environment (ESEP_…) wins over it")
    parser.add_argument("--print-config", action="store_true", help="show the settings in force and stop")
    return parser


if __name__ == "__main__":
    sys.exit(main())
