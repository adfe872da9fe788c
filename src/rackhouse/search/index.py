"""The index of this process: built from what there is, kept up to date by the logs, and built anew
beside the one that serves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from itertools import islice

import structlog

from rackhouse.catalog import (
    ORDERS,
    ListedProduct,
    Sought,
    listed_products,
    product_types,
    products_page,
)
from rackhouse.inventory import locations, stock_page
from rackhouse.platform.context import Context
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.tail import Tails
from rackhouse.platform.tasks import set_within
from rackhouse.search.analysis import Analysis
from rackhouse.search.building import Built, put, replace
from rackhouse.search.engine import TantivyEngine
from rackhouse.search.errors import SearchNotReady
from rackhouse.search.rules.fields import fields_of
from rackhouse.search.shelf import Shelf
from rackhouse.search.synonyms import known_synonyms

__all__ = ["FOLLOWED", "SearchIndex"]

FOLLOWED = frozenset({"catalog", "inventory"})
PRODUCTS_AT_ONCE = 250
STOCK_AT_ONCE = 1000
OVERLAY_LIMIT = 64
COMMIT_AFTER = 5000
REFRESH_SECONDS = 0.1
RETRY_SECONDS = 0.5
RETRY_AFTER_FAULT_SECONDS = 10.0
READY_WITHIN_SECONDS = 12.0
PRODUCTS = ("product:", "product-life:")
PRODUCT_TYPE = "product-type:"

_log = structlog.get_logger(__name__)


class SearchIndex:
    """The products of a house, as they are found in this process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._context = Context.of_service(
            house, "search", frozenset({"catalog:read", "drafts:read", "inventory:read"})
        )
        language = house.settings.search_language
        self.analysis = Analysis(None if language == "none" else language)
        self.synonyms = known_synonyms(house.settings, self.analysis)
        self.shelf = Shelf()
        self.rebuilt = 0
        self._serving: Built | None = None
        self._building: Built | None = None
        self._put_count = 0
        self._touched: set[str] = set()
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._ready = asyncio.Event()
        self._stock_known = asyncio.Event()
        self._following_stock: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._rebuild_wanted = asyncio.Event()

    def start(self) -> None:
        """Begin to build the index, unless that was begun already."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._keep_built())]

    async def serving(self, *, seconds: float | None) -> Built:
        """The index that answers. Refuses with `SearchNotReady` where it is not built within some
        seconds, and where this process does not hear of what it would have to be told."""
        if not {module.name for module in self._house.modules} >= FOLLOWED:
            raise SearchNotReady(reason="it needs the modules catalog and inventory beside it")
        self.start()
        if self._serving is None:
            await set_within(self._ready, _patience(seconds))
        if self._serving is None:
            raise SearchNotReady(reason="it is being built")
        return self._serving

    async def stocked(self, *, seconds: float | None) -> Shelf:
        """The shelf, which knows all stock by now. Whoever follows stock reads every event of it:
        this process does from the first question for what can be had. Refuses with `SearchNotReady`
        where it is not known within some seconds."""
        if self._following_stock is None:
            self._following_stock = asyncio.create_task(_insisting(self._follow_stock))
            self._tasks.append(self._following_stock)
        if not await set_within(self._stock_known, _patience(seconds)):
            raise SearchNotReady(reason="stock is being read")
        return self.shelf

    def rebuild(self) -> None:
        """Build the index anew; the one there is answers until that is done."""
        self._rebuild_wanted.set()

    async def close(self) -> None:
        """Stop following, and let the index go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        for built in (self._serving, self._building):
            if built is not None:
                built.engine.close()
        self._serving = self._building = self._following_stock = None

    async def _keep_built(self) -> None:
        await _insisting(self._follow)
        refreshing = asyncio.create_task(self._keep_fresh())
        self._tasks.append(refreshing)
        while True:
            self._rebuild_wanted.clear()
            await _insisting(self._build)
            self._ready.set()
            await self._rebuild_wanted.wait()

    async def _follow(self) -> None:
        await self._house.the(Tails).of("catalog").listen(self._hear_catalog)

    async def _follow_stock(self) -> None:
        await self._house.the(Tails).of("inventory").listen(self._hear_stock)
        place = ""
        while found := await locations(context=self._context, after=place, limit=STOCK_AT_ONCE):
            self.shelf.locations.update(each.id for each in found)
            place = found[-1].id
        after: tuple[str, str] | None = None
        while rows := await stock_page(
            context=self._context, after=after, location=None, limit=STOCK_AT_ONCE
        ):
            self.shelf.load(rows)
            after = (rows[-1].sku, rows[-1].location)
        self._stock_known.set()
        self._wake.set()

    def _hear_catalog(self, events: Sequence[Event]) -> None:
        changed = {each.stream for each in events}
        products = {each.partition(":")[2] for each in changed if each.startswith(PRODUCTS)}
        self._dirty |= products
        if self._building is not None:
            self._touched |= products
        if any(each.startswith(PRODUCT_TYPE) for each in changed):
            self.rebuild()  # what products are made of has changed: their types
        self._wake.set()

    def _hear_stock(self, events: Sequence[Event]) -> None:
        self.shelf.hear(events)
        if self._much_stands_beside():
            self._wake.set()

    async def _keep_fresh(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await _insisting(self._refresh)
            if self._dirty or self._much_stands_beside():
                self._wake.set()
            await asyncio.sleep(REFRESH_SECONDS)

    def _much_stands_beside(self) -> bool:
        serving = self._serving
        return serving is not None and len(serving.overlay.written) > OVERLAY_LIMIT

    async def _refresh(self) -> None:
        """Write what has changed to every index there is."""
        async with self._writing:
            ids = self._due()
            if not ids:
                return
            try:
                found = await listed_products(context=self._context, product_ids=ids)
                await self._write(ids, found)
            except BaseException:
                self._dirty.update(ids)
                raise

    def _due(self) -> list[str]:
        """What is to be written next, what was edited first."""
        ids = dict.fromkeys(islice(self._dirty, PRODUCTS_AT_ONCE))
        self._dirty.difference_update(ids)
        if self._serving is not None and self._much_stands_beside():
            ids |= dict.fromkeys(islice(self._serving.overlay.written, STOCK_AT_ONCE))
        return list(ids)

    async def _write(self, ids: Sequence[str], found: Mapping[str, ListedProduct]) -> None:
        gone = [each for each in ids if each not in found]
        self.shelf.forget(gone)
        places = {id_: self.shelf.know(product) for id_, product in found.items()}
        for built in (self._serving, self._building):
            if built is None:
                continue
            await asyncio.to_thread(replace, built, list(found.values()), places, gone)
            self._settle(built, {**dict.fromkeys(gone, frozenset()), **places})

    async def _build(self) -> None:
        """Build an index beside the one that serves, then let it serve instead."""
        types = {each.name: each for each in await product_types(context=self._context)}
        fields = fields_of(types.values())
        engine = await asyncio.to_thread(TantivyEngine, fields, self.analysis)
        self._touched = set()
        building = self._building = Built(engine, self.shelf.add_overlay(), fields, types)
        try:
            async for page in self._all_products():
                async with self._writing:
                    await self._add(building, page)
            async with self._writing:
                await asyncio.to_thread(engine.commit)
                before, self._serving = self._serving, building
        except BaseException:
            self.shelf.drop_overlay(building.overlay)
            raise
        finally:
            self._building = None
        self.rebuilt += 1
        if before is not None:
            self.shelf.drop_overlay(before.overlay)
            before.engine.close()

    async def _all_products(self) -> AsyncIterator[list[ListedProduct]]:
        order = ORDERS["name"]
        after = None
        while page := await products_page(
            context=self._context,
            sought=Sought(),
            order=order,
            after=after,
            limit=PRODUCTS_AT_ONCE,
        ):
            yield page
            after = order.place_of(page[-1])

    async def _add(self, building: Built, page: Sequence[ListedProduct]) -> None:
        """Add what was read, but for what has changed since: that is written by ``_refresh``."""
        fresh = [each for each in page if each.id not in self._touched]
        places = {each.id: self.shelf.know(each) for each in fresh}
        await asyncio.to_thread(put, building, fresh, places)
        self._put_count += len(fresh)
        if self._put_count >= COMMIT_AFTER:  # short commits, since edits wait for them
            self._put_count = 0
            await asyncio.to_thread(building.engine.commit)
        self._settle(building, places)

    def _settle(self, built: Built, written: Mapping[str, frozenset[str]]) -> None:
        built.overlay.settle(written, self.shelf)
        self.shelf.forget_answers()


def _patience(seconds: float | None) -> float:
    return READY_WITHIN_SECONDS if seconds is None else min(seconds, READY_WITHIN_SECONDS)


async def _insisting(work: Callable[[], Awaitable[None]]) -> None:
    """Do some work, and again if the database was not to be reached; a fault is logged, and what
    is served goes on being served."""
    while True:
        try:
            await work()
        except DatabaseUnavailable as reason:
            _log.warning("search_index_waits", reason=str(reason))
            await asyncio.sleep(RETRY_SECONDS)
        except Exception:
            _log.exception("search_index_failed")
            await asyncio.sleep(RETRY_AFTER_FAULT_SECONDS)
        else:
            return
