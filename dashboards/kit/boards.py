"""What is the same on every board: its frame, the label of the world it shows, and its JSON form.

A board's panels and queries live in ``dashboards.boards``.
"""

import json

from grafana_foundation_sdk.builders import dashboard, stat, text
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.kit.captions import records
from dashboards.kit.panels import note, words
from dashboards.kit.query import register
from dashboards.kit.sql import IN_WORLD, WORLD, query

TAG = "esep"


def frame(uid: str, title: str, description: str, *, since: str) -> dashboard.Dashboard:
    """An empty board. Its zone is UTC, so that a legal date is the same day wherever the viewer sits."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([TAG])
        .readonly()
        .timezone("utc")
        .time(since, "now")
        .refresh("1m")
        .link(dashboard.DashboardLink("Public pages").url("${portal}/en/").target_blank(True))
    )


def world_label(panel_id: int, about: str) -> text.Panel:
    """Says on the board itself whether what follows is real or invented; ``about`` says how to read it."""
    return note(
        panel_id,
        "",
        f"## ${{world:text}}\n\n"
        "A world marked **SIMULATED** is invented to show how Esep works: no body owed or did any of it. "
        f"{about}",
        span=16,
    )


def world_clock(panel_id: int) -> stat.Panel:
    """The instant up to which the chosen world has been judged."""
    caption = records(
        panel_id,
        "Judged up to (UTC)",
        "The latest tick of this world's clock. What fell due after it has not been looked at yet.",
        page="/en/about",
    )
    sql = query(f"""
        SELECT if({WORLD} = '', 'real world', 'SIMULATED') AS world, max(now_at) AS judged_up_to
        FROM clocks WHERE {IN_WORLD} HAVING count() > 0
    """)
    return words(caption, sql, span=8)


def from_json(text: str) -> Dashboard:
    """A board read back from its JSON, ClickHouse queries included.

    Raises: KeyError, ValueError for JSON that is not a board of ours.
    """
    register()
    return Dashboard.from_json(json.loads(text))


def to_json(board: Dashboard) -> str:
    """The board as committed and as Grafana reads it: keys sorted, two spaces, one final newline."""
    return json.dumps(board, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
