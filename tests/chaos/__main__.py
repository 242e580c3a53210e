"""``python -m tests.chaos`` (``make chaos``): the long campaign, to be broken off and gone on with at any time.

Data and results lie in ``.chaos/<broker>``; when every fault is done, the report is written.
"""

import argparse
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.chaos.campaign import Campaign, lines_of, prepared
from tests.chaos.inputs import ROOT, made_up_inputs, real_inputs
from tests.chaos.report import REPORT, report
from tests.chaos.stacks import BROKERS

FAULTS: Final = 64


def main() -> int:
    """0 = nothing lost, doubled, wrong or false; 1 = something was; 2 = wrong usage."""
    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended, as after Ctrl-C
    folder: Path = arguments.folder
    if arguments.report:
        return _report(folder)
    brokers = BROKERS if arguments.broker == "both" else (arguments.broker,)
    held = True
    for broker in brokers:
        if arguments.fresh:
            shutil.rmtree(folder / broker, ignore_errors=True)
        inputs = real_inputs() or made_up_inputs(folder / "made-up")
        campaign = Campaign(
            broker,
            folder / broker,
            inputs,
            arguments.faults,
            arguments.seed,
            code_version(),
            arguments.short,
            arguments.verify_every,
        )
        held = prepared(campaign).run(_say) and held
    return max(_report(folder), 0 if held else 1)


def code_version() -> str:
    """What git says of this checkout."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--tags"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _report(folder: Path) -> int:
    lines = list(lines_of([folder / broker for broker in BROKERS]))
    if not lines:
        _say(f"{folder} holds no finished fault")
        return 2
    path = REPORT if folder.resolve() == (ROOT / ".chaos").resolve() else folder / REPORT.name
    path.write_text(report(lines), encoding="utf-8")
    _say(f"report: {path}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--broker", choices=[*BROKERS, "both"], default="both")
    parser.add_argument("--faults", type=int, default=FAULTS, help="per broker")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--folder", type=Path, default=ROOT / ".chaos")
    parser.add_argument("--verify-every", type=int, default=1, help="`esep verify` after every so many faults")
    parser.add_argument("--short", action="store_true", help="outages of seconds")
    parser.add_argument("--fresh", action="store_true", help="throw away what an earlier campaign left")
    parser.add_argument("--report", action="store_true", help="only write the report of what is done")
    return parser


if __name__ == "__main__":
    sys.exit(main())
