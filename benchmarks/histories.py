"""Long histories, written straight into the tables as the service would have recorded them."""

import datetime
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import msgspec
import psycopg

from benchmarks.laboratory import CHANNEL, LOCATION, Laboratory
from rackhouse.inventory import (
    HoldConfirmed,
    HoldExpired,
    HoldPlaced,
    Levels,
    StockReceived,
    StockReturned,
    StockShipped,
)
from rackhouse.platform.events import GENESIS, chained, recorded_text
from rackhouse.platform.ids import new_id

__all__ = ["SPAN", "History", "load_histories"]

SPAN = datetime.timedelta(days=365)
HOLD = datetime.timedelta(seconds=20)
ACTOR = "service:bench"
FEW, DELIVERY = 100, 1000

Row: TypeAlias = tuple[object, ...]
Happening: TypeAlias = (
    StockReceived | HoldPlaced | HoldExpired | HoldConfirmed | StockShipped | StockReturned
)


class History:
    """A year of one SKU, event by event with its figures and hash: pieces come in, are held, sold
    and shipped; some holds lapse, some pieces come back."""

    def __init__(self, sku: str, *, events: int, until: datetime.datetime, seed: int) -> None:
        self.began = until - SPAN
        self.holds: list[Row] = []
        self.allocations: list[Row] = []
        self._sku = sku
        self._stream = f"{sku}@{LOCATION}"
        self._events = events
        self._chance = random.Random(seed)
        self._on_hand = self._held = self._committed = self._version = 0
        self._head = GENESIS

    def rows(self) -> Iterator[Row]:
        """Every event as a row of the log, with so many events or a few more, so that no hold is
        left in the middle."""
        while self._version < self._events:
            if self._on_hand < FEW:
                yield self._row(StockReceived(DELIVERY, "delivery"))
            for event in self._of_a_hold():
                yield self._row(event)

    def stock(self) -> Row:
        """What there is after the last event, as a row of stock."""
        figures = (self._on_hand, self._held, self._committed, self._version)
        return (self._sku, LOCATION, *figures, self._head)

    def _of_a_hold(self) -> Iterator[Happening]:
        hold_id, quantity = new_id(), self._chance.randint(1, 3)
        lapses, returns = self._chance.random() < 0.1, self._chance.random() < 0.05
        placed_at = self._now()
        ends = placed_at + HOLD
        yield HoldPlaced(hold_id, 0, quantity, ends)
        if lapses:
            yield HoldExpired(hold_id, 0, quantity)
        else:
            yield HoldConfirmed(hold_id, 0, quantity)
            yield StockShipped(hold_id, 0, quantity)
            if returns:
                yield StockReturned(hold_id, 0, quantity, "too small")
        lines = msgspec.json.encode([{"sku": self._sku, "quantity": quantity}]).decode()
        status = "expired" if lapses else "confirmed"
        self.holds.append((hold_id, CHANNEL, status, lines, ACTOR, placed_at, ends))
        shipped = 0 if lapses else quantity
        moved = (shipped, shipped if returns else 0)
        pieces = (hold_id, 0, self._sku, LOCATION, quantity, 0, 0)
        self.allocations.append((*pieces, *moved, ends))

    def _now(self) -> datetime.datetime:
        return self.began + SPAN * (self._version / self._events)

    def _row(self, event: Happening) -> Row:
        on_hand, held, committed, *_ = event.change()
        self._on_hand, self._held = self._on_hand + on_hand, self._held + held
        self._committed, at = self._committed + committed, self._now()
        self._version += 1
        levels = Levels(self._on_hand, self._held, self._committed)
        facts, after = msgspec.json.encode(event), msgspec.json.encode(levels)
        data = (facts[:-1] + b"," + after[1:]).decode()
        told = (self._stream, self._version, type(event).__name__, data, ACTOR, CHANNEL, "bench")
        self._head = chained(self._head, (*told, recorded_text(at)))
        return (*told, at, self._head)


async def load_histories(lab: Laboratory, histories: Sequence[History]) -> None:
    """Write histories down: events, holds with their pieces, and what there is now."""
    url = lab.settings.database_url
    assert url is not None
    async with await psycopg.AsyncConnection.connect(url) as database:
        events = (row for history in histories for row in history.rows())
        await _copy(
            database,
            "copy inventory.event (stream, version, type, data, actor, channel, correlation_id, "
            "recorded_at, hash) from stdin",
            events,
        )
        await _copy(
            database,
            "copy inventory.hold (id, channel, status, lines, placed_by, placed_at, expires_at) "
            "from stdin",
            (row for history in histories for row in history.holds),
        )
        await _copy(
            database,
            "copy inventory.allocation (hold_id, line, sku, location, quantity, held, committed, "
            "shipped, returned, held_until) from stdin",
            (row for history in histories for row in history.allocations),
        )
        await _copy(
            database,
            "copy inventory.stock (sku, location, on_hand, held, committed, version, head) "
            "from stdin",
            (history.stock() for history in histories),
        )
        await database.execute("analyze inventory.event, inventory.hold, inventory.allocation")


async def _copy(
    database: "psycopg.AsyncConnection[Row]", statement: str, rows: Iterable[Row]
) -> None:
    async with database.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for row in rows:
            await copy.write_row(row)
