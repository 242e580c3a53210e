"""What a campaign imports: the real files where they are at hand, made-up ones elsewhere.

The real files are not part of the project: ``ESEP_SHARED_DATA`` names their folder.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.chaos.importer import KZ, UK, Input
from tests.made_up_questions import write_questions

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = Path(os.environ.get("ESEP_SHARED_DATA") or ROOT.parent / "shared" / "data")
MADE_UP_QUESTIONS: Final = 4_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files to import, and in which words a report names them."""

    files: Sequence[Input]
    title: str


def real_inputs() -> Inputs | None:
    """Three whole months of UK written questions and Kazakhstan's budget; None where they are absent."""
    months = sorted((DATA / UK / "full").glob("*.json.gz"))
    package = DATA / KZ / "datapackage.json"
    if not months or not package.is_file():
        return None
    names = ", ".join(month.name.partition(".")[0] for month in months)
    files = [Input(UK, month) for month in months[:-1]] + [Input(KZ, package)] + [Input(UK, months[-1])]
    return Inputs(files, f"UK written questions of {names}; Kazakhstan's budget (datapackage.json)")


def made_up_inputs(folder: Path, questions: int = MADE_UP_QUESTIONS) -> Inputs:
    """Made-up questions, written into a folder unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "2023-11.json.gz"
    if not path.exists():
        write_questions(path, questions)
    return Inputs([Input(UK, path)], f"{questions} made-up questions")
