"""The jars of Apache Kafka: fetched by Maven as ``pom.xml`` asks, kept only when every one has the hash of ``jars.sha256``.

Where Maven fetches from is its own settings' business; how the broker is run is ``server``'s.
"""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

POM: Final = Path(__file__).with_name("pom.xml")
HASHES: Final = Path(__file__).with_name("jars.sha256")
FETCH_S: Final = 300.0
INSTALL_MAVEN: Final = "apt-get install maven"


class JarsMissing(Exception):
    """The jars could not be had; the message says why and what to do."""


def jars(folder: Path) -> Path:
    """The folder of the jars below ``folder``, fetched first when they are not there or not the pinned ones.

    Several processes may ask at the same time: one fetches, the others wait.
    Raises: JarsMissing.
    """
    lib = folder / "lib"
    with _alone(folder):
        if found(lib) != pinned():
            _fetch(lib)
    return lib


def pinned() -> dict[str, str]:
    """File name → SHA-256 of every jar, as written down."""
    lines = (line.split() for line in HASHES.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, name in lines}


def found(lib: Path) -> dict[str, str]:
    """File name → SHA-256 of every jar in a folder; a missing folder holds none."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(lib.glob("*.jar"))}


def _fetch(lib: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise JarsMissing(f"Maven is not installed ({INSTALL_MAVEN}); it fetches Apache Kafka")
    draft = lib.with_name("lib.part")
    shutil.rmtree(draft, ignore_errors=True)
    command = [maven, "--batch-mode", "--quiet", "--strict-checksums", "--file", str(POM)]
    command += ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={draft.resolve()}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise JarsMissing(f"Maven did not fetch Apache Kafka within {FETCH_S:.0f} s; check the network") from late
    if done.returncode != 0:
        raise JarsMissing(f"Maven could not fetch Apache Kafka; check the network:\n{done.stdout[-2000:]}")
    _refuse_other_jars(found(draft))
    shutil.rmtree(lib, ignore_errors=True)
    draft.replace(lib)


def _refuse_other_jars(fetched: dict[str, str]) -> None:
    differing = sorted(name for name, _ in fetched.items() ^ pinned().items())
    if differing:
        raise JarsMissing(f"fetched jars are not the ones of {HASHES.name}: {', '.join(dict.fromkeys(differing))}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
