"""Two lines of one SKU, of which only one minds the lot: both are served wherever both can be."""

from collections.abc import Awaitable, Callable

import pytest

from houses import Shop
from rackhouse.inventory import (
    Hold,
    Line,
    LotFacts,
    SourcingWish,
    place_hold,
    receive_stock,
    register_lot,
)
from rackhouse.inventory.errors import NotEnoughStock

OpenShop = Callable[..., Awaitable[Shop]]


async def filled(open_shop: OpenShop, locations: int) -> Shop:
    """Two pieces of each of two lots; the first one would be picked first."""
    shop = await open_shop(locations=locations)
    for lot in ("a-first", "b-second"):
        await register_lot(context=shop.context, sku=shop.sku, lot=lot, facts=LotFacts())
        await receive_stock(
            context=shop.context,
            location=shop.location,
            lines=[Line(shop.sku, 2, lot)],
            reference=None,
        )
    return shop


async def held(shop: Shop, lines: list[Line], *, promise: bool) -> Hold:
    """Hold some lines."""
    return await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=lines,
        ttl_seconds=60,
        promise=promise,
        sourcing=SourcingWish(),
    )


@pytest.mark.parametrize("locations", [1, 2])
@pytest.mark.parametrize("promise", [False, True])
@pytest.mark.parametrize("choosy_last", [False, True])
async def test_who_takes_any_lot_leaves_the_one_that_is_asked_for(
    open_shop: OpenShop, locations: int, promise: bool, choosy_last: bool
) -> None:
    shop = await filled(open_shop, locations)
    lines = [Line(shop.sku, 2, "a-first"), Line(shop.sku, 1)]
    hold = await held(shop, lines[::-1] if choosy_last else lines, promise=promise)
    lots = {each.line: each.lot for each in hold.allocations}
    assert lots == ({0: "b-second", 1: "a-first"} if choosy_last else {0: "a-first", 1: "b-second"})


async def test_what_can_not_be_had_together_is_refused(open_shop: OpenShop) -> None:
    shop = await filled(open_shop, 2)
    with pytest.raises(NotEnoughStock):
        await held(shop, [Line(shop.sku, 3), Line(shop.sku, 2, "a-first")], promise=False)
