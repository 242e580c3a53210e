"""What ``schemas/generated`` holds is what the contracts say now, and every reference in it leads somewhere.

A red test here means: run ``make schemas`` and look at the difference before committing it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.events.registry import event_types
from schemas.generate import GENERATED, asyncapi, documents, main, stale, write
from schemas.topics import TOPICS, undeclared_families


def references(document: object) -> Iterator[str]:
    """Every ``$ref`` anywhere in a JSON document."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(document, list):
        for value in document:
            yield from references(value)


def resolve(document: Any, pointer: str) -> Any:
    """What an internal reference points to; KeyError when it leads nowhere."""
    for step in pointer.removeprefix("#/").split("/"):
        document = document[step]
    return document


def test_the_committed_documents_are_current() -> None:
    assert stale(GENERATED) == []


def test_generating_twice_gives_the_same_text() -> None:
    assert documents() == documents()


def test_every_event_type_has_a_schema() -> None:
    assert documents().keys() == {f"jsonschema/{name}.json" for name in event_types()} | {"asyncapi.json"}


def test_every_message_travels_in_exactly_one_channel() -> None:
    assert undeclared_families() == set()
    carried = [name for channel in asyncapi()["channels"].values() for name in channel["messages"]]
    assert sorted(carried) == sorted(event_types())


def test_every_topic_has_a_writer_and_a_reader() -> None:
    operations = asyncapi()["operations"].values()
    for name in TOPICS:
        channel = {"$ref": f"#/channels/{name}"}
        actions = {operation["action"] for operation in operations if operation["channel"] == channel}
        assert actions == {"send", "receive"}, name


def test_references_lead_somewhere() -> None:
    files = documents()
    for name, text in files.items():
        document = json.loads(text)
        for reference in references(document):
            if reference.startswith("#/"):
                assert resolve(document, reference), f"{name}: {reference}"
            else:
                assert reference.removeprefix("./") in files, f"{name}: {reference}"


def test_stale_names_each_kind_of_difference(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "asyncapi.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "jsonschema" / "esep.budget.paid.v1.json").unlink()
    (tmp_path / "jsonschema" / "esep.inquiry.forgotten.v1.json").write_text("{}\n", encoding="utf-8")
    assert stale(tmp_path) == [
        "missing: jsonschema/esep.budget.paid.v1.json",
        "no longer generated: jsonschema/esep.inquiry.forgotten.v1.json",
        "stale: asyncapi.json",
    ]
    write(tmp_path)
    assert stale(tmp_path) == []


def test_check_exits_1_when_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("schemas.generate.GENERATED", tmp_path)
    assert main(["--check"]) == 1
    assert "missing: asyncapi.json" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0
