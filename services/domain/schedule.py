"""Duties the calendar opens by itself: the same rule, year and clock always give the same filing.

A scheduled duty is tracked once its source has been read at all; until then nothing could be observed about it.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime

from schemas.bodies import Region
from schemas.envelope import Event
from schemas.events.duties import DutyOpenedV1
from schemas.rulebook import Rulebook
from schemas.rules import Rule, Schedule
from services.domain.deadlines import local_date, local_midnight
from services.domain.identity import new_event

REGION = "{region}"


def scheduled_subject(rule_id: str, year: int, simulation: str | None, region: Region | None = None) -> str:
    """The obligation id of a scheduled duty that falls due in ``year``, in a region if it is one of each region's."""
    own = f"{rule_id}:{year}" if region is None else f"{rule_id}:{region.suffix}:{year}"
    return own if simulation is None else f"{simulation}.{own}"


def scheduled_filings(
    rulebook: Rulebook, now: datetime, simulation: str | None, read_sources: Collection[str]
) -> Iterator[Event]:
    """Every duty that the calendar has opened by ``now``, oldest first, for sources that are being read.

    Each duty opens on 1 January (local) of the year in which it falls due.
    """
    for rule in rulebook.scheduled():
        if rule.schedule is None or source_of(rule, simulation) not in read_sources:
            continue
        for year in range(rule.valid_from.year, local_date(now, rule.zone).year + 1):
            if _falls_within(rule, year):
                for region in _regions(rulebook, rule):
                    yield _filing(rulebook, rule, rule.schedule, year, simulation, region)


def source_of(rule: Rule, simulation: str | None) -> str:
    """The source whose watermark covers a scheduled duty; a simulated world has its own."""
    if rule.schedule is None:
        raise AssertionError(f"{rule.id} has no schedule")
    return rule.schedule.source if simulation is None else f"{rule.schedule.source}/{simulation}"


def _falls_within(rule: Rule, year: int) -> bool:
    if rule.term is None or rule.term.month is None or rule.term.day is None:
        raise AssertionError(f"{rule.id} has a schedule but no fixed date")
    due_on = date(year, rule.term.month, rule.term.day)
    return rule.valid_from <= due_on and (rule.valid_to is None or due_on <= rule.valid_to)


def _regions(rulebook: Rulebook, rule: Rule) -> Iterator[Region | None]:
    """The regions that owe it one by one; a single None for a duty of the whole country."""
    if rule.schedule is None or not rule.schedule.regions:
        yield None
        return
    for region in rulebook.regions.values():
        if region.jurisdiction == rule.jurisdiction and region.level in rule.schedule.regions:
            yield region


def _filing(
    rulebook: Rulebook, rule: Rule, schedule: Schedule, year: int, simulation: str | None, region: Region | None
) -> Event:
    suffix = region.suffix if region is not None else ""
    opens_on = date(year, 1, 1)
    opens_at = local_midnight(opens_on, rule.zone)
    body = rulebook.bodies[schedule.owed_by.replace(REGION, suffix)]
    subject = scheduled_subject(rule.id, year, simulation, region)
    data = DutyOpenedV1(
        occurred_on=opens_on,
        kind=rule.kind,
        jurisdiction=rule.jurisdiction,
        rule=rule.id,
        owed_by=body.id,
        owed_by_name=body.name.en,
        owed_to=schedule.owed_to.replace(REGION, suffix),
        period=str(year - 1),
        title=rule.title.en,
        reference=f"{rule.id}/{suffix}/{year}" if suffix else f"{rule.id}/{year}",
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
