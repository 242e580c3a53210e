"""The ClickHouse engine inside this process: one chDB engine over one folder, many calls at a time.

Every call gets a handle of its own, with its own database and settings, so nothing of one request is left for the
next. HTTP, accounts and what may be asked are not known here.
"""

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any, Final, Protocol, cast

from services.embedded.warehouse.errors import (
    BAD_ARGUMENTS,
    NO_DATA_TO_INSERT,
    WarehouseRefusal,
    refusal_of,
)
from services.embedded.warehouse.statement import InlineInsert

# Small inserts of many clients would wait for each other, and a batch writer wants its rows stored on return.
ENGINE_DEFAULTS: Final[Mapping[str, str]] = {"async_insert": "0"}
# Each piece of a stream repeats what the format writes first: nothing, or (per format) the line of names.
_NAMES_LINE: Final[Mapping[str, re.Pattern[bytes] | None]] = {
    **dict.fromkeys(("Native", "RowBinary", "TabSeparated", "TSV", "CSV", "JSONEachRow", "JSONLines", "NDJSON")),
    "CSVWithNames": re.compile(rb'(?:"(?:[^"]|"")*"[,\n])+?(?<=\n)|[^\n]*\n'),
    "TabSeparatedWithNames": re.compile(rb"[^\n]*\n"),
    "TSVWithNames": re.compile(rb"[^\n]*\n"),
}
_NOT_STREAMED: Final = "Streaming query is not supported"


class EngineNotOpened(RuntimeError):
    """The folder could not be opened; the message names it and says what to do."""


class _Result(Protocol):
    def bytes(self) -> bytes: ...

    def rows_read(self) -> int: ...

    def bytes_read(self) -> int: ...

    def storage_rows_read(self) -> int: ...

    def storage_bytes_read(self) -> int: ...


