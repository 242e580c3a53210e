"""What every connector gives and shares: the readings, the bytes of a file, versions made of content.

Nothing here knows a source; what happens to a reading is decided by ``services.importing``.
"""

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from schemas.envelope import Event
from schemas.events.registry import EventData

MAX_BYTES: Final = 512 * 1024 * 1024
"""The largest file that is read whole, after decompression."""

GZIP_MAGIC: Final = b"\x1f\x8b"
UTF8_BOM: Final = b"\xef\xbb\xbf"


class UsageError(ValueError):
    """The command asks for something that cannot be done; nothing has been read or written."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file is being read; ``records`` is how many to expect, None when only the end will tell."""

    path: Path
    records: int | None


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the source, understood: ``origin`` is file and place, ``events`` the facts it states."""

    origin: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record, or a whole file, that was not understood, with its bytes.

    ``file`` is a name without folders, since dead letters are public; ``row`` is a line or a JSON path in it.
    """

    file: str
    row: str | None
    field: str | None
    code: str
    reason: str
    original: bytes

    @property
    def origin(self) -> str:
        """File and row in one."""
        return self.file if self.row is None else f"{self.file}:{self.row}"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader of the summary should know although every record was understood."""

    file: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Watermark:
    """The source has been read completely up to a point; comes after everything it vouches for."""

    event: Event


@dataclass(frozen=True, slots=True)
class Tally:
    """What a file held, counted in the source's own terms; comes after its records."""

    file: str
    kinds: Mapping[str, int]


Reading = Opened | Record | Rejected | Notice | Watermark | Tally


class Connector(Protocol):
    """Turns files of one source into readings."""

    @property
    def source(self) -> str:
        """The source's id, such as ``/sources/kz-budget``; dead letters carry it."""
        ...

    def check(self, paths: Sequence[Path]) -> None:
        """Refuse a command that cannot work before anything is read.

        Raises: UsageError, saying what to do instead.
        """
        ...

    def read(self, path: Path) -> Iterator[Reading]:
        """The readings of one file, in its order; what cannot be read is a ``Rejected``, never an error."""
        ...


@dataclass(frozen=True, slots=True)
class Artefact:
    """One input file: its name, the digest (hex) of its bytes as stored, and its content, decompressed."""

    name: str
    sha256: str
    content: bytes


class ArtefactRejectedError(Exception):
    """A whole file cannot be read; carries the reading that says so."""

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(rejected.reason)
        self.rejected = rejected


def check_files(paths: Sequence[Path]) -> None:
    """Refuse paths that are no files.

    Raises: UsageError.
    """
    for path in paths:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name its files, such as {path}/*")
        if not path.is_file():
            raise UsageError(f"{path} does not exist; check the path")


def open_artefact(path: Path) -> Artefact:
    """Read a plain or gzip file whole; which of the two it is, its first bytes say.

    Raises: ArtefactRejectedError when it cannot be read, is damaged, or holds more than ``MAX_BYTES``.
    """
    name = path.name
    try:
        stored = path.read_bytes()
    except OSError as error:
        raise _refuse(name, "unreadable_file", f"{name} cannot be read: {error.strerror}", b"") from error
    content = _decompressed(name, stored) if stored.startswith(GZIP_MAGIC) else stored
    if len(content) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise _refuse(name, "too_large", f"{name} holds more than {limit} MiB; split it", stored)
    return Artefact(name, hashlib.sha256(stored).hexdigest(), content)


def text_of(artefact: Artefact) -> tuple[str, tuple[Notice, ...]]:
    """The content as text, with a notice when a byte order mark was taken off.

    Raises: ArtefactRejectedError naming line and byte when it is not UTF-8.
    """
    content = artefact.content
    notices: tuple[Notice, ...] = ()
    if content.startswith(UTF8_BOM):
        content = content.removeprefix(UTF8_BOM)
        notices = (Notice(artefact.name, "byte_order_mark", f"{artefact.name} starts with a byte order mark"),)
    try:
        return content.decode("utf-8"), notices
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        reason = f"{artefact.name}, line {line}, byte {column}: not UTF-8; save the file as UTF-8"
        raise _refuse(artefact.name, "invalid_utf8", reason, artefact.content, str(line)) from error


def content_version(data: EventData) -> str:
    """A version made of what a fact says: it changes when, and only when, the source says something else."""
    said = json.dumps(data.model_dump(mode="json", exclude_none=True), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _decompressed(name: str, stored: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(stored)) as unpacked:
            return unpacked.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _refuse(
            name, "invalid_gzip", f"{name} is a damaged gzip file ({error}); fetch it again", stored
        ) from error


def _refuse(name: str, code: str, reason: str, original: bytes, row: str | None = None) -> ArtefactRejectedError:
    return ArtefactRejectedError(Rejected(name, row, None, code, reason, original))
