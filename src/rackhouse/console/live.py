"""The live stream of the board: what changed on the page of it that somebody looks at."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from litestar import Request
from litestar.types import ControllerRouterHandler

from rackhouse.console.board import (
    QUERY_LENGTH_LIMIT,
    BoardQuery,
    HoldRow,
    holds_running_down,
    newest_happenings,
    rows_of,
    select_rows,
)
from rackhouse.console.demo_drop import DropStage
from rackhouse.console.names import Names
from rackhouse.console.rendering import fragment
from rackhouse.console.stock_view import StockView
from rackhouse.console.streaming import stream_route
from rackhouse.inventory import Stock
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.tasks import set_within

__all__ = ["live_route"]

UPDATE_SECONDS = 0.2
HOLDS_SECONDS = 1.0
SPOKEN_SECONDS = 10.0

AnyRequest = Request[Any, Any, Any]


def live_route(house: House) -> ControllerRouterHandler:
    """The stream of one page of the board, at ``/console/live``."""
    return stream_route(house, "/console/live", _follow)


async def _follow(context: Context, request: AnyRequest) -> "_Following":
    return await _Following.of(context, _query(request))


def _query(request: AnyRequest) -> BoardQuery:
    """What the page asks for, cut to size: the page itself was refused if it was out of bounds."""
    words, location, page = (
        request.query_params.get(name, "") for name in ("q", "location", "page")
    )
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= 6 else 1
    return BoardQuery(words[:QUERY_LENGTH_LIMIT].strip(), location[:QUERY_LENGTH_LIMIT], number)


class _Following:
    """What one client was shown last, and what is different now."""

    def __init__(self, context: Context, query: BoardQuery, view: StockView, stage: DropStage):
        self._context = context
        self._query = query
        self._view = view
        self._stage = stage
        self._names = context.house.the(Names)
        self._news = asyncio.Event()
        self._leaves = (view.watch(self._news.set), stage.watch(self._news.set))
        self._shown: dict[str, Any] = {}
        self._stock: list[Stock] = []
        self._holds_read_at = self._spoken_at = 0.0

    @staticmethod
    async def of(context: Context, query: BoardQuery) -> "_Following":
        """Begin to follow."""
        view = await context.house.the(StockView).open()
        stage = await context.house.the(DropStage).open()
        return _Following(context, query, view, stage)

    def leave(self) -> None:
        """Follow no more."""
        for leave in self._leaves:
            leave()

    async def updates(self) -> AsyncIterator[str]:
        """Fragments of what changed, the whole page first; empty text after a while of nothing."""
        heartbeat = self._context.house.settings.stream_heartbeat_seconds
        yield await self._changed()
        while True:
            if not await set_within(self._news, min(heartbeat, self._patience())):
                yield await self._changed()
                continue
            self._news.clear()
            text = await self._changed()
            if text:
                yield text
            await asyncio.sleep(UPDATE_SECONDS)

    def _patience(self) -> float:
        """Seconds after which something is to be shown even if nothing happens."""
        return HOLDS_SECONDS if self._shown.get("holds_changed") != self._view.holds_changed else 60

    async def _changed(self) -> str:
        parts = [
            await self._rows(),
            self._part("totals", self._view.totals(), "totals.html"),
            await self._holds(),
            await self._ticker(),
            self._part("drop", self._stage.state, "drop.html"),
        ]
        return "".join(parts)

    def _part(self, name: str, facts: object, template: str) -> str:
        if name in self._shown and self._shown[name] == facts:
            return ""
        self._shown[name] = facts
        return fragment(template, oob=True, **{name: facts})

    async def _rows(self) -> str:
        shape = (self._view.totals().rows, self._view.shape, self._names.generation)
        if self._shown.get("shape") != shape:
            self._shown["shape"] = shape
            selection = await select_rows(context=self._context, query=self._query)
            self._stock = [row.stock for row in selection.rows]
            return self._part("selection", selection, "table.html")
        keys = [(row.sku, row.location) for row in self._stock]
        now = self._view.rows(keys)
        changed = [row for row, before in zip(now, self._stock, strict=True) if row != before]
        self._stock = now
        if not changed:
            return ""
        rows = await rows_of(self._context.house, changed, changed=True)
        return fragment("changed_rows.html", rows=rows)

    async def _holds(self) -> str:
        now = time.monotonic()
        changed = self._view.holds_changed
        if self._shown.get("holds_changed") == changed or now - self._holds_read_at < HOLDS_SECONDS:
            return ""
        self._shown["holds_changed"] = changed
        self._holds_read_at = now
        holds: Sequence[HoldRow] = await holds_running_down(self._context)
        return self._part("holds", holds, "holds.html")

    async def _ticker(self) -> str:
        heard = self._view.events_heard
        if self._shown.get("heard") == heard:
            return ""
        before = self._shown.get("heard")
        self._shown["heard"] = heard
        happenings = await newest_happenings(self._context, self._view)
        text = self._part("happenings", happenings, "ticker.html")
        now = time.monotonic()
        if before is not None and happenings and now - self._spoken_at > SPOKEN_SECONDS:
            self._spoken_at = now
            text += fragment("spoken.html", newest=happenings[0])
        return text
