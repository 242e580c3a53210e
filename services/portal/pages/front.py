"""The overview, and the way to it: ``/`` leads to the language the browser prefers.

Charts are drawn here from the same record the API gives out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from schemas.metrics import MINIMUM_N
from schemas.rules import Language
from services.portal import parameters as p
from services.portal.charts import HALF, Alternative, Bar, Bars, Flow, Panel, both_widths
from services.portal.overview import Overview, read_overview
from services.portal.records import BodyRecord
from services.portal.site import View, view_of
from services.wording.words import preferred

router: Final = APIRouter()
_MOST_BARS: Final = 10


@dataclass(frozen=True, slots=True)
class FlowDay:
    """One day over all jurisdictions; None where nothing has been observed yet."""

    day: date
    filed: int | None
    closed: int | None
    fell_due: int | None


@router.api_route("/", methods=["GET", "HEAD"])
def front(request: Request) -> RedirectResponse:
    """To the overview in the browser's language."""
    language = preferred(request.headers.get("accept-language"))
    query = request.url.query
    answer = RedirectResponse(f"/{language}/" + (f"?{query}" if query else ""), status_code=307)
    answer.headers["Vary"] = "Accept-Language"
    return answer


@router.api_route("/{language}", methods=["GET", "HEAD"])
def without_slash(request: Request, language: Language) -> RedirectResponse:
    """``/ru`` is ``/ru/``."""
    query = request.url.query
    return RedirectResponse(f"/{language}/" + (f"?{query}" if query else ""), status_code=307)


@router.api_route("/{language}/", methods=["GET", "HEAD"])
def overview(request: Request, language: Language, world: p.World = None) -> HTMLResponse:
    """What is owed, what falls due today, what is late."""
    view = view_of(request, language, world)
    if view.world is None:
        raise AssertionError("view_of chooses a world")
    o = read_overview(view.site.reader, view.world, catching_up=view.site.home_state().catching_up)
    late = sorted((body for body in o.bodies if body.late), key=lambda body: (-body.late, body.owed_by))
    days = flow_days(o, view.zone)
    return view.render(
        "overview.html",
        o=o,
        late_bodies=late,
        late_chart=_late_chart(view, late[:_MOST_BARS]),
        flow_days=days,
        flow_chart=_flow_chart(view, days),
        minimum_n=MINIMUM_N,
    )


def flow_days(o: Overview, zone: str) -> list[FlowDay]:
    """Every day of the window, summed over jurisdictions. A day after the sources were read is unknown, not empty."""
    if o.flow.first is None or o.flow.last is None:
        return []
    observed = max((_local(source.read_up_to, zone) for source in o.sources), default=o.flow.last)
    length = (o.flow.last - o.flow.first).days + 1
    return [_flow_day(o, o.flow.first + timedelta(days=offset), observed) for offset in range(length)]


def _flow_day(o: Overview, day: date, observed: date) -> FlowDay:
    rows = [row for row in o.flow.rows if row.day == day]
    is_known = day <= observed or any(row.filed or row.closed for row in rows)
    return FlowDay(
        day=day,
        filed=sum(row.filed for row in rows) if is_known else None,
        closed=sum(row.closed for row in rows) if is_known else None,
        fell_due=sum(row.fell_due for row in rows),
    )


def _local(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def _late_chart(view: View, bodies: Sequence[BodyRecord]) -> Markup | None:
    if not bodies:
        return None
    t = view.words
    bars = [
        Bar(
            name=view.names.body(body.owed_by, body.owed_by_name),
            value=body.late,
            written=t("overview.late_of_open", late=body.late, open=body.open),
        )
        for body in bodies
    ]
    meaning = t("overview.late_chart_means", body=bars[0].name, n=bodies[0].late)
    return both_widths(
        Bars("late", Alternative(_titled(view, t("overview.late_chart")), meaning), bars, "fill-late"), HALF
    )


def _flow_chart(view: View, days: Sequence[FlowDay]) -> Markup | None:
    if not days:
        return None
    t = view.words
    panels = [
        Panel(t("flow.filed"), "fill-flow", [day.filed for day in days]),
        Panel(t("flow.closed"), "fill-in_time", [day.closed for day in days]),
        Panel(t("flow.fell_due"), "fill-due", [day.fell_due for day in days]),
    ]
    sums = {
        "filed": sum(day.filed or 0 for day in days),
        "closed": sum(day.closed or 0 for day in days),
        "fell_due": sum(day.fell_due or 0 for day in days),
    }
    most = [max((value or 0 for value in panel.values), default=0) for panel in panels]
    return both_widths(
        Flow(
            "flow",
            Alternative(_titled(view, t("overview.flow")), t("overview.flow_means", **sums)),
            panels,
            dates=[t.day_month(day.day) for day in days],
            scale=[t("overview.flow_top", n=top) for top in most],
        )
    )


def _titled(view: View, title: str) -> str:
    simulated = view.world is not None and view.world.is_simulated
    return f"{view.words('world.title_mark')} {title}" if simulated else title
