"""Who may write what: bearer tokens, known by their SHA-256 only.

Reading the token file and judging events; HTTP is not known here.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from schemas.envelope import Event
from schemas.events.sources import SourceGapDeclaredV1, SourceObservedV1
from schemas.topics import BUDGET, FACTS, INNER_FAMILIES
from services.adapters.codec import InvalidMessage
from services.adapters.config import ConfigError, mapping_in
from services.adapters.validation_messages import faults_of
from services.gateway.limits import SourceLimits

# Ticks are the tracker's own: a tick from outside would move time for everybody.
WRITABLE_FAMILIES = tuple(sorted({*FACTS.families, *BUDGET.families} - INNER_FAMILIES))

SourcePrefix = Annotated[str, StringConstraints(pattern=r"^/[a-z0-9][a-z0-9/_.-]*$", max_length=200)]


class Grant(BaseModel):
    """What one token may write: these sources and what is below them, these families, in this one world.

    ``simulation`` none is the real world; a token for a simulation cannot touch it, nor the other way round. Tokens of one
    name share their ``limits``, so that a token can be replaced while both are in use.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
    sources: Annotated[tuple[SourcePrefix, ...], Field(min_length=1)]
    families: Annotated[tuple[str, ...], Field(min_length=1)]
    simulation: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)] | None = None
    limits: SourceLimits = SourceLimits()

    @field_validator("families")
    @classmethod
    def _writable(cls, families: tuple[str, ...]) -> tuple[str, ...]:
        for family in families:
            if family not in WRITABLE_FAMILIES:
                raise ValueError(
                    f"{family!r} cannot be written from outside; choose from {', '.join(WRITABLE_FAMILIES)}"
                )
        return families

    def check(self, event: Event) -> None:
        """Let an event pass that this token may write.

        Raises: InvalidMessage with code forbidden_source, forbidden_family or forbidden_simulation.
        """
        if not self._covers(event.source):
            raise _forbidden("source", event.source, ", ".join(self.sources))
        if event.data.family not in self.families:
            raise _forbidden("family", event.data.family, ", ".join(self.families), field="type")
        if event.simulation != self.simulation:
            raise _forbidden("simulation", event.simulation or "the real world", self.simulation or "the real world")
        if isinstance(event.data, SourceObservedV1 | SourceGapDeclaredV1) and not self._covers(event.subject):
            raise _forbidden("source", event.subject, ", ".join(self.sources), field="subject")

    def _covers(self, source: str) -> bool:
        """Whether a source is one of this token's, or below one."""
        return any(source == prefix or source.startswith(prefix.rstrip("/") + "/") for prefix in self.sources)


class TokenFile:
    """The known tokens, from a file ``{sha256 hex of a token: {name, sources, families, simulation, limits}}``, YAML or JSON.

    The file is read again when it changes, so a token is given or taken away without a restart.
    """

    def __init__(self, path: Path | None) -> None:
        """Read the file; without one, or until it is there, no token is known.

        Raises: ConfigError naming the file, the entry and the field.
        """
        self._path = path
        self._lock = Lock()
        self._seen: tuple[int, int] | None = None
        self._grants: Mapping[bytes, Grant] = {}
        self._refresh()

    def grant_of(self, token: str) -> Grant | None:
        """The grant of a token, or none; comparing takes the same time for every token.

        Raises: ConfigError while the changed file cannot be used: then nobody is let in, since it may revoke.
        """
        presented = hashlib.sha256(token.encode()).digest()
        found: Grant | None = None
        for digest, grant in self._refresh().items():
            if hmac.compare_digest(digest, presented):
                found = grant
        return found

    def _refresh(self) -> Mapping[bytes, Grant]:
        with self._lock:
            version = _version(self._path)
            if version != self._seen:
                self._grants = {} if self._path is None or version is None else _read(self._path)
                self._seen = version
            return self._grants


def _version(path: Path | None) -> tuple[int, int] | None:
    try:
        found = None if path is None else path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    return None if found is None else (found.st_mtime_ns, found.st_size)


def _read(path: Path) -> dict[bytes, Grant]:
    return {_digest(digest, path): _grant(digest, given, path) for digest, given in mapping_in(path).items()}


def _forbidden(what: str, said: str, allowed: str, *, field: str | None = None) -> InvalidMessage:
    reason = (
        f"this token may not write {what} {said!r}; it may write {allowed}, so use another token or correct the event"
    )
    return InvalidMessage(f"forbidden_{what}", reason, field or what)


def _digest(digest: str, path: Path) -> bytes:
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ConfigError(
            f"{path}: key {digest[:20]!r} must be the SHA-256 of a token: 64 lower-case hex digits, quoted"
        )
    return bytes.fromhex(digest)


def _grant(digest: str, given: object, path: Path) -> Grant:
    try:
        return Grant.model_validate(given)
    except ValidationError as error:
        fault = faults_of(error)[0]
        raise ConfigError(f"{path}: token {digest[:8]}…: {fault.field} {fault.text}") from error
