"""Finding the pieces that an event means, and what every event has in common."""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from machine.pieces import Books, Piece, Tally
from rackhouse.inventory.rules import Key, Line

__all__ = ["Arrival", "Keeping", "Placing", "tally_place"]


class Placing(msgspec.Struct, frozen=True):
    """What is known of a hold before it is placed."""

    hold_id: str
    channel: str
    customer: str | None
    lines: tuple[Line, ...]
    places: tuple[str, ...]
    expires_at: datetime.datetime
    promise: bool = False
    is_report: bool = False


class Arrival(msgspec.Struct):
    """Pieces that were promised and must be allocated at once."""

    place: str
    held: int
    sold: int
    until: datetime.datetime | None


class Keeping(Books):
    """Books that pieces can be found in."""

    def __init__(self, now: datetime.datetime) -> None:
        super().__init__(now)
        self.placing: dict[str, Placing] = {}
        self.arrivals: dict[tuple[str, int, str], Arrival] = {}
        self.parted: set[Key] = set()
        self.versions: dict[str, int] = {}

    def find(
        self,
        key: Key,
        slot: tuple[str, str, str],
        quantity: int,
        units: Iterable[int],
        is_meant: Callable[[Piece], bool],
    ) -> list[Piece]:
        """So many pieces of a slot, those with the numbers that are named."""
        there = [p for p in self.at(key) if p.slot == slot and is_meant(p)]
        return self.named(there, quantity, units, f"{key} {slot}")

    def named(
        self, there: list[Piece], quantity: int, units: Iterable[int], where: str
    ) -> list[Piece]:
        numbers = list(units)
        assert quantity > 0, "an event moves something"
        if any(p.number is not None for p in there):
            assert len(numbers) == len(set(numbers)) == quantity, "each number is named once"
            there = [p for p in there if p.number in numbers]
        else:
            assert not numbers, "only what has numbers is named by them"
        assert len(there) >= quantity, f"{where} has {len(there)} of the {quantity} {numbers}"
        return there[:quantity]

    def part(self, key: Key, *slots: tuple[str, str, str]) -> None:
        if any(slot != ("", "", "sellable") for slot in slots):
            self.parted.add(key)

    def reserve(
        self, key: Key, event: Any, state: str, count: int, until: datetime.datetime | None
    ) -> list[Piece]:
        """Give free pieces to a line of a hold."""
        slot = (event.lot, event.allotment, "sellable")
        found = self.find(key, slot, count, event.units, lambda p: p.state == "free")
        for piece in found:
            piece.state, piece.hold, piece.line = state, event.hold_id, event.line
            piece.until = until if state == "held" else None
        self.part(key, slot)
        tally = self.tallies.setdefault(tally_place(key, event), Tally())
        tally.quantity += count
        return found

    def must_be_open(self, key: Key, event: Any, placing: Placing) -> None:
        """It may be sold through the channel at this moment, and leaves what is kept back."""
        assert event.allotment in ("", placing.channel), "an allotment is its channel's alone"
        if not placing.is_report:
            status = self.status_of_lot(key[0], event.lot)
            assert status == "sellable", f"the lot {event.lot} is {status}"
            if not event.allotment:
                _, left = self.open_pieces(placing.channel, key)
                kept = self.kept_back(placing.channel, key)
                assert len(left) >= kept, f"{kept} pieces of {key} are kept back"


def tally_place(key: Key, event: Any) -> tuple[str, int, str, str, str, str]:
    """What names the tally of some pieces of a hold."""
    return (event.hold_id, event.line, *key, event.lot, event.allotment)
