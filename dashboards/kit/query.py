"""The ClickHouse query of a panel, as grafana-clickhouse-datasource 4.20 reads it.

The foundation SDK knows no ClickHouse; this is the missing query type. No SQL is written here.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

from grafana_foundation_sdk.cog import builder as cogbuilder
from grafana_foundation_sdk.cog import runtime as cogruntime
from grafana_foundation_sdk.cog import variants as cogvariants
from grafana_foundation_sdk.models.common import DataSourceRef

PLUGIN_ID = "grafana-clickhouse-datasource"
PLUGIN_VERSION = "4.20.0"
DATASOURCE_UID = "esep-warehouse"
"""The uid of the data source in deploy/grafana/provisioning; boards name no other."""


class Format(IntEnum):
    """What the plugin makes of the rows: series want ``time`` first, tables are taken as they are."""

    SERIES = 0
    TABLE = 1


_QUERY_TYPES = {Format.SERIES: "timeseries", Format.TABLE: "table"}


def warehouse() -> DataSourceRef:
    """The data source every panel and variable reads."""
    return DataSourceRef(type_val=PLUGIN_ID, uid=DATASOURCE_UID)


@dataclass(slots=True)
class ClickHouseQuery(cogvariants.Dataquery):
    """One SQL query of a panel, in the plugin's own JSON shape."""

    sql: str
    format: Format = Format.TABLE
    ref_id: str = "A"

    def to_json(self) -> dict[str, object]:
        """The target as Grafana stores it."""
        return {
            "refId": self.ref_id,
            "datasource": warehouse(),
            "editorType": "sql",
            "rawSql": self.sql,
            "format": int(self.format),
            "queryType": _QUERY_TYPES[self.format],
            "pluginVersion": PLUGIN_VERSION,
            "meta": {},
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read a stored target back.

        Raises: KeyError for a missing field, ValueError for a format boards do not use.
        """
        return cls(sql=data["rawSql"], format=Format(data["format"]), ref_id=data["refId"])


@dataclass(frozen=True, slots=True)
class Query(cogbuilder.Builder[cogvariants.Dataquery]):
    """Builder of a ``ClickHouseQuery``: panels of the SDK take builders."""

    sql: str
    format: Format = Format.TABLE

    def build(self) -> ClickHouseQuery:
        """The query."""
        return ClickHouseQuery(sql=self.sql, format=self.format)


def register() -> None:
    """Let the SDK read ClickHouse targets back from dashboard JSON; calling it again changes nothing."""
    cogruntime.register_dataquery_variant(
        cogruntime.DataqueryConfig(identifier=PLUGIN_ID, from_json_hook=ClickHouseQuery.from_json)
    )
