"""Made-up pasts: histories of one SKU at one location in times gone by, and what they come to.

A past is written to the database as the lane would have written it. What it comes to at a moment is
found here by going through all of its events, without versions, snapshots or allocations.
"""

import datetime
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from houses import Shop
from rackhouse.inventory.events import (
    PLAIN,
    SELLABLE,
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    LotRecalled,
    LotRegistered,
    LotReinstated,
    SafetyStockSet,
    Slot,
    StockAdjusted,
    StockAllotted,
    StockEvent,
    StockReceived,
    StockReturned,
    StockShipped,
)
from rackhouse.inventory.levels import Levels
from rackhouse.inventory.log import LOG
from rackhouse.inventory.rules import BUCKETS, BUFFERS
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.ids import new_id

__all__ = ["BEGAN", "Past", "levels_at", "random_past", "write_past", "write_pasts"]

BEGAN = datetime.datetime(2026, 3, 1, 9, 0, tzinfo=datetime.UTC)


@dataclass
class Reserved:
    """Pieces of one hold: where they are, and until when they are held."""

    placed: int
    held: int
    placed_at: datetime.datetime
    expires_at: datetime.datetime
    lot: str = ""
    allotment: str = ""
    committed: int = 0
    shipped: int = 0
    returned: int = 0

    @property
    def status(self) -> str:
        """What has become of the hold."""
        if self.held:
            return "held"
        return "confirmed" if self.committed or self.shipped else "released"


@dataclass
class Past:
    """Events in order, each with its time, and the holds as they were left. ``of_lots`` are the
    events of its lots."""

    now: datetime.datetime = BEGAN
    events: list[tuple[datetime.datetime, StockEvent]] = field(default_factory=list)
    of_lots: list[tuple[datetime.datetime, Any]] = field(default_factory=list)
    holds: dict[str, Reserved] = field(default_factory=dict)
    slots: dict[Slot, list[int]] = field(default_factory=dict)
    pace: int = 1

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.now = self.after(seconds)

    def after(self, seconds: float) -> datetime.datetime:
        """The time so many seconds from now, at the pace of this past."""
        return self.now + datetime.timedelta(seconds=seconds * self.pace)

    def let(self, event: StockEvent) -> None:
        """Let something happen now."""
        self.events.append((self.now, event))
        for slot, *change in event.parts():
            figures = self.slots.setdefault(slot, [0, 0, 0])
            for at, added in enumerate(change):
                figures[at] += added

    def free(self, slot: Slot) -> int:
        """What nobody has a claim on."""
        on_hand, held, committed = self.slots.get(slot, (0, 0, 0))
        return on_hand - held - committed

    def left_to_others(self) -> dict[str, int]:
        """What each channel does without."""
        said = (event for _, event in self.events if isinstance(event, SafetyStockSet))
        newest = {event.channel: event.quantity for event in said if event.channel}
        return {channel: quantity for channel, quantity in newest.items() if quantity}

    def hold(self, quantity: int, seconds: float, slot: Slot = PLAIN) -> str:
        """Set pieces aside."""
        hold_id, expires_at = new_id(), self.after(seconds)
        lot, allotment, _ = slot
        self.holds[hold_id] = Reserved(quantity, quantity, self.now, expires_at, lot, allotment)
        self.let(HoldPlaced(hold_id, 0, quantity, expires_at, lot, allotment))
        return hold_id

    def extend(self, hold_id: str, seconds: float) -> None:
        """Keep them longer."""
        hold = self.holds[hold_id]
        hold.expires_at = self.after(seconds)
        self.let(HoldExtended(hold_id, 0, hold.expires_at, hold.lot, hold.allotment))

    def sell(self, hold_id: str) -> None:
        """Sell them."""
        hold = self.holds[hold_id]
        self.let(HoldConfirmed(hold_id, 0, hold.held, hold.lot, hold.allotment))
        hold.held, hold.committed = 0, hold.held

    def release(self, hold_id: str, quantity: int) -> None:
        """Let some of them go."""
        hold = self.holds[hold_id]
        held = min(hold.held, quantity)
        sold = quantity - held
        self.let(HoldReleased(hold_id, 0, held, sold, "no more", hold.lot, hold.allotment))
        hold.held -= held
        hold.committed -= sold

    def tidy(self, hold_id: str) -> None:
        """Record that their time is over."""
        hold = self.holds[hold_id]
        assert hold.expires_at <= self.now
        self.let(HoldExpired(hold_id, 0, hold.held, hold.lot, hold.allotment))
        hold.held = 0

    def ship(self, hold_id: str) -> None:
        """Send them out."""
        hold = self.holds[hold_id]
        self.let(StockShipped(hold_id, 0, hold.committed, hold.lot, hold.allotment))
        hold.committed, hold.shipped = 0, hold.committed

    def take_back(self, hold_id: str) -> None:
        """Take them back."""
        hold = self.holds[hold_id]
        back = hold.shipped - hold.returned
        self.let(StockReturned(hold_id, 0, back, "too small", hold.lot))
        hold.returned = hold.shipped


