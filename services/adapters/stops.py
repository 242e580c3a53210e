"""The note a program leaves when it stops at a limit: where, why and what to do, in ``<data>/stopped/<program>.json``.

Written before the process ends, read by the pages and ``esep status``, and removed by the program that got past the
place. It holds no message.
"""

from pathlib import Path
from typing import Final

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from services.adapters.clock import Clock
from services.adapters.invalid_limits import TooManyInvalidError

FOLDER: Final = "stopped"
OPERATOR_ALERT: Final = "too_many_invalid"
"""What ``operator_alert`` says in the log line."""

_log = structlog.get_logger(__name__)


class Stop(BaseModel):
    """One program that stands still: nothing from ``offset`` of this partition on was filed or committed.

    ``invalid`` records were not understood: in a row, or of the last ``of``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    program: str
    topic: str
    partition: int
    offset: int
    code: str
    invalid: int
    of: int | None
    setting: str
    since: AwareDatetime


class StopNote:
    """The note of one program."""

    def __init__(self, data: Path, program: str, clock: Clock) -> None:
        """Find the note of an earlier run; nothing is written yet."""
        self._path = data / FOLDER / f"{program}.json"
        self._program = program
        self._clock = clock
        self._standing = _read(self._path)

    def write(self, error: TooManyInvalidError) -> None:
        """Note the stop and raise the operator's alert; the same stop again keeps the instant it began.

        A disk that refuses the note is logged: the exit code and the log line tell the same.
        """
        stop = Stop(
            program=self._program,
            topic=error.topic,
            partition=error.partition,
            offset=error.offset,
            code=error.code,
            invalid=error.breach.invalid,
            of=error.breach.of,
            setting=error.setting,
            since=self._clock.now(),
        )
        before = self._standing
        if before is not None and (before.topic, before.partition) == (stop.topic, stop.partition):
            stop = stop.model_copy(update={"since": before.since})
        self._standing = stop
        _log.error(
            "stopped: too much is not understood",
            operator_alert=OPERATOR_ALERT,
            topic=stop.topic,
            partition=stop.partition,
            offset=stop.offset,
            code=stop.code,
            reason=str(error),
        )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".part")
            draft.write_text(stop.model_dump_json(), encoding="utf-8")
            draft.replace(self._path)
        except OSError as refused:
            _log.error("the note of a stop cannot be written", path=str(self._path), reason=refused.strerror)

    def passed(self, topic: str, partition: int, next_offset: int) -> None:
        """A partition was brought through up to ``next_offset``; a note about a place before it is over."""
        stop = self._standing
        if stop is not None and (stop.topic, stop.partition) == (topic, partition) and next_offset > stop.offset:
            self._standing = None
            self._path.unlink(missing_ok=True)
            _log.warning("went on where it had stopped", topic=topic, partition=partition, offset=stop.offset)


def read_stops(data: Path) -> list[Stop]:
    """Every program of a home that stands still, by name."""
    found = (_read(path) for path in sorted((data / FOLDER).glob("*.json")))
    return [stop for stop in found if stop is not None]


def forget_stops(data: Path) -> None:
    """Remove every note: the log begins anew, and so does every offset in it."""
    for path in (data / FOLDER).glob("*.json"):
        path.unlink(missing_ok=True)


def _read(path: Path) -> Stop | None:
    try:
        return Stop.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.warning("the note of a stop is not readable", path=str(path), error=type(error).__name__)
        return None
