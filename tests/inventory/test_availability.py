"""What there is, of bundles too, as a channel sees it, and of many at once."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from bundles import bundle_of
from houses import Shop, context_of
from rackhouse.channels import ChannelDisabled, ChannelNotFound, Terms, open_channel
from rackhouse.inventory import (
    AvailabilityOfSku,
    Line,
    OtherChannel,
    StockNotFound,
    availability,
    availability_of_many,
    place_hold,
)
from rackhouse.platform.house import House


async def channel_at(shop: Shop, locations: Sequence[str], *, enabled: bool = True) -> str:
    channel = f"channel-{uuid.uuid4().hex[:10]}"
    terms = Terms(name=channel, kind="pos", locations=tuple(locations), enabled=enabled)
    await open_channel(context=shop.context, channel_id=channel, terms=terms)
    return channel


async def seen(shop: Shop, sku: str, channel: str | None = None) -> AvailabilityOfSku:
    return (await availability(context=shop.context, id=sku, channel=channel)).skus[0]


def at_locations(found: AvailabilityOfSku) -> dict[str, int]:
    return {each.location: each.available for each in found.locations}


@contextmanager
def statements_sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that any connection of this process sends meanwhile."""
    sent: list[str] = []
    execute = psycopg.AsyncConnection.execute

    async def noting(self: Any, query: Any, *arguments: Any, **further: Any) -> Any:
        sent.append(str(query))
        return await execute(self, query, *arguments, **further)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.AsyncConnection, "execute", noting)
        yield sent


async def test_components_at_different_locations_make_bundles_in_all_but_at_neither(
    open_shop,
) -> None:
    shop = await open_shop(skus=2, locations=2)
    first, second = shop.skus
    await shop.receive(first, 7, shop.locations[0])
    await shop.receive(second, 5, shop.locations[1])
    bundle = await bundle_of(shop, {first: 3, second: 1})
    found = await seen(shop, bundle)
    assert (found.on_hand, found.reserved, found.available) == (2, 0, 2)
    assert at_locations(found) == dict.fromkeys(shop.locations, 0)


async def test_a_bundle_is_at_each_location_and_in_all_what_its_scarcest_component_allows(
    open_shop,
) -> None:
    shop = await open_shop(skus=2, locations=2)
    (first, second), (cellar, front) = shop.skus, shop.locations
    bundle = await bundle_of(shop, {first: 2, second: 1})
    for sku, quantity, location in (
        (first, 5, cellar),
        (second, 9, cellar),
        (first, 3, front),
        (second, 1, front),
    ):
        await shop.receive(sku, quantity, location)
    found = await seen(shop, bundle)
    assert at_locations(found) == {cellar: 2, front: 1}
    assert (found.on_hand, found.available) == (4, 4)
    await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(first, 2)], ttl_seconds=60
    )
    found = await seen(shop, bundle)
    assert at_locations(found) == {cellar: 1, front: 1}
    assert (found.on_hand, found.reserved, found.available) == (4, 1, 3)


async def test_a_bundle_whose_component_never_came_in_is_not_there(open_shop) -> None:
    shop = await open_shop(units=4, skus=2)
    found = await seen(shop, await bundle_of(shop, {shop.skus[0]: 1, shop.skus[1]: 1}))
    assert (found.on_hand, found.available, at_locations(found)) == (0, 0, {shop.location: 0})


async def test_a_bundle_of_several_pieces_of_one_sku_is_still_a_bundle(open_shop) -> None:
    shop = await open_shop(units=11)
    found = await seen(shop, await bundle_of(shop, {shop.sku: 6}))
    assert (found.on_hand, found.available) == (1, 1)


async def test_a_channel_sees_only_where_it_sells_from(open_shop) -> None:
    shop = await open_shop(skus=2, locations=3)
    first, second = shop.skus
    for place, quantity in zip(shop.locations, (1, 2, 4), strict=True):
        await shop.receive(first, quantity, place)
    await shop.receive(second, 9, shop.locations[2])
    bundle = await bundle_of(shop, {first: 1, second: 1})
    till = await channel_at(shop, shop.locations[:2])
    assert (await seen(shop, first)).available == 7
    assert (await seen(shop, first, till)).available == 3
    assert at_locations(await seen(shop, first, till)) == dict(
        zip(shop.locations[:2], (1, 2), strict=True)
    )
    assert ((await seen(shop, bundle)).available, (await seen(shop, bundle, till)).available) == (
        7,
        0,
    )


async def test_availability_is_refused_for_channels_that_are_not_there_or_not_ones_own(
    open_shop, house: House
) -> None:
    shop = await open_shop(units=1)
    disabled = await channel_at(shop, shop.locations, enabled=False)
    with pytest.raises(ChannelNotFound):
        await seen(shop, shop.sku, "nowhere")
    with pytest.raises(ChannelDisabled):
        await seen(shop, shop.sku, disabled)
    with pytest.raises(StockNotFound):
        await seen(shop, "NOTHING", shop.channel)
    bound = context_of(house, channel=shop.channel)
    assert (await availability(context=bound, id=shop.sku, channel=shop.channel)).skus
    with pytest.raises(OtherChannel):
        await availability(context=bound, id=shop.sku, channel=disabled)
    with pytest.raises(OtherChannel):
        await availability_of_many(context=bound, ids=[shop.sku], channel=disabled)


async def test_many_are_answered_in_the_order_asked_with_the_unknown_apart(open_shop) -> None:
    shop = await open_shop(units=3, skus=2)
    bundle = await bundle_of(shop, {shop.sku: 2})
    product = (await availability(context=shop.context, id=shop.sku)).product_id
    ids = [bundle, "NOTHING", product, shop.sku, "\x00", bundle]
    found = await availability_of_many(context=shop.context, ids=ids, channel=None)
    assert [each.id for each in found.items] == [bundle, product, shop.sku]
    assert found.unknown == ["NOTHING", "\x00"]
    assert [[sku.available for sku in each.skus] for each in found.items] == [[1], [3, 0], [3]]
    assert {each.product_id for each in found.items} == {product, bundle.lower()}
    for each in found.items:
        alone = await availability(context=shop.context, id=each.id)
        assert (each.product_id, each.skus) == (alone.product_id, alone.skus)


async def test_fifty_bundles_are_one_question_to_the_stock(
    open_shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(skus=20, locations=3)
    for at, sku in enumerate(shop.skus):
        await shop.receive(sku, 10 + at, shop.locations[at % 3])
    bundles = [
        await bundle_of(shop, {shop.skus[at % 20]: 1, shop.skus[(at * 7 + 3) % 20]: 2})
        for at in range(50)
    ]

    async def ask(ids: Sequence[str], channel: str | None) -> list[str]:
        with statements_sent(monkeypatch) as sent:
            found = await availability_of_many(context=shop.context, ids=ids, channel=channel)
        assert [each.id for each in found.items] == ids
        assert all(each.skus[0].available > 0 for each in found.items)
        # Followers of the catalog's events read on meanwhile.
        return [each for each in sent if "catalog.event" not in each]

    cold = await ask(bundles, shop.channel)
    assert len([each for each in cold if "inventory.stock" in each]) == 1
    assert len([each for each in cold if "catalog." in each]) <= 2
    for channel in (shop.channel, None):
        (only,) = await ask(bundles, channel)
        assert "inventory.stock" in only
    (one_bundle_alone,) = await ask(bundles[:1], None)
    assert one_bundle_alone == only
