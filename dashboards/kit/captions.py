"""What a panel says about itself: id, title, and a description that ends at the definition of its figure.

Words and links only; how a panel looks is in ``kit.panels``.
"""

from dataclasses import dataclass

from schemas.metrics import METRICS

PORTAL_VARIABLE = "portal"


def portal(path: str) -> str:
    """An address on the public pages; ``path`` starts with a slash."""
    return f"${{{PORTAL_VARIABLE}}}{path}"


@dataclass(frozen=True, slots=True)
class Caption:
    """Identity and words of one panel. ``id`` stays the same for ever: links and alerts point at it."""

    id: int
    title: str
    description: str


def figure(panel_id: int, metric_id: str, *, title: str = "", note: str = "") -> Caption:
    """The caption of a panel that shows a published figure, in the words of the catalogue.

    Raises: KeyError when the catalogue has no such figure.
    """
    metric = METRICS[metric_id]
    parts = [metric.definition.en, note]
    if metric.minimum_n:
        parts.append(f"Not shown for fewer than {metric.minimum_n} obligations.")
    link = f"[Definition: {metric.id}]({portal(f'/api/v1/metrics/{metric.id}')})"
    return Caption(panel_id, title or metric.title.en, _paragraphs(*parts, link))


def records(panel_id: int, title: str, says: str, *, page: str) -> Caption:
    """The caption of a panel of records or plain amounts; ``page`` is where the public pages have them."""
    return Caption(panel_id, title, _paragraphs(says, f"[On the public pages]({portal(page)})"))


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
