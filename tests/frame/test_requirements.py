"""The lock files answer the requirements, pin and hash everything, and name no address to fetch from."""

import re
import sys
from importlib.metadata import packages_distributions
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.frame.tree import EVERYTHING, PRODUCT, ROOT, imported_modules, python_sources

FOLDER: Final = ROOT / "requirements"
LOCKS: Final = ("runtime.txt", "dev.txt")
# Imported in their own name, versioned by the package that brings them.
BROUGHT_BY: Final = {
    "markupsafe": "jinja2",
    "mode-streaming": "faust-streaming",
    "pydantic-core": "pydantic",
    "starlette": "fastapi",
}
LOCK_OF: Final = {"build.in": "runtime.txt", "runtime.in": "runtime.txt", "dev.in": "dev.txt"}


def wanted(name: str) -> list[Requirement]:
    """The requirements written by hand in a .in file."""
    lines = (line.split("#")[0].strip() for line in (FOLDER / name).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def entries(name: str) -> list[str]:
    """The entries of a lock file, each joined to one line with its hashes."""
    text = (FOLDER / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]


def pins(name: str) -> dict[str, set[str]]:
    """Package → the versions a lock file pins it to (one per platform or Python, usually one)."""
    found: dict[str, set[str]] = {}
    for entry in entries(name):
        package, version = re.split(r"==", entry.split()[0], maxsplit=1)
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


@pytest.mark.parametrize(("source", "lock"), LOCK_OF.items())
def test_every_requirement_is_answered_by_its_lock(source: str, lock: str) -> None:
    pinned = pins(lock)
    unanswered = [
        str(requirement)
        for requirement in wanted(source)
        if not (versions := pinned.get(canonicalize_name(requirement.name)))
        or not all(requirement.specifier.contains(version) for version in versions)
    ]
    assert not unanswered, f"run `make lock`: {lock} does not answer {unanswered}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_pinned_and_hashed(lock: str) -> None:
    loose = [entry[:60] for entry in entries(lock) if "==" not in entry or "--hash=sha256:" not in entry]
    assert not loose, loose


@pytest.mark.parametrize("name", [*LOCKS, *LOCK_OF])
def test_no_address_is_written_down(name: str) -> None:
    """Where packages come from is the machine's business: a mirror must work."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    found = re.findall(r"^.*(?:://|--(?:extra-)?index-url|--find-links|file:).*$", text, flags=re.MULTILINE)
    assert not found, found


def test_the_locks_agree_with_each_other() -> None:
    runtime, dev = pins("runtime.txt"), pins("dev.txt")
    differing = {name: (runtime[name], dev[name]) for name in runtime.keys() & dev.keys() if runtime[name] != dev[name]}
    assert not differing, f"run `make lock`: {differing}"


@pytest.mark.parametrize(
    ("folders", "files"),
    [(PRODUCT, ["runtime.in"]), (EVERYTHING, ["runtime.in", "dev.in"])],
    ids=["what runs", "what tests"],
)
def test_every_imported_package_is_asked_for(folders: tuple[str, ...], files: list[str]) -> None:
    """What is only by chance installed on one machine is missing on the next."""
    asked_for = {canonicalize_name(requirement.name) for name in files for requirement in wanted(name)}
    distributions = packages_distributions()
    known = {*sys.stdlib_module_names, *EVERYTHING}
    missing = [
        f"{source.name}:{line} imports {module}"
        for source in python_sources(*folders)
        for line, module in imported_modules(source)
        if (top := module.split(".")[0]) not in known
        and not asked_for & {BROUGHT_BY.get(name, name) for name in map(canonicalize_name, distributions.get(top, []))}
    ]
    assert not missing, "add these to requirements/ and run `make lock`:\n" + "\n".join(missing)
