"""What is known of SKUs from memory: right at once where it is written, and soon everywhere."""

import asyncio

import pytest
from making import a_draft, a_set_of, fresh, listed, sku

from rackhouse.catalog import (
    Component,
    Offer,
    ProductSkus,
    SkuUnknown,
    components_of,
    create_product,
    offers_of,
    remove_product,
    replace_product,
    skus_of,
)
from rackhouse.catalog.module import MODULE
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.tail import Tails


@pytest.fixture
async def elsewhere(settings, house):
    """Another process's house on the same database, which hears of events as an API process."""
    async with House(settings, MODULES) as other:
        heard = asyncio.Event()

        def hear(events):
            for listener in MODULE.listeners:
                listener.hear(other, events)
            heard.set()

        await other.the(Tails).of("catalog").listen(hear)
        other.heard = heard
        yield other


async def replaced(context, draft):
    return await replace_product(
        context=context, product_id=draft["id"], only_type=None, draft=draft, expected_version=None
    )


async def test_a_plain_sku_takes_one_of_itself_and_a_bundle_its_components(context):
    plain = (await listed(context)).variants[0].sku
    bundle = await create_product(context=context, draft=a_set_of(plain))
    asked = [plain, bundle.variants[0].sku]
    one_of_itself = (Component(sku=plain, quantity=1),)
    assert await components_of(house=context.house, skus=asked) == dict.fromkeys(
        asked, one_of_itself
    )


async def test_an_unknown_sku_is_refused(context):
    for unknown in ("NOWHERE-1", "a\x00b"):
        for ask in (components_of, offers_of):
            with pytest.raises(SkuUnknown):
                await ask(house=context.house, skus=[unknown])
        assert await skus_of(house=context.house, id=unknown) is None


async def test_a_product_has_its_skus_in_order_and_a_sku_itself(context):
    skus = [sku() for _ in range(3)]
    product = await listed(
        context, variants=[{"sku": each, "name": str(n)} for n, each in enumerate(skus)]
    )
    ask = lambda id_: skus_of(house=context.house, id=id_)  # noqa: E731
    assert await ask(product.id) == ProductSkus(product.id, tuple(skus))
    assert await ask(skus[1]) == ProductSkus(product.id, (skus[1],))


async def test_a_product_goes_before_a_sku_that_is_spelt_the_same(context):
    word = fresh("same")
    own = await listed(context, id=word)
    await listed(context, variants=[{"sku": word}])
    found = await skus_of(house=context.house, id=word)
    assert found == ProductSkus(word, (own.variants[0].sku,))


async def test_a_variant_costs_its_own_price_or_else_its_products(context):
    own, usual = sku(), sku()
    product = await listed(
        context,
        variants=[{"sku": own, "name": "gift box", "price_minor": 1900}, {"sku": usual}],
    )
    assert await offers_of(house=context.house, skus=[own, usual]) == {
        own: Offer(own, product.id, "Tumbler, gift box", 1900, "EUR"),
        usual: Offer(usual, product.id, "Tumbler", 1200, "EUR"),
    }


async def test_what_is_in_memory_is_answered_without_waiting(context):
    known = (await listed(context)).variants[0].sku
    await components_of(house=context.house, skus=[known])
    answer = components_of(house=context.house, skus=[known])
    with pytest.raises(StopIteration):
        answer.send(None)


async def test_the_process_that_writes_forgets_at_once(context):
    draft = a_draft()
    await create_product(context=context, draft=draft)
    first, second = draft["variants"][0]["sku"], sku()
    house = context.house
    assert (await offers_of(house=house, skus=[first]))[first].price_minor == 1200
    assert (await skus_of(house=house, id=draft["id"])).skus == (first,)
    await replaced(context, draft | {"price_minor": 1500, "variants": [{"sku": second}]})
    assert (await offers_of(house=house, skus=[second]))[second].price_minor == 1500
    assert (await skus_of(house=house, id=draft["id"])).skus == (second,)
    assert await skus_of(house=house, id=first) is None
    with pytest.raises(SkuUnknown):
        await components_of(house=house, skus=[first])


async def test_other_processes_forget_when_they_hear_of_it(context, elsewhere):
    draft = a_draft()
    await create_product(context=context, draft=draft)
    known = draft["variants"][0]["sku"]
    await asyncio.wait_for(elsewhere.heard.wait(), 10)
    assert (await offers_of(house=elsewhere, skus=[known]))[known].price_minor == 1200
    elsewhere.heard.clear()
    await replaced(context, draft | {"price_minor": 1500})
    await asyncio.wait_for(elsewhere.heard.wait(), 10)
    assert (await offers_of(house=elsewhere, skus=[known]))[known].price_minor == 1500
    elsewhere.heard.clear()
    await remove_product(
        context=context, product_id=draft["id"], only_type=None, expected_version=None
    )
    await asyncio.wait_for(elsewhere.heard.wait(), 10)
    with pytest.raises(SkuUnknown):
        await components_of(house=elsewhere, skus=[known])
