"""The catalogues of words: strict, complete in three languages, and written as each language writes."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from schemas.events import acts, appeals, deadlines, disputes, duties, inquiries, petitions, reports  # noqa: F401
from schemas.events.deadlines import DeadlineEvent
from schemas.events.obligations import Dispute
from schemas.events.registry import event_types
from schemas.events.states import Claim, Confidence, Force, Lifecycle, Timeliness, WithheldReason
from schemas.events.verbs import (
    DueDateChanged,
    Extended,
    Filed,
    ObligationFact,
    Paused,
    Rejudged,
    Reopened,
    Resumed,
    Transferred,
)
from schemas.metrics import METRICS, MetricUnit
from schemas.rulebook import Rulebook
from schemas.rules import Basis
from services.adapters.rulebook import load_rulebook
from services.wording.names import Names, slug
from services.wording.words import FOLDER, LANGUAGES, WordsError, all_words, differences, preferred, read_messages

DAY = date(2026, 11, 21)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_three_catalogues_say_the_same() -> None:
    english = read_messages(FOLDER / "en.yaml")
    for language in LANGUAGES:
        assert differences(english, read_messages(FOLDER / f"{language}.yaml")) == []


def test_every_plural_has_the_forms_its_language_needs() -> None:
    needed = {"en": {"one", "other"}, "kk": {"one", "other"}, "ru": {"one", "few", "many", "other"}}
    for language, words in all_words().items():
        for key, message in words.messages.items():
            assert isinstance(message, str) or set(message) == needed[language], f"{language}: {key}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a: one\na: two\n", "written twice"),
        ("a: yes\n", "expected a text"),
        ("a:\n", "expected a text"),
        ("a: {one: x}\n", "other"),
        ("- a\n", "mapping"),
    ],
)
def test_a_careless_catalogue_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "xx.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(WordsError, match=reason):
        read_messages(path)


def test_catalogues_that_differ_are_named_by_key() -> None:
    assert differences({"a": "x {n}", "b": "y"}, {"a": "x", "c": "y"}) == [
        "b: only in one of the two",
        "c: only in one of the two",
        "a: other parameters",
    ]


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("timeliness", Timeliness),
        ("lifecycle", Lifecycle),
        ("claim", Claim),
        ("withheld_reasons", WithheldReason),
        ("meaning.timeliness", Timeliness),
        ("meaning.lifecycle", Lifecycle),
        ("meaning.claim", Claim),
        ("meaning.withheld_reasons", WithheldReason),
        ("force", Force),
        ("force_means", Force),
        ("confidence", Confidence),
        ("confidence_means", Confidence),
        ("basis", Basis),
        ("trace.basis", Basis),
        ("rule.basis", Basis),
        ("metric_units", MetricUnit),
    ],
)
def test_every_code_of_a_vocabulary_has_words(group: str, codes: type) -> None:
    for words in all_words().values():
        assert [code for code in codes if f"{group}.{code}" not in words] == []


def test_every_kind_holiday_and_jurisdiction_of_the_rules_has_words() -> None:
    rulebook = load_rulebook()
    rules = [rule for versions in rulebook.rules.values() for rule in versions]
    named = {f"kinds.{rule.kind}" for rule in rules}
    named |= {f"jurisdictions.{code}" for code in ("kz", "gb", "fr", "eu", *(rule.jurisdiction for rule in rules))}
    named |= {f"rule.stage.{stage.when}" for rule in rules for stage in rule.opens}
    holidays = {
        part.strip()
        for calendar in rulebook.calendars.values()
        for name in calendar.holidays.values()
        for part in name.split(";")
    }
    days = [name.partition(" (") for name in holidays if not name.startswith("Day off (")]
    named |= {f"holidays.{slug(name)}" for name, _, _ in days}
    named |= {f"holiday_notes.{slug(note)}" for _, _, note in days if note}
    for words in all_words().values():
        assert sorted(key for key in named if key not in words) == []


def test_regions_and_exceptions_of_calendars_are_named_by_the_rule_data() -> None:
    book = load_rulebook()
    exceptions = [each.name for calendar in book.calendars.values() for each in calendar.exceptions]
    for words in all_words().values():
        names = Names(words, book)
        assert [code for code, region in book.regions.items() if names.region(code) != names.text(region.name)] == []
        assert [name.en for name in exceptions if names.holiday(name.en) != names.text(name)] == []
    assert len(book.regions) >= 20


def test_every_event_of_an_obligation_has_a_sentence() -> None:
    verbs = {name.split(".")[2] for name, model in event_types().items() if issubclass(model, ObligationFact)}
    deadline = {name.split(".")[2] for name, model in event_types().items() if issubclass(model, DeadlineEvent)}
    needed = {f"timeline.facts.{verb}" for verb in verbs} | {f"timeline.deadline.{verb}" for verb in deadline}
    needed |= {"timeline.facts.released", "timeline.facts.settled_upheld", "timeline.facts.settled_rejected"}
    for words in all_words().values():
        assert sorted(key for key in needed if key not in words) == []


def test_every_reason_why_a_date_moved_or_a_claim_went_has_words() -> None:
    movers = (Filed, DueDateChanged, Transferred, Extended, Paused, Resumed, Reopened, Rejudged)
    codes = {name.split(".")[2] for name, model in event_types().items() if issubclass(model, movers)}
    needed = {f"moved_reasons.{code}" for code in codes | {"rules_released", "as_known_then"}}
    ends = (
        "due_date_moved",
        "rules_released",
        "fulfilled_in_time",
        "withdrawn",
        "retracted",
        "deadline_no_longer_applies",
    )
    needed |= {f"withdrawn_reasons.{code}" for code in ends}
    needed |= {f"dispute.states.{state}" for state in get_args(Dispute.model_fields["state"].annotation)}
    for words in all_words().values():
        assert sorted(key for key in needed if key not in words) == []


def test_metrics_are_told_in_three_languages() -> None:
    for metric in METRICS.values():
        assert len({metric.definition.kk, metric.definition.ru, metric.definition.en}) == 3


@pytest.mark.parametrize(
    ("language", "number", "percent", "day", "instant"),
    [
        ("en", "1,234.5", "20.5%", "21 November 2026", "21 Nov 2026, 15:04 UTC+5"),
        ("ru", "1 234,5", "20,5 %", "21 ноября 2026 г.", "21 нояб. 2026 г., 15:04 UTC+5"),
        ("kk", "1 234,5", "20,5%", "2026 ж. 21 қараша", "2026 ж. 21 қар., 15:04 UTC+5"),
    ],
)
def test_numbers_and_dates_are_written_as_the_language_does(
    language: str, number: str, percent: str, day: str, instant: str
) -> None:
    words = next(words for name, words in all_words().items() if name == language)
    at = datetime(2026, 11, 21, 10, 4, tzinfo=UTC)
    written = (words.number(1234.5, 1), words.percent(0.205), words.date(DAY), words.instant(at, "Asia/Almaty"))
    assert tuple(plain(text) for text in written) == (number, percent, day, instant)


def test_an_instant_in_utc_needs_no_distance() -> None:
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert plain(all_words()["en"].instant(at)) == "2 Jan 2026, 03:04 UTC"
    assert plain(all_words()["en"].instant(at, "Asia/Kolkata")).endswith("UTC+5:30")
    assert plain(all_words()["en"].instant(at, "America/New_York")).endswith("22:04 UTC−5")


@pytest.mark.parametrize(
    ("n", "expected"),
    [(1, "1 обязательство."), (3, "3 обязательства."), (5, "5 обязательств."), (21, "21 обязательство.")],
)
def test_plurals_follow_the_language(n: int, expected: str) -> None:
    assert all_words()["ru"]("obligations.lede", n=n) == expected


def test_a_sentence_ends_with_one_full_stop() -> None:
    assert plain(all_words()["ru"]("trace.due", on=DAY)) == "Срок: 21 ноября 2026 г."
    assert all_words()["en"]("trace.due", on=DAY).endswith("2026.")


def test_parameters_are_escaped_in_html_and_never_read_as_templates() -> None:
    words = all_words()["en"]
    assert "&lt;b&gt; {n}" in words.html("world.simulation_named", world="<b> {n}")
    assert words("world.simulation_named", world="{n}") == "Simulation “{n}”"


def test_an_unknown_message_is_an_error_and_an_unknown_code_is_not() -> None:
    words = all_words()["en"]
    with pytest.raises(KeyError):
        words("no.such.key")
    assert words.code("timeliness", "brand_new") == "brand_new"
    assert words.duration(timedelta(days=2)) == "2 days"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "kk"),
        ("", "kk"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en;q=0.4, kk;q=0.5", "kk"),
        ("de", "kk"),
        ("en;q=0, ru;q=0.1", "ru"),
        ("en;q=banana", "kk"),
        ("*;q=0.5,,;;en", "kk"),
        ("EN-gb", "en"),
    ],
)
def test_the_browser_is_asked_for_its_language(header: str | None, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Nowruz Holiday", "Наурыз мейрамы"),
        ("Victory Day (observed)", "День Победы (перенос с выходного)"),
        ("Eid al-Adha (estimated)", "Курбан айт (дата оценочная)"),
        ("Day off (substituted from 05/04/2024)", "Выходной, перенесён с 4 мая 2024 г."),
        ("New Year Holiday; New Year's Day (observed)", "Новогодний выходной; Новый год (перенос с выходного)"),
        ("Day of Something New", "Day of Something New"),
        ("Constitution Day (in lieu)", "День Конституции (перенос)"),
    ],
)
def test_holidays_are_named_in_the_language_of_the_page(name: str, told: str) -> None:
    assert plain(Names(all_words()["ru"], Rulebook({}, {}, {})).holiday(name)) == told
