"""The account of an import: every record read is accepted, duplicate or rejected, and nothing is left over.

Plain counting; printing it is the command's business.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.connectors.base import Notice, Rejected

SHOWN_REJECTIONS: Final = 20


@dataclass(slots=True)
class Counts:
    """Records of one file, or of all. A file that cannot be read at all is one rejected record."""

    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0

    @property
    def read(self) -> int:
        """Every record is exactly one of the three."""
        return self.accepted + self.duplicate + self.rejected

    def to_json(self) -> dict[str, int]:
        """The four numbers by name."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "rejected": self.rejected,
        }


@dataclass(slots=True)
class Summary:
    """What an import did.

    A record is *accepted* when at least one of its facts is new, *duplicate* when none is, *rejected* when it was not
    understood or contradicts what the log holds under the same id. ``facts`` counts new facts by event type,
    watermarks among them; ``kinds`` counts what the files held in the source's own terms, new or not, where a connector
    says so; ``obligations`` counts distinct obligations newly filed or filed anew.
    """

    total: Counts = field(default_factory=Counts)
    files: dict[str, Counts] = field(default_factory=dict)
    facts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    rejected_by_code: Counter[str] = field(default_factory=Counter)
    obligations: int = 0
    rejections: list[Rejected] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Records read."""
        return self.total.read

    @property
    def accepted(self) -> int:
        """Records with a new fact."""
        return self.total.accepted

    @property
    def duplicate(self) -> int:
        """Records without a new fact."""
        return self.total.duplicate

    @property
    def rejected(self) -> int:
        """Records kept as dead letters."""
        return self.total.rejected

    def reject(self, file: str, rejected: Rejected) -> None:
        """Count one rejection; the first ``SHOWN_REJECTIONS`` are kept for showing."""
        self.of(file).rejected += 1
        self.total.rejected += 1
        self.rejected_by_code[rejected.code] += 1
        if len(self.rejections) < SHOWN_REJECTIONS:
            self.rejections.append(rejected)

    def accept(self, file: str, *, new: bool) -> None:
        """Count one record that was understood."""
        for counts in (self.of(file), self.total):
            if new:
                counts.accepted += 1
            else:
                counts.duplicate += 1

    def of(self, file: str) -> Counts:
        """The counts of one file."""
        return self.files.setdefault(file, Counts())

    def to_json(self) -> Mapping[str, Any]:
        """The account as plain JSON, for ``--json``."""
        return {
            **self.total.to_json(),
            "obligations": self.obligations,
            "files": {file: counts.to_json() for file, counts in self.files.items()},
            "facts": dict(sorted(self.facts.items())),
            "kinds": dict(sorted(self.kinds.items())),
            "rejected_by_code": dict(sorted(self.rejected_by_code.items())),
            "rejections": [
                {"origin": r.origin, "field": r.field, "code": r.code, "reason": r.reason} for r in self.rejections
            ],
            "notices": [{"file": n.file, "code": n.code, "text": n.text} for n in self.notices],
        }
