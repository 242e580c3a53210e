"""A rule told in one language: how its term is counted, what moves it, what follows from it, and what it rests on.

The same account stands on the site, in the terminal and on the pages in ``docs/rules``; nothing is counted here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.events.obligations import TraceStep
from schemas.rules import Example, Extension, Rule, Stage, Term, Unit
from services.wording.names import Names
from services.wording.trace_words import TraceLine, tell
from services.wording.words import Words


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing about a rule: its label, what holds, and a finer word beside it."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StageLine:
    """A later stage: when it begins, the rule it is under, and who owes it when that is another body."""

    when: str
    rule_id: str
    title: str
    owed_by: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A worked example as it is counted now."""

    example: Example
    due_on: date | None
    trace: Sequence[TraceStep]


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """A worked example in words; ``holds`` says whether counting it now gives the date it names."""

    text: str
    steps: tuple[TraceLine, ...]
    holds: bool


@dataclass(frozen=True, slots=True)
class RuleAccount:
    """One version of a rule, all of it, in one language."""

    rule: Rule
    title: str
    validity: str
    method: tuple[Fact, ...]
    standing: tuple[Fact, ...]
    stages: tuple[StageLine, ...]
    examples: tuple[ExampleLine, ...]
    assumptions: tuple[str, ...]
    exclusions: tuple[str, ...]


def account_of(rule: Rule, counted: Sequence[Counted], names: Names) -> RuleAccount:
    """Everything about one version of a rule; ``counted`` are its worked examples, counted by the caller."""
    words = names.words
    return RuleAccount(
        rule=rule,
        title=names.text(rule.title),
        validity=validity(rule, words),
        method=tuple(_method(rule, names)),
        standing=tuple(_standing(rule, words)),
        stages=tuple(_stage(stage, names) for stage in rule.opens),
        examples=tuple(_example(each, names) for each in counted),
        assumptions=tuple(names.text(text) for text in rule.assumptions),
        exclusions=tuple(names.text(text) for text in rule.exclusions),
    )


def term_of(rule: Rule, words: Words) -> str:
    """``15 working days``, ``each year by 20 April``."""
    term = rule.term
    if term is None:
        return words("term.none")
    if term.unit is Unit.FIXED_DATE:
        if term.day is None:
            raise AssertionError("a fixed_date term has a day")
        if term.month is None:
            return words("term.day_of_month", n=term.day)
        return words("term.fixed_date", day=words.day_in_year(term.month, term.day))
    if term.amount == 0:
        return words("term.named" if term.basis.value == "named" else "term.at_once")
    return words(f"term.{term.unit.value}", n=term.amount)


def validity(rule: Rule, words: Words) -> str:
    """From when to when the law says it."""
    if rule.valid_to is None:
        return words("rule.valid_since", first=rule.valid_from)
    return words("rule.valid_between", first=rule.valid_from, last=rule.valid_to)


def _method(rule: Rule, names: Names) -> Iterator[Fact]:
    words = names.words
    yield Fact(words("columns.term"), term_of(rule, words), _term_note(rule.term, words))
    if rule.schedule is not None:
        yield Fact(words("rule.schedule"), _schedule(rule, names))
    if rule.term is None:
        return
    yield Fact(words("rule.bound"), words(f"rule.bound_to.{rule.bound}"))
    yield Fact(words("rule.counted_from"), words(f"rule.basis.{rule.term.basis.value}"))
    if rule.term.unit is not Unit.FIXED_DATE and rule.term.amount:
        yield Fact(words("rule.day_one"), words(f"rule.day_one_is.{rule.term.day_one}"))
    yield Fact(words("rule.day_off"), words("rule.rolls" if rule.term.roll_forward else "rule.rolls_not"))
    yield from _what_moves_it(rule, words)
    yield from _after_the_term(rule, words)


def _term_note(term: Term | None, words: Words) -> str:
    if term is None:
        return ""
    notes = {Unit.HOUR: "rule.hours_note", Unit.MONTH: "rule.month_note"}
    return words(notes[term.unit]) if term.unit in notes else ""


def _schedule(rule: Rule, names: Names) -> str:
    words = names.words
    if rule.schedule is None:
        raise AssertionError("only scheduled rules are told so")
    every = words(f"rule.every.{rule.schedule.every}")
    to = words("rule.the_public") if rule.schedule.owed_to is None else names.body(rule.schedule.owed_to)
    if not rule.schedule.regions:
        return words("rule.scheduled", every=every, by=names.body(rule.schedule.owed_by), to=to)
    levels = ", ".join(words(f"rule.region_levels.{level}") for level in rule.schedule.regions)
    return words("rule.scheduled_regions", every=every, levels=levels, by=rule.schedule.owed_by, to=to)


def _what_moves_it(rule: Rule, words: Words) -> Iterator[Fact]:
    if isinstance(rule.extension, Extension):
        length = words(f"term.{rule.extension.unit.value}", n=rule.extension.amount)
        told = words(f"rule.extension_is.{rule.extension.counted_from}", length=length)
        yield Fact(words("rule.extension"), told, words("rule.extension_note"))
    else:
        yield Fact(words("rule.extension"), words(f"rule.extension_is.{rule.extension or 'unknown'}"))
    yield Fact(words("rule.pause"), words(f"rule.pause_is.{rule.pause}"))
    yield Fact(words("rule.transfer"), words(f"rule.transfer_is.{rule.on_transfer}"))
    fulfils = "rule.holding_fulfils" if rule.holding_answer_fulfils else "rule.holding_fulfils_not"
    yield Fact(words("rule.holding"), words(fulfils))


def _after_the_term(rule: Rule, words: Words) -> Iterator[Fact]:
    if rule.reminder_days:
        yield Fact(words("rule.reminder"), words("rule.reminder_days", n=rule.reminder_days))
    if rule.bound == "applicant":
        return
    grace = words("rule.grace_days", n=rule.grace_days) if rule.grace_days else words("rule.grace_none")
    yield Fact(words("rule.grace"), grace)
    very_late = (
        words("rule.very_late_after", n=rule.very_late_days) if rule.very_late_days else words("rule.very_late_none")
    )
    yield Fact(words("rule.very_late"), very_late)


def _standing(rule: Rule, words: Words) -> Iterator[Fact]:
    force, confidence = rule.force.value, rule.confidence.value
    yield Fact(words("rule.force"), words.code("force", force), words(f"force_means.{force}"))
    yield Fact(words("rule.confidence"), words.code("confidence", confidence), words(f"confidence_means.{confidence}"))
    yield Fact(words("rule.supports"), words("rules.may_accuse" if rule.may_accuse else "rules.may_not_accuse"))
    yield Fact(words("rule.valid"), validity(rule, words))
    yield Fact(words("rule.known_from"), words.date(rule.known_from))
    yield Fact(words("rule.zone"), rule.zone)
    if rule.calendar is not None:
        yield Fact(words("rule.calendar"), rule.calendar)


def _stage(stage: Stage, names: Names) -> StageLine:
    words = names.words
    return StageLine(
        when=words.code("rule.stage", stage.when),
        rule_id=stage.rule,
        title=names.rule(stage.rule),
        owed_by=words("rule.stage_owed_by", body=names.body(stage.owed_by)) if stage.owed_by is not None else "",
    )


def _example(counted: Counted, names: Names) -> ExampleLine:
    words, example = names.words, counted.example
    if example.known is None:
        text = words("rule.example", on=example.on, due=example.due)
    else:
        text = words("rule.example_known", on=example.on, known=example.known, due=example.due)
    return ExampleLine(text, tuple(tell(counted.trace, words, names)), holds=counted.due_on == example.due)
