"""The descriptor of the downloads (Frictionless Data Package): what each file holds and what each column means.

Made from the same models the files are written from, so it cannot fall behind them.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Final, get_args, get_origin
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel

from services.portal.budget_listings import BUDGET_EXECUTION, BUDGET_FINDINGS, BUDGET_LINES
from services.portal.figures import Figure
from services.portal.listings import (
    ALERTS,
    BODIES,
    DEAD_LETTERS,
    FINDINGS,
    OBLIGATIONS,
    OVERDUE,
    SOURCES,
)
from services.portal.parameters import World
from services.portal.site import site_of

router: Final = APIRouter()
_FILES: Final[Mapping[str, type[BaseModel]]] = {
    "obligations": OBLIGATIONS.model,
    "overdue": OVERDUE.model,
    "bodies": BODIES.model,
    "alerts": ALERTS.model,
    "findings": FINDINGS.model,
    "sources": SOURCES.model,
    "dead-letters": DEAD_LETTERS.model,
    "budget/lines": BUDGET_LINES.model,
    "budget/execution": BUDGET_EXECUTION.model,
    "budget/findings": BUDGET_FINDINGS.model,
    "metrics": Figure,
}
_TYPES: Final[tuple[tuple[type, str], ...]] = (
    (AwareDatetime, "datetime"),
    (date, "date"),
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (Decimal, "number"),
    (UUID, "string"),
    (str, "string"),
)


@router.get("/data/datapackage.json")
def data_package(request: Request, world: World = None) -> dict[str, object]:
    """Every download with its columns, as a Frictionless Data Package of one world."""
    site = site_of(request)
    chosen = site.worlds.choose(world)
    origin = site.origin(request)
    return {
        "profile": "tabular-data-package",
        "name": f"esep-{chosen.simulation or 'real'}",
        "title": f"Esep, simulation {chosen.simulation}" if chosen.is_simulated else "Esep",
        "simulation": chosen.simulation,
        "resources": [resource(origin, chosen.simulation, name, model) for name, model in _FILES.items()],
    }


def resource(origin: str, world: str, name: str, model: type[BaseModel]) -> dict[str, object]:
    """One download as a resource of a package: where it is, and its columns."""
    return {
        "name": name.replace("/", "-"),
        "path": f"{origin}/api/v1/{name}?format=csv&limit=all&world={world}",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": " ".join((model.__doc__ or "").split()),
        "schema": {"fields": [field_of(model, field) for field in model.model_fields], "missingValues": [""]},
    }


def field_of(model: type[BaseModel], name: str) -> dict[str, str]:
    described = model.model_fields[name]
    field = {"name": name, "type": _type(described.annotation)}
    extra = described.json_schema_extra
    phase = {"phase": str(extra["phase"])} if isinstance(extra, dict) and "phase" in extra else {}
    return field | ({"description": described.description} if described.description else {}) | phase


def _type(annotation: object) -> str:
    if get_origin(annotation) is UnionType:
        return _type(next(each for each in get_args(annotation) if each is not type(None)))
    if not isinstance(annotation, type):
        return "string"
    return next(name for python, name in _TYPES if issubclass(annotation, python))
