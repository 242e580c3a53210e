"""The Dockerfile: what it copies exists and reaches the builder, dependencies are locked, and it does not run as root."""

import fnmatch
import re

import pytest

from tests.deploy.files import DOCKERFILE, ROOT

TEXT = DOCKERFILE.read_text(encoding="utf-8")
COPIED = [
    source
    for line in re.findall(r"^COPY (?!--from)(.+)$", TEXT, re.MULTILINE)
    for source in [word for word in line.split() if not word.startswith("--")][:-1]
]
LET_IN = [
    line.removeprefix("!")
    for line in DOCKERFILE.with_name("Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    if line.startswith("!")
]


@pytest.mark.parametrize("source", COPIED)
def test_what_it_copies_exists_and_reaches_the_builder(source: str) -> None:
    assert (ROOT / source).exists()
    assert any(fnmatch.fnmatch(source, pattern) for pattern in LET_IN)


def test_nothing_else_reaches_the_builder() -> None:
    assert sorted(LET_IN) == sorted(COPIED)


def test_the_base_image_is_pinned() -> None:
    assert re.findall(r"^ARG PYTHON_IMAGE=(.+)$", TEXT, re.MULTILINE) == ["python:3.11-slim-bookworm"]
    assert set(re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)) == {"${PYTHON_IMAGE}"}


def test_every_dependency_is_checked_by_hash() -> None:
    installs = re.findall(r"pip install (.+)", TEXT)
    assert installs == [
        "--no-deps --require-hashes --requirement requirements/runtime.txt",
        "--no-deps --no-build-isolation .",
    ]


def test_the_build_backend_is_among_the_locked_packages() -> None:
    """Without build isolation pip takes setuptools from the environment."""
    assert re.search(r"^setuptools==", (ROOT / "requirements" / "runtime.txt").read_text(), re.MULTILINE)


def test_it_runs_esep_and_not_as_root() -> None:
    final = TEXT.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.+)$", final, re.MULTILINE) == ["10001:10001"]
    assert 'ENTRYPOINT ["esep"]' in final
