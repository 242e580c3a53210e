"""``python -m tests.planks``: take each plank away in a copy of the tree, and see the named test fail there.

The tree itself is never touched. Exit code 0 when every break was caught, 1 when one was not.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree  # reads what pytest has just written

from tests.frame.tree import EVERYTHING, ROOT, files_below
from tests.planks.table import BREAKS, Break

TEST_S: Final = 300.0
"""How long one test may take, with programs to start on a busy machine."""

NEEDED: Final = ("pyproject.toml", "requirements/runtime.in")
NOT_A_CATCH: Final = ("ImportError", "ModuleNotFoundError", "NameError", "SyntaxError", "fixture")
"""A test that fails of these was not felled by the break, but by how it was made."""


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one test: how many cases passed, and what each failure said first."""

    passed: int
    failures: tuple[str, ...]
    errors: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether something was run and nothing failed."""
        return self.passed > 0 and not self.failures and not self.errors

    @property
    def caught(self) -> bool:
        """Whether the test itself failed, for a reason of its own."""
        wrong = any(word in said for said in self.failures for word in NOT_A_CATCH)
        return bool(self.failures) and not self.errors and not wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the breaks named, or all of them; see the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.planks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these breaks (default: all)")
    parser.add_argument("--list", action="store_true", help="list the breaks and stop")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.names) - {each.name for each in BREAKS})
    if unknown:
        parser.error(f"no such break: {', '.join(unknown)}; --list names them")
    chosen = [each for each in BREAKS if not asked.names or each.name in asked.names]
    if asked.list:
        sys.stdout.writelines(f"{each.name}: {each.what}\n    {each.test}\n" for each in chosen)
        return 0
    with copied_tree() as copy:
        sound = run({each.test for each in chosen}, copy)
        if not sound.holds:
            sys.stdout.write("without any break these tests must pass, and do not:\n")
            sys.stdout.writelines(f"  {said[:300]}\n" for said in (*sound.failures, *sound.errors))
            return 1
        survivors = [each.name for each in chosen if not told(each, try_break(each, copy))]
    caught = len(chosen) - len(survivors)
    sys.stdout.write(f"\n{caught} of {len(chosen)} breaks caught")
    sys.stdout.write(f"; NOT CAUGHT: {', '.join(survivors)}\n" if survivors else "\n")
    return 1 if survivors else 0


def told(plank: Break, broken: Run) -> bool:
    """Write what became of a break; whether it was caught."""
    said = (*broken.failures, *broken.errors, "the test passed")[0]
    sys.stdout.write(f"{'caught' if broken.caught else 'SURVIVED':9} {plank.name}\n")
    sys.stdout.write(f"          {plank.test}\n          {said[:160]}\n")
    sys.stdout.flush()
    return broken.caught


def try_break(plank: Break, copy: Path) -> Run:
    """The named test in a copy of the tree with the plank taken away; the copy is whole afterwards."""
    file = copy / plank.file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(plank.before, plank.after), encoding="utf-8")
    try:
        return run({plank.test}, copy, "-x")
    finally:
        file.write_text(text, encoding="utf-8")


def run(tests: Collection[str], copy: Path, *options: str) -> Run:
    """Run some tests with the copy's code, whatever else is installed, and read pytest's own report."""
    report = copy / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", f"--junitxml={report}"]
    # Programs that a test starts must come from the copy too; what is compiled must not outlive a break.
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, *options, *sorted(tests)],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TEST_S * len(tests),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Run(0, (), (f"not done within {TEST_S * len(tests):.0f} s",))
    if not report.exists():
        return Run(0, (), (done.stdout.strip() or done.stderr.strip() or "pytest wrote no report",))
    return _read(report)


def _read(report: Path) -> Run:
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314  # our own pytest wrote it
    failures = [_first_line(found) for case in cases for found in case.iter("failure")]
    errors = [_first_line(found) for case in cases for found in case.iter("error")]
    passed = sum(all(found.tag not in ("failure", "error", "skipped") for found in case) for case in cases)
    return Run(passed, tuple(failures), tuple(errors))


def _first_line(found: ElementTree.Element) -> str:
    return " ".join((found.get("message") or found.text or "no message").split())


@contextmanager
def copied_tree() -> Iterator[Path]:
    """The project's own files in a folder of their own, until the block ends.

    Raises: AssertionError when code of another folder would be imported there.
    """
    with tempfile.TemporaryDirectory(prefix="esep-planks-") as folder:
        copy = Path(folder)
        files = [*(ROOT / name for name in NEEDED), *(file for name in EVERYTHING for file in files_below(ROOT / name))]
        for file in files:
            target = copy / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
        jars = ROOT / ".kafka"
        if jars.is_dir():
            (copy / ".kafka").symlink_to(jars)
        _assert_own_code(copy)
        yield copy


def _assert_own_code(copy: Path) -> None:
    asked = "import schemas, services; print(schemas.__file__); print(services.__file__)"
    environment = os.environ | {"PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=copy, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    for line in done.stdout.splitlines():
        assert Path(line).resolve().is_relative_to(copy.resolve()), f"{line} is not of the copy"


if __name__ == "__main__":
    sys.exit(main())
