"""What the simulated treasury and auditors publish: the yearly budget reports, and monthly statements with invented figures.

Due dates of reports come from the rules, the figures from the seed; none is anybody's real figure.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from schemas.bodies import Region
from schemas.envelope import Event
from schemas.events.budget import BudgetEvent, BudgetPeriodPublishedV1, BudgetStatementV1
from schemas.events.reports import ReportSubmittedV1
from schemas.rules import Rule
from services.adapters.chance import Chance
from services.adapters.rulebook import load_rulebook
from services.domain.deadlines import count_deadline
from services.domain.identity import new_event
from services.domain.schedule import Occasion, occasions, scheduled_subject, source_of
from services.simulator import country

SPENDERS: Final = tuple(f"kz.adm.{code}" for code in (207, 212, 224, 226, 228, 229, 650, 652))
MONTHLY_SHARES: Final = (5, 7, 8, 8, 8, 9, 8, 8, 8, 9, 9, 13)
"""Percent of a year's plan that falls into each month."""
PUBLISHED_AFTER_DAYS: Final = 12
_BILLION: Final = 1_000_000
"""In the unit of the statements, thousand KZT."""


def report_submissions(seed: int, day: date) -> Iterator[Event]:
    """Scheduled reports submitted on a local day; the first day of the history brings those of earlier years too."""
    for rule, region in _owed():
        for occasion in occasions(rule, day):
            submitted_on = _submitted_on(seed, rule, occasion, region)
            if submitted_on == day:
                yield _submission(rule, occasion, region, submitted_on, seen_at=country.at(day, 11))
            elif submitted_on < day == country.BEGINS_ON:
                yield _submission(rule, occasion, region, submitted_on, seen_at=country.at(day))


def budget_statements(seed: int, day: date) -> Iterator[Event]:
    """Statements published on a local day; the first day of the history brings the whole year before it."""
    last_month = day.replace(day=1) - timedelta(days=1)
    if day == country.BEGINS_ON:
        for month in range(1, 12):
            yield from _statements(seed, _month_end(last_month.year, month), seen_at=country.at(day))
    if day == published_on(day.replace(day=1)):
        yield from _statements(seed, last_month, seen_at=country.at(day, 10))


def published_on(opens_on: date) -> date:
    """The workday on which figures of the month before ``opens_on``, a 1st, are published."""
    return country.on_workday(opens_on - timedelta(days=1) + timedelta(days=PUBLISHED_AFTER_DAYS))


def _owed() -> Iterator[tuple[Rule, Region | None]]:
    """Every rule that the calendar opens here, once for the country or once for each of its regions."""
    book = load_rulebook()
    for rule in book.scheduled():
        if rule.schedule is None or rule.jurisdiction != country.JURISDICTION:
            continue
        if not rule.schedule.regions:
            yield rule, None
        for id_ in country.REGIONS if rule.schedule.regions else ():
            if book.regions[id_].level in rule.schedule.regions:
                yield rule, book.regions[id_]


def _submitted_on(seed: int, rule: Rule, occasion: Occasion, region: Region | None) -> date:
    if rule.term is None:
        # Where no day is named, the report comes with the month's statements.
        return published_on(occasion.opens_on)
    due_on = count_deadline(rule, occasion.opens_on, None).due_on
    if due_on is None:
        raise AssertionError(f"{rule.id} has a term, but no date follows from it")
    chance = Chance(seed, "report", rule.id, *(() if region is None else (region.id,)), occasion.opens_on.year)
    days = chance.between(-8, -1) if chance.happens(0.75) else chance.between(3, 9)
    return country.on_workday(due_on + timedelta(days=days))


def _submission(
    rule: Rule, occasion: Occasion, region: Region | None, submitted_on: date, *, seen_at: datetime
) -> Event:
    subject = scheduled_subject(rule.id, occasion.name, country.SIMULATION, region)
    return new_event(
        ReportSubmittedV1(occurred_on=submitted_on),
        source=source_of(rule, country.SIMULATION),
        subject=subject,
        time=min(country.at(submitted_on, 11), seen_at),
        observed_at=seen_at,
        native_id=subject,
        version="1",
        simulation=country.SIMULATION,
    )


