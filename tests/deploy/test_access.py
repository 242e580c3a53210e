"""Who may do what in ClickHouse, and whether Grafana and our services come as who they should."""

import re

import pytest

from dashboards.kit.query import DATASOURCE_UID, PLUGIN_ID, PLUGIN_VERSION
from dashboards.publish import FOLDER_TITLE, FOLDER_UID
from tests.deploy.files import DATASOURCE, DEPLOY, PROVIDER, USERS, VARIABLE, compose, ours, read_yaml, xml

PASSWORD_OF = {
    "esep_owner": "ESEP_CLICKHOUSE_OWNER_PASSWORD",
    "esep_writer": "ESEP_CLICKHOUSE_WRITER_PASSWORD",
    "esep_reader": "ESEP_CLICKHOUSE_READER_PASSWORD",
    "grafana_reader": "ESEP_CLICKHOUSE_GRAFANA_PASSWORD",
}
GRANTS = {
    "esep_writer": ["GRANT SELECT, INSERT ON esep.*"],
    "esep_reader": ["GRANT SELECT ON esep.*"],
    "grafana_reader": ["GRANT SELECT ON esep.*"],
}
COMES_AS = {"migrate": "esep_owner", "sink": "esep_writer", "portal": "esep_reader", "esep": "esep_reader"}


def _text(path: str) -> str | None:
    return xml(USERS).findtext(path)


@pytest.mark.parametrize("user", PASSWORD_OF)
def test_a_password_comes_from_the_environment(user: str) -> None:
    [password] = xml(USERS).findall(f"users/{user}/password")
    assert password.attrib == {"from_env": PASSWORD_OF[user]}
    assert not password.text
    assert PASSWORD_OF[user] in compose()["services"]["clickhouse"]["environment"]


def test_there_is_nobody_else() -> None:
    users = xml(USERS).find("users")
    assert users is not None
    assert {user.tag for user in users} == {*PASSWORD_OF, "default"}


def test_the_servers_own_user_is_let_in_from_inside_only() -> None:
    addresses = {each.text for each in xml(USERS).findall("users/default/networks/ip")}
    assert addresses == {"127.0.0.1", "::1"}


@pytest.mark.parametrize("user", GRANTS)
def test_grants(user: str) -> None:
    assert [each.text for each in xml(USERS).findall(f"users/{user}/grants/query")] == GRANTS[user]


def test_readers_are_read_only() -> None:
    for user, level in (("esep_reader", "2"), ("grafana_reader", "1")):
        profile = _text(f"users/{user}/profile")
        assert _text(f"profiles/{profile}/readonly") == level


def test_grafana_may_choose_its_time_limit_and_nothing_else() -> None:
    constraints = xml(USERS).find("profiles/grafana_reader/constraints")
    assert constraints is not None
    assert [each.tag for each in constraints] == ["max_execution_time"]
    assert constraints.find("max_execution_time/changeable_in_readonly") is not None
    # clickhouse-go adds five seconds to the time-out of the data source.
    timeout_s = int(read_yaml(DATASOURCE)["datasources"][0]["jsonData"]["queryTimeout"])
    assert int(constraints.findtext("max_execution_time/max") or 0) > timeout_s + 5


@pytest.mark.parametrize("service", COMES_AS)
def test_each_service_comes_as_its_user(service: str) -> None:
    url = ours()[service]["environment"]["ESEP_CLICKHOUSE_URL"]
    user = COMES_AS[service]
    assert url.startswith(f"http://{user}:${{{PASSWORD_OF[user]}:?")
    assert url.endswith("}@clickhouse:8123/esep")


def test_nobody_else_has_a_way_into_the_warehouse() -> None:
    with_url = {name for name, each in ours().items() if "ESEP_CLICKHOUSE_URL" in each["environment"]}
    assert with_url == COMES_AS.keys()


def test_the_data_source_is_the_one_the_boards_ask() -> None:
    [source] = read_yaml(DATASOURCE)["datasources"]
    assert (source["uid"], source["type"]) == (DATASOURCE_UID, PLUGIN_ID)
    assert source["jsonData"]["username"] == "grafana_reader"
    assert source["jsonData"]["defaultDatabase"] == "esep"
    assert source["jsonData"]["host"] in compose()["services"]
    assert source["secureJsonData"] == {"password": "$ESEP_CLICKHOUSE_GRAFANA_PASSWORD"}


def test_grafana_gets_the_plugin_the_queries_are_written_for() -> None:
    environment = compose()["services"]["grafana"]["environment"]
    assert environment["GF_PLUGINS_PREINSTALL_SYNC"] == f"{PLUGIN_ID}@{PLUGIN_VERSION}"
    assert "ESEP_CLICKHOUSE_GRAFANA_PASSWORD" in environment


def test_the_boards_are_mounted_where_grafana_looks_for_them() -> None:
    [provider] = read_yaml(PROVIDER)["providers"]
    mounts = dict(reversed(volume.split(":")[:2]) for volume in compose()["services"]["grafana"]["volumes"])
    assert mounts[provider["options"]["path"]] == "../../dashboards/generated"
    assert (provider["folder"], provider["folderUid"]) == (FOLDER_TITLE, FOLDER_UID)


def test_no_file_holds_a_secret() -> None:
    """Whatever is called a password, token or secret has no value of its own."""
    named = r"(?i)(?<![/\w])\w*(?:password|secret|token|api_?key)[\w-]*"
    assigned = re.compile(named + r"[\"']?[ \t]*[:=][ \t]*[\"']?([^\s\"'<>/]+)")
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix in {".yaml", ".xml", ".example", ".py", ""}:
            text = VARIABLE.sub("$variable", path.read_text(encoding="utf-8"))
            for value in assigned.findall(text):
                assert value == "$variable" or value.startswith("$ESEP_"), f"{path.name}: {value}"
