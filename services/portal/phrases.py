"""Records told in the words of one language: terms, amounts, verdicts, entries of a timeline.

Sentences only; what is true is read elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from babel.dates import format_skeleton

from schemas.events.states import Lifecycle, Timeliness, WithheldReason
from schemas.rules import Rule
from services.portal.budget import unit_scale
from services.portal.budget_records import BudgetFindingRecord, BudgetLineRecord
from services.portal.obligation_history import ObligationHistory, TimelineEntry
from services.wording.names import Names, slug
from services.wording.rule_words import term_of
from services.wording.words import Shown, Words


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said about one obligation, how grave it looks, and a note beside it."""

    tone: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A timeline entry with its sentence and the legal date it speaks of, if it has one."""

    entry: TimelineEntry
    text: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Phrases:
    """Words and names of one language, put together."""

    words: Words
    names: Names

    def length(self, seconds: int) -> str:
        """A declared delay in words."""
        return self.words.duration(timedelta(seconds=seconds)) if seconds else self.words.number(0)

    def day_range(self, first: int, last: int | None) -> str:
        """``4–7 days``, ``over 60 days``."""
        if last is None:
            return self.words("day_range.over", n=first - 1)
        if first == last:
            return self.words("day_range.one", n=first)
        return self.words("day_range.between", first=first, last=last)

    def year_start(self, year: int) -> date:
        """The first day of a fiscal year."""
        return date(year, 1, 1)

    def amount(self, amount: Decimal, unit: str) -> str:
        """An amount in the unit ``unit`` names; small ones with more places, so that something is not shown as nothing."""
        scaled = amount / unit_scale(unit)[0]
        return self.words.number(scaled, 3 if scaled and abs(scaled) < Decimal("0.1") else 1)

    def unit(self, unit: str) -> str:
        """What amounts of this unit are shown in."""
        return self.words(unit_scale(unit)[1])

    def administrator(self, line: BudgetLineRecord) -> str:
        """The administrator of a budget line: by its code where known, else as the source names it."""
        known = line.level == "republican" and line.classification == "administrator"
        return self.names.body(f"{line.jurisdiction}.adm.{line.code}", line.name) if known else line.name

    def finding_params(self, params: Mapping[str, str]) -> str:
        """The figures of a finding, as its check named them."""
        return ", ".join(f"{name}: {value}" for name, value in sorted(params.items()))

    def slug(self, name: str) -> str:
        """A name as it stands in message keys."""
        return slug(name)

    def short_month(self, day: date) -> str:
        """The month alone, for the heads of narrow columns."""
        return format_skeleton("MMM", day, locale=self.words.locale)

    def budget_finding(self, finding: BudgetFindingRecord) -> str:
        """What a check of a budget table expected and saw, in the unit of the table; '' when it names no figures."""
        figures = {name: self._figure(getattr(finding, name)) for name in ("expected", "seen", "difference")}
        told = figures | {name: getattr(finding, name) for name in ("lines", "missing", "since")}
        told["other"] = self.words.code("budget.classifications", finding.other) if finding.other else ""
        said = [self.words(f"budget.finding_{name}", value=value) for name, value in told.items() if value]
        measure = [self.words.code("budget.measures", finding.measure)] if finding.measure else []
        return "; ".join(measure + said)

    def reasons(self, blocked_by: str) -> str:
        """Why nothing is concluded, in words."""
        return "; ".join(self.words.code("finding_codes", code) for code in blocked_by.split())

    def _figure(self, text: str) -> str:
        try:
            value = Decimal(text)
        except InvalidOperation:
            return text
        exponent = value.normalize().as_tuple().exponent
        return self.words.number(value, min(max(-exponent, 0), 4) if isinstance(exponent, int) else 0)

    def filter_value(self, name: str, value: str) -> str:
        """The value of a filter in words, where it has some."""
        if name == "owed":
            return self.words(f"filters.owed_{value}")
        if name == "due_on":
            return self.words.date(date.fromisoformat(value))
        if name == "region":
            return self.names.region(value)
        return self.names.jurisdiction(value) if name == "jurisdiction" else self.words.code(name, value)

    def term(self, rule: Rule) -> str:
        """``15 working days``, ``each year by 20 April``."""
        return term_of(rule, self.words)

    def verdict(self, record: ObligationHistory) -> Verdict:
        """What may be said about one obligation now."""
        unseen = (
            record.timeliness == Timeliness.DUE_UNOBSERVED and record.withheld_reason == WithheldReason.SOURCE_BEHIND
        )
        if record.claim == "withheld" and not unseen:
            reason = self.words.code("withheld_reasons", record.withheld_reason)
            return Verdict("withheld", self.words("verdict.withheld", reason=reason))
        if record.timeliness in (Timeliness.LATE, Timeliness.VERY_LATE):
            return self._late(record)
        if record.timeliness == Timeliness.FULFILLED_LATE:
            return Verdict("late", self.words("verdict.fulfilled_late", n=record.delay_days or 0), self._doubt(record))
        return self._plain(record)

    def _late(self, record: ObligationHistory) -> Verdict:
        if record.due_on is None:
            raise AssertionError("nothing is late without a due date")
        if record.lifecycle == Lifecycle.LAPSED:
            return Verdict("late", self.words("verdict.lapsed_late", due=record.due_on), self._doubt(record))
        body = self.names.body(record.answerable, record.answerable_name)
        days = record.days_late or 1
        return Verdict("late", self.words("verdict.late", n=days, body=body, due=record.due_on), self._doubt(record))

    def _plain(self, record: ObligationHistory) -> Verdict:
        tones = {Timeliness.DUE_UNOBSERVED: "unobserved", Timeliness.IN_TIME: "in_time", Timeliness.DUE_SOON: "soon"}
        tone = tones.get(Timeliness(record.timeliness), "quiet")
        if record.paused:
            return Verdict("quiet", self.words("verdict.paused"))
        if record.timeliness == Timeliness.NOT_DUE and record.lifecycle not in (
            Lifecycle.OPEN,
            Lifecycle.PARTLY_FULFILLED,
        ):
            return Verdict("quiet", self.words("verdict.ended"))
        params: dict[str, Shown] = {"due": record.due_on} if record.due_on is not None else {}
        return Verdict(tone, self.words(f"verdict.{record.timeliness}", **params))

    def _doubt(self, record: ObligationHistory) -> str:
        return self.words("verdict.late_secondary") if record.confidence == "secondary" else ""

    def told(self, entry: TimelineEntry) -> Told:
        """One entry of a timeline as a sentence; an event this release has no words for is shown by its type."""
        group = "deadline" if entry.kind_of_entry == "deadline" else "facts"
        try:
            text = self.words(f"timeline.{group}.{_sentence(entry)}", **self._entry_params(entry))
        except KeyError:
            text = entry.type
        # Of what was only found done, the day of the look is told; the sentence says since when it may have been there.
        looked_on = entry.observed_at.date() if entry.verb == "found" and entry.observed_at is not None else None
        return Told(entry, text, entry.occurred_on or looked_on)

    def _entry_params(self, entry: TimelineEntry) -> dict[str, Shown]:
        event = entry.words
        params: dict[str, Shown | None] = {
            "body": self.names.body(event.owed_by, event.owed_by_name or "") if event.owed_by else None,
            "contested_by": self.names.body(event.contested_by) if event.contested_by else None,
            "named": event.named_on,
            "until": event.until,
            "rating": event.rating,
            "due": event.due_on,
            "was": event.was_due_on,
            "known": event.known_on,
            "from": event.earliest_on,
            "reason": self._reason(entry),
        }
        return {name: value for name, value in params.items() if value is not None}

    def _reason(self, entry: TimelineEntry) -> str | None:
        """The reason as people wrote it, or in words where the tracker gave a code."""
        reason = entry.words.reason
        if reason is None or entry.kind_of_entry != "deadline":
            return reason
        if entry.verb == "moved":
            return self.words.code("moved_reasons", reason)
        known = f"withdrawn_reasons.{reason}" in self.words
        return self.words.code("withdrawn_reasons" if known else "withheld_reasons", reason)


def _sentence(entry: TimelineEntry) -> str:
    """Which sentence tells an entry: its verb, with what it depends on."""
    if entry.verb == "settled" and entry.words.outcome is not None:
        return f"settled_{entry.words.outcome}"
    return "moved_because" if entry.verb == "moved" and entry.words.reason is not None else entry.verb
