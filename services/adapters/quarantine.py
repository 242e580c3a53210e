"""Originals too large for a dead letter, whole, one file each: ``<data>/quarantine/<sha256>``.

Readable by the operator's account only, written durably, bounded in sum. What an original means is not known here.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

FOLDER: Final = "quarantine"
_LOCK: Final = ".lock"

_log = structlog.get_logger(__name__)


class Quarantine:
    """The quarantined originals of one data folder, shared by the programs that use it."""

    def __init__(self, data: Path, limit_bytes: int) -> None:
        """``limit_bytes`` bounds the sum of all files; nothing is created before the first original comes."""
        self._folder = data / FOLDER
        self._limit_bytes = limit_bytes

    def keep(self, raw: bytes, sha256: str) -> str | None:
        """Keep an original, on disk when it returns; the same again changes nothing. A refusal is returned in words."""
        try:
            with self._locked():
                return self._keep(raw, sha256)
        except OSError as error:
            _log.error("an original could not be quarantined", sha256=sha256, reason=error.strerror)
            return f"its disk refused ({error.strerror})"

    def find(self, sha256: str) -> Path | None:
        """The file of an original, when it is here."""
        path = self._folder / sha256
        return path if path.is_file() else None

    def read(self, sha256: str) -> bytes | None:
        """A whole original; None when it is not here, or not what its name says.

        Raises: OSError when it cannot be read.
        """
        path = self.find(sha256)
        raw = None if path is None else path.read_bytes()
        return raw if raw is not None and hashlib.sha256(raw).hexdigest() == sha256 else None

    def _keep(self, raw: bytes, sha256: str) -> str | None:
        path = self._folder / sha256
        if path.exists() and path.stat().st_size == len(raw):
            return None
        for left in self._folder.glob("*.part"):
            # Of a process that was killed, since the lock is ours.
            left.unlink()
        held = sum(each.stat().st_size for each in self._folder.iterdir())
        if held + len(raw) > self._limit_bytes:
            _log.error("quarantine is full", sha256=sha256, held_bytes=held, limit_bytes=self._limit_bytes)
            return f"quarantine is full ({held} of {self._limit_bytes} bytes; ESEP_QUARANTINE_BYTES)"
        draft = path.with_suffix(".part")
        try:
            _write(draft, raw)
            draft.replace(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        _sync(self._folder)
        return None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _write(path: Path, raw: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
