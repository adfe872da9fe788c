"""How far allotments, top-ups and reports of sales reach: parts of what a placement could take.

`Pool` is what may be set apart for a channel, `Own` is what it has in its allotment, and `Left` is
what else there is to book a sale on that has happened already.
"""

from collections.abc import Iterator, Sequence

from rackhouse.inventory.events import SELLABLE, Slot
from rackhouse.inventory.rules.shelf import Shelf
from rackhouse.inventory.rules.state import Key, Need

__all__ = ["Left", "Own", "Pool"]


class Pool(Shelf):
    """Pieces of the pool that a channel may have: none that are kept back, from everybody or from
    this channel, and none of a lot that may not be sold now."""

    def _slots(self, need: Need, key: Key) -> Iterator[tuple[Slot, int]]:
        return ((slot, free) for slot, free in super()._slots(need, key) if not slot[1])


class Own(Shelf):
    """Free pieces of a channel's own allotment, whatever has become of their lot: a till that
    sells them may not know yet. Those of lots that may be sold come first."""

    def _slots(self, need: Need, key: Key) -> Iterator[tuple[Slot, int]]:
        for slot, bucket in self._depth.buckets.get(key, {}).items():
            lot, allotment, condition = slot
            if allotment == self._channel and condition == SELLABLE and need.lot in (None, lot):
                yield slot, bucket.free - self._taken.get((key, slot), 0)

    def _rank(self, need: Need, slot: Slot) -> tuple[object, ...]:
        status = self._depth.status_of(need.sku, slot[0], self._now)
        return (status != "sellable", *super()._rank(need, slot))


class Left(Shelf):
    """Free pieces of the pool, also those that are kept back; of a lot that may not be sold only
    if it is named, since then it has been."""

    def _slots(self, need: Need, key: Key) -> Iterator[tuple[Slot, int]]:
        if need.lot is None:
            yield from (found for found in super()._slots(need, key) if not found[0][1])
            return
        slot = (need.lot, "", SELLABLE)
        bucket = self._depth.buckets.get(key, {}).get(slot)
        if bucket is not None:
            yield slot, bucket.free - self._taken.get((key, slot), 0)

    def _reach(self, need: Need, key: Key, slots: Sequence[tuple[Slot, int]]) -> tuple[int, int]:
        return 0, sum(free for _, free in slots)
