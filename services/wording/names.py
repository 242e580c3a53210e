"""Names in the reader's language for the ids in records: bodies, rules, kinds, jurisdictions, regions, holidays.

An id nobody named is shown as the source wrote it, never hidden and never guessed.
"""

import re
from dataclasses import dataclass
from datetime import date

from schemas.rulebook import Rulebook
from schemas.rules import LocalText
from services.wording.words import Words


@dataclass(frozen=True, slots=True)
class Names:
    """Looks names up for one language."""

    words: Words
    book: Rulebook

    def text(self, local: LocalText) -> str:
        """The words of a rule or body in this language."""
        return {"kk": local.kk, "ru": local.ru, "en": local.en}[self.words.language]

    def body(self, body_id: str, fallback: str = "") -> str:
        """A body's name; the source's own wording when the rule data do not know the body."""
        known = self.book.bodies.get(body_id)
        return self.text(known.name) if known is not None else fallback or body_id

    def rule(self, rule_id: str, version: int | None = None) -> str:
        """A rule's title in this version (0 or none: the newest), or its id."""
        versions = self.book.rules.get(rule_id, ())
        chosen = next((rule for rule in versions if rule.version == version), versions[-1] if versions else None)
        return self.text(chosen.title) if chosen is not None else rule_id

    def rule_on(self, rule_id: str, day: date) -> str:
        """A rule's title in the version in force on a local date, else in its newest one."""
        versions = self.book.rules.get(rule_id, ())
        for rule in versions:
            if rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to):
                return self.text(rule.title)
        return self.rule(rule_id)

    def title(self, title: str, rule_id: str, period: str = "") -> str:
        """What an obligation is about: as its source says or, of a duty opened by the calendar, its rule and its period."""
        versions = self.book.rules.get(rule_id, ())
        own = next((rule.title for rule in versions if rule.title.en == title), None)
        if own is None:
            return title
        return f"{self.text(own)} · {period}" if period else self.text(own)

    def kind(self, kind: str) -> str:
        """What kind of obligation it is."""
        return self.words.code("kinds", kind)

    def jurisdiction(self, code: str) -> str:
        """A country."""
        return self.words.code("jurisdictions", code)

    def region(self, code: str) -> str:
        """A region by its ISO 3166-2 code."""
        known = self.book.regions.get(code)
        return self.text(known.name) if known is not None else code

    def holiday(self, name: str) -> str:
        """A day off by its English name, ours or the holiday library's; several are separated by semicolons."""
        exceptions = (each for calendar in self.book.calendars.values() for each in calendar.exceptions)
        ours = next((each.name for each in exceptions if each.name.en == name), None)
        return (
            self.text(ours) if ours is not None else "; ".join(self._holiday(part.strip()) for part in name.split(";"))
        )

    def _holiday(self, name: str) -> str:
        moved = re.fullmatch(r"Day off \(substituted from (\d{2})/(\d{2})/(\d{4})\)", name)
        if moved is not None:
            month, day, year = (int(part) for part in moved.groups())
            return self.words("holidays.instead_of", day=self.words.date(date(year, month, day)))
        base, _, note = name.partition(" (")
        known = self.words.code("holidays", slug(base))
        shown = base if known == slug(base) else known
        note = note.rstrip(")")
        return f"{shown} ({self.words.code('holiday_notes', slug(note)).replace('_', ' ')})" if note else shown


def slug(name: str) -> str:
    """A name as a message key: lower case, letters and digits only, joined by underscores."""
    return "_".join(re.findall(r"[a-z0-9]+", name.lower().replace("'", "")))
