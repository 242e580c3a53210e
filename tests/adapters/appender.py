"""A process that appends questions to a journal and says what was acknowledged: ``appender JOURNAL FIRST COUNT BATCH``.

One line per acknowledged batch, "<first> <accepted>", written after ``append`` has returned.
"""

import sys
from pathlib import Path

from services.adapters.factlog import Outcome, entries_of
from services.adapters.journal import JournalFactLog
from tests.adapters.samples import question


def main(path: str, first: int, count: int, batch: int) -> None:
    journal = JournalFactLog(Path(path))
    for number in range(first, first + count, batch):
        entries = [entry for n in range(number, number + batch) for entry in entries_of(question(n))]
        accepted = journal.append(entries).count(Outcome.ACCEPTED)
        sys.stdout.write(f"{number} {accepted}\n")
        sys.stdout.flush()
    journal.close()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
