"""Live stock: one stream of the house, followed once, told to every page in words.

Browsers never get a token and never learn that there are exactly 812: the shop follows the stream
of its channel, asks the house what there is of what changed and is being looked at, and relays that
as Server-Sent Events of its own. A page that was away gets everything that it shows anew, so there
is nothing to resume from.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable

import msgspec

from examples.storefront.house import House
from examples.storefront.words import StockWords, stock_in_words
from rackhouse_client import Availability, Change, Live, NotFound, RackhouseError, StockRow

__all__ = ["LiveStock", "Shown", "held_of", "shown_of"]

_log = logging.getLogger("storefront")

WATCHED_MAX = 60
VISITORS_MAX = 2000
AGAIN_SECONDS = 1.0
PATIENCE_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0


class Shown(msgspec.Struct, frozen=True):
    """What a page says of a product's stock: ``state`` for its color, ``words`` for people, and the
    same of each SKU."""

    state: str
    words: str
    skus: dict[str, StockWords]


class _Visitor:
    def __init__(self, ids: frozenset[str]) -> None:
        self.ids = ids
        self.changed = set(ids)
        self.wake = asyncio.Event()
        self.wake.set()


class LiveStock:
    """Follows the house's stream and tells the pages that are open."""

    def __init__(self, house: House) -> None:
        self.state = "stale"
        self._house = house
        self._visitors: set[_Visitor] = set()
        self._known: dict[str, Shown] = {}
        self._interest: dict[str, set[str]] = {}
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()
        self._closed = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow for as long as the shop is open."""
        tasks = [asyncio.create_task(each) for each in (self._follow(), self._refresh())]
        try:
            yield
        finally:
            self.close()
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End what is told to pages; they come back by themselves."""
        self._closed = True
        for each in self._visitors:
            each.wake.set()

    async def tell(self, ids: Iterable[str]) -> AsyncIterator[bytes]:
        """The stock of some products as it is, then as it changes, as an event stream."""
        visitor = _Visitor(frozenset(list(ids)[:WATCHED_MAX]))
        if self._closed or len(self._visitors) >= VISITORS_MAX:
            yield b"retry: 10000\n\n"
            return
        for product_id in visitor.ids - self._looked_at():
            self._known.pop(product_id, None)  # nobody looked, so it may be old
        self._visitors.add(visitor)
        try:
            await self._note_interest(visitor.ids)
            self._ask_for(visitor.ids)
            yield b"retry: 1500\n\n"
            said = ""
            while not self._closed:
                if said != self.state:
                    said = self.state
                    yield _event("state", said)
                news = {each: self._known[each] for each in visitor.changed & self._known.keys()}
                visitor.changed.clear()
                if news:
                    yield _event("stock", news)
                if not await _woken(visitor.wake):
                    yield b": still here\n\n"
        finally:
            self._visitors.discard(visitor)

    async def _follow(self) -> None:
        """Follow the channel's stream from now on, for ever, whatever breaks."""
        cursor: str | None = None
        while True:
            try:
                stream = self._house.client.follow(
                    channel=self._house.channel,
                    cursor=cursor,
                    snapshot=False,
                    patience_seconds=PATIENCE_SECONDS,
                )
                async with contextlib.aclosing(stream) as messages:
                    async for message in messages:
                        cursor = getattr(message, "cursor", cursor)
                        self._heard(message)
            except RackhouseError:
                cursor = None
            except Exception:
                _log.exception("the stream could not be read; it is begun anew")
                cursor = None
            self._say("stale")
            await asyncio.sleep(AGAIN_SECONDS)

    def _heard(self, message: StockRow | Change | Live) -> None:
        if isinstance(message, Live):
            self._say("live")
            self._ask_for(self._looked_at())
            return
        row = message.row if isinstance(message, Change) else message
        if row is not None:
            self._ask_for(self._interest.get(row.sku, ()))
        elif isinstance(message, Change) and message.type.startswith("Product"):
            self._house.forget(message.stream)

    async def _refresh(self) -> None:
        """Ask for what changed and is being looked at, together, and tell whoever looks."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            looked_at = self._looked_at()
            dirty, self._dirty = self._dirty & looked_at, set()
            if not dirty:
                continue
            try:
                found = await self._house.availability(dirty)
            except Exception as error:
                if not isinstance(error, RackhouseError):
                    _log.exception("stock could not be read; it is asked for again")
                self._say("stale")
                await asyncio.sleep(AGAIN_SECONDS)
                self._ask_for(dirty)
                continue
            news = {each.id: shown_of(each, self._house.numbered) for each in found.values()}
            fresh = {each for each in news if self._known.get(each) != news[each]}
            self._known |= news
            for visitor in self._visitors:
                if wanted := visitor.ids & fresh:
                    visitor.changed |= wanted
                    visitor.wake.set()

    def _looked_at(self) -> set[str]:
        return set().union(*(each.ids for each in self._visitors))

    def _say(self, state: str) -> None:
        if self.state != state:
            self.state = state
            for each in self._visitors:
                each.wake.set()

    def _ask_for(self, ids: Iterable[str]) -> None:
        self._dirty.update(ids)
        if self._dirty:
            self._wake.set()

    async def _note_interest(self, ids: Iterable[str]) -> None:
        """Remember which SKUs these products depend on; a bundle depends on its components."""
        for product_id in ids:
            with contextlib.suppress(RackhouseError, NotFound):
                for variant in (await self._house.product(product_id)).variants:
                    for sku in (variant.sku, *(each.sku for each in variant.components)):
                        self._interest.setdefault(sku, set()).add(product_id)


def shown_of(found: Availability, numbered: dict[str, int]) -> Shown:
    """What a page says of a product's stock."""
    skus = {
        each.sku: stock_in_words(each.available, held_of(each), numbered.get(each.sku))
        for each in found.skus
    }
    if len(skus) == 1:
        state, words = next(iter(skus.values()))
        return Shown(state, words, skus)
    available = sum(each.available for each in found.skus)
    held = sum(held_of(each) for each in found.skus)
    state, words = stock_in_words(available, held)
    return Shown(state, words, skus)


def held_of(sku: object) -> int:
    """How many of a SKU are in bags: they may come back."""
    return sum(each.held for each in getattr(sku, "locations", ()))


async def _woken(event: asyncio.Event) -> bool:
    """Whether an event came before it was time for a heartbeat."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True


def _event(name: str, told: object) -> bytes:
    return f"event: {name}\ndata: {msgspec.json.encode(told).decode()}\n\n".encode()
