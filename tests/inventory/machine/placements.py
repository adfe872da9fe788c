"""What a placement must come to: whether it can be had, and from where."""

import itertools
from collections import Counter
from collections.abc import Sequence

from machine.pieces import NOWHERE, Books, Piece
from machine.world import CHANNELS, PLACES
from rackhouse.inventory.commands import Placement
from rackhouse.inventory.errors import (
    CustomerNeeded,
    LotNotFound,
    LotNotSellable,
    NotEnoughStock,
    QuotaExceeded,
    UnitNotFree,
)
from rackhouse.inventory.rules import Key, Need

__all__ = ["may_refuse", "pieces_expected"]

Taken = Counter[tuple[int, str, str, str, str]]
"""Pieces by line, SKU, place, lot, allotment."""


def may_refuse(books: Books, asked: Placement, refusal: Exception) -> bool:
    """Whether a placement may be refused so, with what has lapsed counted as free."""
    if isinstance(refusal, QuotaExceeded):
        return _exceeds(books, asked, refusal.quota)
    if isinstance(refusal, CustomerNeeded):
        quota = books.quotas[refusal.quota]
        wanted = any(need.sku in quota.skus for need in asked.needs)
        return wanted and quota.per == "customer" and asked.customer_id is None
    if isinstance(refusal, LotNotFound):
        return (refusal.sku, refusal.lot) not in books.lots
    if isinstance(refusal, LotNotSellable):
        return books.status_of_lot(refusal.sku, refusal.lot) == refusal.lot_status
    if isinstance(refusal, UnitNotFree):
        twice = [number for need in asked.needs for number in need.units].count(refusal.number) > 1
        return twice or not _is_open(books, asked, refusal.sku, refusal.lot, refusal.number)
    return isinstance(refusal, NotEnoughStock) and not _can_be_had(books, asked)


def exceeds_any(books: Books, asked: Placement) -> bool:
    """Whether a placement goes beyond any quota."""
    return any(_exceeds(books, asked, each) for each in books.quotas)


def _exceeds(books: Books, asked: Placement, quota_id: str) -> bool:
    quota = books.quotas[quota_id]
    wanted = sum(need.quantity for need in asked.needs if need.sku in quota.skus)
    subject = asked.customer_id if quota.per == "customer" else ""
    if subject is None or not wanted:
        return False
    return books.used(quota, tidied=True)[subject] + wanted > quota.cap


def _is_open(books: Books, asked: Placement, sku: str, lot: str, number: int) -> bool:
    for place in CHANNELS[asked.channel]:
        for pieces in books.open_pieces(asked.channel, (sku, place), lot=lot, tidied=True):
            if any(piece.number == number for piece in pieces):
                return True
    return False


def _can_be_had(books: Books, asked: Placement) -> bool:
    """False also where needs compete in ways that only a search could settle: then the product
    may give up."""
    if asked.sourcing.split and asked.sourcing.split_lines:
        return all(_sku_can_be_had(books, asked, sku) for sku in {n.sku for n in asked.needs})
    if _conditions_differ(asked.needs) or any(need.units for need in asked.needs):
        return False
    return not asked.promise and _has_places(books, asked)


def _sku_can_be_had(books: Books, asked: Placement, sku: str) -> bool:
    """Whether there is enough of each lot that is asked for, and in all."""
    needs = [need for need in asked.needs if need.sku == sku]
    lots = Counter[str]()
    for need in needs:
        if need.lot is not None:
            lots[need.lot] += need.quantity
    named = [number for need in needs for number in need.units]
    kept = any(books.kept_back(asked.channel, (sku, at)) for at in CHANNELS[asked.channel])
    if kept and lots and (len(needs) > 1 or named):
        return False
    if not all(_is_open(books, asked, sku, lot, number) for lot in lots for number in named):
        return False
    there = books.available(asked.channel, sku, promise=asked.promise)
    return (
        len(named) == len(set(named))
        and there >= sum(n.quantity for n in needs)
        and all(
            books.available(asked.channel, sku, lot=lot, promise=asked.promise) >= count
            for lot, count in lots.items()
        )
    )


def _conditions_differ(needs: Sequence[Need]) -> bool:
    seen: dict[str, tuple[object, ...]] = {}
    return any(
        seen.setdefault(need.sku, (need.lot, need.picking)) != (need.lot, need.picking)
        for need in needs
    )


def _has_places(books: Books, asked: Placement) -> bool:
    """Whether each line can come from one place; all from the same one unless it may be split."""
    lines = sorted({need.line for need in asked.needs})
    places = CHANNELS[asked.channel]
    ways = (
        itertools.product(places, repeat=len(lines))
        if asked.sourcing.split
        else ((place,) * len(lines) for place in places)
    )
    return any(_fits(books, asked, dict(zip(lines, way, strict=True))) for way in ways)


def _fits(books: Books, asked: Placement, place_of: dict[int, str]) -> bool:
    wanted = Counter[tuple[Key, str | None]]()
    for need in asked.needs:
        wanted[(need.sku, place_of[need.line]), need.lot] += need.quantity
    return all(
        sum(books.reach(asked.channel, key, lot=lot, tidied=True)) >= count
        for (key, lot), count in wanted.items()
    )


def pieces_expected(books: Books, asked: Placement) -> Taken | None:
    """Exactly which pieces a placement must take; None where several ways are as good."""
    if asked.promise or not asked.sourcing.split or not asked.sourcing.split_lines:
        return None
    if asked.sourcing.strategy not in ("channel_order", "nearest"):
        return None
    if _conditions_differ(asked.needs) or any(need.units for need in asked.needs):
        return None
    gone: set[Piece] = set()
    taken: Taken = Counter()
    for need in asked.needs:
        parts = _places_for(books, asked, need, gone)
        if parts is None:
            return None
        for place, count in parts:
            for piece in _pick(books, asked.channel, need, place, gone)[:count]:
                gone.add(piece)
                taken[need.line, need.sku, place, piece.lot, piece.allotment] += 1
    return taken


def _places_for(
    books: Books, asked: Placement, need: Need, gone: set[Piece]
) -> list[tuple[str, int]] | None:
    """The first place that has it whole, or else several in order."""
    missing, parts = need.quantity, []
    for place in _order(asked):
        there = len(_pick(books, asked.channel, need, place, gone))
        if there >= need.quantity:
            return [(place, need.quantity)]
        if there and missing:
            parts.append((place, min(there, missing)))
            missing -= min(there, missing)
    return None if missing else parts


def _order(asked: Placement) -> list[str]:
    places = list(CHANNELS[asked.channel])
    to = asked.sourcing.destination
    if asked.sourcing.strategy == "nearest" and to is not None:
        places.sort(key=lambda place: abs(PLACES[place].latitude - to.latitude))
    return places


def _pick(books: Books, channel: str, need: Need, place: str, gone: set[Piece]) -> list[Piece]:
    """The pieces that are left for a need at a place, in the order in which they are picked."""
    key = (need.sku, place)
    own, pool = books.open_pieces(channel, key, lot=need.lot)
    _, everything = books.open_pieces(channel, key)
    left = len([p for p in everything if p not in gone]) - books.kept_back(channel, key)
    rank = books.picking_rank(need.picking)
    own = sorted((p for p in own if p not in gone), key=rank)
    pool = sorted((p for p in pool if p not in gone), key=rank)
    return own + pool[: max(0, left)] if place != NOWHERE else own + pool
