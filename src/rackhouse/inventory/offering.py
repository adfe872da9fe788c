"""Offers: what is free goes to those who wait for it, in line, as a hold of their own."""

from collections.abc import Awaitable, Callable

import msgspec

from rackhouse.catalog import SkuUnknown, sales_of
from rackhouse.channels import ChannelDisabled, ChannelNotFound, locations_sold_by
from rackhouse.inventory import store
from rackhouse.inventory.commands import Placement
from rackhouse.inventory.errors import CustomerNeeded, NotEnoughStock, NotOnSale, QuotaExceeded
from rackhouse.inventory.events import OfferMade
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.levels import InLine
from rackhouse.inventory.rules import WAITING, Hold, Line, Need, Stock
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id

__all__ = ["forget_waiting", "offer_to_waiting"]

OFFERED_BY = "waiting-list"

Forgive = Callable[[str], Awaitable[bool]]
"""Count what has lapsed no more against a quota; says whether there was any."""


async def offer_to_waiting(
    ledger: Ledger, house: House, context: Context, forgive: Forgive
) -> None:
    """Set free stock aside for the customers in line, each as much as they wait for.

    Who waits for more than there is keeps their place, and the next in line may be served.
    """
    for sku, line in ledger.in_line.items():
        locations = [at for (of, at), row in ledger.stock.items() if of == sku and _has_any(row)]
        if not locations:
            continue
        for each in list(line):
            placement = await _placement(house, context, each, locations)
            if placement is not None and await _offered(ledger, placement, each, forgive):
                line.remove(each)


def forget_waiting(ledger: Ledger) -> None:
    """Nobody waits any more: the rows need not ask again."""
    ledger.asks_who_waits = False
    for key, row in list(ledger.stock.items()):
        if row.details & WAITING:
            ledger.mark(key, WAITING, on=False)


def _has_any(row: Stock) -> bool:
    """Whether somebody could buy something there, if only from a channel's allotment."""
    return row.free + row.allotted > 0


async def _placement(
    house: House, context: Context, each: InLine, locations: list[str]
) -> Placement | None:
    """What somebody in line would have; None where their channel does not sell any more, or the
    catalog does not know the SKU."""
    try:
        sold_from = await locations_sold_by(house=house, channel=each.channel)
    except (ChannelNotFound, ChannelDisabled):
        return None
    try:
        sale = (await sales_of(house=house, skus=[each.sku]))[each.sku]
    except SkuUnknown:
        return None
    caller = msgspec.structs.replace(context.caller, subject=OFFERED_BY, channel=None)
    return Placement(
        context=msgspec.structs.replace(context, caller=caller, idempotency=None),
        hold_id=new_id(),
        channel=each.channel,
        lines=[Line(each.sku, each.quantity)],
        needs=[Need(0, each.sku, each.quantity)],
        locations=[at for at in sold_from if at in locations],
        ttl_seconds=each.offer_seconds,
        customer_id=each.customer_id,
        lives=[] if sale.life is None else [(each.sku, sale.life)],
    )


async def _offered(ledger: Ledger, placement: Placement, each: InLine, forgive: Forgive) -> bool:
    try:
        hold: Hold = placement.decide(ledger, ledger.now)
    except (NotEnoughStock, CustomerNeeded, NotOnSale):
        return False
    except QuotaExceeded as exceeded:
        # What has lapsed counts until it is tidied up, and it is nobody's any more.
        if not await forgive(exceeded.quota):
            return False
        return await _offered(ledger, placement, each, forgive)
    event = OfferMade(each.sku, each.quantity, each.customer_id, hold.id, hold.expires_at)
    ledger.happen(NewEvent(f"waiting:{each.id}", 2, event, placement.context, each.channel))

    async def write(tx: Transaction) -> None:
        await store.set_waiting(tx, id=each.id, status="offered", hold_id=hold.id, now=ledger.now)

    ledger.also(write)
    ledger.offered.add(each.id)
    return True
