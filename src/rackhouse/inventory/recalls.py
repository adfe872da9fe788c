"""Who has pieces of a lot: what must be known when it is recalled."""

import datetime
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.errors import LotNotFound
from rackhouse.inventory.lots import must_be_lot_id
from rackhouse.platform.context import Context, operation

__all__ = ["HoldWithLot", "PiecesOfLot", "holds_with_lot"]


class PiecesOfLot(msgspec.Struct, frozen=True):
    """Pieces of a lot that one line of a hold has at a location.

    ``with_customer`` are those that were shipped and have not come back; ``units`` and
    ``shipped_units`` are the numbers that are reserved and shipped.
    """

    line: int
    location: str
    allotment: str | None
    held: int
    committed: int
    with_customer: int
    returned: int
    units: tuple[int, ...]
    shipped_units: tuple[int, ...]


class HoldWithLot(msgspec.Struct, frozen=True):
    """A hold that has pieces of a lot, the order behind it, and how many pieces are where."""

    hold_id: str
    order_id: str | None
    channel: str
    customer_id: str | None
    status: str
    placed_at: datetime.datetime
    expires_at: datetime.datetime
    held: int
    committed: int
    with_customer: int
    shipped: bool
    pieces: list[PiecesOfLot]


@operation("holds:read")
async def holds_with_lot(
    *, context: Context, sku: str, lot: str, after: UUID | None, limit: int
) -> list[HoldWithLot]:
    """Every hold that has pieces of a lot at this moment, held, sold or with the customer, in
    order of their ids after one. A caller sees those of their own channel or customer.

    Refuses with `LotNotFound`.
    """
    must_be_lot_id(sku, lot)
    caller = context.caller
    async with context.house.database("inventory").reading() as tx:
        if await store.recorded_lot(tx, sku, lot) is None:
            raise LotNotFound(sku=sku, lot=lot)
        rows = await store.holds_with_lot(
            tx,
            sku=sku,
            lot=lot,
            channel=caller.channel,
            customer_id=caller.customer_id,
            after=None if after is None else str(after),
            limit=limit,
        )
    return [_of_hold(list(group)) for _, group in groupby(rows, key=lambda row: row[0])]


def _of_hold(rows: Sequence[tuple[Any, ...]]) -> HoldWithLot:
    hold_id, channel, customer_id, status, placed_at, expires_at, order_id = rows[0][:7]
    pieces = [_pieces(*row[7:]) for row in rows]
    return HoldWithLot(
        hold_id,
        order_id,
        channel,
        customer_id,
        status,
        placed_at,
        expires_at,
        sum(each.held for each in pieces),
        sum(each.committed for each in pieces),
        sum(each.with_customer for each in pieces),
        any(each.with_customer for each in pieces),
        pieces,
    )


def _pieces(
    location: str,
    line: int,
    allotment: str,
    held: int,
    committed: int,
    shipped: int,
    returned: int,
    units: list[int],
    shipped_units: list[int],
) -> PiecesOfLot:
    return PiecesOfLot(
        line,
        location,
        allotment or None,
        held,
        committed,
        shipped - returned,
        returned,
        tuple(units),
        tuple(shipped_units),
    )
