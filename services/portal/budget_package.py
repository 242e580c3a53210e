"""The descriptor of the budget lines as a Fiscal Data Package: which column is which measure of which phase.

Made from the same model the file is written from, so it cannot fall behind it.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from pydantic.fields import FieldInfo

from services.portal.budget_listings import BUDGET_LINES
from services.portal.data_package import resource
from services.portal.listings import Query
from services.portal.parameters import World
from services.portal.records import Record
from services.portal.site import site_of

router: Final = APIRouter()
_RESOURCE: Final = "budget-lines"
_CURRENCIES: Final[Mapping[str, tuple[str, int]]] = {
    "thousand KZT": ("KZT", 1000),
    "KZT": ("KZT", 1),
    "GBP": ("GBP", 1),
    "EUR": ("EUR", 1),
}
"""The currency of a unit, and what an amount in it is multiplied by."""
_DIMENSIONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "period": ("datetime", ("fiscal_year", "period_end")),
    "budget": ("entity", ("jurisdiction", "level", "region")),
    "line": ("classification", ("classification", "code", "name", "path")),
}


class _Unit(Record):
    unit: str


@router.get("/data/budget-datapackage.json")
def budget_package(request: Request, world: World = None) -> dict[str, object]:
    """The budget lines of one world as a Fiscal Data Package. Where units differ, each row names its own in `unit`."""
    site = site_of(request)
    chosen = site.worlds.choose(world)
    found = site.reader.read(_Unit, Query(_UNITS, {"world": chosen.simulation}))
    money = _money(found[0].unit) if len(found) == 1 else {}
    return {
        "profile": "fiscal-data-package",
        "name": f"esep-budget-{chosen.simulation or 'real'}",
        "title": f"Esep budget lines, simulation {chosen.simulation}" if chosen.is_simulated else "Esep budget lines",
        "simulation": chosen.simulation,
        "granularity": "aggregated",
        "resources": [resource(site.origin(request), chosen.simulation, "budget/lines", BUDGET_LINES.model)],
        "model": {"measures": _measures(money), "dimensions": _dimensions()},
    }


def _measures(money: Mapping[str, object]) -> dict[str, object]:
    return {
        name: {"source": name, "resource": _RESOURCE, "phase": phase, **money}
        for name, described in BUDGET_LINES.model.model_fields.items()
        if (phase := _phase(described)) is not None
    }


def _phase(described: FieldInfo) -> object | None:
    extra = described.json_schema_extra
    return extra.get("phase") if isinstance(extra, dict) else None


def _money(unit: str) -> dict[str, object]:
    currency, factor = _CURRENCIES[unit]
    return {"currency": currency, "factor": factor}


def _dimensions() -> dict[str, object]:
    return {
        name: {
            "dimensionType": kind,
            "primaryKey": list(columns),
            "attributes": {column: {"source": column, "resource": _RESOURCE} for column in columns},
        }
        for name, (kind, columns) in _DIMENSIONS.items()
    }


_UNITS: Final = "SELECT DISTINCT unit FROM budget_statements WHERE simulation = {world:String} ORDER BY unit LIMIT 10"
