"""The form of list answers, and how one is made from a listing.

Every list knows ``limit``, ``cursor`` and ``format`` and behaves the same; no list is special here.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.portal.downloads import download
from services.portal.listings import DEFAULT_LIMIT, Listing, Value
from services.portal.parameters import Cursor, Format, Limit
from services.portal.parameters import World as WorldParameter
from services.portal.problems import BadParameter
from services.portal.records import Instant, Record, Simulation
from services.portal.site import Site, site_of
from services.portal.worlds import World

RecordT = TypeVar("RecordT", bound=Record)
DOWNLOADS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/csv": {}, "application/vnd.apache.parquet": {}}, "description": "A page, or a download."}
}


class ListAnswer(BaseModel, Generic[RecordT]):
    """A page of a list. ``next_cursor`` is null on the last page; ``as_of`` is the clock the rows were judged by."""

    model_config = ConfigDict(frozen=True)

    simulation: Simulation
    as_of: Instant | None
    items: list[RecordT]
    next_cursor: str | None = Field(description="Give it as `cursor` to read on; null when there is no more.")


class ListRequest:
    """What every list is asked with."""

    def __init__(
        self,
        request: Request,
        world: WorldParameter = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        format: Format = "json",  # the public name of the parameter
    ) -> None:
        self.site: Site = site_of(request)
        self.world: World = self.site.worlds.choose(world)
        self.limit = limit
        self.cursor = cursor
        self.format = format
        if limit == "all" and format == "json":
            raise BadParameter("limit=all is for downloads: add format=csv, or read JSON page by page with cursor")

    def answer(self, listing: Listing[RecordT], given: Mapping[str, Value]) -> ListAnswer[RecordT] | Response:
        """The rows under these filters, as a page of JSON or as a download. Raises: BadCursor, WarehouseAway."""
        after = listing.resume(self.cursor) if self.cursor is not None else ()
        name = self.world.simulation
        if self.format != "json":
            limit = None if self.limit == "all" else self.limit
            query = listing.query(name, given, after=after, limit=limit)
            return download(self.site.reader, query, listing.columns, self.format, listing.name)
        if self.limit == "all":
            raise AssertionError("refused above")
        query = listing.query(name, given, after=after, limit=self.limit + 1)
        found = self.site.reader.read(listing.model, query)
        items = found[: self.limit]
        more = listing.cursor(items[-1]) if len(found) > self.limit else None
        return ListAnswer(simulation=name, as_of=self.world.now, items=items, next_cursor=more)


Listed = Annotated[ListRequest, Depends()]
