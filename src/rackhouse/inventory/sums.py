"""Sums of events: what many events of stock add up to, kind by kind. Pure, like the rules."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from rackhouse.inventory.events import EVENT_TYPES, Change
from rackhouse.inventory.ledger import Levels

__all__ = ["Figures", "KindSum", "Sums", "added", "change_of", "figures_after", "figures_of"]


class Figures(msgspec.Struct, frozen=True):
    """The figures of stock, or what is added to them."""

    on_hand: int = 0
    held: int = 0
    committed: int = 0
    available: int = 0

    @staticmethod
    def of(on_hand: int, held: int, committed: int) -> "Figures":
        """Figures with what may still be promised of them."""
        return Figures(on_hand, held, committed, on_hand - held - committed)

    def plus(self, change: Change) -> "Figures":
        """These figures after an event that adds so much."""
        on_hand, held, committed = change
        return Figures.of(self.on_hand + on_hand, self.held + held, self.committed + committed)


class KindSum(msgspec.Struct, frozen=True):
    """All events of one type together: how many, and what they added to the figures."""

    events: int = 0
    on_hand: int = 0
    held: int = 0
    committed: int = 0

    def plus(self, change: Change) -> "KindSum":
        """This sum with one more event."""
        on_hand, held, committed = change
        return KindSum(
            self.events + 1, self.on_hand + on_hand, self.held + held, self.committed + committed
        )

    @property
    def change(self) -> Change:
        """What its events added to the figures."""
        return (self.on_hand, self.held, self.committed)


Sums: TypeAlias = Mapping[str, KindSum]
"""What the events of a stream add up to so far, by their type."""


def added(sums: Sums, events: Iterable[tuple[str, str]]) -> dict[str, KindSum]:
    """The sums with some more events, each given by its type and data."""
    total = dict(sums)
    for kind, data in events:
        total[kind] = total.get(kind, _NOTHING).plus(change_of(kind, data))
    return total


def change_of(kind: str, data: str) -> Change:
    """What an event adds to the figures, as its own facts say."""
    change: Change = _DECODERS[kind].decode(data).change()
    return change


def figures_of(sums: Sums) -> Figures:
    """The figures that sums add up to."""
    total = Figures()
    for each in sums.values():
        total = total.plus(each.change)
    return total


def figures_after(data: str) -> Figures:
    """The figures that were recorded beside an event, as they were after it."""
    levels = _DECODE_LEVELS(data)
    return Figures.of(levels.on_hand, levels.held, levels.committed)


_NOTHING = KindSum()
_DECODERS = {
    name: msgspec.json.Decoder(kind)
    for name, kind in EVENT_TYPES.items()
    if hasattr(kind, "change")
}
_DECODE_LEVELS = msgspec.json.Decoder(Levels).decode
