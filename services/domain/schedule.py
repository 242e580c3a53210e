"""Duties the calendar opens by itself: the same rule, time and clock always give the same filing.

A scheduled duty is tracked once its source has been read at all; until then nothing could be observed about it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schemas.bodies import Region
from schemas.envelope import Event
from schemas.events.duties import DutyOpenedV1
from schemas.rulebook import Rulebook
from schemas.rules import Rule, Schedule
from services.domain.deadlines import local_date, local_midnight
from services.domain.identity import new_event

REGION = "{region}"


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time that a duty opens: on which day, and the period it is about.

    ``name`` tells the obligation from those of other times: ``2026``, the year in which a yearly duty falls due, or
    ``2026-02``, the month a monthly one is about.
    """

    name: str
    opens_on: date
    period: str


def occasions(rule: Rule, today: date) -> Iterator[Occasion]:
    """Every time the rule has opened its duty by a local day, oldest first.

    A yearly duty opens on 1 January of the year in which it falls due, if the rule is in force on that due date; a monthly
    one on the 1st of the month after, if the rule is in force then.
    """
    if rule.schedule is None:
        raise AssertionError(f"{rule.id} has no schedule")
    return _months(rule, today) if rule.schedule.every == "month" else _years(rule, today)


def scheduled_subject(rule_id: str, occasion: str, simulation: str | None, region: Region | None = None) -> str:
    """The obligation id of a scheduled duty of one occasion, in a region if it is one of each region's."""
    own = f"{rule_id}:{occasion}" if region is None else f"{rule_id}:{region.suffix}:{occasion}"
    return own if simulation is None else f"{simulation}.{own}"


def scheduled_filings(
    rulebook: Rulebook, now: datetime, simulation: str | None, read_sources: Collection[str]
) -> Iterator[Event]:
    """Every duty that the calendar has opened by ``now``, oldest first, for sources that are being read."""
    for rule in rulebook.scheduled():
        if rule.schedule is None or source_of(rule, simulation) not in read_sources:
            continue
        for occasion in occasions(rule, local_date(now, rule.zone)):
            for region in _regions(rulebook, rule):
                yield _filing(rulebook, rule, rule.schedule, occasion, simulation, region)


def source_of(rule: Rule, simulation: str | None) -> str:
    """The source whose watermark covers a scheduled duty; a simulated world has its own."""
    if rule.schedule is None:
        raise AssertionError(f"{rule.id} has no schedule")
    return rule.schedule.source if simulation is None else f"{rule.schedule.source}/{simulation}"


def _years(rule: Rule, today: date) -> Iterator[Occasion]:
    if rule.term is None or rule.term.month is None or rule.term.day is None:
        raise AssertionError(f"{rule.id} has a schedule but no fixed date")
    for year in range(rule.valid_from.year, today.year + 1):
        if _in_force(rule, date(year, rule.term.month, rule.term.day)):
            yield Occasion(str(year), date(year, 1, 1), str(year - 1))


def _months(rule: Rule, today: date) -> Iterator[Occasion]:
    opens_on = rule.valid_from.replace(day=1)
    while opens_on <= today:
        period = (opens_on - timedelta(days=1)).strftime("%Y-%m")
        if _in_force(rule, opens_on):
            yield Occasion(period, opens_on, period)
        opens_on = (opens_on + timedelta(days=31)).replace(day=1)


def _in_force(rule: Rule, on: date) -> bool:
    return rule.valid_from <= on and (rule.valid_to is None or on <= rule.valid_to)


def _regions(rulebook: Rulebook, rule: Rule) -> Iterator[Region | None]:
    """The regions that owe it one by one; a single None for a duty of the whole country."""
    if rule.schedule is None or not rule.schedule.regions:
        yield None
        return
    for region in rulebook.regions.values():
        if region.jurisdiction == rule.jurisdiction and region.level in rule.schedule.regions:
            yield region


def _filing(
    rulebook: Rulebook,
    rule: Rule,
    schedule: Schedule,
    occasion: Occasion,
    simulation: str | None,
    region: Region | None,
) -> Event:
    suffix = region.suffix if region is not None else ""
    opens_at = local_midnight(occasion.opens_on, rule.zone)
    body = rulebook.bodies[schedule.owed_by.replace(REGION, suffix)]
    subject = scheduled_subject(rule.id, occasion.name, simulation, region)
    data = DutyOpenedV1(
        occurred_on=occasion.opens_on,
        kind=rule.kind,
        jurisdiction=rule.jurisdiction,
        rule=rule.id,
        owed_by=body.id,
        owed_by_name=body.name.en,
        owed_to=schedule.owed_to.replace(REGION, suffix) if schedule.owed_to is not None else None,
        period=occasion.period,
        title=rule.title.en,
        reference=f"{rule.id}/{suffix}/{occasion.name}" if suffix else f"{rule.id}/{occasion.name}",
        region=region.id if region is not None else None,
    )
    return new_event(
        data,
        source=source_of(rule, simulation),
        subject=subject,
        time=opens_at,
        observed_at=opens_at,
        native_id=subject,
        version=str(rule.version),
        simulation=simulation,
    )
