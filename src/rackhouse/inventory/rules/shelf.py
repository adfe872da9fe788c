"""What one placement may take from stock in depth, and what it has taken so far."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from heapq import nsmallest

import msgspec

from rackhouse.inventory.events import PLAIN, SELLABLE, Slot
from rackhouse.inventory.rules.state import Bucket, Key, Lot, Need, Stock, status_of_lot

__all__ = ["Depth", "Shelf", "Taken"]

_NEVER = datetime.datetime.max.replace(tzinfo=datetime.UTC)
_LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)


class Depth:
    """What there is to know of the stock in hand beside its rows."""

    def __init__(self) -> None:
        self.buckets: dict[Key, dict[Slot, Bucket]] = {}
        self.lots: dict[tuple[str, str], Lot] = {}
        self.free_units: dict[tuple[Key, Slot], set[int]] = {}
        self.unit_states: dict[tuple[str, str, int], str] = {}
        self.buffers: dict[tuple[str, str, str], int] = {}

    def copy(self) -> "Depth":
        """The same, to try something out on."""
        other = Depth()
        other.buckets = {key: dict(slots) for key, slots in self.buckets.items()}
        other.lots = dict(self.lots)
        other.free_units = {at: set(numbers) for at, numbers in self.free_units.items()}
        other.unit_states = dict(self.unit_states)
        other.buffers = dict(self.buffers)
        return other

    def status_of(self, sku: str, lot: str, now: datetime.datetime) -> str:
        """Whether pieces of a lot may be sold; pieces of no lot may."""
        return status_of_lot(self.lots[sku, lot], now) if lot else "sellable"

    def is_numbered(self, sku: str, lot: str) -> bool:
        """Whether the pieces of a lot have numbers."""
        known = self.lots.get((sku, lot))
        return known is not None and known.numbered is not None

    def frozen(self, key: Key, now: datetime.datetime) -> int:
        """Free pieces of the pool whose lot may not be sold at present."""
        return sum(
            bucket.free
            for (lot, allotment, condition), bucket in self.buckets.get(key, {}).items()
            if lot and not allotment and condition == SELLABLE
            if self.status_of(key[0], lot, now) != "sellable"
        )


class Taken(msgspec.Struct, frozen=True):
    """Pieces taken from one slot, with their numbers if they have any."""

    slot: Slot
    quantity: int
    units: tuple[int, ...] = ()


class Shelf:
    """The stock before one placement through a channel, less what the placement has taken."""

    def __init__(
        self,
        stock: Mapping[Key, Stock],
        depth: Depth,
        *,
        channel: str,
        now: datetime.datetime,
    ) -> None:
        self._stock = stock
        self._depth = depth
        self._channel = channel
        self._now = now
        self._taken: dict[tuple[Key, Slot], int] = {}
        self._numbers: dict[tuple[Key, Slot], frozenset[int]] = {}

    def copy(self) -> "Shelf":
        """The same, to try something out on."""
        other = Shelf(self._stock, self._depth, channel=self._channel, now=self._now)
        other._taken = dict(self._taken)
        other._numbers = dict(self._numbers)
        return other

    def free(self, need: Need, location: str) -> int:
        """How many pieces for a need may be taken at a location: those of the channel's own
        allotment, and those of the pool that are not kept back."""
        key = (need.sku, location)
        return sum(self._reach(need, key, self._open_slots(need, key)))

    def take(self, need: Need, location: str, quantity: int) -> list[Taken]:
        """Take pieces that are free, the channel's own first, then lot by lot as it is picked."""
        taken = self.take_if_free(need, location, quantity)
        assert taken is not None, "only what is free is taken"
        return taken

    def take_if_free(self, need: Need, location: str, quantity: int) -> list[Taken] | None:
        """The same; None, and nothing is taken, if there is less."""
        key = (need.sku, location)
        slots = self._open_slots(need, key)
        own, pool = self._reach(need, key, slots)
        if own + pool < quantity:
            return None
        taken = []
        for slot, free in slots:
            part = min(quantity, free) if slot[1] else min(quantity, free, pool)
            if part > 0:
                taken.append(self._take_from(key, slot, part, need))
                quantity -= part
                pool -= 0 if slot[1] else part
        return taken

    def where(self, need: Need, number: int, locations: Sequence[str]) -> str | None:
        """The location that has a numbered unit free for a need."""
        for location in locations:
            key = (need.sku, location)
            for slot, _ in self._open_slots(need, key):
                if number in self._free_numbers(key, slot):
                    return location
        return None

    def _reach(self, need: Need, key: Key, slots: Sequence[tuple[Slot, int]]) -> tuple[int, int]:
        """How much of some slots is the channel's own, and how much of the pool it may take."""
        own = pool = 0
        for slot, free in slots:
            if slot[1]:
                own += free
            else:
                pool += free
        if not pool:
            return own, 0
        everything = pool
        if need.lot is not None:
            others = self._open_slots(_of_any_lot(need), key)
            everything = sum(free for slot, free in others if not slot[1])
        kept = self._stock[key].safety + self._depth.buffers.get((*key, self._channel), 0)
        return own, max(0, min(pool, everything - kept))

    def _open_slots(self, need: Need, key: Key) -> list[tuple[Slot, int]]:
        """The slots that a need may take from, in order, each with what is free in it."""
        found = [each for each in self._slots(need, key) if each[1] > 0]
        if len(found) > 1:
            found.sort(key=lambda each: self._rank(need, each[0]))
        if need.units:
            named = [(slot, min(free, len(self._named(need, key, slot)))) for slot, free in found]
            return [each for each in named if each[1] > 0]
        return found

    def _slots(self, need: Need, key: Key) -> Iterator[tuple[Slot, int]]:
        buckets = self._depth.buckets.get(key)
        if buckets is None:
            stock = self._stock.get(key)
            if stock is not None and need.lot is None:
                yield PLAIN, stock.free - self._taken.get((key, PLAIN), 0)
            return
        for slot, bucket in buckets.items():
            lot, allotment, condition = slot
            if condition != SELLABLE or allotment not in ("", self._channel):
                continue
            if need.lot is not None and need.lot != lot:
                continue
            if self._depth.status_of(need.sku, lot, self._now) == "sellable":
                yield slot, bucket.free - self._taken.get((key, slot), 0)

    def _rank(self, need: Need, slot: Slot) -> tuple[object, ...]:
        lot, allotment, _ = slot
        known = self._depth.lots.get((need.sku, lot))
        expires_at = known.expires_at if known and known.expires_at else _NEVER
        registered_at = known.registered_at if known else _LONG_AGO
        if need.picking == "first_in":
            return (not allotment, registered_at, lot)
        return (not allotment, expires_at, registered_at, lot)

    def _take_from(self, key: Key, slot: Slot, quantity: int, need: Need) -> Taken:
        self._taken[key, slot] = self._taken.get((key, slot), 0) + quantity
        if not self._depth.is_numbered(need.sku, slot[0]):
            return Taken(slot, quantity)
        free = self._named(need, key, slot) if need.units else self._free_numbers(key, slot)
        units = tuple(nsmallest(quantity, free))
        assert len(units) == quantity, "every piece has its number"
        self._numbers[key, slot] = self._numbers.get((key, slot), frozenset()).union(units)
        return Taken(slot, quantity, units)

    def _named(self, need: Need, key: Key, slot: Slot) -> set[int]:
        """Which of the numbers that are asked for stand free in a slot."""
        return self._free_numbers(key, slot).intersection(need.units)

    def _free_numbers(self, key: Key, slot: Slot) -> set[int]:
        free = self._depth.free_units.get((key, slot), set())
        return free - self._numbers.get((key, slot), frozenset())


def _of_any_lot(need: Need) -> Need:
    return msgspec.structs.replace(need, lot=None, units=())
