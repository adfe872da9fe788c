"""Explaining a figure: it is the sum of the events that led to it."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.inventory import Movement, Stock

__all__ = ["Explanation", "Figures", "Summand", "explain"]


class Figures(msgspec.Struct, frozen=True):
    """On hand, held and committed."""

    on_hand: int = 0
    held: int = 0
    committed: int = 0

    def plus(self, change: dict[str, int]) -> "Figures":
        """These figures with what an event adds to them."""
        return Figures(
            self.on_hand + change["on_hand"],
            self.held + change["held"],
            self.committed + change["committed"],
        )

    @property
    def available(self) -> int:
        """What may still be promised to somebody."""
        return self.on_hand - self.held - self.committed


class Summand(msgspec.Struct, frozen=True):
    """All events of one type together."""

    what: str
    events: int
    change: Figures


class Explanation(msgspec.Struct, frozen=True):
    """Why the figures of a SKU at a location are what they are.

    ``start`` is what they were before the oldest of the events, at ``since``; nothing, where the
    events go back to the beginning. ``agrees`` says whether the sum is the recorded figure.
    """

    stock: Stock
    start: Figures
    since: datetime.datetime | None
    summands: list[Summand]
    total: Figures
    agrees: bool


WORDS = {
    "StockReceived": "Received",
    "StockAdjusted": "Adjusted",
    "HoldPlaced": "Held",
    "HoldExtended": "Extended",
    "HoldConfirmed": "Sold",
    "HoldReleased": "Released",
    "HoldExpired": "Expired",
    "StockShipped": "Shipped",
    "StockReturned": "Returned",
}


def explain(stock: Stock, found: Sequence[Movement], *, complete: bool) -> Explanation:
    """The figures of one stock row as a sum of its events, given newest first.

    Where there are more events than were found (not ``complete``), the sum starts from the figures
    before the oldest of them.
    """
    own = [
        each
        for each in found
        if (each.sku, each.location) == (stock.sku, stock.location)
        and each.version <= stock.version
    ]
    start = Figures() if complete or not own else _before(own[-1])
    summands: dict[str, Summand] = {}
    total = start
    for each in reversed(own):
        known = summands.get(each.type) or Summand(WORDS.get(each.type, each.type), 0, Figures())
        summands[each.type] = Summand(known.what, known.events + 1, known.change.plus(each.change))
        total = total.plus(each.change)
    return Explanation(
        stock=stock,
        start=start,
        since=own[-1].recorded_at if own and start != Figures() else None,
        summands=list(summands.values()),
        total=total,
        agrees=total == Figures(stock.on_hand, stock.held, stock.committed),
    )


def _before(movement: Movement) -> Figures:
    change = movement.change
    return Figures(
        movement.on_hand - change["on_hand"],
        movement.held - change["held"],
        movement.committed - change["committed"],
    )
