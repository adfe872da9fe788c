"""Booking sales that have happened already, such as those of a till that was offline."""

import datetime
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rackhouse.inventory.errors import LotNotFound, NotEnoughStock, Shortage, UnitNotFree
from rackhouse.inventory.events import HoldPlaced
from rackhouse.inventory.rules.reaching import Left, Own
from rackhouse.inventory.rules.shelf import Depth, Shelf, Taken
from rackhouse.inventory.rules.state import Key, Line, Moves, Need, Stock

__all__ = ["Reach", "place_reported"]


class Reach(msgspec.Struct, frozen=True):
    """Where a channel may have sold from: the locations of its allotment, and those of the pool,
    each in the order in which they serve."""

    own: Sequence[str]
    pool: Sequence[str]


def place_reported(
    stock: Mapping[Key, Stock],
    depth: Depth,
    *,
    channel: str,
    reach: Reach,
    hold_id: str,
    lines: Sequence[Line],
    needs: Sequence[Need],
    expires_at: datetime.datetime,
    now: datetime.datetime,
) -> Moves:
    """Book lines that were sold: on the channel's own allotment first, then on the pool, also on
    pieces that are kept back, because what was sold has left.

    Refuses with `NotEnoughStock`, `LotNotFound`, `UnitNotFree`.
    """
    for need in needs:
        if need.lot is not None and (need.sku, need.lot) not in depth.lots:
            raise LotNotFound(sku=need.sku, lot=need.lot)
    shelves = _Shelves(stock, depth, channel, reach, now)
    taken: dict[tuple[int, Key, str, str], tuple[int, tuple[int, ...]]] = {}
    for need in sorted(needs, key=lambda need: not need.units):
        for location, part in shelves.take(need):
            at = (need.line, (need.sku, location), part.slot[0], part.slot[1])
            quantity, units = taken.get(at, (0, ()))
            taken[at] = (quantity + part.quantity, (*units, *part.units))
        if shelves.missing:
            untouched = _Shelves(stock, depth, channel, reach, now)
            raise NotEnoughStock(lines=_shortages(untouched, lines, needs))
    return [
        (key, HoldPlaced(hold_id, line, quantity, expires_at, lot, allotment, units))
        for (line, key, lot, allotment), (quantity, units) in taken.items()
    ]


class _Shelves:
    """The shelves that a report may be booked on, in order."""

    def __init__(
        self,
        stock: Mapping[Key, Stock],
        depth: Depth,
        channel: str,
        reach: Reach,
        now: datetime.datetime,
    ) -> None:
        own = Own(stock, depth, channel=channel, now=now)
        left = Left(stock, depth, channel=channel, now=now)
        self._depth = depth
        self._places: list[tuple[Shelf, str]] = [
            *((own, location) for location in reach.own),
            *((left, location) for location in reach.pool),
        ]
        self.missing = 0

    def free(self, need: Need) -> int:
        """How many pieces there are for a need."""
        return sum(shelf.free(need, location) for shelf, location in self._places)

    def take(self, need: Need) -> Iterator[tuple[str, Taken]]:
        """The pieces for a need, by location; ``missing`` says how many there are not."""
        self.missing = need.quantity
        for shelf, location, part in self._standing(need) if need.units else self._any(need):
            self.missing -= part.quantity
            for taken in shelf.take(part, location, part.quantity):
                yield location, taken

    def _any(self, need: Need) -> Iterator[tuple[Shelf, str, Need]]:
        for shelf, location in self._places:
            quantity = min(self.missing, shelf.free(need, location))
            if quantity > 0:
                yield shelf, location, msgspec.structs.replace(need, quantity=quantity)

    def _standing(self, need: Need) -> Iterator[tuple[Shelf, str, Need]]:
        """The named units of a need, by where each stands."""
        for number in need.units:
            place = next(
                (
                    (shelf, location)
                    for shelf, location in self._places
                    if shelf.where(need, number, [location]) is not None
                ),
                None,
            )
            if place is None:
                assert need.lot is not None
                named = (need.sku, need.lot, number)
                state = self._depth.unit_states.get(named, "unknown")
                raise UnitNotFree(sku=need.sku, lot=need.lot, number=number, unit_state=state)
            yield *place, msgspec.structs.replace(need, quantity=1, units=(number,))


def _shortages(shelves: _Shelves, lines: Sequence[Line], needs: Sequence[Need]) -> list[Shortage]:
    found = []
    for index, line in enumerate(lines):
        possible = [
            shelves.free(need) * line.quantity // need.quantity
            for need in needs
            if need.line == index
        ]
        found.append(Shortage(line.sku, line.quantity, min(possible, default=0)))
    return found
