"""The warehouse over ClickHouse's HTTP protocol: connect, query, insert with a deduplication token, migrate.

What tables and views mean is in ``schemas/rows`` and ``schemas/warehouse``; no reader's SQL is written here.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from io import RawIOBase
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, Error
from urllib3.exceptions import HTTPError

from schemas.rows.tables import Row
from services.adapters.calendar_days import TABLE as CALENDAR_DAYS
from services.adapters.calendar_days import CalendarDay, days_of, insert_of
from services.adapters.config import ConfigError
from services.adapters.rulebook import load_rulebook

CONNECT_TIMEOUT_S = 5
ANSWER_TIMEOUT_S = 60
LONGEST_BACKOFF_S = 15.0

# Errors that pass by themselves: time-outs, memory, too many parts or queries, read-only or lost replicas.
_PASSING_CODES = frozenset({159, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 285, 319, 364, 394, 999})
# No such table, no such database.
_NOT_THERE_CODES = frozenset({60, 81})

_LEDGER = """
CREATE TABLE IF NOT EXISTS migrations
(name String, sha256 String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ReplacingMergeTree ORDER BY name
COMMENT 'Migrations applied to this database: file name, sha256 (hex) of its text, and when (UTC).'
"""


class WarehouseError(Exception):
    """The warehouse did not do what it was asked; the message carries no secret."""


class WarehouseUnavailableError(WarehouseError):
    """It cannot be reached or is overloaded; the same request may succeed later."""


class WarehouseRefusedError(WarehouseError):
    """It understood and refused: the request is wrong. ``code`` is ClickHouse's error code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class MigrationError(WarehouseError):
    """The migrations applied to a database and those of this release do not fit."""


def backoff_s(failures: int) -> float:
    """How long to wait after this many failures in a row: doubling from 0.25 s to ``LONGEST_BACKOFF_S``."""
    return min(LONGEST_BACKOFF_S, 0.25 * 2.0 ** min(max(failures - 1, 0), 16))


class Warehouse:
    """One connection. Threads may share it while none of them streams; a streaming thread takes its own."""

    def __init__(self, client: Client, database: str) -> None:
        """Wrap a connected client; ``connect`` makes both."""
        self._client = client
        self.database = database

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The result as one dict per row; instants are aware UTC datetimes, money is Decimal.

        ``parameters`` fill ``{name:Type}`` placeholders on the server, so no value is ever pasted into SQL.
        Raises: WarehouseUnavailableError, WarehouseRefusedError.
        """
        with _readable_errors():
            return list(self._client.query(sql, parameters=dict(parameters or {})).named_results())

    def scalar(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401  # any column type
        """The first value of the first row; None when there is no row.

        Raises: WarehouseUnavailableError, WarehouseRefusedError.
        """
        with _readable_errors():
            found = self._client.query(sql, parameters=dict(parameters or {})).first_row
        return found[0] if found else None

    def stream(self, sql: str, fmt: str, parameters: Mapping[str, Any] | None = None) -> Iterator[bytes]:
        """The result in a ClickHouse output format (``CSVWithNames``, ``JSONEachRow``, …), piece by piece.

        Raises: WarehouseUnavailableError, WarehouseRefusedError, also between pieces.
        """
        with _readable_errors():
            answer = self._client.raw_stream(sql, parameters=dict(parameters or {}), fmt=fmt)
            with closing(cast(RawIOBase, answer)) as source:
                while piece := source.read(64 * 1024):
                    yield piece

    def command(self, sql: str) -> None:
        """Run one statement that returns nothing.

        Raises: WarehouseUnavailableError, WarehouseRefusedError.
        """
        with _readable_errors():
            self._client.command(sql)

    def create_database(self) -> None:
        """Create the database the URL names, unless it is there.

        Raises: WarehouseUnavailableError, WarehouseRefusedError.
        """
        with _readable_errors():
            self._client.command(f"CREATE DATABASE IF NOT EXISTS `{self.database}`", use_database=False)

    def insert(self, rows: Sequence[Row], token: str) -> None:
        """Insert rows of one table as one block; the same token again inserts nothing.

        Returns only when the rows are stored: asynchronous inserts are switched off.
        Raises: WarehouseUnavailableError, WarehouseRefusedError; repeat the block then, some may be stored.
        """
        if not rows:
            return
        model = type(rows[0])
        with _readable_errors():
            self._client.insert(
                model.table,
                list(zip(*(row.values() for row in rows), strict=True)),
                column_names=list(model.columns()),
                column_type_names=list(model.column_types().values()),
                column_oriented=True,
                settings={"insert_deduplication_token": token, "insert_deduplicate": 1, "async_insert": 0},
            )

    def close(self) -> None:
        """Release the connection."""
        self._client.close()


def connect(url: str, *, read_only: bool = False) -> Warehouse:
    """Connect to ``http(s)://user:password@host:port/database``; the database need not exist yet.

    ``read_only`` refuses every change, whatever the user may do.
    Raises: ConfigError (unusable URL), WarehouseUnavailableError, WarehouseRefusedError (wrong password).
    """
    parts = urlsplit(url)
    database = unquote(parts.path.strip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or not database.isidentifier():
        raise ConfigError("ESEP_CLICKHOUSE_URL must look like http://user:password@host:8123/esep")
    with _readable_errors():
        client = clickhouse_connect.get_client(
            interface=parts.scheme,
            host=parts.hostname,
            port=parts.port or (8443 if parts.scheme == "https" else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=ANSWER_TIMEOUT_S,
            query_retries=0,
            # A session would make concurrent queries of one connection fail.
            autogenerate_session_id=False,
            tz_mode="aware",
            settings={"readonly": 2} if read_only else None,
        )
    # Set afterwards: the greeting of a new connection fails in a database that does not exist yet.
    client.database = database
    return Warehouse(client, database)


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One file of ``schemas/warehouse``: statements end in a semicolon at the end of a line."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Digest (hex) of the text, the same whatever the line ends are."""
        return hashlib.sha256("\n".join(self.text.splitlines()).encode()).hexdigest()

    def statements(self) -> list[str]:
        """The statements of the file, comments included, in order."""
        pieces = ("\n".join(self.text.splitlines()) + "\n").split(";\n")
        return [piece.strip().removesuffix(";") for piece in pieces if _has_code(piece)]


def migrate(warehouse: Warehouse) -> list[str]:
    """Bring a database to this release: create it, apply migrations not yet applied, re-create views, write calendars.

    Returns the names of the migrations applied now. Running it again, or twice at once, changes nothing.
    Raises: MigrationError when an applied migration was changed or is unknown here; WarehouseError.
    """
    warehouse.create_database()
    warehouse.command(_LEDGER)
    pending = pending_migrations(warehouse)
    for migration in pending:
        _run(warehouse, migration)
        record = "INSERT INTO migrations (name, sha256) VALUES ('{}', '{}')"
        warehouse.command(record.format(migration.name, migration.sha256))
    for view in sql_files("views"):
        _run(warehouse, view)
    _write_calendars(warehouse)
    return [migration.name for migration in pending]


def _write_calendars(warehouse: Warehouse) -> None:
    """Write the calendars of this release whose days are not stored as it has them."""
    stored: dict[str, list[CalendarDay]] = {}
    for row in warehouse.rows(f"SELECT calendar, day, working, name FROM {CALENDAR_DAYS} FINAL ORDER BY calendar, day"):  # noqa: S608
        stored.setdefault(row["calendar"], []).append(CalendarDay(row["day"], row["working"], row["name"]))
    for calendar in load_rulebook().calendars.values():
        days = days_of(calendar)
        if days and stored.get(calendar.id) != days:
            warehouse.command(insert_of(calendar.id, days))


def pending_migrations(warehouse: Warehouse) -> list[SqlFile]:
    """The migrations of this release that were not applied yet, in order; all when there is no ledger.

    Raises: MigrationError when an applied migration was changed or is unknown here; WarehouseError.
    """
    applied = _ledger(warehouse)
    ours = sql_files("migrations")
    unknown = sorted(applied.keys() - {migration.name for migration in ours})
    if unknown:
        raise MigrationError(f"{unknown[0]} was applied by a newer release of Esep; start that release")
    for migration in ours:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationError(
                f"{migration.name} was changed after it had been applied; "
                "restore it and put the change into a new migration"
            )
    return [migration for migration in ours if migration.name not in applied]


def _ledger(warehouse: Warehouse) -> dict[str, str]:
    try:
        entries = warehouse.rows("SELECT name, sha256 FROM migrations FINAL")
    except WarehouseRefusedError as error:
        if error.code in _NOT_THERE_CODES:
            return {}
        raise
    return {entry["name"]: entry["sha256"] for entry in entries}


def sql_files(folder: str) -> list[SqlFile]:
    """The files of ``migrations`` or ``views``, in the order in which they must run: by name."""
    found = files("schemas.warehouse").joinpath(folder).iterdir()
    texts = {file.name: file.read_text(encoding="utf-8") for file in found if file.name.endswith(".sql")}
    return [SqlFile(name, texts[name]) for name in sorted(texts)]


def _run(warehouse: Warehouse, file: SqlFile) -> None:
    for statement in file.statements():
        try:
            warehouse.command(statement)
        except WarehouseRefusedError as error:
            raise MigrationError(f"{file.name}: {error}") from error


def _has_code(piece: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("--") for line in piece.splitlines())


@contextmanager
def _readable_errors() -> Iterator[None]:
    try:
        yield
    except (ClickHouseError, HTTPError, OSError) as error:
        told = (str(error).strip() or type(error).__name__).splitlines()[0][:500]
        code = error.code if isinstance(error, Error) else None
        if code is None or code in _PASSING_CODES:
            raise WarehouseUnavailableError(f"the warehouse is not available: {told}") from error
        raise WarehouseRefusedError(f"the warehouse refused: {told}", code) from error
