"""The stock view: every figure of stock in memory, kept up to date by the events.

It is loaded once and then hears each event, which carries the figures after it. What was heard is
kept by stream until somebody looks, so that a burst of events costs next to nothing.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence

import msgspec

from rackhouse.console.recent_events import recent_events
from rackhouse.inventory import PROMISED, Figures, Levels, Stock, stock_page
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.tail import Tails

__all__ = ["RECENT_LIMIT", "StockKey", "StockView", "Totals", "is_low"]

LOAD_LIMIT = 1000
ROWS_LIMIT = 200_000
RECENT_LIMIT = 14
LOW_SHARE = 0.2
LOGS = ("inventory", "orders")

NOT_HERE = f"@{PROMISED}"

StockKey = tuple[str, str]


class Totals(msgspec.Struct, frozen=True):
    """The sums of all rows. ``complete`` is False where there are more than `ROWS_LIMIT`."""

    rows: int = 0
    on_hand: int = 0
    held: int = 0
    committed: int = 0
    available: int = 0
    none_left: int = 0
    complete: bool = True


class StockView:
    """This process's view of all stock and of the newest events."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._rows: dict[StockKey, Stock] = {}
        self._sorted: list[StockKey] | None = None
        self._heard: dict[str, Event] = {}
        self._watchers: set[Callable[[], None]] = set()
        self._opening = asyncio.Lock()
        self._opened = False
        self._totals = Totals()
        self._available_at: Counter[str] = Counter()
        self.recent: deque[Event] = deque(maxlen=RECENT_LIMIT)
        self.events_heard = 0
        self.holds_changed = 0
        self.shape = 0

    async def open(self) -> "StockView":
        """Load and follow, if that was not done yet."""
        async with self._opening:
            if not self._opened:
                tails = self._house.the(Tails)
                for log in LOGS:
                    if log in tails.logs():
                        await tails.of(log).listen(self._hear)
                self.recent.extendleft(
                    reversed(await recent_events(self._house, LOGS, RECENT_LIMIT))
                )
                await self._load()
                self._opened = True
        return self

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` whenever events were heard; the returned function ends that."""
        self._watchers.add(wake)
        return lambda: self._watchers.discard(wake)

    def totals(self) -> Totals:
        """The sums as they are now."""
        self._settle()
        return self._totals

    def rows(self, keys: Sequence[StockKey]) -> list[Stock]:
        """Some rows as they are now."""
        self._settle()
        return [self._rows[key] for key in keys]

    def version_of(self, key: StockKey) -> int:
        """The version of a row; 0 where there is none."""
        self._settle()
        return self._rows[key].version if key in self._rows else 0

    def available_at(self, location: str) -> int:
        """Pieces that anybody may be promised at a location, all SKUs together."""
        self._settle()
        return self._available_at[location]

    def sorted_keys(self) -> list[StockKey]:
        """Every row's key, in order. ``shape`` grows when a key is added."""
        self._settle()
        if self._sorted is None:
            self._sorted = sorted(self._rows)
        return self._sorted

    async def _load(self) -> None:
        allowed = frozenset({"inventory:read"})
        context = Context.of_service(self._house, "console", allowed)
        after: StockKey | None = None
        while True:
            found = await stock_page(context=context, after=after, location=None, limit=LOAD_LIMIT)
            for row in found:
                self._put(row)
            if len(found) < LOAD_LIMIT or not self._totals.complete:
                return
            after = (found[-1].sku, found[-1].location)

    def _hear(self, events: Sequence[Event]) -> None:
        for event in events:
            if "@" in event.stream and not event.stream.endswith(NOT_HERE):
                self._heard[event.stream] = event
                self.holds_changed += event.type.startswith("Hold")
        self.recent.extend(events[-RECENT_LIMIT:])
        self.events_heard += len(events)
        for wake in tuple(self._watchers):
            wake()

    def _settle(self) -> None:
        heard, self._heard = self._heard, {}
        for stream, event in heard.items():
            sku, _, location = stream.rpartition("@")
            levels = msgspec.json.decode(event.data, type=Levels)
            self._put(Stock(sku, location, version=event.version, **msgspec.structs.asdict(levels)))

    def _put(self, row: Stock) -> None:
        key = (row.sku, row.location)
        before = self._rows.get(key)
        if before is not None and before.version >= row.version:
            return
        if before is None:
            if len(self._rows) >= ROWS_LIMIT:
                self._totals = msgspec.structs.replace(self._totals, complete=False)
                return
            self.shape += 1
            self._sorted = None
        self._rows[key] = row
        self._available_at[row.location] += row.available - (before.available if before else 0)
        self._totals = _moved(self._totals, before, row)


def is_low(row: Stock | Figures) -> bool:
    """Whether little is left: more than none, and less than `LOW_SHARE` of what is on hand."""
    return 0 < row.available <= row.on_hand * LOW_SHARE


def _moved(totals: Totals, before: Stock | None, after: Stock) -> Totals:
    old = before or Stock(after.sku, after.location, on_hand=1)
    new_row = before is None
    return Totals(
        totals.rows + new_row,
        totals.on_hand + after.on_hand - (0 if new_row else old.on_hand),
        totals.held + after.held - old.held,
        totals.committed + after.committed - old.committed,
        totals.available + after.available - (0 if new_row else old.available),
        totals.none_left + (after.available == 0) - (old.available == 0),
        totals.complete,
    )
