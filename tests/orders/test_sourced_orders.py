"""Orders that say which locations serve them: chosen under the lock, explained in the order."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from bundles import bundle_of
from houses import Shop
from rackhouse.channels import Terms, change_channel, read_channel
from rackhouse.inventory import (
    Hold,
    Line,
    NotEnoughStock,
    Place,
    SourcingReason,
    SourcingWish,
    hold_of,
    open_location,
)
from rackhouse.orders import Order, place_order

BERLIN = Place(52.5200, 13.4050)
PARIS = Place(48.8566, 2.3522)
ROTTERDAM = Place(51.9244, 4.4777)
BRUSSELS = Place(50.8503, 4.3517)


async def order(shop: Shop, lines: Sequence[Line], **wish: Any) -> Order:
    return await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=list(lines),
        hold_id=None,
        customer_id=None,
        external_id=None,
        ttl_seconds=None,
        complete="confirm",
        sourcing=SourcingWish(**wish) if wish else None,
    )


async def hold_behind(shop: Shop, placed: Order) -> Hold:
    return await hold_of(context=shop.context, hold_id=placed.hold_id)


async def served(shop: Shop, placed: Order) -> dict[str, int]:
    """How many pieces of an order each location serves."""
    found: dict[str, int] = {}
    for each in (await hold_behind(shop, placed)).allocations:
        found[each.location] = found.get(each.location, 0) + each.quantity
    return found


async def reason_of(shop: Shop, placed: Order) -> SourcingReason:
    hold = await hold_behind(shop, placed)
    assert hold.sourcing is not None
    return msgspec.json.decode(hold.sourcing, type=SourcingReason)


async def spread_out(shop: Shop, *places: Place) -> None:
    """Put the locations of a shop on the map."""
    for location, place in zip(shop.locations, places, strict=True):
        await open_location(
            context=shop.context,
            location=location,
            name=location,
            kind="warehouse",
            latitude=place.latitude,
            longitude=place.longitude,
        )


async def usually(shop: Shop, **terms: Any) -> None:
    """Let the shop's channel source its orders in a way."""
    found = await read_channel(context=shop.context, channel_id=shop.channel)
    changed: Terms = msgspec.structs.replace(found.terms(), **terms)
    await change_channel(
        context=shop.context, channel_id=shop.channel, terms=changed, expected_version=None
    )


async def test_the_nearest_location_that_has_enough_serves_and_the_order_tells_why(
    open_shop,
) -> None:
    shop = await open_shop(locations=3)
    await spread_out(shop, BERLIN, PARIS, ROTTERDAM)
    berlin, paris, rotterdam = shop.locations
    for location, pieces in ((berlin, 9), (paris, 9), (rotterdam, 2)):
        await shop.receive(shop.sku, pieces, location)
    near = await order(shop, [Line(shop.sku, 2)], strategy="nearest", destination=BRUSSELS)
    assert await served(shop, near) == {rotterdam: 2}
    following = await order(shop, [Line(shop.sku, 2)], strategy="nearest", destination=BRUSSELS)
    assert await served(shop, following) == {paris: 2}
    reason = await reason_of(shop, following)
    (chosen,) = reason.chosen
    assert (chosen.location, chosen.pieces, chosen.why) == (paris, 2, "nearest that has it")
    assert chosen.distance_km == pytest.approx(264, abs=2)
    assert [(each.location, each.pieces) for each in reason.passed_over] == [
        (rotterdam, 0),
        (berlin, 2),
    ]


async def test_one_parcel_is_made_where_one_location_has_everything(open_shop) -> None:
    shop = await open_shop(skus=2, locations=2)
    (gin, tonic), (cellar, front) = shop.skus, shop.locations
    for sku, pieces, location in ((gin, 1, cellar), (gin, 1, front), (tonic, 4, front)):
        await shop.receive(sku, pieces, location)
    lines = [Line(gin, 1), Line(tonic, 2)]
    assert await served(shop, await order(shop, lines, strategy="fewest_parcels")) == {front: 3}
    two = await order(shop, lines, strategy="fewest_parcels")
    assert await served(shop, two) == {cellar: 1, front: 2}
    assert (await reason_of(shop, two)).parcels == 2


