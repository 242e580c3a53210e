"""Releases of the rulebook: what was known when, as far as the log tells it.

An open duty is judged by the latest release; a closed one by what was known when its end was seen.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from schemas.envelope import Event
from schemas.events.rules import RulesReleasedV1
from schemas.rulebook import Rulebook
from services.domain.deadlines import KNOWN_NOW
from services.domain.identity import new_event

SOURCE = "/rules"
SUBJECT = "rules"


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """From the instant ``at`` on, rules, calendars and bodies are those known on ``known_on``."""

    at: datetime
    id: UUID
    known_on: date


@dataclass(frozen=True, slots=True)
class Releases:
    """All releases of one world, oldest first, each once."""

    all: tuple[Release, ...] = ()

    @classmethod
    def of(cls, releases: Iterable[Release]) -> "Releases":
        """Releases in any order, duplicates allowed; of copies the one seen first counts."""
        by_id: dict[UUID, Release] = {}
        for release in releases:
            kept = by_id.get(release.id)
            by_id[release.id] = release if kept is None else min(kept, release)
        return cls(tuple(sorted(by_id.values())))

    def adding(self, release: Release) -> "Releases":
        """These and one more."""
        found = list(self.all)
        insort(found, release)
        return Releases.of(found)

    @property
    def latest(self) -> Release | None:
        """The release that open duties are judged by; None before the first."""
        return self.all[-1] if self.all else None

    @property
    def known_now(self) -> date:
        """The day of whose knowledge open duties are judged; without a release by all there is."""
        return self.all[-1].known_on if self.all else KNOWN_NOW

    def known_at(self, seen_at: datetime) -> date:
        """What was known when something was seen: that day's knowledge, and no more than the release of the time."""
        released = bisect_right([release.at for release in self.all], seen_at)
        return min(seen_at.date(), self.all[released - 1].known_on) if released else seen_at.date()


NO_RELEASES = Releases()
"""A world that never released its rules is judged by all there is."""


def release_event(rulebook: Rulebook, observed_at: datetime) -> Event:
    """The release of a rulebook: the same data give the same event, whenever and however often it is announced."""
    return new_event(
        RulesReleasedV1(known_on=rulebook.known_on, digest=rulebook.digest),
        source=SOURCE,
        subject=SUBJECT,
        time=datetime.combine(rulebook.known_on, time.min, UTC),
        observed_at=observed_at,
        native_id=SUBJECT,
        version=rulebook.digest,
    )
