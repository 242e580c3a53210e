"""Migrations: forward only, repeatable, and never changed after the fact."""

import pytest

from services.adapters import clickhouse
from services.adapters.clickhouse import MigrationError, SqlFile, Warehouse, migrate, pending_migrations, sql_files
from tests.sql.samples import insert, obligation


def with_files(monkeypatch: pytest.MonkeyPatch, migrations: list[SqlFile]) -> None:
    """Let the release have these migrations and no views."""
    monkeypatch.setattr(clickhouse, "sql_files", lambda folder: migrations if folder == "migrations" else [])


def test_a_fresh_database_gets_every_migration_once(empty: Warehouse) -> None:
    names = [migration.name for migration in sql_files("migrations")]
    assert [migration.name for migration in pending_migrations(empty)] == names
    assert migrate(empty) == names
    assert migrate(empty) == []
    assert pending_migrations(empty) == []
    ledger = empty.rows("SELECT name, sha256 FROM migrations FINAL ORDER BY name")
    assert ledger == [{"name": each.name, "sha256": each.sha256} for each in sql_files("migrations")]


def test_migrating_again_keeps_what_is_stored(warehouse: Warehouse) -> None:
    query = "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    insert(warehouse, [obligation(1)], "before")
    before = warehouse.rows(query)
    migrate(warehouse)
    assert warehouse.rows(query) == before
    assert warehouse.scalar("SELECT count() FROM obligations") == 1


def test_a_migration_that_stopped_half_way_is_finished(empty: Warehouse) -> None:
    first = sql_files("migrations")[0]
    empty.create_database()
    for statement in first.statements()[:3]:
        empty.command(statement)
    assert first.name in migrate(empty)


def test_a_changed_migration_is_refused_by_name(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = sql_files("migrations")
    with_files(monkeypatch, [SqlFile(first.name, first.text + "\n-- an afterthought\n"), *rest])
    with pytest.raises(MigrationError, match=f"{first.name} was changed after it had been applied"):
        migrate(warehouse)


def test_a_migration_of_a_newer_release_is_refused(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    with_files(monkeypatch, [])
    with pytest.raises(MigrationError, match="applied by a newer release"):
        migrate(warehouse)


def test_line_ends_do_not_change_a_migration() -> None:
    first = sql_files("migrations")[0]
    assert SqlFile(first.name, first.text.replace("\n", "\r\n")).sha256 == first.sha256


def test_a_broken_migration_is_named_and_not_recorded(empty: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    with_files(monkeypatch, [SqlFile("0001_broken.sql", "CREATE TABLE broken (a NoSuchType) ENGINE = Memory;\n")])
    with pytest.raises(MigrationError, match=r"0001_broken\.sql"):
        migrate(empty)
    assert [migration.name for migration in pending_migrations(empty)] == ["0001_broken.sql"]
