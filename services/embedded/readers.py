"""How far the readers of the log are behind what the journal holds: followed as long as the home runs.

Only told, in ``state.json`` and on the console; nobody is started or stopped for it.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from threading import Event as Flag
from typing import Final

from services.adapters.factlog import FactLogUnavailableError
from services.adapters.journal import JournalFactLog
from services.adapters.progress import GROUPS, JournalEnds, Place, ProgressUnknownError, committed, lag
from services.embedded.home import Home
from services.embedded.state import HomeRecord

CATCH_UP_EVERY_S: Final = 0.5
EVERY_S: Final = 3.0
SAY_EVERY_S: Final = 2.0

Say = Callable[[str], None]


class ReaderWatch:
    """Follows the readers of one home; ``new_log`` is set whenever the broker came back empty."""

    def __init__(self, home: Home, record: HomeRecord, say: Say, new_log: Flag, stop: Flag) -> None:
        self._home = home
        self._record = record
        self._say = say
        self._new_log = new_log
        self._stop = stop
        self._to_reach: Mapping[Place, int] | None = None
        self._said = (time.monotonic(), -1)

    def run(self) -> None:
        """Follow until the home is asked to stop."""
        with closing(JournalFactLog(self._home.journal)) as journal:
            ends = JournalEnds(journal)
            self._new_log.set()
            while not self._stop.wait(self._pause_s()):
                try:
                    self._look(ends)
                except (ProgressUnknownError, FactLogUnavailableError):
                    # Of a broker or a disk that is away the others tell; how far its readers are is unknown then.
                    continue

    def _pause_s(self) -> float:
        is_catching_up = self._to_reach is not None or self._new_log.is_set()
        return CATCH_UP_EVERY_S if is_catching_up else EVERY_S

    def _look(self, ends: JournalEnds) -> None:
        now = dict(ends.now())
        if self._new_log.is_set():
            self._new_log.clear()
            self._to_reach = now
        offsets = {name: committed(self._home.bootstrap, group) for name, group in GROUPS.items()}
        behind = {name: lag(name, now, offsets[name]) for name in GROUPS}
        topics = sorted({topic for topic, _ in now})
        self._record.write(
            lag={topic: {name: behind[name][topic] for name in GROUPS if topic in behind[name]} for topic in topics}
        )
        if self._to_reach is not None:
            self._catch_up({name: lag(name, self._to_reach, offsets[name]) for name in GROUPS})

    def _catch_up(self, behind: Mapping[str, Mapping[str, int]]) -> None:
        """Say how far the readers are behind what the journal held when the log began anew, until they are not."""
        records = sum(sum(each.values()) for each in behind.values())
        if records == 0:
            self._to_reach = None
            self._record.write(catching_up=False)
            self._say("caught up: everything accepted so far is judged and on the pages")
            return
        said_at, said = self._said
        if records != said and time.monotonic() - said_at > SAY_EVERY_S:
            self._say(f"catching up: {records:,} records to read")
            self._said = time.monotonic(), records