class _Handle(Protocol):
    def query(self, query: str | bytes, format: str = ..., params: Mapping[str, str] = ...) -> _Result: ...

    def send_query(
        self, query: str | bytes, format: str = ..., params: Mapping[str, str] = ...
    ) -> Iterator[_Result]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Question:
    """One statement and the circumstances in which it runs. ``output_format`` holds unless the SQL names another."""

    sql: bytes
    output_format: str = "TabSeparated"
    database: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of the output format, and what it took."""

    body: bytes
    read_rows: int = 0
    read_bytes: int = 0
    result_rows: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_ns: int = 0


class Engine:
    """The engine over one folder. Every method may be called from many threads at once, except ``close``."""

    def __init__(self, folder: Path) -> None:
        """Open or create the store in ``folder``; one process at a time may hold it.

        Raises: EngineNotOpened, also when another process holds the folder.
        """
        self._folder = folder.resolve()
        self._uploads = self._folder / "uploads"
        # One handle stays open: without any the engine would shut down between two requests.
        self._chdb, self._keeper = _open(self._folder)
        self._faults = (RuntimeError, self._chdb.ChdbError)
        rmtree(self._uploads, ignore_errors=True)
        self._uploads.mkdir()
        ((self.version, zone),) = self._rows("SELECT version(), timezone()")
        if zone != "UTC":
            self.close()
            raise EngineNotOpened(f"the engine runs in the time zone {zone}; start the process with TZ=UTC")

    def table_functions(self) -> list[str]:
        """Names of the engine's table functions."""
        return [name for (name,) in self._rows("SELECT name FROM system.table_functions")]

    def run(self, question: Question) -> Answer:
        """Run one statement and return its whole result.

        Raises: WarehouseRefusal with the engine's code and text.
        """
        started = time.perf_counter_ns()
        with self._handle(question) as handle:
            result = handle.query(question.sql, question.output_format, dict(question.parameters))
            return Answer(
                body=result.bytes() or b"",
                read_rows=result.storage_rows_read(),
                read_bytes=result.storage_bytes_read(),
                result_rows=result.rows_read(),
                elapsed_ns=time.perf_counter_ns() - started,
            )

    def insert(self, question: Question, insert: InlineInsert) -> Answer:
        """Insert rows given in one of ClickHouse's input formats; they are stored when this returns.

        Raises: WarehouseRefusal; of an insert into several partitions a part may be stored then.
        """
        if not insert.data.strip(b" \t\r\n;"):
            raise WarehouseRefusal(NO_DATA_TO_INSERT, "No data to insert.")
        started = time.perf_counter_ns()
        # The engine reads data of a statement only as text up to an empty line; from a file it takes any bytes.
        with tempfile.NamedTemporaryFile(dir=self._uploads) as upload, self._handle(question) as handle:
            upload.write(insert.data)
            upload.flush()
            source = b" FROM INFILE %s " % _quoted(upload.name).encode()
            sql = insert.head + source + insert.settings + b" FORMAT " + insert.data_format.encode()
            result = handle.query(sql, "TabSeparated", dict(question.parameters))
            return Answer(
                body=b"",
                written_rows=result.rows_read(),
                written_bytes=result.bytes_read(),
                elapsed_ns=time.perf_counter_ns() - started,
            )

    def stream(self, question: Question) -> Generator[bytes]:
        """Run one query and yield its result piece by piece, as far as the output format allows it.

        Closing the iterator early stops the query.
        Raises: WarehouseRefusal, also between pieces.
        """
        if question.output_format not in _NAMES_LINE:
            yield self.run(question).body
            return
        names_line, names = _NAMES_LINE[question.output_format], b""
        with self._handle(question) as handle:
            try:
                for result in handle.send_query(question.sql, question.output_format, dict(question.parameters)):
                    piece = result.bytes()
                    if names and piece.startswith(names):
                        piece = piece[len(names) :]
                    elif names_line is not None and not names:
                        found = names_line.match(piece)
                        names = found.group() if found else b""
                    yield piece
            except self._faults as error:
                if _NOT_STREAMED not in str(error):
                    raise
                yield self.run(question).body
                return
        if names_line is not None and not names:
            # A stream without rows has no pieces, and so no line of names.
            yield self.run(question).body

    def cancel_everything(self) -> None:
        """Ask every running query to stop; inserts that are being written finish."""
        self.run(Question(b"KILL QUERY WHERE query_id != queryID() ASYNC"))

    def close(self) -> None:
        """Shut the engine down and release the folder. Calls must not be running."""
        self._keeper.close()

    def _rows(self, sql: str) -> list[list[str]]:
        text = self.run(Question(sql.encode())).body.decode()
        return [line.split("\t") for line in text.splitlines()]

    @contextmanager
    def _handle(self, question: Question) -> Iterator[_Handle]:
        """A fresh handle in the question's database, under its settings; closed afterwards."""
        handle = cast(_Handle, self._chdb.connect(str(self._folder)))
        try:
            if question.database is not None:
                handle.query(f"USE `{_escaped(question.database, '`')}`")
            settings = {**ENGINE_DEFAULTS, **question.settings}
            handle.query("SET " + ", ".join(f"{_setting(name)} = {_quoted(value)}" for name, value in settings.items()))
            yield handle
        except self._faults as error:
            raise refusal_of(str(error)) from error
        finally:
            handle.close()


def _open(folder: Path) -> tuple[Any, _Handle]:
    """The chDB module and the first handle on ``folder``."""
    # chDB takes the zone of the process when it is loaded, so this comes first.
    os.putenv("TZ", "UTC")
    time.tzset()
    import chdb

    if "?" in str(folder):
        raise EngineNotOpened(f"{folder}: a warehouse folder must not have a ? in its name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return chdb, cast(_Handle, chdb.connect(str(folder)))
    except OSError as error:
        raise EngineNotOpened(f"{folder}: cannot be used as the warehouse folder: {error.strerror}") from error
    except RuntimeError as error:
        raise EngineNotOpened(_why_not(folder, error)) from error


def _why_not(folder: Path, error: RuntimeError) -> str:
    """chDB says the same for every cause; who holds the folder stands in its status file."""
    status = folder / "status"
    if not _is_locked(status):
        return f"{folder}: ClickHouse could not open this folder; its own message is above ({error})"
    owner = re.search(r"PID: (\d+)", status.read_text(encoding="utf-8", errors="replace"))
    who = f"process {owner.group(1)}" if owner else "another process"
    return f"{folder}: this warehouse folder is already open in {who}; stop that one first, or use another folder"


def _is_locked(status: Path) -> bool:
    try:
        with status.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _setting(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise WarehouseRefusal(BAD_ARGUMENTS, f"{name!r} cannot be the name of a setting.")
    return name


def _quoted(text: str) -> str:
    return f"'{_escaped(text, chr(39))}'"


def _escaped(text: str, quote: str) -> str:
    return text.replace("\\", "\\\\").replace(quote, "\\" + quote)
