"""YAML files of rules read strictly: every fault is named with its file and line.

Parses entries into models; what entries mean to each other is checked in ``services.adapters.rulebook``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Generic, TypeVar

import yaml
from pydantic import ValidationError

from schemas.events.registry import Contract

ModelT = TypeVar("ModelT", bound=Contract)
TEXT = "tag:yaml.org,2002:str"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C is ten times as fast; every process reads the rules when it starts."""


class RulesInvalid(ValueError):
    """The rule data cannot be used; the message names file, line, entry and field."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[ModelT]):
    """One entry of a file, and the node it was read from."""

    model: ModelT
    file: str
    node: yaml.Node

    @property
    def where(self) -> str:
        """Where it begins: ``kz/rules/appeals.yaml:12``."""
        return self.at()

    def at(self, *path: int | str) -> str:
        """Where a part of it stands, such as ``("examples", 2)``."""
        return f"{self.file}:{_line(_found_at(self.node, path))}"


def read_entries(file: Traversable, name: str, model: type[ModelT]) -> Iterator[Entry[ModelT]]:
    """The entries of one file, in order; a file is a list of entries, or a single one.

    Raises: RulesInvalid naming file and line for what is no YAML, a repeated key, an unknown key or a bad value.
    """
    root = _compose(file, name)
    for node in root.value if isinstance(root, yaml.SequenceNode) else [root]:
        content = _plain(node, name)
        try:
            yield Entry(model.model_validate(content), name, node)
        except ValidationError as error:
            raise _refusal(error, node, content, name) from error


def _compose(file: Traversable, name: str) -> yaml.Node:
    try:
        root: yaml.Node | None = yaml.compose(file.read_text(encoding="utf-8"), Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RulesInvalid(f"{name}:{mark.line + 1 if mark else 1}: not YAML: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RulesInvalid(f"{name}:1: not YAML in UTF-8: {error}") from error
    if root is None:
        raise RulesInvalid(f"{name}:1: the file is empty; delete it, or give its entries")
    return root


def _plain(node: yaml.Node, name: str) -> Any:  # noqa: ANN401  # whatever the YAML says
    _read_keys(node, name)
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    except yaml.MarkedYAMLError as error:
        raise RulesInvalid(f"{name}:{_line(node)}: {error.problem}") from error
    except ValueError as error:
        raise RulesInvalid(f"{name}:{_line(node)}: {error}") from error
    finally:
        loader.dispose()


def _read_keys(node: yaml.Node, name: str) -> None:
    """Keys are words as they are written, and each stands once."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise RulesInvalid(f"{name}:{_line(key)}: {key.value} is given twice; keep one")
            seen.add(key.value)
            key.tag = TEXT  # YAML 1.1 would read the key `on` as true
            _read_keys(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _read_keys(item, name)


def _refusal(error: ValidationError, node: yaml.Node, content: object, name: str) -> RulesInvalid:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    entry = content.get("id") if isinstance(content, dict) else None
    line = _line(_found_at(node, first["loc"]))
    return RulesInvalid(f"{name}:{line}: {entry or 'entry'}{', ' + field if field else ''}: {first['msg']}")


def _found_at(node: yaml.Node, path: tuple[int | str, ...]) -> yaml.Node:
    """The deepest node on the way to ``path``; a missing key is its parent's fault."""
    for part in path:
        if isinstance(node, yaml.MappingNode):
            child = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if child is None:
                return node
            node = child[1] if isinstance(child[1], yaml.CollectionNode) else child[0]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
    return node


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
