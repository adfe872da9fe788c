"""Sums of events: what many events of a stock stream add up to. Pure, like the rules."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from rackhouse.inventory.events import (
    EVENT_TYPES,
    PLAIN,
    SELLABLE,
    Change,
    Parts,
    SafetyStockSet,
    Slot,
)
from rackhouse.inventory.levels import Levels

__all__ = [
    "Figures",
    "KindSum",
    "Sums",
    "added_by",
    "change_of",
    "decode_event",
    "figures_of",
    "levels_after",
    "recorded_levels",
]


class Figures(msgspec.Struct, frozen=True):
    """The figures of stock, or what is added to them.

    ``frozen`` are free pieces of lots that may not be sold at the time.
    """

    on_hand: int = 0
    held: int = 0
    committed: int = 0
    available: int = 0
    unavailable: int = 0
    allotted: int = 0
    safety: int = 0
    frozen: int = 0


class KindSum(msgspec.Struct, frozen=True, omit_defaults=True):
    """All events of one type together: how many, and what they added to the figures."""

    events: int = 0
    on_hand: int = 0
    held: int = 0
    committed: int = 0
    unavailable: int = 0
    allotted: int = 0

    def plus(self, change: Change) -> "KindSum":
        """This sum with one more event."""
        on_hand, held, committed, unavailable, allotted = change
        return KindSum(
            self.events + 1,
            self.on_hand + on_hand,
            self.held + held,
            self.committed + committed,
            self.unavailable + unavailable,
            self.allotted + allotted,
        )

    @property
    def change(self) -> Change:
        """What its events added to the figures."""
        return (self.on_hand, self.held, self.committed, self.unavailable, self.allotted)


class Sums(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the events of a stream up to a version add up to.

    ``kinds`` are by type; ``safety`` is the stock kept back from everybody; ``parts`` are the
    buckets (lot, allotment, condition, on hand, held, committed) of a row that is parted, else
    None.
    """

    kinds: dict[str, KindSum] = {}
    safety: int = 0
    parts: list[tuple[str, str, str, int, int, int]] | None = None

    def plus(self, events: Iterable[tuple[str, str]]) -> "Sums":
        """These sums with some more events, each given by its type and data."""
        kinds, buckets, safety = dict(self.kinds), self.buckets, self.safety
        for kind, data in events:
            event = decode_event(kind, data)
            parts = event.parts()
            if buckets is not None or any(part[0] != PLAIN for part in parts):
                if buckets is None:
                    buckets = {PLAIN: _total(kinds)[:3]}
                _move(buckets, parts)
            kinds[kind] = kinds.get(kind, _NOTHING).plus(event.change())
            if kind == "SafetyStockSet" and not event.channel:
                safety = event.quantity
        parted = None if buckets is None else [(*slot, *each) for slot, each in buckets.items()]
        return Sums(kinds, safety, parted)

    @property
    def buckets(self) -> dict[Slot, tuple[int, int, int]] | None:
        """On hand, held and committed by slot of a row that is parted."""
        if self.parts is None:
            return None
        return {
            (lot, allotment, condition): (on_hand, held, committed)
            for lot, allotment, condition, on_hand, held, committed in self.parts
        }

    @property
    def lots(self) -> dict[str, int]:
        """The free pieces of each lot in the pool, which are sold as long as the lot may be."""
        return {
            lot: on_hand - held - committed
            for (lot, allotment, condition), (on_hand, held, committed) in (
                self.buckets or {}
            ).items()
            if lot and not allotment and condition == SELLABLE
        }

    @property
    def events(self) -> int:
        """How many events they sum up."""
        return sum(each.events for each in self.kinds.values())

    def levels(self) -> Levels:
        """The figures that they come to, but for what is frozen, which is no sum."""
        return Levels(*_total(self.kinds), self.safety)


def decode_event(kind: str, data: str) -> Any:
    """An event of stock from its type and data."""
    return _DECODERS[kind].decode(data)


def change_of(kind: str, data: str) -> Change:
    """What an event adds to the figures, as its own facts say."""
    change: Change = decode_event(kind, data).change()
    return change


def levels_after(before: Levels, kind: str, data: str) -> Levels:
    """The figures after an event, as its own facts say; what is frozen is taken as recorded."""
    event = decode_event(kind, data)
    on_hand, held, committed, unavailable, allotted = event.change()
    kept_back = isinstance(event, SafetyStockSet) and not event.channel
    return Levels(
        before.on_hand + on_hand,
        before.held + held,
        before.committed + committed,
        before.unavailable + unavailable,
        before.allotted + allotted,
        event.quantity if kept_back else before.safety,
        recorded_levels(data).frozen,
    )


def recorded_levels(data: str) -> Levels:
    """The figures that were recorded beside an event, as they were after it."""
    return _DECODE_LEVELS(data)


def figures_of(levels: Levels) -> Figures:
    """Figures with what may still be promised of them."""
    return Figures(
        levels.on_hand,
        levels.held,
        levels.committed,
        levels.available,
        levels.unavailable,
        levels.allotted,
        levels.safety,
        levels.frozen,
    )


def added_by(change: Change) -> Figures:
    """What is added to the figures, and so to what may be promised."""
    on_hand, held, committed, unavailable, allotted = change
    free = on_hand - held - committed - unavailable - allotted
    return Figures(on_hand, held, committed, free, unavailable, allotted)


def _total(kinds: Mapping[str, KindSum]) -> Change:
    changes = [each.change for each in kinds.values()]
    on_hand, held, committed, unavailable, allotted = map(
        sum, zip((0, 0, 0, 0, 0), *changes, strict=True)
    )
    return (on_hand, held, committed, unavailable, allotted)


def _move(buckets: dict[Slot, tuple[int, int, int]], parts: Parts) -> None:
    for slot, *added in parts:
        known = buckets.get(slot, (0, 0, 0))
        on_hand, held, committed = map(sum, zip(known, added, strict=True))
        buckets[slot] = (on_hand, held, committed)


_NOTHING = KindSum()
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(kind)
    for name, kind in EVENT_TYPES.items()
    if hasattr(kind, "change")
}
_DECODE_LEVELS = msgspec.json.Decoder(Levels).decode
