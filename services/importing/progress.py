"""How an import shows that it moves: a bar for a person, a line per file for a log.

Nothing is counted here; the summary does that.
"""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class ImportProgress(Protocol):
    """Is told what an import is doing."""

    def opened(self, path: Path, records: int | None) -> None:
        """A file is being read; ``records`` is how many to expect, None when unknown."""
        ...

    def advanced(self, records: int) -> None:
        """So many more records are in the log."""
        ...


class SilentProgress:
    """Shows nothing."""

    def opened(self, path: Path, records: int | None) -> None:
        """See ``ImportProgress``."""

    def advanced(self, records: int) -> None:
        """See ``ImportProgress``."""


class LineProgress:
    """One line per file, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing to close."""

    def opened(self, path: Path, records: int | None) -> None:
        """See ``ImportProgress``."""
        expected = "" if records is None else f": {records:,} records"
        self._console.print(f"reading {path.name}{expected}", markup=False, highlight=False)

    def advanced(self, records: int) -> None:
        """See ``ImportProgress``."""


class BarProgress:
    """A bar that moves as records reach the log, for a terminal."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def opened(self, path: Path, records: int | None) -> None:
        """See ``ImportProgress``."""
        if self._task is None:
            self._task = self._progress.add_task(path.name, total=records)
            return
        task = self._progress.tasks[self._task]
        known = task.total is not None and records is not None
        total = (task.total or 0) + (records or 0) if known else None
        self._progress.update(self._task, description=path.name, total=total)

    def advanced(self, records: int) -> None:
        """See ``ImportProgress``."""
        if self._task is not None:
            self._progress.advance(self._task, records)


def progress_on(console: Console) -> BarProgress | LineProgress:
    """The progress that suits a console: a bar on a terminal, lines elsewhere."""
    return BarProgress(console) if console.is_terminal else LineProgress(console)
