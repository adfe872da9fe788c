"""Setting plain stock aside: no lots, no allotments, nothing but figures. This is the way that
most holds go; ``shelf`` has the way for stock in depth."""

import datetime
from collections.abc import Mapping, Sequence

from rackhouse.inventory.errors import NotEnoughStock, Shortage
from rackhouse.inventory.events import HoldPlaced
from rackhouse.inventory.rules.state import Allocation, Key, Line, Moves, Need, Stock

__all__ = ["place", "set_aside", "shortages"]


def place(
    stock: Mapping[Key, Stock],
    *,
    hold_id: str,
    lines: Sequence[Line],
    needs: Sequence[Need],
    locations: Sequence[str],
    expires_at: datetime.datetime,
) -> Moves:
    """Set all lines aside, or refuse with `NotEnoughStock`.

    A need is served by the first location in order that has enough for it, or else from several
    in order.
    """
    taken: dict[Key, int] = {}
    moves: Moves = []
    for need in needs:
        parts = _sources(stock, taken, need, locations)
        if parts is None:
            raise NotEnoughStock(lines=shortages(stock, lines, needs, locations))
        for key, quantity in parts:
            taken[key] = taken.get(key, 0) + quantity
            moves.append((key, HoldPlaced(hold_id, need.line, quantity, expires_at)))
    return moves


def set_aside(moves: Moves) -> tuple[Allocation, ...]:
    """The pieces that a new hold has when its moves have happened."""
    return tuple(
        Allocation(
            event.hold_id,
            event.line,
            *key,
            event.quantity,
            event.quantity,
            0,
            0,
            0,
            event.expires_at,
            event.lot,
            event.allotment,
            event.units,
        )
        for key, event in moves
        if isinstance(event, HoldPlaced)
    )


def shortages(
    stock: Mapping[Key, Stock],
    lines: Sequence[Line],
    needs: Sequence[Need],
    locations: Sequence[str],
) -> list[Shortage]:
    """What each line asked for and how many of it could be had on their own."""
    found = []
    for index, line in enumerate(lines):
        possible = [
            sum(_available(stock, (need.sku, location)) for location in locations)
            * line.quantity
            // need.quantity
            for need in needs
            if need.line == index
        ]
        found.append(Shortage(line.sku, line.quantity, min(possible, default=0)))
    return found


def _sources(
    stock: Mapping[Key, Stock], taken: Mapping[Key, int], need: Need, locations: Sequence[str]
) -> list[tuple[Key, int]] | None:
    missing = need.quantity
    parts: list[tuple[Key, int]] = []
    for location in locations:
        key = (need.sku, location)
        free = _available(stock, key) - taken.get(key, 0)
        if free >= need.quantity:
            return [(key, need.quantity)]
        if free > 0 and missing > 0:
            parts.append((key, min(free, missing)))
            missing -= min(free, missing)
    return None if missing > 0 else parts


def _available(stock: Mapping[Key, Stock], key: Key) -> int:
    found = stock.get(key)
    return 0 if found is None else found.available
