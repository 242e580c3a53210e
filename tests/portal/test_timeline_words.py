"""Every entry of a timeline is a sentence in three languages, and says the reason it was given."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from schemas.events import acts, appeals, deadlines, disputes, duties, inquiries, petitions, reports, rules  # noqa: F401
from schemas.events.deadlines import DeadlineEvent
from schemas.events.registry import event_types
from schemas.events.verbs import ObligationFact
from services.adapters.rulebook import load_rulebook
from services.portal.obligation_history import EventWords, ObligationHistory, TimelineEntry
from services.portal.phrases import Phrases
from services.wording.names import Names
from services.wording.words import LANGUAGES, all_words

AT = datetime(2026, 5, 20, 6, 0, tzinfo=UTC)
DAY = date(2026, 5, 18)
ALL_FIELDS = EventWords(
    occurred_on=DAY,
    owed_by="kz.adm.226",
    owed_by_name="Body kz.adm.226",
    named_on=DAY,
    until=DAY,
    rating=4,
    reason="needs an inspection",
    due_on=DAY,
    was_due_on=DAY,
    known_on=DAY,
    contested_by="kz.adm.226",
)


def entry(type_: str, words: EventWords, kind: str = "fact") -> TimelineEntry:
    return TimelineEntry(
        kind_of_entry=kind,
        type=type_,
        event_id=UUID(int=1),
        source="/sources/test",
        happened_at=AT,
        occurred_on=words.occurred_on,
        observed_at=AT,
        sourceuri=None,
        sourcesha256=None,
        sourcefetchedat=None,
        sourcelocator=None,
        event=None,
        words=words,
    )


def told(language: str, each: TimelineEntry) -> str:
    words = next(words for name, words in all_words().items() if name == language)
    return Phrases(words, Names(words, load_rulebook())).told(each).text


def test_what_was_only_found_is_told_with_the_day_of_the_look_and_since_when_it_may_have_been_there() -> None:
    found = entry("esep.report.found.v1", EventWords(earliest_on=date(2026, 3, 1)))
    words = next(words for name, words in all_words().items() if name == "en")
    line = Phrases(words, Names(words, load_rulebook())).told(found)
    assert line.on == AT.date()
    assert "March 2026" in line.text
    history = ObligationHistory.model_construct(closed_on=AT.date(), timeline=(found,))
    assert history.found_since == date(2026, 3, 1)
    dated = entry("esep.report.submitted.v1", EventWords(occurred_on=AT.date()))
    assert ObligationHistory.model_construct(closed_on=AT.date(), timeline=(found, dated)).found_since is None


def test_a_duty_of_the_calendar_is_named_by_its_rule_in_the_reader_s_language_and_by_its_period() -> None:
    names = {language: Names(words, load_rulebook()) for language, words in all_words().items()}
    title = "Publication of the monthly report"
    assert names["ru"].title(title, "kz.bud.month.pub", "2025-02") == "Публикация ежемесячного отчёта · 2025-02"
    assert names["kk"].title("A question", "kz.bud.month.pub", "2025-02") == "A question"
    assert names["en"].title(title, "xx.unknown") == title


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_of_an_obligation_is_a_sentence(language: str) -> None:
    for name, model in event_types().items():
        if issubclass(model, ObligationFact | DeadlineEvent):
            kind = "deadline" if issubclass(model, DeadlineEvent) else "fact"
            for words in (ALL_FIELDS, ALL_FIELDS.model_copy(update={"outcome": "upheld"})):
                assert told(language, entry(name, words, kind)) != name


@pytest.mark.parametrize("language", LANGUAGES)
def test_optional_reasons_may_be_missing(language: str) -> None:
    bare = ALL_FIELDS.model_copy(update={"reason": None})
    for name in (
        "esep.dispute.held.v1",
        "esep.appeal.extended.v1",
        "esep.appeal.withdrawn.v1",
        "esep.appeal.reopened.v1",
    ):
        assert told(language, entry(name, bare)) != name
    assert told(language, entry("esep.deadline.moved.v1", bare, "deadline")) != "esep.deadline.moved.v1"


def test_reasons_are_words_where_the_tracker_gave_a_code_and_quotes_where_people_wrote() -> None:
    moved = ALL_FIELDS.model_copy(update={"reason": "rules_released"})
    assert told("en", entry("esep.deadline.moved.v1", moved, "deadline")).endswith(
        "a new release of rules or calendars."
    )
    withdrawn = ALL_FIELDS.model_copy(update={"reason": "contest_upheld"})
    assert "found to be right" in told("en", entry("esep.deadline.withdrawn.v1", withdrawn, "deadline"))
    settled = ALL_FIELDS.model_copy(update={"reason": "disputed", "outcome": "rejected"})
    assert told("en", entry("esep.dispute.settled.v1", settled)).endswith("“disputed”")
    assert told("en", entry("esep.no.such.v1", ALL_FIELDS)) == "esep.no.such.v1"