def _statements(seed: int, period_end: date, *, seen_at: datetime) -> Iterator[Event]:
    """One month: its statements, and then that the treasury has published it whole."""
    lines = [_line(seed, body, period_end) for body in SPENDERS]
    statements = (*lines, _total(lines))
    year = f"{country.SIMULATION}/{lines[0].level}/{lines[0].classification}/-/{period_end.year}"
    for statement in statements:
        yield _publication(statement, f"{year}/{statement.code}", period_end, seen_at)
    whole = BudgetPeriodPublishedV1(
        jurisdiction=country.JURISDICTION,
        level=lines[0].level,
        classification=lines[0].classification,
        fiscal_year=period_end.year,
        period_end=period_end,
        lines=len(statements),
    )
    yield _publication(whole, f"{year}-{period_end:%m}", period_end, seen_at)


def _publication(data: BudgetEvent, subject: str, period_end: date, seen_at: datetime) -> Event:
    return new_event(
        data,
        source=country.BUDGET,
        subject=subject,
        time=country.at(period_end + timedelta(days=1)),
        observed_at=seen_at,
        native_id=subject,
        version=period_end.isoformat(),
        simulation=country.SIMULATION,
    )


def _line(seed: int, body: str, period_end: date) -> BudgetStatementV1:
    """One ministry from 1 January to ``period_end``: spending runs behind the plan of each month by its own measure."""
    code = body.rpartition(".")[2]
    chance = Chance(seed, "budget", code, period_end.year)
    approved = chance.between(60, 900) * _BILLION
    slowest, raise_percent, ahead_percent = chance.between(60, 95), chance.between(0, 6), chance.between(10, 50)
    planned = paid = 0
    for share in MONTHLY_SHARES[: period_end.month]:
        planned += approved * share // 100
        paid += approved * share * chance.between(slowest, 100) // 10_000
    adjusted = approved * (100 + raise_percent) // 100 if period_end.month >= 7 else approved
    planned_obligations = min(approved, planned * 3 // 2)
    return _statement(
        code,
        f"{country.body_name(body)} (simulated figures)",
        period_end,
        is_total=False,
        amounts=[
            *(approved, adjusted, adjusted, planned, planned_obligations, paid),
            paid + (planned_obligations - paid) * ahead_percent // 100,
        ],
    )


def _total(lines: Sequence[BudgetStatementV1]) -> BudgetStatementV1:
    columns = zip(*(_amounts(line) for line in lines), strict=True)
    totals = [sum(column, Decimal(0)) for column in columns]
    return _statement("0", "Total of the simulated ministries", lines[0].period_end, is_total=True, amounts=totals)


def _amounts(line: BudgetStatementV1) -> tuple[Decimal, ...]:
    return (
        *(line.approved, line.specified, line.adjusted, line.period_plan_payments),
        *(line.period_plan_obligations, line.paid, line.obligations_taken),
    )


def _statement(
    code: str, name: str, period_end: date, *, is_total: bool, amounts: Sequence[int | Decimal]
) -> BudgetStatementV1:
    approved, specified, adjusted, plan_payments, plan_obligations, paid, taken = map(Decimal, amounts)
    return BudgetStatementV1(
        jurisdiction=country.JURISDICTION,
        level="republican",
        classification="administrator",
        code=code,
        name=name,
        fiscal_year=period_end.year,
        unit="thousand KZT",
        period_end=period_end,
        is_total=is_total,
        approved=approved,
        specified=specified,
        adjusted=adjusted,
        period_plan_payments=plan_payments,
        period_plan_obligations=plan_obligations,
        paid=paid,
        obligations_taken=taken,
    )


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
