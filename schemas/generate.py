"""Writes the contracts for readers who do not speak Python: JSON Schema per event type, and AsyncAPI 3.0.

``python -m schemas.generate`` writes ``schemas/generated``; ``--check`` only says what is stale and exits 1.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import DecimalSchema

from schemas.envelope import SCHEMA_BASE, Event
from schemas.events.registry import EventData, event_types
from schemas.topics import TOPICS, Topic

GENERATED: Final = Path(__file__).parent / "generated"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, Any]


class _AsOnTheWire(GenerateJsonSchema):
    """JSON Schema of what the codec accepts: amounts are strings, and a field's name is title enough."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def decimal_schema(self, schema: DecimalSchema) -> Json:
        places = schema.get("decimal_places") or 0
        whole = (schema.get("max_digits") or 38) - places
        return {"type": "string", "pattern": rf"^-?[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$"}


def message_schema(model: type[EventData]) -> Json:
    """JSON Schema of one whole message: the envelope around this type's data."""
    envelope = _schema_of(Event)
    data = _schema_of(model)
    definitions = data.pop("$defs", {})
    typed = {
        "type": {"const": model.type},
        "dataschema": {"const": SCHEMA_BASE + model.type},
        "data": data,
    }
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_BASE + model.type,
        "title": model.type,
        "description": _summary(model),
        "type": "object",
        "properties": envelope["properties"] | typed,
        "required": envelope["required"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def asyncapi() -> Json:
    """The AsyncAPI 3.0 document: every topic, what it carries, who sends and who receives it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Esep",
            "version": "1.0.0",
            "description": "Topics and messages of Esep. Each message type carries its own version.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": _operations(TOPICS),
        "components": {"messages": {name: _message(model) for name, model in sorted(event_types().items())}},
    }


def documents() -> dict[str, str]:
    """Every generated file: path below ``schemas/generated`` -> text."""
    files = {f"jsonschema/{name}.json": _text(message_schema(model)) for name, model in event_types().items()}
    return dict(sorted((files | {"asyncapi.json": _text(asyncapi())}).items()))


def stale(folder: Path) -> list[str]:
    """What differs between ``folder`` and what would be generated now, one line per file."""
    wanted = documents()
    present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.json")}
    lines = [f"missing: {name}" for name in wanted if name not in present]
    lines += [f"no longer generated: {name}" for name in sorted(present) if name not in wanted]
    lines += [
        f"stale: {name}"
        for name, text in wanted.items()
        if name in present and present[name].read_text(encoding="utf-8") != text
    ]
    return lines


def write(folder: Path) -> int:
    """Write every document below ``folder``, remove what is no longer generated; the number of documents."""
    wanted = documents()
    for path in folder.rglob("*.json"):
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return len(wanted)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 when written or current, 1 when ``--check`` finds something stale."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description="Generate schemas/generated.")
    parser.add_argument("--check", action="store_true", help="write nothing; name what is stale and exit 1")
    if not parser.parse_args(arguments).check:
        sys.stdout.write(f"schemas/generated: {write(GENERATED)} files written\n")
        return 0
    lines = stale(GENERATED)
    if lines:
        sys.stderr.write("\n".join([*lines, "run `make schemas` and commit the result\n"]))
        return 1
    sys.stdout.write("schemas/generated is current\n")
    return 0


def _schema_of(model: type[BaseModel]) -> Json:
    return model.model_json_schema(schema_generator=_AsOnTheWire)


def _summary(model: type[EventData]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def _channel(topic: Topic) -> Json:
    types = sorted(name for name, model in event_types().items() if model.family in topic.families)
    return {
        "address": topic.name,
        "description": topic.purpose,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in types},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {"cleanup.policy": ["compact" if topic.compacted else "delete"]},
                "bindingVersion": "0.5.0",
            }
        },
        "x-key": topic.key,
        "x-retention": topic.retention,
        "x-broadcast-families": list(topic.broadcast),
    }


def _operations(topics: Mapping[str, Topic]) -> Json:
    operations: Json = {}
    for topic in topics.values():
        roles = [("send", service) for service in topic.producers]
        roles += [("receive", service) for service in topic.consumers]
        for action, service in roles:
            operations[f"{service}.{action}.{topic.name}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{topic.name}"},
                "tags": [{"name": service}],
            }
    return operations


def _message(model: type[EventData]) -> Json:
    return {
        "name": model.type,
        "title": model.__name__,
        "summary": _summary(model),
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "properties": {"family": {"const": model.family}, "type": {"const": model.type}},
            "required": ["family", "type"],
        },
        "payload": {"$ref": f"./jsonschema/{model.type}.json"},
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    }


def _text(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
