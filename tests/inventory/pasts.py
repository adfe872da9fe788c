"""Made-up pasts: histories of one SKU at one location in times gone by, and what they come to.

A past is written to the database as the lane would have written it. What it comes to at a moment is
found here by going through all of its events, without versions, snapshots or allocations.
"""

import datetime
import random
from dataclasses import dataclass, field

from houses import Shop
from rackhouse.inventory.events import (
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    StockAdjusted,
    StockEvent,
    StockReceived,
    StockReturned,
    StockShipped,
)
from rackhouse.inventory.ledger import Levels
from rackhouse.inventory.log import LOG
from rackhouse.inventory.sums import Figures
from rackhouse.platform.events import NewEvent
from rackhouse.platform.ids import new_id

__all__ = ["Past", "figures_at", "random_past", "write_past"]

BEGAN = datetime.datetime(2026, 3, 1, 9, 0, tzinfo=datetime.UTC)


@dataclass
class Reserved:
    """Pieces of one hold: where they are, and until when they are held."""

    placed: int
    held: int
    expires_at: datetime.datetime
    committed: int = 0
    shipped: int = 0
    returned: int = 0


@dataclass
class Past:
    """Events in order, each with its time, and the holds as they were left."""

    now: datetime.datetime = BEGAN
    events: list[tuple[datetime.datetime, StockEvent]] = field(default_factory=list)
    holds: dict[str, Reserved] = field(default_factory=dict)

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.now += datetime.timedelta(seconds=seconds)

    def let(self, event: StockEvent) -> None:
        """Let something happen now."""
        self.events.append((self.now, event))

    def figures(self) -> Figures:
        """The figures as the newest event left them."""
        total = Figures()
        for _, event in self.events:
            total = total.plus(event.change())
        return total

    def hold(self, quantity: int, seconds: float) -> str:
        """Set pieces aside."""
        hold_id, expires_at = new_id(), self.now + datetime.timedelta(seconds=seconds)
        self.holds[hold_id] = Reserved(quantity, quantity, expires_at)
        self.let(HoldPlaced(hold_id, 0, quantity, expires_at))
        return hold_id

    def extend(self, hold_id: str, seconds: float) -> None:
        """Keep them longer."""
        hold = self.holds[hold_id]
        hold.expires_at = self.now + datetime.timedelta(seconds=seconds)
        self.let(HoldExtended(hold_id, 0, hold.expires_at))

    def sell(self, hold_id: str) -> None:
        """Sell them."""
        hold = self.holds[hold_id]
        self.let(HoldConfirmed(hold_id, 0, hold.held))
        hold.held, hold.committed = 0, hold.held

    def release(self, hold_id: str, quantity: int) -> None:
        """Let some of them go."""
        hold = self.holds[hold_id]
        from_held = min(hold.held, quantity)
        self.let(HoldReleased(hold_id, 0, from_held, quantity - from_held, "no more"))
        hold.held -= from_held
        hold.committed -= quantity - from_held

    def tidy(self, hold_id: str) -> None:
        """Record that their time is over."""
        hold = self.holds[hold_id]
        assert hold.expires_at <= self.now
        self.let(HoldExpired(hold_id, 0, hold.held))
        hold.held = 0

    def ship(self, hold_id: str) -> None:
        """Send them out."""
        hold = self.holds[hold_id]
        self.let(StockShipped(hold_id, 0, hold.committed))
        hold.committed, hold.shipped = 0, hold.committed

    def take_back(self, hold_id: str) -> None:
        """Take them back."""
        hold = self.holds[hold_id]
        self.let(StockReturned(hold_id, 0, hold.shipped - hold.returned, "too small"))
        hold.returned = hold.shipped


def random_past(seed: int, steps: int) -> Past:
    """A past in which anything may have happened that the rules allow."""
    chance, past = random.Random(seed), Past()
    past.let(StockReceived(chance.randint(5, 30)))
    while len(past.events) < steps:
        if chance.random() < 0.6:
            past.wait(chance.choice([0, 0.000001, 1, 7, 40]))
        _step(chance, past)
    return past


