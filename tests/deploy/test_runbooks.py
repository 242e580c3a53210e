"""The runbooks: commands exist, links lead somewhere, and the queries in them run."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from services.adapters.clickhouse import Warehouse, connect, migrate
from tests.deploy.files import DEPLOY, commands, compose
from tests.homes import running_warehouse

PAGES = sorted(DEPLOY.rglob("*.md"))
TEXT = {page.name if page.parent.name == "runbooks" else "README": page.read_text() for page in PAGES}
QUERIES = [sql for text in TEXT.values() for sql in re.findall(r'esep query "(SELECT[^"]+)"', text)]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """An empty, migrated warehouse."""
    with (
        running_warehouse(tmp_path_factory.mktemp("warehouse")) as url,
        closing(connect(f"{url}/esep")) as connection,
    ):
        migrate(connection)
        yield connection


def test_every_command_they_name_is_one() -> None:
    known = commands()
    for name, text in TEXT.items():
        for said in re.findall(r"(?:`|esep |^)esep ([a-z]+(?:-[a-z]+)*(?: [a-z]+(?:-[a-z]+)*)?)", text, re.MULTILINE):
            assert said in known or said.split()[0] in known, f"{name}: esep {said}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_containers_they_speak_to_are_in_compose() -> None:
    known = compose()["services"].keys()
    for name, text in TEXT.items():
        for said in re.findall(r"docker compose (?:exec|logs|cp) ([a-z]+)", text):
            assert said in known, f"{name}: {said}"
        for several in re.findall(r"docker compose (?:stop|up --detach) ([a-z ]+?)(?=[`,\n])", text):
            assert set(several.split()) <= known, f"{name}: {several}"


def test_there_are_queries() -> None:
    assert len(QUERIES) >= 5


@pytest.mark.parametrize("sql", QUERIES)
def test_every_query_runs(sql: str, warehouse: Warehouse) -> None:
    warehouse.rows(sql)
