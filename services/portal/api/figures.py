"""Published figures: each share with its n, rule, window and freshness, and the catalogue that defines them.

What may be shown is decided in ``services.portal.figures``; here it is only handed out.
"""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Path
from fastapi.responses import Response

from schemas.metrics import METRICS, Metric
from services.portal import parameters as p
from services.portal.api.answers import ListAnswer, Listed
from services.portal.downloads import download_records
from services.portal.figures import SHARES, Figure, figures, shares
from services.portal.listings import TIMELINESS, Value
from services.portal.problems import BadParameter, NotFound
from services.portal.records import Instant

router: Final = APIRouter()
_ALL: Final = 1_000_000


class MetricsAnswer(ListAnswer[Figure]):
    """A page of figures with the definitions they use. `limit` counts windows; each window gives several figures."""

    definitions: tuple[Metric, ...]


class MetricAnswer(ListAnswer[Figure]):
    """One metric with its definition and its figures."""

    definition: Metric


@router.get("/metrics", response_model=MetricsAnswer)
def metrics(
    listed: Listed,
    kind: p.Kind = None,
    jurisdiction: p.Jurisdiction = None,
    rule: p.RuleId = None,
    since: p.Since = None,
) -> MetricsAnswer | Response:
    """All published shares, the latest month first. `since` bounds the month."""
    given = p.given(kind=kind, jurisdiction=jurisdiction, rule=rule, since=since)
    items, more = _figures(listed, given, SHARES)
    if listed.format != "json":
        return _downloaded(listed, items)
    return MetricsAnswer(
        simulation=listed.world.simulation,
        as_of=listed.world.now,
        items=items,
        next_cursor=more,
        definitions=tuple(METRICS.values()),
    )


@router.get("/metrics/{metric_id}", response_model=MetricAnswer)
def metric(
    listed: Listed,
    metric_id: Annotated[str, Path(max_length=120)],
    kind: p.Kind = None,
    jurisdiction: p.Jurisdiction = None,
    rule: p.RuleId = None,
    since: p.Since = None,
) -> MetricAnswer | Response:
    """One metric: its definition, and its figures where it is a share."""
    definition = METRICS.get(metric_id)
    if definition is None:
        raise NotFound("metric", metric_id)
    given = p.given(kind=kind, jurisdiction=jurisdiction, rule=rule, since=since)
    items, more = _figures(listed, given, [metric_id]) if metric_id in SHARES else ([], None)
    if listed.format != "json":
        return _downloaded(listed, items)
    return MetricAnswer(
        simulation=listed.world.simulation,
        as_of=listed.world.now,
        items=items,
        next_cursor=more,
        definition=definition,
    )


def _figures(listed: Listed, given: dict[str, Value], chosen: Sequence[str]) -> tuple[list[Figure], str | None]:
    after = TIMELINESS.resume(listed.cursor) if listed.cursor is not None else ()
    limit = _ALL if listed.limit == "all" else listed.limit
    rows = shares(listed.site.reader, listed.world.simulation, given, after=after, limit=limit + 1)
    as_of: Instant | None = listed.world.now
    more = TIMELINESS.cursor(rows[limit - 1]) if len(rows) > limit else None
    return figures(rows[:limit], chosen, as_of), more


def _downloaded(listed: Listed, items: Sequence[Figure]) -> Response:
    if listed.format != "csv":
        raise BadParameter("figures are downloaded as csv; parquet is for lists of records")
    return download_records(Figure, items, "metrics")
