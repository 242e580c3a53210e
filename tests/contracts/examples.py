"""The messages of ``schemas/examples``, as the contract tests read them.

A ``*.valid.json`` is the message; a ``*.invalid.json`` wraps one with what it shows and the expected code.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "schemas" / "examples"

VALID: Final = sorted(EXAMPLES.glob("*/*.valid.json"))
INVALID: Final = sorted(EXAMPLES.glob("*/*.invalid.json"))


@dataclass(frozen=True)
class Invalid:
    """A message that must be refused, and how.

    ``schema_accepts`` marks what JSON Schema cannot state; ``message`` is None where the bytes are no object.
    """

    shows: str
    code: str
    field: str | None
    raw: bytes
    message: dict[str, Any] | None
    schema_accepts: bool


def read_invalid(path: Path) -> Invalid:
    """One wrapped example; exactly one of message, raw and raw_base64 holds what is sent."""
    wrapper = json.loads(path.read_bytes())
    content = wrapper.keys() & {"message", "raw", "raw_base64"}
    assert len(content) == 1, f"{path}: one of message, raw and raw_base64"
    assert wrapper.keys() - content <= {"shows", "code", "field", "schema_accepts"}, f"{path}: unknown key"
    return Invalid(
        shows=wrapper["shows"],
        code=wrapper["code"],
        field=wrapper["field"],
        raw=_bytes(wrapper),
        message=wrapper.get("message"),
        schema_accepts=wrapper.get("schema_accepts", False),
    )


def name_of(path: Path) -> str:
    """The example's name in test reports: folder and file."""
    return f"{path.parent.name}/{path.name.removesuffix('.json')}"


def _bytes(wrapper: dict[str, Any]) -> bytes:
    if "message" in wrapper:
        return json.dumps(wrapper["message"], ensure_ascii=False).encode()
    if "raw" in wrapper:
        return str(wrapper["raw"]).encode()
    return base64.b64decode(wrapper["raw_base64"], validate=True)