def random_past(seed: int, steps: int, *, in_depth: bool = False, pace: int = 1) -> Past:
    """A past in which anything may have happened that the rules allow; ``in_depth`` with lots that
    may not be sold for a time, an allotment, and stock that is kept back. A ``pace`` stretches it.
    """
    chance, past = random.Random(seed), Past(pace=pace)
    if in_depth:
        _register_lots(past)
    past.let(StockReceived(chance.randint(5, 30), None))
    while len(past.events) < steps:
        if chance.random() < 0.6:
            past.wait(chance.choice([0, 0.000001, 1, 7, 40]))
        _step(chance, past)
        if in_depth:
            _step_in_depth(chance, past)
    return past


def _register_lots(past: Past) -> None:
    for lot, released, expires in (("L1", 60, 600), ("L2", 0, 200)):
        times = [past.after(each) for each in (released, expires)]
        lot_made = LotRegistered("", lot, release_at=times[0], expires_at=times[1])
        past.of_lots.append((past.now, lot_made))


def _step(chance: random.Random, past: Past) -> None:
    lapsed = [id_ for id_, each in past.holds.items() if each.held and each.expires_at <= past.now]
    what = chance.choice(["receive", "adjust", "hold", "hold", "hold", "on", "on", "tidy", "tidy"])
    slots = [slot for slot in past.slots if past.free(slot) > 0]
    if what == "receive":
        past.let(StockReceived(chance.randint(1, 9), chance.choice([None, "delivery 7"])))
    elif what == "adjust":
        past.let(StockAdjusted(chance.randint(-min(past.free(PLAIN), 3), 3), "count", None))
    elif what == "hold" and slots:
        slot = chance.choice(slots)
        quantity = chance.randint(1, min(past.free(slot), 4))
        past.hold(quantity, chance.choice([1, 5, 20, 100]), slot)
    elif what == "tidy" and lapsed:
        past.tidy(chance.choice(lapsed))
    elif what == "on":
        _go_on(chance, past)


def _go_on(chance: random.Random, past: Past) -> None:
    holds = past.holds.items()
    live = [id_ for id_, each in holds if each.held and each.expires_at > past.now]
    sold = [id_ for id_, each in holds if each.committed]
    gone = [id_ for id_, each in holds if each.shipped > each.returned]
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


def _step_in_depth(chance: random.Random, past: Past) -> None:
    what = chance.choice(["lot", "allot", "safety", "recall", "none", "none"])
    if what == "lot":
        past.let(StockReceived(chance.randint(1, 5), None, lot=chance.choice(["L1", "L2"])))
    elif what == "allot" and past.free(PLAIN) > 0:
        past.let(StockAllotted("web", chance.randint(1, past.free(PLAIN))))
    elif what == "safety":
        past.let(SafetyStockSet(chance.randint(0, 2), chance.choice(["", "web"])))
    elif what == "recall":
        recalled = isinstance(past.of_lots[-1][1], LotRecalled)
        turn = (LotReinstated if recalled else LotRecalled)("", "L2", "bad corks")
        past.of_lots.append((past.now, turn))


