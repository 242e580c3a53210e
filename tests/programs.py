"""Programs that some tests need and Python cannot install: where they are, and what their absence means.

At home a missing program skips the test and says why; in CI it fails, so that a green run has really run it.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import pytest


@dataclass(frozen=True)
class Program:
    """A program by any of its names, and how a person gets it."""

    title: str
    names: tuple[str, ...]
    install: str


CHROMIUM: Final = Program(
    title="Chromium",
    names=(
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    install="apt-get install chromium",
)
JAVA: Final = Program(title="Java", names=("java",), install="apt-get install default-jre-headless")

NEEDED_BY_MARKER: Final = {"needs_chromium": CHROMIUM, "needs_java": JAVA}


def find(program: Program) -> Path | None:
    """Where the program is, or None."""
    found = (shutil.which(name) for name in program.names)
    return next((Path(path) for path in found if path), None)


def require(program: Program) -> Path:
    """Where the program is; without it the running test is skipped at home and fails in CI."""
    path = find(program)
    if path is None:
        unavailable(f"{program.title} is not installed ({program.install})")
    return path


def unavailable(reason: str) -> NoReturn:
    """Skips the running test at home, and fails it in CI: what it needs is not there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; CI must run this test", pytrace=False)
    pytest.skip(reason)


def require_chromium() -> Path:
    """Chromium, for `playwright.chromium.launch(executable_path=...)`."""
    return require(CHROMIUM)


def require_java() -> Path:
    """Java, for an Apache Kafka of our own."""
    return require(JAVA)
