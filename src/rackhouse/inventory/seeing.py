"""Reading stock as somebody sees it: everybody, or a channel where it sells from."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.coming import Coming, Incoming, PromisedNow
from rackhouse.inventory.events import PROMISED
from rackhouse.inventory.rules import Key, Stock
from rackhouse.platform.database import Transaction

__all__ = ["Free", "Seen", "View", "available_to_all", "stock_seen"]

FIGURES = len(Stock.__struct_fields__)
OF_WHAT_COMES = 3

Free: TypeAlias = Callable[[Stock], int]
"""How many pieces of a stock may be promised to somebody."""


class View(msgspec.Struct, frozen=True):
    """As whom to look: a channel, at the locations that it sells from."""

    channel: str
    locations: tuple[str, ...]


class Seen(msgspec.Struct, frozen=True):
    """Stock as somebody sees it: its rows by SKU, what of a row may be promised to them, and what
    is to come."""

    rows: Mapping[str, list[Stock]]
    free: Free
    coming: Coming


async def stock_seen(tx: Transaction, skus: Iterable[str], view: View | None) -> Seen:
    """The stock of some SKUs as of now, in one question."""
    seeing = _Seeing()
    if view is None:
        for row in await store.stock_of_skus(tx, skus):
            seeing.note(row)
        return Seen(seeing.rows, available_to_all, seeing.coming)
    places = [*view.locations, PROMISED]
    for row in await store.stock_seen_by(tx, channel=view.channel, skus=skus, locations=places):
        seeing.note(row)
    return Seen(seeing.rows, lambda stock: seeing.reach[stock.sku, stock.location], seeing.coming)


class _Seeing:
    """What is read, row by row. Between a row's own figures and what comes there is, for a channel,
    what it can reach."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Stock]] = {}
        self.reach: dict[Key, int] = {}
        self._incoming: dict[Key, Incoming] = {}
        self._promised: dict[str, PromisedNow] = {}
        self.coming = Coming(self._incoming, self._promised)

    def note(self, row: tuple[Any, ...]) -> None:
        """Read a row."""
        stock = Stock(*row[:FIGURES])
        stock = msgspec.structs.replace(stock, unavailable=stock.unavailable + row[FIGURES])
        key, reach = (stock.sku, stock.location), row[FIGURES + 1 : -OF_WHAT_COMES]
        self.reach[key] = sum(reach)
        quantity, expected_at, promised_at = row[-OF_WHAT_COMES:]
        if promised_at is not None:
            free = self.reach[key] if reach else stock.free + stock.allotted
            self._promised[stock.sku] = PromisedNow(free, promised_at)
        if stock.location != PROMISED:
            self.rows.setdefault(stock.sku, []).append(stock)
        if quantity is not None:
            at = expected_at and datetime.datetime.fromisoformat(expected_at)
            self._incoming[key] = Incoming(int(quantity), at)


def available_to_all(stock: Stock) -> int:
    """What of a stock may be promised to anybody."""
    return stock.available