def levels_at(past: Past, moment: datetime.datetime) -> Levels:
    """What anybody who asked at a moment was told: what has lapsed by then is free."""
    figures, safety = [0, 0, 0, 0, 0], 0
    lots: dict[str, int] = {}
    held: dict[str, tuple[int, datetime.datetime, str]] = {}
    for event in _until(past.events, moment):
        figures = [sum(each) for each in zip(figures, event.change(), strict=True)]
        for (lot, allotment, condition), on_hand, held_there, committed in event.parts():
            if lot and not allotment and condition == SELLABLE:
                lots[lot] = lots.get(lot, 0) + on_hand - held_there - committed
        if isinstance(event, SafetyStockSet) and not event.channel:
            safety = event.quantity
        if isinstance(event, HoldPlaced):
            held[event.hold_id] = (event.quantity, event.expires_at, event.allotment)
        elif isinstance(event, HoldExtended):
            held[event.hold_id] = (held[event.hold_id][0], event.expires_at, event.allotment)
        elif getattr(event, "hold_id", None) in held:
            quantity, until, allotment = held[event.hold_id]
            held[event.hold_id] = (quantity + event.change()[1], until, allotment)
    lapsed = [(quantity, allot) for quantity, until, allot in held.values() if until <= moment]
    figures[1] -= sum(quantity for quantity, _ in lapsed)
    figures[4] += sum(quantity for quantity, allotment in lapsed if allotment)
    closed = [lot for lot in lots if not _may_be_sold(past, lot, moment)]
    return Levels(*figures, safety, sum(lots[lot] for lot in closed))


def _until(events: Iterable[tuple[datetime.datetime, Any]], moment: datetime.datetime) -> list[Any]:
    return [event for recorded_at, event in events if recorded_at <= moment]


def _may_be_sold(past: Past, lot: str, moment: datetime.datetime) -> bool:
    events = [each for each in _until(past.of_lots, moment) if each.lot == lot]
    recalled = isinstance(events[-1], LotRecalled)
    return not recalled and events[0].release_at <= moment < events[0].expires_at


async def write_past(shop: Shop, past: Past) -> None:
    """Let a past be the past of a shop's first SKU at its first location."""
    await write_pasts([(shop, past)])


async def write_pasts(pasts: list[tuple[Shop, Past]]) -> None:
    """Let pasts be those of the first SKUs of some shops, in the order of their times."""
    house = pasts[0][0].house
    heads: dict[str, bytes] = {}
    told = [each for shop, past in pasts for each in _told(shop, past)]
    due: dict[str, datetime.datetime] = {}
    in_turn = []
    for recorded_at, event in told:
        due[event.stream] = max(recorded_at, due.get(event.stream, recorded_at))
        in_turn.append((due[event.stream], recorded_at, event))
    for _, recorded_at, event in sorted(in_turn, key=lambda each: each[0]):
        async with house.database("inventory").transaction() as tx:
            heads |= await LOG.append(tx, [event], recorded_at)
    for shop, past in pasts:
        async with house.database("inventory").transaction() as tx:
            await _write_stock(tx, shop, past, heads[_stream(shop)])
            await _write_buffers(tx, shop, past)
            await _write_lots(tx, shop, past)
            await _write_holds(tx, shop, past)


def _stream(shop: Shop) -> str:
    return f"{shop.sku}@{shop.location}"


def _told(shop: Shop, past: Past) -> list[tuple[datetime.datetime, NewEvent]]:
    """Every event of a past as it is recorded."""
    told = []
    versions: dict[str, int] = {}
    for recorded_at, event in past.of_lots:
        stream = f"lot:{shop.sku}/{event.lot}"
        versions[stream] = versions.get(stream, 0) + 1
        told.append((recorded_at, NewEvent(stream, versions[stream], event, shop.context)))
    for version, (recorded_at, event) in enumerate(past.events, start=1):
        after = _recorded(past, version)
        stream = _stream(shop)
        new = NewEvent(stream, version, event, shop.context, shop.channel, after)
        told.append((recorded_at, new))
    return told


