"""Starting and stopping Apache Kafka on this machine: twice is once, a restart keeps the log, what is missing is named."""

import re
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from kafka import KafkaAdminClient

from schemas.topics import TOPICS
from services.adapters.kafka import ensure_topics
from tests.kafka.__main__ import main
from tests.kafka.artifacts import HASHES, POM, JarsMissing, found, jars, pinned
from tests.kafka.fixtures import ROOT
from tests.kafka.server import AS_DEPLOYED, ApacheKafka, ServerFailed, find_java
from tests.ports import free_port


@pytest.mark.needs_java
def test_it_starts_once_answers_where_it_says_and_keeps_its_log(apache_jars: Path, tmp_path: Path) -> None:
    (tmp_path / "lib").symlink_to(apache_jars.resolve(), target_is_directory=True)
    try:
        [first, second] = [command("start", tmp_path).stdout.strip() for _ in range(2)]
        assert first == second == (tmp_path / "bootstrap").read_text(encoding="ascii").strip()
        assert sorted(ensure_topics(first)) == sorted(TOPICS)
        elsewhere = command("start", tmp_path, "--port", str(free_port()))
        assert (elsewhere.returncode, f"it runs on {first} already" in elsewhere.stderr) == (1, True)

        assert [command("stop", tmp_path).stdout for _ in range(2)] == ["stopped\n", "it was not running\n"]
        assert command("start", tmp_path).stdout.strip() == first
        with closing(KafkaAdminClient(bootstrap_servers=first)) as admin:
            assert set(TOPICS) <= set(admin.list_topics())
    finally:
        command("stop", tmp_path)


@pytest.mark.needs_java
def test_a_port_that_is_taken_is_named(apache_jars: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(ServerFailed, match=f"127.0.0.1:{port} cannot be had"):
            ApacheKafka(tmp_path, apache_jars, port).start()


def test_without_java_or_maven_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["start", "--folder", str(tmp_path / "home")]) == 1
    assert "Java is not installed (apt-get install default-jre-headless)" in capsys.readouterr().err
    with pytest.raises(JarsMissing, match=r"Maven is not installed \(apt-get install maven\)"):
        jars(tmp_path / "home")


def test_a_java_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "java", """echo 'openjdk version "11.0.2" 2019-01-15' >&2""")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerFailed, match=r"Java 17 or newer .*11\.0\.2"):
        find_java()


def test_a_maven_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "mvn", "echo 'Unknown host'; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(JarsMissing, match="Unknown host"):
        jars(tmp_path / "home")


def test_a_jar_that_is_not_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_jar(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        folder = Path(command[-1].partition("=")[2])
        folder.mkdir(parents=True)
        (folder / "kafka-clients-4.4.0.jar").write_bytes(b"something else")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", other_jar)
    monkeypatch.setattr(shutil, "which", lambda _: "mvn")
    with pytest.raises(JarsMissing, match=rf"not the ones of {HASHES.name}: .*kafka-clients-4\.4\.0\.jar"):
        jars(tmp_path)
    assert found(tmp_path / "lib") == {}


def test_what_maven_is_asked_for_is_what_is_pinned() -> None:
    text = POM.read_text(encoding="utf-8")
    asked = re.findall(
        r"<dependency>\s*<groupId>[^<]+</groupId>\s*<artifactId>([^<]+)<.*?<version>([^<]+)<", text, re.S
    )
    assert len(asked) == text.count("<dependency>")
    assert {f"{name}-{version}.jar" for name, version in asked} <= set(pinned())


def test_it_is_set_as_the_deployed_one() -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    deployed = compose["services"]["kafka"]["environment"]
    assert {name: str(deployed["KAFKA_" + name.replace(".", "_").upper()]) for name in AS_DEPLOYED} == AS_DEPLOYED


def command(what: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """What the Makefile runs, on a folder of our own."""
    line = [sys.executable, "-m", "tests.kafka", what, "--folder", str(folder), *more]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False)


def script(path: Path, body: str) -> None:
    """A program that is not what it is called."""
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
