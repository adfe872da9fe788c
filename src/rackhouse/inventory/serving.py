"""Serving: pieces that come in go first to those whom they were promised, in the order in which
they bought."""

from collections.abc import Iterable, Iterator

import msgspec

from rackhouse.inventory.events import PROMISED, HoldAllocated, PromiseKept
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import (
    Allocation,
    Hold,
    Key,
    Moves,
    Need,
    Promised,
    Shelf,
    Taken,
    still_promised,
)
from rackhouse.platform.context import Context

__all__ = ["serve"]


def serve(ledger: Ledger, keys: Iterable[Key], context: Context) -> dict[str, int]:
    """Give free pieces of some stock to the holds that they were promised to; says how many of
    each SKU.

    A hold gets pieces only where its channel sells from, and only such as it could buy: of lots
    that may be sold, of its channel's allotment or of the pool less what is kept back. One whose
    time is over gets none.
    """
    kept: dict[str, int] = {}
    for key in dict.fromkeys(keys):
        promise = ledger.stock.get((key[0], PROMISED))
        if promise is not None and promise.held + promise.committed > 0:
            kept[key[0]] = kept.get(key[0], 0) + _serve_from(ledger, key, context)
    return kept


def _serve_from(ledger: Ledger, key: Key, context: Context) -> int:
    """Serve the line of a SKU from one location."""
    sku, location = key
    kept = 0
    empty: set[str] = set()
    for promised in _in_line(ledger, sku):
        stock, channel = ledger.stock[key], promised.channel
        if stock.free + stock.allotted <= 0:
            break
        if channel in empty or location not in ledger.backlog.selling.get(channel, ()):
            continue
        for held, committed in _portions(promised, ledger):
            shelf = Shelf(ledger.stock, ledger.depth, channel=channel, now=ledger.now)
            need = Need(promised.allocation.line, sku, held + committed, picking=promised.picking)
            there = min(need.quantity, shelf.free(need, location))
            if there > 0:
                taken = shelf.take(need, location, there)
                moves = _kept(promised.allocation, key, taken, is_sold=committed > 0)
                promised = _keep(ledger, promised, moves, context)
                kept += there
            if there < need.quantity:
                empty.add(channel)
                break
    return kept


def _in_line(ledger: Ledger, sku: str) -> list[Promised]:
    """Whom pieces of a SKU are promised to, in the order in which they are served."""
    backlog, now = ledger.backlog, ledger.now
    found = [
        each
        for each in backlog.promised.get(sku, ())
        if each.allocation.hold_id not in ledger.holds
    ]
    for hold in ledger.holds.values():
        found += _promised_to(hold, sku)
    found = [each for each in found if any(still_promised(each.allocation, now))]
    found.sort(key=lambda each: each.turn)
    last = backlog.last.get(sku)
    return found if last is None else [each for each in found if each.turn <= last]


def _promised_to(hold: Hold, sku: str) -> Iterator[Promised]:
    for each in hold.allocations:
        if each.location == PROMISED and each.sku == sku:
            picking = hold.lines[each.line].picking or "first_expired"
            yield Promised(hold.channel, hold.placed_at, picking, each)


def _portions(promised: Promised, ledger: Ledger) -> list[tuple[int, int]]:
    """What is sold, then what is held: (held, committed) of each."""
    held, committed = still_promised(promised.allocation, ledger.now)
    return [each for each in ((0, committed), (held, 0)) if any(each)]


def _kept(allocation: Allocation, key: Key, taken: list[Taken], *, is_sold: bool) -> Moves:
    """The events that turn promised pieces into the ones taken."""
    sku, location = key
    hold_id, line, until = allocation.hold_id, allocation.line, allocation.held_until
    count = sum(part.quantity for part in taken)
    held, committed = (0, count) if is_sold else (count, 0)
    kept = PromiseKept(hold_id, line, held, committed, location, allocation.allotment)
    moves: Moves = [((sku, PROMISED), kept)]
    for part in taken:
        lot, allotment, _ = part.slot
        held, committed = (0, part.quantity) if is_sold else (part.quantity, 0)
        came = HoldAllocated(hold_id, line, held, committed, until, lot, allotment, part.units)
        moves.append((key, came))
    return moves


def _keep(ledger: Ledger, promised: Promised, moves: Moves, context: Context) -> Promised:
    allocation = ledger.keep_promise(promised.allocation, moves, context, promised.channel)
    promised = msgspec.structs.replace(promised, allocation=allocation)
    if allocation.hold_id not in ledger.holds:
        ledger.backlog.note(promised)
    return promised
