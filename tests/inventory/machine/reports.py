"""What a report of a sale that has happened must be booked on."""

from collections import Counter

from machine.pieces import Books, Piece
from rackhouse.inventory.commands import RecordSale
from rackhouse.inventory.errors import LotNotFound, NotEnoughStock, UnitNotFree
from rackhouse.inventory.rules import Key, Need

__all__ = ["as_taken", "may_refuse_report", "report_expected"]


def report_expected(
    books: Books, asked: RecordSale, *, tidied: bool = False
) -> list[tuple[int, Piece]] | type[Exception]:
    """The pieces that a report takes, by line, or why it can not be booked."""
    for need in asked.needs:
        if need.lot is not None and (need.sku, need.lot) not in books.lots:
            return LotNotFound
    taken: list[tuple[int, Piece]] = []
    gone: set[Piece] = set()
    for need in sorted(asked.needs, key=lambda need: not need.units):
        found = _found(books, asked, need, gone, tidied=tidied)
        if isinstance(found, type):
            return found
        gone.update(found)
        taken += [(need.line, piece) for piece in found]
    return taken


def may_refuse_report(books: Books, asked: RecordSale, refusal: Exception) -> bool:
    """Whether a report may be refused so, with what has lapsed counted as free."""
    expected = report_expected(books, asked, tidied=True)
    return isinstance(expected, type) and isinstance(refusal, expected)


def _found(
    books: Books, asked: RecordSale, need: Need, gone: set[Piece], *, tidied: bool
) -> list[Piece] | type[Exception]:
    """The channel's own pieces first, whatever became of their lot, then those of the pool."""
    places = [(place, asked.channel) for place in asked.reach.own]
    places += [(place, "") for place in asked.reach.pool]
    there: list[Piece] = []
    for place, allotment in places:
        there += _open(books, need, (need.sku, place), allotment, tidied=tidied)
    there = [p for p in there if p not in gone]
    if not need.units:
        return there[: need.quantity] if len(there) >= need.quantity else NotEnoughStock
    named = [p for p in there if p.number in need.units]
    return named if len(named) == len(need.units) else UnitNotFree


def _open(books: Books, need: Need, key: Key, allotment: str, *, tidied: bool) -> list[Piece]:
    rank = books.picking_rank(need.picking)
    found = [
        p
        for p in books.at(key)
        if p.state == "free" or (tidied and p.lapsed(books.now))
        if (p.allotment, p.condition) == (allotment, "sellable")
        if need.lot in (None, p.lot)
    ]
    if allotment:
        return sorted(
            found, key=lambda p: (books.status_of_lot(p.sku, p.lot) != "sellable", rank(p))
        )
    if need.lot is None:
        found = [p for p in found if books.status_of_lot(p.sku, p.lot) == "sellable"]
    return sorted(found, key=rank)


def as_taken(found: list[tuple[int, Piece]]) -> Counter[tuple[int, str, str, str, str]]:
    """The same, as placements are told."""
    return Counter((line, p.sku, p.place, p.lot, p.allotment) for line, p in found)
