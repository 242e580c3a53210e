"""The Makefile explains itself and passes on what it is told; the installer says kindly what is wrong."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.frame.tree import ROOT

DEADLINE_S = 60
OUTER_MAKE = {"MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS", "PORT", "DATA", "ARGS"}


def make(*arguments: str) -> str:
    """What make prints, whatever make is running this test."""
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in OUTER_MAKE},
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    )
    return done.stdout


def install(python: Path | str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The installer, asked to use a given Python."""
    return subprocess.run(
        [
            ROOT / "requirements/install.sh",
            str(python),
            str(folder / "venv"),
            str(ROOT / "requirements/dev.txt"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )


def test_help_is_the_default_and_names_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert phony is not None
    shown = make()
    missing = [target for target in phony.group(1).split() if f"make {target}" not in shown]
    assert not missing, f"without a description: {missing}"


def test_check_runs_every_gate_and_the_tests() -> None:
    plan = make("--dry-run", "check")
    for gate in (
        "ruff check",
        "ruff format --check",
        "-m mypy",
        "lint-imports",
        "schemas.generate --check",
        "dashboards check",
        "rules pages --check",
        "-m pytest",
    ):
        assert gate in plan, gate


def test_run_passes_the_port_and_the_data_folder_on() -> None:
    plan = make("--dry-run", "run", "PORT=8123", "DATA=some where")
    assert "esep up --demo --port '8123' --data 'some where'" in plan


def test_run_alone_leaves_port_and_data_to_the_command() -> None:
    assert re.search(r"esep up --demo\s*$", make("--dry-run", "run"))


def test_run_needs_no_development_packages() -> None:
    assert "dev.txt" not in make("--dry-run", "--always-make", "run")


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ('[ "$1" = -V ] && echo "Python 3.9.2" || exit 1', "Esep needs Python 3.11 or newer"),
        ('[ "$1" = -V ] && echo "Python 3.12.1"; [ "$1" != -m ]', "apt-get install python3-venv"),
    ],
)
def test_a_python_that_cannot_do_it_is_explained(tmp_path: Path, script: str, says: str) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    done = install(python, tmp_path)
    assert done.returncode == 1
    assert says in done.stderr


def test_a_missing_python_is_explained(tmp_path: Path) -> None:
    done = install("no-such-python", tmp_path)
    assert done.returncode == 1
    assert "Python is not found: 'no-such-python'" in done.stderr


@pytest.mark.parametrize("script", [".ci/run", "requirements/install.sh"])
def test_scripts_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK), f"chmod +x {script}"
