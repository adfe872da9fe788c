"""Booking what channels report afterwards: sales of a till that was offline, and returns to it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec

from rackhouse.channels import locations_assigned_to
from rackhouse.inventory import store
from rackhouse.inventory.commands import Booked, RecordSale, ReturnCondition, TakeBack
from rackhouse.inventory.events import SELLABLE
from rackhouse.inventory.holds import needs_of
from rackhouse.inventory.keeping_back import must_be_own_channel
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.locations import must_exist
from rackhouse.inventory.rules import Line, Need, Reach
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal
from rackhouse.platform.house import House

__all__ = ["Outcome", "ReturnedGoods", "SoldGoods", "book_returns", "book_sales"]

TOGETHER_LIMIT = 250

Asked = TypeVar("Asked")

Outcome = Booked | Refusal
"""What became of one report: booked now or before, or why not."""


class SoldGoods(msgspec.Struct, frozen=True, kw_only=True):
    """A sale that has happened, under the id of the hold that stands for it."""

    hold_id: str
    lines: tuple[Line, ...]
    customer_id: str | None
    memo: msgspec.Raw


class ReturnedGoods(msgspec.Struct, frozen=True, kw_only=True):
    """A return that has happened, of goods that a hold has shipped: of everything, or some lines.

    ``skus`` are the stocked SKUs that may come to ``location``, which is where they came from if
    it is not said; ``content`` tells a repetition from something else under the same id.
    """

    return_id: str
    hold_id: str
    lines: tuple[Line, ...] | None
    reason: str
    content: str
    condition: ReturnCondition = SELLABLE
    location: str | None = None
    skus: tuple[str, ...] = ()


@operation("holds:write")
async def book_sales(
    *, context: Context, channel: str, sales: Sequence[SoldGoods]
) -> list[Outcome]:
    """Book sales of a channel that have happened, each on its own: on its allotment first, then on
    the pool of the locations that it sells from, also on pieces that are kept back. What has been
    booked under its id before is answered as it is.

    Refuses a sale, and no other, with `NotEnoughStock`, `LotNotFound`, `UnitNotFree`,
    `BundleHasNoStock`, and what `catalog` refuses of SKUs; all of them with `OtherChannel` and
    `ChannelNotFound`.
    """
    must_be_own_channel(context, channel)
    house = context.house
    locations = await locations_assigned_to(house=house, channel=channel)
    wanted = [await _needs(house, sale.lines) for sale in sales]
    skus = {need.sku for needs in wanted if not isinstance(needs, Refusal) for need in needs}
    async with house.database("inventory").reading() as tx:
        own = await store.locations_of_allotment(tx, channel=channel, skus=skus)
    reach = Reach([*(x for x in locations if x in own), *sorted({*own} - {*locations})], locations)

    async def book(asked: tuple[SoldGoods, Sequence[Need] | Refusal]) -> Booked:
        sale, needs = asked
        if isinstance(needs, Refusal):
            raise needs
        command = RecordSale(
            context=context,
            hold_id=sale.hold_id,
            channel=channel,
            lines=sale.lines,
            needs=needs,
            locations=locations,
            ttl_seconds=house.settings.order_ttl_seconds,
            customer_id=sale.customer_id,
            memo=sale.memo,
            may_exist=True,
            sell=True,
            hand_over=True,
            reach=reach,
        )
        booked: Booked = await house.the(StockLane).submit(command)
        return booked

    # Who says more exactly what they sold goes first: others can be booked on what is left.
    order = sorted(range(len(sales)), key=lambda index: _vagueness(sales[index]))
    outcomes = await _each([(sales[index], wanted[index]) for index in order], book)
    return [outcome for _, outcome in sorted(zip(order, outcomes, strict=True), key=_place)]


@operation("holds:write")
async def book_returns(
    *, context: Context, channel: str, returns: Sequence[ReturnedGoods]
) -> list[Outcome]:
    """Book returns of goods that a channel has sold, each on its own and once under its id, however
    late it is reported again.

    Refuses a return, and no other, with `HoldNotFound`, `LineNotInHold`, `OtherChannel`,
    `LocationNotFound`; all of them with `OtherChannel`.
    """
    must_be_own_channel(context, channel)
    house = context.house
    ids = tuple(each.return_id for each in returns)

    async def book(asked: ReturnedGoods) -> Booked:
        if asked.location is not None:
            await must_exist(house, [asked.location])
        command = TakeBack(
            context=context,
            hold_id=asked.hold_id,
            lines=asked.lines,
            reason=asked.reason,
            condition=asked.condition,
            location=asked.location,
            skus=asked.skus,
            return_id=asked.return_id,
            content=asked.content,
            together_with=ids,
        )
        booked: Booked = await house.the(StockLane).submit(command)
        return booked

    return await _each(returns, book)


async def _each(
    asked: Sequence[Asked], book: Callable[[Asked], Awaitable[Booked]]
) -> list[Outcome]:
    """The outcomes in order; so many at once that others are not crowded out of the queue."""
    outcomes: list[Outcome] = []
    for start in range(0, len(asked), TOGETHER_LIMIT):
        together = (book(each) for each in asked[start : start + TOGETHER_LIMIT])
        for outcome in await asyncio.gather(*together, return_exceptions=True):
            if isinstance(outcome, Booked | Refusal):
                outcomes.append(outcome)
            else:
                raise outcome
    return outcomes


async def _needs(house: House, lines: Sequence[Line]) -> list[Need] | Refusal:
    try:
        return await needs_of(house, lines)
    except Refusal as refusal:
        return refusal


def _vagueness(sale: SoldGoods) -> int:
    if any(line.units for line in sale.lines):
        return 0
    return 1 if any(line.lot is not None for line in sale.lines) else 2


def _place(pair: tuple[int, Any]) -> int:
    return pair[0]
