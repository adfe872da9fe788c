"""What a command about stock itself must come to: which pieces stand where afterwards."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from machine.pieces import Books, Piece, Standing
from rackhouse.inventory.commands import (
    AdjustStock,
    AllotStock,
    ChangeCondition,
    GiveBack,
    KeepBack,
    ReceiveStock,
    SendTransfer,
    TopUp,
)
from rackhouse.inventory.errors import (
    FewerThanReserved,
    LotNotFound,
    LotNotSellable,
    NotEnoughFree,
    UnitNotFree,
    UnitsMustBeNamed,
)
from rackhouse.inventory.lot_errors import LotNotNumbered
from rackhouse.inventory.rules import Key, Portion

__all__ = ["stock_expected"]

Change = Counter[Standing]
"""Pieces that are somewhere from now on, or no more."""

Expected = Change | type[Exception]
Slot = tuple[str, str, str]


def stock_expected(books: Books, asked: Any) -> Expected | None:
    """The change that a command must come to, or the refusal; None where it is open."""
    expect = _EXPECTING.get(type(asked))
    return None if expect is None else expect(books, asked)


def _receive(books: Books, asked: ReceiveStock) -> Expected:
    change: Change = Counter()
    come: set[tuple[str, str, int]] = set()
    for line in asked.lines:
        slot = (line.lot or "", "", asked.condition)
        problem = _numbering(books, line.sku, slot[0], line.quantity, line.units)
        if problem is not None:
            return problem
        for number in line.units:
            unit = (line.sku, slot[0], number)
            if not _may_come(books, *unit) or unit in come:
                return UnitNotFree
            come.add(unit)
        change.update(_pieces((line.sku, asked.location), slot, line.quantity, line.units))
    return change


def _adjust(books: Books, asked: AdjustStock) -> Expected:
    (each,) = asked.adjustments
    key, slot = (each.sku, each.location), each.slot
    if each.lot and (each.sku, each.lot) not in books.lots:
        return LotNotFound
    there = [p for p in books.at(key) if p.slot == slot]
    reserved = sum(p.state != "free" for p in there)
    target = each.counted if each.counted is not None else len(there) + (each.delta or 0)
    if target < reserved:
        return FewerThanReserved
    count = target - len(there)
    problem = _numbering(books, each.sku, each.lot, abs(count), each.units)
    if problem is not None:
        return problem
    free = {p.number for p in there if p.state == "free"}
    for number in each.units:
        is_fine = _may_come(books, each.sku, each.lot, number) if count > 0 else number in free
        if not is_fine:
            return UnitNotFree
    return _signed(_pieces(key, slot, abs(count), each.units), count)


def _condition(books: Books, asked: ChangeCondition) -> Expected:
    pieces = asked.pieces
    found = _chosen(books, pieces.key, pieces.slot, pieces.quantity, pieces.units)
    if isinstance(found, type):
        return found
    return _moved(found, (pieces.lot, "", asked.after))


def _allot(books: Books, asked: AllotStock) -> Expected:
    (portion,), channel = asked.portions, asked.channel
    key, lot = portion.key, portion.lot
    if lot is not None:
        if (portion.sku, lot) not in books.lots:
            return LotNotFound
        status = books.status_of_lot(portion.sku, lot)
        if status not in ("sellable", "unreleased"):
            return LotNotSellable
        if status == "sellable" and _reach(books, channel, portion) < portion.quantity:
            return NotEnoughFree
        found = _chosen(books, key, (lot, "", "sellable"), portion.quantity, portion.units)
    else:
        if _reach(books, channel, portion) < portion.quantity:
            return NotEnoughFree
        _, pool = books.open_pieces(channel, key)
        found = sorted(pool, key=books.picking_rank("first_expired"))[: portion.quantity]
    return found if isinstance(found, type) else _into(found, channel)


def _reach(books: Books, channel: str, portion: Portion) -> int:
    if portion.units:
        _, pool = books.open_pieces(channel, portion.key, lot=portion.lot)
        _, left = books.reach(channel, portion.key, lot=portion.lot)
        return min(left, sum(p.number in portion.units for p in pool))
    return books.reach(channel, portion.key, lot=portion.lot)[1]


def _give_back(books: Books, asked: GiveBack) -> Expected:
    (portion,), channel = asked.portions, asked.channel
    if portion.lot is not None and (portion.sku, portion.lot) not in books.lots:
        return LotNotFound
    own = _own(books, portion.key, channel)
    if portion.lot is not None:
        mine = [p for p in own if p.lot == portion.lot]
        named = [p for p in mine if not portion.units or p.number in portion.units]
        if len(named) < portion.quantity:
            return NotEnoughFree
        slot = (portion.lot, channel, "sellable")
        found = _chosen(books, portion.key, slot, portion.quantity, portion.units)
        return found if isinstance(found, type) else _into(found, "")
    if len(own) < portion.quantity:
        return NotEnoughFree
    return _into(own[: portion.quantity], "")


def _own(books: Books, key: Key, channel: str) -> list[Piece]:
    """The free pieces of an allotment, also of lots that may not be sold, which come last."""
    rank = books.picking_rank("first_expired")
    own = [
        p
        for p in books.at(key)
        if p.state == "free" and p.allotment == channel and p.condition == "sellable"
    ]
    return sorted(own, key=lambda p: (books.status_of_lot(p.sku, p.lot) != "sellable", rank(p)))


def _top_up(books: Books, asked: TopUp) -> Change:
    change: Change = Counter()
    for due in asked.due:
        key, rule = (due.sku, due.location), asked.rules_now[due.place]
        own, pool = books.open_pieces(due.channel, key)
        if len(own) < rule.minimum:
            left = books.reach(due.channel, key)[1]
            count = min(rule.level - len(own), left, due.most)
            pool = sorted(pool, key=books.picking_rank("first_expired"))
            change.update(_into(pool[: max(0, count)], due.channel))
    return change


def _keep_back(books: Books, asked: KeepBack) -> Expected:
    return Counter()


def _send(books: Books, asked: SendTransfer) -> Expected:
    (line,), condition = asked.shipment.lines, asked.condition
    key = (line.sku, asked.origin)
    parted = any(p.slot != ("", "", "sellable") for p in books.at(key))
    if line.lot is None and condition == "sellable" and parted:
        _, pool = books.open_pieces("", key)
        if len(pool) < line.quantity:
            return NotEnoughFree
        found: list[Piece] | type[Exception] = sorted(
            pool, key=books.picking_rank(line.picking or "first_expired")
        )[: line.quantity]
    else:
        slot = (line.lot or "", "", condition)
        found = _chosen(books, key, slot, line.quantity, line.units)
    if isinstance(found, type):
        return found
    return _signed(Counter(_standing(p) for p in found), -1)


# Choosing pieces.


def _chosen(
    books: Books, key: Key, slot: Slot, quantity: int, units: Sequence[int]
) -> list[Piece] | type[Exception]:
    """Free pieces of a slot: those that are named, or the lowest numbers."""
    if slot[0] and (key[0], slot[0]) not in books.lots:
        return LotNotFound
    free = [p for p in books.at(key) if p.slot == slot and p.state == "free"]
    if len(free) < quantity:
        return NotEnoughFree
    if not units:
        return sorted(free, key=lambda p: p.number or 0)[:quantity]
    problem = _numbering(books, key[0], slot[0], quantity, units)
    if problem is not None:
        return problem
    named = [p for p in free if p.number in units]
    return named if len(named) == len(units) else UnitNotFree


def _numbering(
    books: Books, sku: str, lot: str, quantity: int, units: Sequence[int]
) -> type[Exception] | None:
    if lot and (sku, lot) not in books.lots:
        return LotNotFound
    if not lot or books.lots[sku, lot].numbered is None:
        return LotNotNumbered if units else None
    return None if len(units) == len(set(units)) == quantity else UnitsMustBeNamed


def _may_come(books: Books, sku: str, lot: str, number: int) -> bool:
    """Whether a number is one of the lot and not there yet, or no more."""
    highest = books.lots[sku, lot].numbered or 0
    known = [p for p in books.pieces if (p.sku, p.lot, p.number) == (sku, lot, number)]
    return 1 <= number <= highest and all(p.state in ("gone", "lost") for p in known)


def _pieces(key: Key, slot: Slot, quantity: int, units: Iterable[int]) -> Change:
    numbers = list(units)
    if numbers:
        return Counter((*key, *slot, number) for number in numbers)
    return Counter({(*key, *slot, None): quantity}) if quantity else Counter()


def _signed(change: Change, sign: int) -> Change:
    return Counter({at: count if sign > 0 else -count for at, count in change.items()})


def _into(pieces: Sequence[Piece], allotment: str) -> Change:
    change: Change = Counter()
    for piece in pieces:
        change[_standing(piece)] -= 1
        change[piece.sku, piece.place, piece.lot, allotment, "sellable", piece.number] += 1
    return change


def _moved(pieces: Sequence[Piece], slot: Slot) -> Change:
    change: Change = Counter()
    for piece in pieces:
        change[_standing(piece)] -= 1
        change[piece.sku, piece.place, *slot, piece.number] += 1
    return change


def _standing(piece: Piece) -> Standing:
    return (piece.sku, piece.place, *piece.slot, piece.number)


_EXPECTING: dict[type, Callable[[Books, Any], Expected]] = {
    ReceiveStock: _receive,
    AdjustStock: _adjust,
    ChangeCondition: _condition,
    AllotStock: _allot,
    GiveBack: _give_back,
    TopUp: _top_up,
    KeepBack: _keep_back,
    SendTransfer: _send,
}