def _recorded(past: Past, version: int) -> Levels:
    """The figures after so many events of a past."""
    figures, safety = [0, 0, 0, 0, 0], 0
    for _, event in past.events[:version]:
        figures = [sum(each) for each in zip(figures, event.change(), strict=True)]
        if isinstance(event, SafetyStockSet) and not event.channel:
            safety = event.quantity
    return Levels(*figures, safety)


async def _write_stock(tx: Transaction, shop: Shop, past: Past, head: bytes) -> None:
    await tx.run(
        "insert into inventory.stock (sku, location, on_hand, held, committed, unavailable, "
        "allotted, safety, version, details, head) values (%(sku)s, %(location)s, "
        "%(on_hand)s, %(held)s, %(committed)s, %(unavailable)s, %(allotted)s, %(safety)s, "
        "%(version)s, %(details)s, %(head)s)",
        {
            **msgspec.structs.asdict(_recorded(past, len(past.events))),
            "sku": shop.sku,
            "location": shop.location,
            "version": len(past.events),
            "details": (BUCKETS if any(slot != PLAIN for slot in past.slots) else 0)
            | (BUFFERS if past.left_to_others() else 0),
            "head": head,
        },
    )
    for slot, figures in past.slots.items() if past.slots.keys() != {PLAIN} else ():
        names = ("lot", "allotment", "condition", "on_hand", "held", "committed")
        await tx.run(
            "insert into inventory.bucket (sku, location, lot, allotment, condition, on_hand, "
            "held, committed) values (%(sku)s, %(location)s, %(lot)s, %(allotment)s, "
            "%(condition)s, %(on_hand)s, %(held)s, %(committed)s)",
            {"sku": shop.sku, "location": shop.location}
            | dict(zip(names, (*slot, *figures), strict=True)),
        )


async def _write_buffers(tx: Transaction, shop: Shop, past: Past) -> None:
    for channel, quantity in past.left_to_others().items():
        await tx.run(
            "insert into inventory.buffer (sku, location, channel, quantity) values (%(sku)s, "
            "%(location)s, %(channel)s, %(quantity)s)",
            {"sku": shop.sku, "location": shop.location, "channel": channel, "quantity": quantity},
        )


async def _write_lots(tx: Transaction, shop: Shop, past: Past) -> None:
    for recorded_at, event in past.of_lots:
        if isinstance(event, LotRegistered):
            told = [each for _, each in past.of_lots if each.lot == event.lot]
            await tx.run(
                "insert into inventory.lot (sku, lot, release_at, expires_at, recalled, "
                "attributes, registered_at, version) values (%(sku)s, %(lot)s, %(release_at)s, "
                "%(expires_at)s, %(recalled)s, '{}', %(registered_at)s, %(version)s)",
                {
                    "sku": shop.sku,
                    "lot": event.lot,
                    "release_at": event.release_at,
                    "expires_at": event.expires_at,
                    "recalled": isinstance(told[-1], LotRecalled),
                    "registered_at": recorded_at,
                    "version": len(told),
                },
            )


async def _write_holds(tx: Transaction, shop: Shop, past: Past) -> None:
    for hold_id, each in past.holds.items():
        await tx.run(
            "insert into inventory.hold (id, channel, status, lines, placed_by, placed_at, "
            "expires_at) values (%(id)s, %(channel)s, %(status)s, '[]', 'test', %(placed_at)s, "
            "%(expires_at)s)",
            {"id": hold_id, "channel": shop.channel, "status": each.status, **vars(each)},
        )
        await tx.run(
            "insert into inventory.allocation (hold_id, line, sku, location, quantity, held, "
            "committed, shipped, returned, held_until, lot, allotment) values (%(hold_id)s, 0, "
            "%(sku)s, %(location)s, %(placed)s, %(held)s, %(committed)s, %(shipped)s, "
            "%(returned)s, %(expires_at)s, %(lot)s, %(allotment)s)",
            {"hold_id": hold_id, "sku": shop.sku, "location": shop.location, **vars(each)},
        )