async def test_an_order_that_may_not_be_split_is_refused_with_what_would_do(open_shop) -> None:
    shop = await open_shop(skus=2, locations=2)
    (gin, tonic), (cellar, front) = shop.skus, shop.locations
    await shop.receive(gin, 3, cellar)
    await shop.receive(tonic, 1, cellar)
    await shop.receive(tonic, 2, front)
    lines_apart = [Line(gin, 1), Line(tonic, 2)]
    with pytest.raises(NotEnoughStock) as refused:
        await order(shop, lines_apart, split=False)
    assert refused.value.why == "needs_split"
    for wish in ({"split": False}, {"split_lines": False}):
        with pytest.raises(NotEnoughStock) as refused:
            await order(shop, [Line(tonic, 3)], **wish)
        assert refused.value.why == "needs_split_lines"
    with pytest.raises(NotEnoughStock) as refused:
        await order(shop, [Line(tonic, 4)], split=False)
    assert refused.value.why == "not_enough"
    assert await shop.levels(gin) == {cellar: (3, 0, 0)}
    assert await served(shop, await order(shop, lines_apart)) == {cellar: 1, front: 2}


async def test_a_bundle_is_packed_at_one_location_where_its_line_may_not_be_split(
    open_shop,
) -> None:
    shop = await open_shop(skus=2, locations=2)
    (gin, tonic), (cellar, front) = shop.skus, shop.locations
    for sku, pieces, location in ((gin, 5, cellar), (tonic, 2, cellar), (gin, 2, front)):
        await shop.receive(sku, pieces, location)
    await shop.receive(tonic, 8, front)
    bundle = await bundle_of(shop, {gin: 1, tonic: 2})
    whole = await order(shop, [Line(bundle, 2)], split_lines=False)
    assert await served(shop, whole) == {front: 6}
    with pytest.raises(NotEnoughStock) as refused:
        await order(shop, [Line(bundle, 2)], split_lines=False)
    assert refused.value.why == "needs_split_lines"
    assert await served(shop, await order(shop, [Line(bundle, 2)])) == {cellar: 2, front: 4}


async def test_a_channel_says_how_orders_are_sourced_that_do_not_say_so_themselves(
    open_shop,
) -> None:
    shop = await open_shop(locations=2)
    cellar, front = shop.locations
    await shop.receive(shop.sku, 2, cellar)
    await shop.receive(shop.sku, 6, front)
    await usually(shop, sourcing="spread", split=False)
    usual = await order(shop, [Line(shop.sku, 1)])
    assert await served(shop, usual) == {front: 1}
    assert (await reason_of(shop, usual)).strategy == "spread"
    with pytest.raises(NotEnoughStock):
        await order(shop, [Line(shop.sku, 7)])
    special = await order(shop, [Line(shop.sku, 7)], split=True)
    assert await served(shop, special) == {cellar: 2, front: 5}


async def test_buyers_who_source_differently_at_the_same_time_get_what_there_is_once(
    open_shop,
) -> None:
    shop = await open_shop(locations=4)
    for at, location in enumerate(shop.locations):
        await shop.receive(shop.sku, 2 + at, location)
    wishes: list[dict[str, Any]] = [
        {},
        {"strategy": "spread"},
        {"strategy": "fewest_parcels"},
        {"strategy": "nearest", "destination": PARIS},
        {"split": False},
        {"split_lines": False, "strategy": "spread"},
    ]
    outcomes = await asyncio.gather(
        *(order(shop, [Line(shop.sku, 1)], **wishes[at % 6]) for at in range(30)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Order) for each in outcomes) == 14
    assert all(isinstance(each, Order | NotEnoughStock) for each in outcomes)
    assert await shop.levels() == {
        location: (2 + at, 0, 2 + at) for at, location in enumerate(shop.locations)
    }
