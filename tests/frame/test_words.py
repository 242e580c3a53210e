"""What the project's text must not carry: paths of one machine, and addresses of package registries."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.frame.tree import ROOT, files_below

# Assembled, so that this file does not contain what it looks for.
REGISTRIES: Final = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
    )
)
# This checkout and this person's home, unless that is a place as common as /app in a container.
HERE: Final = [re.escape(str(place)) for place in (ROOT, Path.home()) if len(place.parts) > 2]
PRIVATE: Final = [*HERE, "/work(?=/)", "/root(?=/)", r"/(?:home|Users)/[a-z]\w+(?=/)"]
PRIVATE_PATH: Final = re.compile(rf"(?<![\w.}}~-])(?:{'|'.join(PRIVATE)})(?![\w-])")


def findings(text: str) -> list[str]:
    """The forbidden words of a text, as `line: word`."""
    found: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        found += [f"{number}: {word}" for word in REGISTRIES if word in line]
        found += [f"{number}: {match.group()}" for match in PRIVATE_PATH.finditer(line)]
    return found


def readable(path: Path) -> str:
    """The text of a file; a binary file has none."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")


def test_no_machine_and_no_registry_is_named() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{finding}"
        for path in files_below(ROOT)
        for finding in findings(readable(path))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        f"see https://{REGISTRIES[0]}/x",
        "open('" + "/work" + "/main/a.csv')",
        "HOME=" + "/root" + "/.cache",
        "# see " + "/home" + "/ada/notes",
    ],
)
def test_a_forbidden_word_is_found(text: str) -> None:
    (finding,) = findings(f"first line\n{text}\n")
    assert finding.startswith("2: ")


def test_what_only_looks_like_a_path_is_spared() -> None:
    assert findings("https://example.org" + "/work" + "/plan and ${HOME}" + "/root" + "/x and framework/main") == []
