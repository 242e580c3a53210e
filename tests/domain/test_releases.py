"""Two datings of one rule: what the law says when, and what was known of it when."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from schemas.events.appeals import AppealFiledV1
from schemas.events.states import Confidence, Force
from schemas.rulebook import Rulebook
from schemas.rules import Basis, Citation, LocalText, Rule, Term, Unit
from services.adapters.rulebook import load_rulebook
from services.domain.claims import deadline_of
from services.domain.obligations import fold
from services.domain.releases import Release, Releases, release_event
from tests.domain.matters import days, rule
from tests.domain.scenarios import fact, on

LAST_OLD, FIRST_NEW = date(2025, 12, 28), date(2025, 12, 29)
WORDS = LocalText(kk="өтініш", ru="обращение", en="appeal")


def version(number: int, basis: Basis, valid_from: date, valid_to: date | None, known_from: date) -> Rule:
    """One of two wordings of an invented rule: fifteen working days from receipt, then from registration."""
    return Rule(
        id="kz.synthetic.answer",
        version=number,
        jurisdiction="kz",
        kind="appeal.citizen",
        title=WORDS,
        zone="Asia/Almaty",
        calendar="kz",
        term=Term(basis=basis, unit=Unit.WORKING_DAY, amount=15, roll_forward=True),
        valid_from=valid_from,
        valid_to=valid_to,
        known_from=known_from,
        force=Force.STATUTE,
        confidence=Confidence.SECONDARY,
        citation=Citation(act="an invented pair of wordings", article="1", edition="1"),
    )


def two_wordings(known_from: date) -> Rulebook:
    """The pair, the second learned on a day; holidays are those of Kazakhstan."""
    old = version(1, Basis.RECEIVED, date(2021, 7, 1), LAST_OLD, date(2021, 7, 1))
    new = version(2, Basis.REGISTERED, FIRST_NEW, None, known_from)
    return Rulebook({old.id: (old, new)}, load_rulebook().calendars, {})


@pytest.mark.parametrize(
    ("received", "registered", "version_in_force", "due"),
    [
        # Three days pass between receipt and registration; on one side of the boundary they count, on the other not.
        (date(2025, 12, 23), date(2025, 12, 26), 1, date(2026, 1, 16)),
        (date(2025, 12, 26), date(2025, 12, 26), 1, date(2026, 1, 21)),
        (date(2025, 12, 28), date(2025, 12, 28), 1, date(2026, 1, 21)),
        (date(2025, 12, 29), date(2026, 3, 5), 2, date(2026, 4, 1)),
        (date(2026, 3, 2), date(2026, 3, 5), 2, date(2026, 4, 1)),
    ],
)
def test_the_wording_in_force_on_the_day_decides_what_is_counted_from(
    received: date, registered: date, version_in_force: int, due: date
) -> None:
    data = AppealFiledV1(
        occurred_on=received,
        kind="appeal.citizen",
        jurisdiction="kz",
        rule="kz.synthetic.answer",
        owed_by="kz.adm.226",
        owed_by_name="A body",
        received_on=received,
        registered_on=registered,
        title="An appeal",
        reference="1",
    )
    obligation = fold([fact("kz:1", data, 0)])
    assert obligation is not None
    deadline = deadline_of(obligation, two_wordings(FIRST_NEW))
    assert deadline.rule is not None
    assert (deadline.rule.version, deadline.due_on) == (version_in_force, due)


def test_a_wording_learned_later_is_not_applied_before_it_was_known() -> None:
    book = two_wordings(known_from=date(2026, 1, 10))
    on_day = date(2026, 1, 5)
    before = book.rule_in_force("kz.synthetic.answer", on_day, known=date(2026, 1, 9))
    after = book.rule_in_force("kz.synthetic.answer", on_day, known=date(2026, 1, 10))
    assert before is not None
    assert after is not None
    assert (before.version, after.version) == (1, 2)


def test_of_two_editions_of_the_same_days_the_one_learned_last_stands() -> None:
    first = rule("xx.rule.one", days(6))
    second = first.model_copy(update={"version": 2, "term": days(9), "known_from": on(50)})
    book = Rulebook({first.id: (first, second)}, {}, {})
    assert book.rule_in_force(first.id, on(0), on(49)) == first
    assert book.rule_in_force(first.id, on(0), on(50)) == second


def test_what_was_known_before_the_first_entry_is_that_entry() -> None:
    only = rule("xx.rule.one", days(6), known_from=on(50))
    assert Rulebook({only.id: (only,)}, {}, {}).rule_in_force(only.id, on(0), on(1)) == only


def test_releases_are_the_same_whatever_order_they_come_in() -> None:
    found = [Release(datetime(2026, 1, day, tzinfo=UTC), UUID(int=day), on(day)) for day in (1, 2, 3)]
    assert Releases().adding(found[2]).adding(found[0]).adding(found[1]).adding(found[0]) == Releases.of(found)


def test_knowledge_is_that_of_the_day_and_of_the_release_of_the_time() -> None:
    releases = Releases.of(
        [
            Release(datetime(2026, 1, 10, tzinfo=UTC), UUID(int=1), date(2026, 1, 5)),
            Release(datetime(2026, 3, 10, tzinfo=UTC), UUID(int=2), date(2026, 3, 8)),
        ]
    )
    assert releases.known_now == date(2026, 3, 8)
    assert releases.known_at(datetime(2025, 6, 1, tzinfo=UTC)) == date(2025, 6, 1)
    assert releases.known_at(datetime(2026, 2, 1, tzinfo=UTC)) == date(2026, 1, 5)
    assert releases.known_at(datetime(2026, 3, 9, tzinfo=UTC)) == date(2026, 1, 5)
    assert releases.known_at(datetime(2026, 3, 10, tzinfo=UTC)) == date(2026, 3, 8)


def test_announcing_the_same_rules_again_is_the_same_event() -> None:
    first = release_event(load_rulebook(), datetime(2026, 11, 21, tzinfo=UTC))
    again = release_event(load_rulebook(), datetime(2027, 1, 1, tzinfo=UTC))
    assert (first.id, first.data) == (again.id, again.data)
    assert first.data.known_on == max(
        version.known_from for versions in load_rulebook().rules.values() for version in versions
    )
