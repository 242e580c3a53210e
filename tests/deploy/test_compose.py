"""compose.yaml: what it starts is there, what it publishes stays on this machine, and no secret stands in it."""

import importlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import COMPOSE, ENV_EXAMPLE, VARIABLE, Yaml, commands, compose, env_example, ours

COMMANDS = {
    "topics": ["topics"],
    "migrate": ["migrate"],
    "gateway": ["gateway"],
    "tracker": ["tracker"],
    "sink": ["sink"],
    "notify": ["notify"],
    "portal": ["portal"],
    "esep": ["--help"],
}
ONE_SHOT = {"topics", "migrate", "esep"}
SERVERS = {"kafka", "clickhouse", "grafana"}
SETTINGS = {
    "gateway": "GatewaySettings",
    "tracker": "TrackerSettings",
    "sink": "SinkSettings",
    "portal": "PortalSettings",
    "notify": "NotifySettings",
}


def test_it_starts_our_services_and_the_servers_they_need() -> None:
    assert ours().keys() == COMMANDS.keys()
    assert compose()["services"].keys() - ours().keys() == SERVERS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_one(name: str) -> None:
    assert ours()[name]["command"] == COMMANDS[name]
    assert name == "esep" or COMMANDS[name][0] in commands()


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_it_passes_is_known_to_the_service(name: str) -> None:
    model = getattr(importlib.import_module(f"services.{name}.settings"), SETTINGS[name])
    passed = {variable.removeprefix("ESEP_").lower() for variable in ours()[name]["environment"]}
    assert passed <= model.model_fields.keys()


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_images_are_pinned(name: str) -> None:
    image, _, tag = compose()["services"][name]["image"].partition(":")
    assert image
    assert re.match(r"\d+\.\d+", tag), tag


def test_published_ports_stay_on_this_machine() -> None:
    published = {name: each.get("ports", []) for name, each in compose()["services"].items()}
    assert {name for name, ports in published.items() if ports} == {"gateway", "portal", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_who_needs_no_log_or_no_warehouse_does_not_reach_it() -> None:
    networks = {name: set(each["networks"]) for name, each in compose()["services"].items()}
    assert {name for name, each in networks.items() if each == {"log", "warehouse"}} == {"sink", "esep"}
    assert networks["portal"] == networks["grafana"] == networks["clickhouse"] == {"warehouse"}
    assert networks["gateway"] == networks["notify"] == networks["kafka"] == {"log"}


@pytest.mark.parametrize("name", COMMANDS)
def test_our_containers_have_no_rights_they_do_not_use(name: str) -> None:
    service = ours()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_what_runs_on_has_a_health_check() -> None:
    without = {name for name, each in compose()["services"].items() if "healthcheck" not in each}
    assert without == ONE_SHOT


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - ONE_SHOT))
def test_health_is_asked_where_the_service_tells_it(name: str) -> None:
    """Ready is more than running: something has come through lately, and nothing is waited for."""
    service = ours()[name]
    environment = service["environment"]
    ports = {
        str(environment[port]) for port in ("ESEP_HEALTH_PORT", f"ESEP_{name.upper()}_PORT") if port in environment
    }
    asked = re.findall(r"http://127\.0\.0\.1:(\d+)/readyz", " ".join(service["healthcheck"]["test"]))
    assert len(asked) == 1
    assert asked[0] in ports


def test_nothing_starts_before_what_it_needs() -> None:
    services = compose()["services"]
    for name, each in services.items():
        for needed, how in each.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
            assert how == {"condition": wanted}, f"{name} needs {needed}"
    assert set(services["sink"]["depends_on"]) == {"topics", "migrate"}


def test_every_file_it_mounts_or_builds_from_exists() -> None:
    for name, each in compose()["services"].items():
        for path in _host_paths(each):
            assert (COMPOSE.parent / path).exists(), f"{name} mounts {path}"
    build = ours()["gateway"]["build"]
    context = COMPOSE.parent / build["context"]
    assert (context / build["dockerfile"]).is_file()
    assert (context / "pyproject.toml").is_file()


def test_named_volumes_are_declared() -> None:
    used = {
        volume.split(":")[0]
        for each in compose()["services"].values()
        for volume in each.get("volumes", [])
        if not volume.startswith((".", "$"))
    }
    assert used == compose()["volumes"].keys()


def _host_paths(service: Yaml) -> list[str]:
    """The files and folders of this machine a service mounts, variables at their defaults."""
    defaults = [VARIABLE.sub(lambda found: found[3], volume) for volume in service.get("volumes", [])]
    return [volume.split(":")[0] for volume in defaults if volume.startswith(".")]


def test_every_variable_is_documented_and_used() -> None:
    used = {found[0] for found in VARIABLE.findall(COMPOSE.read_text(encoding="utf-8"))}
    assert used == env_example().keys()


def test_a_secret_is_required_and_has_no_default() -> None:
    for name, operator, _ in VARIABLE.findall(COMPOSE.read_text(encoding="utf-8")):
        if "PASSWORD" in name:
            assert operator == ":?", name
            assert env_example()[name] == "", name
        else:
            assert operator == ":-", name


def test_defaults_are_those_the_example_shows() -> None:
    for name, operator, default in VARIABLE.findall(COMPOSE.read_text(encoding="utf-8")):
        if operator == ":-":
            assert env_example()[name] == default, name


@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
def test_docker_compose_reads_it(tmp_path: Path) -> None:
    """Needs the compose plugin but no engine; skipped where it is missing."""
    docker = shutil.which("docker") or ""
    if subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker has no compose plugin here")
    filled = tmp_path / "env"
    filled.write_text(re.sub(r"PASSWORD=$", "PASSWORD=x", ENV_EXAMPLE.read_text(), flags=re.MULTILINE))
    command = [docker, "compose", "--env-file", str(filled), "--file", str(COMPOSE), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
