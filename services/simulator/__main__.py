"""Starts the simulator: settings in, a simulated country in the journal until a signal comes.

Nothing is decided here.
"""

import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from threading import Event as Flag
from types import FrameType

from services.adapters.clock import SimulatedClock, SystemClock
from services.adapters.config import ConfigError
from services.adapters.health import answering
from services.adapters.journal import JournalFactLog
from services.adapters.liveness import QUIET_AFTER_S, Progress
from services.adapters.startup import start_service
from services.simulator.loop import AnotherWorldError, Simulator
from services.simulator.settings import SimulatorSettings
from services.simulator.start import prepare_clock


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; the exit code is 0 then, 1 when the journal fails, 2 for unusable settings."""
    return start_service(
        argv,
        "simulator",
        "Invents a country, for demonstrations only.",
        SimulatorSettings.load,
        _run,
        unusable=(AnotherWorldError,),
    )


def _run(settings: SimulatorSettings) -> int:
    if settings.journal is None or settings.simulation is None:
        raise ConfigError("ESEP_JOURNAL and ESEP_SIMULATION (the clock file) must be set; `esep up --demo` sets both")
    if not settings.simulation.exists():
        prepare_clock(settings.simulation, SystemClock())
    clock = SimulatedClock.load(settings.simulation)
    progress = Progress(SystemClock(), quiet_after_s=settings.quiet_after_s or QUIET_AFTER_S)
    with closing(JournalFactLog(settings.journal)) as log, answering(settings, progress):
        simulator = Simulator(log, clock, settings.simulation, settings.simulator_seed, progress)
        simulator.run(_on_signals(), settings.simulator_beat_s)
    return 0


def _on_signals() -> Flag:
    stop = Flag()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)
    return stop


if __name__ == "__main__":
    sys.exit(main())
