"""The warehouse a replay writes: fresh and migrated, and marked while it is not finished.

Nothing is written here but the mark; a warehouse that holds anything else is never touched.
"""

from schemas.rows.tables import TABLES
from services.adapters.clickhouse import Warehouse, migrate
from services.replay.reading import ReplayError

_MARK = "unfinished_replay"


def prepare(target: Warehouse, *, restart: bool) -> None:
    """Make a fresh warehouse ready and mark it as unfinished.

    ``restart`` drops what an interrupted replay left, and only that.
    Raises: ReplayError when it holds anything; MigrationError, WarehouseError.
    """
    target.create_database()
    if _is_marked(target):
        if not restart:
            raise ReplayError(
                f"a replay into {target.database} was interrupted and what lies there is incomplete; "
                "add --restart to drop it and begin anew"
            )
        target.command(f"DROP DATABASE `{target.database}`")
    migrate(target)
    for table in TABLES:
        rows = target.scalar(f"SELECT count() FROM {table}")  # noqa: S608  # names of our own
        if rows:
            raise ReplayError(
                f"{target.database} is not empty ({rows:,} rows in {table}); a replay writes only into a fresh database: "
                "name one that does not exist yet"
            )
    target.command(f"CREATE TABLE {_MARK} (begun_at DateTime) ENGINE = MergeTree ORDER BY begun_at")


def finish(target: Warehouse) -> None:
    """Take the mark away: it is whole.

    Raises: WarehouseError.
    """
    target.command(f"DROP TABLE {_MARK}")


def _is_marked(target: Warehouse) -> bool:
    sql = "SELECT count() FROM system.tables WHERE database = {database:String} AND name = {name:String}"
    return bool(target.scalar(sql, {"database": target.database, "name": _MARK}))
