"""Which pieces leave a location for another one."""

import datetime

import msgspec

from rackhouse.inventory.errors import NotEnoughFree
from rackhouse.inventory.events import SELLABLE, TransferSent
from rackhouse.inventory.rules.correcting import Pieces, numbers_for
from rackhouse.inventory.rules.shelf import Depth, Shelf
from rackhouse.inventory.rules.state import Line, Need, Stock

__all__ = ["send_pieces"]


def send_pieces(
    stock: Stock,
    depth: Depth,
    line: Line,
    *,
    condition: str,
    transfer_id: str,
    now: datetime.datetime,
) -> list[TransferSent]:
    """Take free pieces of the pool for a line of a transfer: of the lot and with the numbers that
    it names, or else of sellable lots as they are picked. What is kept back may be sent.

    Refuses with `NotEnoughFree`, `LotNotFound` and `UnitNotFree`.
    """
    key = (stock.sku, stock.location)
    if line.lot is None and condition == SELLABLE and key in depth.buckets:
        return _as_picked(stock, depth, line, transfer_id, now)
    units = numbers_for(stock, depth, _named(stock, line, condition))
    return [TransferSent(transfer_id, line.quantity, line.lot or "", units, condition)]


def _named(stock: Stock, line: Line, condition: str) -> Pieces:
    return Pieces(
        sku=stock.sku,
        location=stock.location,
        quantity=line.quantity,
        lot=line.lot or "",
        condition=condition,
        units=line.units,
    )


def _as_picked(
    stock: Stock, depth: Depth, line: Line, transfer_id: str, now: datetime.datetime
) -> list[TransferSent]:
    key = (stock.sku, stock.location)
    stock = msgspec.structs.replace(stock, safety=0)
    shelf = Shelf({key: stock}, depth, channel="", now=now)
    need = Need(0, stock.sku, line.quantity, picking=line.picking or "first_expired")
    free = shelf.free(need, stock.location)
    if free < line.quantity:
        raise NotEnoughFree(
            sku=stock.sku,
            location=stock.location,
            lot=None,
            channel=None,
            condition=SELLABLE,
            asked=line.quantity,
            free=free,
        )
    return [
        TransferSent(transfer_id, part.quantity, part.slot[0], part.units)
        for part in shelf.take(need, stock.location, line.quantity)
    ]
