"""The page of the map of who sells what, and its live stream."""

import asyncio
import datetime
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from rackhouse.channels import Channel
from rackhouse.console.apart_view import ApartView
from rackhouse.console.channel_map import (
    ChannelMap,
    MapQuery,
    MapRow,
    all_channels,
    channels_of_map,
    map_of,
    rows_of_map,
)
from rackhouse.console.map_picture import picture_of
from rackhouse.console.names import Names
from rackhouse.console.rendering import fragment, whole_page
from rackhouse.console.sales_view import SalesView
from rackhouse.console.security import context_of_session, house_of
from rackhouse.console.stock_view import StockView
from rackhouse.console.streaming import Following, stream_route
from rackhouse.inventory import locations
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.tasks import set_within

__all__ = ["follow_map", "get_map", "map_route"]

QUERY_LENGTH_LIMIT = 100
PAGES_LIMIT = 100_000
LOCATIONS_LIMIT = 200
UPDATE_SECONDS = 0.4
QUIET_SECONDS = 3.0
"""Without news it is looked at so often: how late channels are told changes by itself."""
OLD_SECONDS = 1.0
SPOKEN_SECONDS = 10.0

AnyRequest = Request[Any, Any, Any]
Words = Annotated[str, Parameter(max_length=QUERY_LENGTH_LIMIT)]
Number = Annotated[int, Parameter(ge=1, le=PAGES_LIMIT)]


@get("/map")
async def get_map(
    request: AnyRequest,
    q: Words = "",
    channel: Words = "",
    location: Words = "",
    page: Number = 1,
    side: Number = 1,
) -> Response[str]:
    """The map of who sells what."""
    context = await context_of_session(house_of(request), request)
    query = MapQuery(q.strip(), channel, location, page, side)
    channels = await all_channels(context)
    return whole_page(
        "map.html",
        channels=sorted(channels, key=lambda each: (each.name, each.id)),
        places=await locations(context=context, after="", limit=LOCATIONS_LIMIT),
        now=datetime.datetime.now(datetime.UTC),
        **_facts(context, await map_of(context=context, query=query, channels=channels)),
    )


def map_route(house: House) -> ControllerRouterHandler:
    """The stream of one part of the map, at ``/map/live``."""
    return stream_route(house, "/map/live", _follow)


async def _follow(context: Context, request: AnyRequest) -> Following:
    return await follow_map(context, _query(request))


async def follow_map(context: Context, query: MapQuery) -> Following:
    """Begin to follow a part of the map."""
    view = await context.house.the(StockView).open()
    return _Following(context, query, view)


def _query(request: AnyRequest) -> MapQuery:
    """What the page asks for, cut to size: the page itself was refused if it was out of bounds."""
    words, channel, location = (
        request.query_params.get(name, "")[:QUERY_LENGTH_LIMIT]
        for name in ("q", "channel", "location")
    )
    page, side = (
        int(text) if text.isascii() and text.isdigit() and int(text) > 0 else 1
        for text in (request.query_params.get(name, "")[:6] for name in ("page", "side"))
    )
    return MapQuery(words.strip(), channel, location, page, side)


def _facts(context: Context, found: ChannelMap) -> dict[str, Any]:
    return {
        "map": found,
        "picture": picture_of(found.channels),
        "counted_back_to": context.house.the(SalesView).counted_back_to,
    }


class _Following:
    """What one client was shown of the map last, and what is different now."""

    def __init__(self, context: Context, query: MapQuery, view: StockView) -> None:
        self._context = context
        self._query = query
        self._view = view
        self._names = context.house.the(Names)
        self._news = asyncio.Event()
        self._leave = view.watch(self._news.set)
        self._channels: list[Channel] = []
        self._shown: ChannelMap | None = None
        self._shape: object = None
        self._versions: dict[str, object] = {}
        self._spoken_at = 0.0

    def leave(self) -> None:
        """Follow no more."""
        self._leave()

    async def updates(self) -> AsyncIterator[str]:
        """Fragments of what changed, the whole first; empty text after a while of nothing."""
        heartbeat = self._context.house.settings.stream_heartbeat_seconds
        told_at = time.monotonic()
        yield await self._changed()
        while True:
            old = self._context.house.the(ApartView).is_old()
            patience = OLD_SECONDS if old else QUIET_SECONDS
            await set_within(self._news, min(heartbeat, patience))
            self._news.clear()
            text = await self._changed()
            if text or time.monotonic() - told_at >= heartbeat:
                told_at = time.monotonic()
                yield text
            await asyncio.sleep(UPDATE_SECONDS)

    async def _changed(self) -> str:
        names = self._names
        shape = (names.generation, names.channels_generation, self._view.shape)
        if self._shown is None or shape != self._shape:
            self._shape = shape
            return await self._whole()
        return await self._changed_channels() + await self._changed_rows()

    async def _whole(self) -> str:
        found = await all_channels(self._context)
        self._shown = shown = await map_of(context=self._context, query=self._query, channels=found)
        self._channels = [each.channel for each in shown.channels]
        self._versions = {row.sku: self._version(row.sku) for row in shown.rows}
        return fragment("map_body.html", oob=True, **_facts(self._context, shown))

    async def _changed_channels(self) -> str:
        assert self._shown is not None
        before = self._shown.channels
        now = await channels_of_map(self._context, self._channels, self._query.location)
        changed = [each for each, known in zip(now, before, strict=True) if each != known]
        if not changed:
            return ""
        text = fragment("map_changed_channels.html", channels=changed)
        picture = picture_of(now)
        if picture != picture_of(before):
            text += fragment("map_picture.html", oob=True, picture=picture)
        self._shown.channels[:] = now
        return text

    async def _changed_rows(self) -> str:
        assert self._shown is not None
        versions = {row.sku: self._version(row.sku) for row in self._shown.rows}
        skus = [sku for sku, version in versions.items() if version != self._versions[sku]]
        self._versions = versions
        if not skus:
            return ""
        before = {row.sku: row for row in self._shown.rows}
        found = await rows_of_map(self._context, self._channels, skus, self._query.location)
        changed = [row for row in found if row != before[row.sku]]
        if not changed:
            return ""
        now = {row.sku: row for row in changed}
        self._shown.rows[:] = [now.get(row.sku, row) for row in self._shown.rows]
        text = fragment("map_changed_rows.html", rows=changed, before=before, map=self._shown)
        return text + self._spoken(changed[0], before[changed[0].sku])

    def _spoken(self, row: MapRow, before: MapRow) -> str:
        """A sentence for those who hear the page, now and then."""
        if time.monotonic() - self._spoken_at < SPOKEN_SECONDS:
            return ""
        self._spoken_at = time.monotonic()
        names = {each.id: each.name for each in self._channels}
        cell = next(cell for cell, old in zip(row.cells, before.cells, strict=True) if cell != old)
        return fragment("map_spoken.html", row=row, cell=cell, channel=names[cell.channel])

    def _version(self, sku: str) -> object:
        """What is another once a row is: figures of its stock, and what was sold of it."""
        sales = self._context.house.the(SalesView)
        places = sorted({place for each in self._channels for place in each.locations})
        return (
            tuple(self._view.version_of((sku, place)) for place in places),
            tuple(sales.hour_of_sku(sku, each.id) for each in self._channels),
        )