def _step(chance: random.Random, past: Past) -> None:
    live = [id_ for id_, each in past.holds.items() if each.held and each.expires_at > past.now]
    lapsed = [id_ for id_, each in past.holds.items() if each.held and each.expires_at <= past.now]
    sold = [id_ for id_, each in past.holds.items() if each.committed]
    gone = [id_ for id_, each in past.holds.items() if each.shipped > each.returned]
    what = chance.choice(["receive", "adjust", "hold", "hold", "hold", "on", "on", "tidy", "tidy"])
    free = past.figures().available
    if what == "receive":
        past.let(StockReceived(chance.randint(1, 9), chance.choice([None, "delivery 7"])))
    elif what == "adjust":
        past.let(StockAdjusted(chance.randint(-min(free, 3), 3), "count"))
    elif what == "hold" and free:
        past.hold(chance.randint(1, min(free, 4)), chance.choice([1, 5, 20, 100]))
    elif what == "tidy" and lapsed:
        past.tidy(chance.choice(lapsed))
    elif what == "on":
        _go_on(chance, past, live, sold, gone)


def _go_on(
    chance: random.Random, past: Past, live: list[str], sold: list[str], gone: list[str]
) -> None:
    ways = [("extend", live), ("sell", live), ("release", live + sold), ("ship", sold)]
    way, which = chance.choice([*ways, ("take back", gone)])
    if not which:
        return
    hold_id = chance.choice(which)
    if way == "extend":
        past.extend(hold_id, chance.choice([2, 30]))
    elif way == "sell":
        past.sell(hold_id)
    elif way == "release":
        hold = past.holds[hold_id]
        past.release(hold_id, chance.randint(1, hold.held + hold.committed))
    elif way == "ship":
        past.ship(hold_id)
    else:
        past.take_back(hold_id)


def figures_at(past: Past, moment: datetime.datetime) -> Figures:
    """What anybody who asked at a moment was told: what has lapsed by then is free."""
    figures = Figures()
    held: dict[str, tuple[int, datetime.datetime]] = {}
    for recorded_at, event in past.events:
        if recorded_at > moment:
            break
        figures = figures.plus(event.change())
        if isinstance(event, HoldPlaced):
            held[event.hold_id] = (event.quantity, event.expires_at)
        elif isinstance(event, HoldExtended):
            held[event.hold_id] = (held[event.hold_id][0], event.expires_at)
        elif getattr(event, "hold_id", None) in held:
            quantity, until = held[event.hold_id]  # type: ignore[union-attr]
            held[event.hold_id] = (quantity + event.change()[1], until)  # type: ignore[union-attr]
    lapsed = sum(quantity for quantity, until in held.values() if until <= moment)
    return figures.plus((0, -lapsed, 0))


async def write_past(shop: Shop, past: Past) -> None:
    """Let a past be the past of a shop's first SKU at its first location."""
    figures = Figures()
    async with shop.house.database("inventory").transaction() as tx:
        await tx.run(
            "insert into inventory.stock (sku, location, on_hand, held, committed, version) "
            "values (%(sku)s, %(location)s, 0, 0, 0, 0)",
            {"sku": shop.sku, "location": shop.location},
        )
        for version, (recorded_at, event) in enumerate(past.events, start=1):
            figures = figures.plus(event.change())
            after = Levels(figures.on_hand, figures.held, figures.committed)
            stream = f"{shop.sku}@{shop.location}"
            told = NewEvent(stream, version, event, shop.context, shop.channel, after)
            await LOG.append(tx, [told], recorded_at)
        await tx.run(
            "update inventory.stock set on_hand = %(on_hand)s, held = %(held)s, "
            "committed = %(committed)s, version = %(version)s "
            "where sku = %(sku)s and location = %(location)s",
            {
                "on_hand": figures.on_hand,
                "held": figures.held,
                "committed": figures.committed,
                "version": len(past.events),
                "sku": shop.sku,
                "location": shop.location,
            },
        )
        for hold_id, each in past.holds.items():
            await tx.run(
                "insert into inventory.allocation (hold_id, line, sku, location, quantity, held, "
                "committed, shipped, returned, held_until) values (%(hold_id)s, 0, %(sku)s, "
                "%(location)s, %(placed)s, %(held)s, %(committed)s, %(shipped)s, %(returned)s, "
                "%(expires_at)s)",
                {"hold_id": hold_id, "sku": shop.sku, "location": shop.location, **vars(each)},
            )
