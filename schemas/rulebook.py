"""The rulebook: every rule, body, region and calendar known to this release, and which rule was in force when.

It is data handed in from the edge; nothing here reads a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from schemas.bodies import Body, Region
from schemas.calendars import Calendar
from schemas.pefa import PefaBase
from schemas.rules import Rule


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules by id (all versions, oldest first), calendars, bodies and regions by id.

    ``pefa`` are the bases of PEFA's arithmetic, a country's first one that of its published sheet. ``digest`` is the
    SHA-256 (hex) of the data it was read from.
    """

    rules: Mapping[str, tuple[Rule, ...]]
    calendars: Mapping[str, Calendar]
    bodies: Mapping[str, Body]
    regions: Mapping[str, Region] = field(default_factory=dict)
    pefa: tuple[PefaBase, ...] = ()
    digest: str = ""

    def rule_in_force(self, rule_id: str, on: date, known: date = date.max) -> Rule | None:
        """The version of a rule whose validity covers the local date ``on``, as known on ``known``; None without one.

        Of versions that cover the same day the one learned last stands. What was known before this rule was first
        entered here is not recorded, so an earlier ``known`` is read as the day of the first entry.
        """
        versions = self.rules.get(rule_id, ())
        known = max(known, min((rule.known_from for rule in versions), default=known))
        seen = [rule for rule in versions if rule.known_from <= known]
        covering = [rule for rule in seen if rule.valid_from <= on and not _ended(rule, on, seen, versions)]
        return max(covering, key=lambda rule: (rule.known_from, rule.valid_from), default=None)

    @property
    def known_on(self) -> date:
        """The day of the newest knowledge in these data."""
        learned = [rule.known_from for versions in self.rules.values() for rule in versions]
        learned += [exception.known_from for each in self.calendars.values() for exception in each.exceptions]
        return max(learned, default=date.min)

    def scheduled(self) -> tuple[Rule, ...]:
        """Rules whose duties the calendar opens by itself."""
        return tuple(rule for versions in self.rules.values() for rule in versions if rule.schedule is not None)


def _ended(rule: Rule, on: date, seen: Sequence[Rule], versions: Sequence[Rule]) -> bool:
    """Whether a rule no longer covers ``on``. That it ends was learned with its successor, if it has one."""
    if rule.valid_to is None or on <= rule.valid_to:
        return False
    successors = [later for later in versions if later.valid_from > rule.valid_to]
    return not successors or any(later in seen for later in successors)
