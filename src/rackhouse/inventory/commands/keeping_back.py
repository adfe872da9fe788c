"""Keeping pieces back: a safety stock for everybody, or a buffer for one channel."""

import datetime
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from rackhouse.inventory import rules
from rackhouse.inventory.commands.command import Command
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Key, Stock
from rackhouse.inventory.serving import serve

__all__ = ["KeepBack", "KeptBack"]


class KeptBack(msgspec.Struct, frozen=True, kw_only=True):
    """So many pieces of a SKU at a location that nobody may be sold, or that one channel leaves to
    the others."""

    sku: str
    location: str
    quantity: int
    channel: str = ""
    expected_version: int | None = None


class KeepBack(Command, frozen=True, kw_only=True):
    """Keep pieces back from now on, all as said or none; what is so already does not change."""

    levels: Sequence[KeptBack]

    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """The stock in question."""
        return [(each.sku, each.location) for each in self.levels]

    def brought_skus(self) -> Sequence[str]:
        """Less may be kept back from now on."""
        return [each.sku for each in self.levels]

    def decide(self, ledger: Ledger, now: datetime.datetime) -> list[Stock]:
        """Keep them back; what is kept back no more goes first to those whom such were promised.
        Refuses with `StockVersionStale`."""
        for each in self.levels:
            stock = ledger.stock[each.sku, each.location]
            rules.expect_version(stock, each.expected_version)
        for each in self.levels:
            key = (each.sku, each.location)
            stock = ledger.stock[key]
            before = stock.safety
            if each.channel:
                before = ledger.depth.buffers.get((*key, each.channel), 0)
            if before != each.quantity:
                moves = rules.keep_back(stock, each.quantity, channel=each.channel)
                ledger.record(moves, self.context)
        serve(ledger, self.stock_keys(), self.context)
        return [ledger.stock[key] for key in dict.fromkeys(self.stock_keys())]
