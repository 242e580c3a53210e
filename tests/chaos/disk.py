"""A disk of its own for a stack's data, small enough to be filled: an image of a file system, mounted while it is needed.

Mounting needs root; where it is not allowed the data lie in a plain folder and the disk cannot be filled.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024
LEFT_BYTES: Final = 64 * 1024
BALLAST: Final = "ballast"


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted folder that can be filled."""

    folder: Path

    def fill(self) -> int:
        """Leave next to nothing free; how many bytes that took."""
        found = os.statvfs(self.folder)
        size = max(0, found.f_bavail * found.f_frsize - LEFT_BYTES)
        with (self.folder / BALLAST).open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, size))
        return size

    def free(self) -> None:
        """Take the ballast away."""
        (self.folder / BALLAST).unlink(missing_ok=True)


@contextmanager
def mounted_disk(folder: Path, size_mib: int) -> Iterator[Disk | None]:
    """A disk of its own under ``folder``; None where mounting is not allowed. What it holds stays in ``<folder>.img``."""
    folder.mkdir(parents=True, exist_ok=True)
    image = folder.with_suffix(".img")
    if not image.exists():
        with image.open("wb") as file:
            file.truncate(size_mib * MIB)
        if _fails("mkfs.ext4", "-q", "-F", "-m", "0", str(image)):
            image.unlink()
    if not os.path.ismount(folder) and (not image.exists() or _fails("mount", "-o", "loop", str(image), str(folder))):
        image.unlink(missing_ok=True)
        yield None
        return
    disk = Disk(folder)
    disk.free()
    try:
        yield disk
    finally:
        _fails("umount", "--lazy", str(folder))


def _fails(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode != 0
    except FileNotFoundError:
        return True
