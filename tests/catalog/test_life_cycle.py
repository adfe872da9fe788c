"""What becomes of products by the clock: who sees them, and who is told."""

import datetime

import msgspec
import pytest
from making import a_call, a_draft, fresh, listed

from houses import context_of
from rackhouse.catalog import (
    InvalidProduct,
    ProductNotFound,
    import_products,
    listed_products,
    note_availability,
    patch_product,
    product_of,
    products_of,
    products_with_skus,
    remove_product,
    store,
)
from rackhouse.catalog.log import LOG
from rackhouse.catalog.mapping import Draft
from rackhouse.catalog.telling import AHEAD_SECONDS, tell_states
from rackhouse.catalog.types_in_force import types_in_force
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.store import server_time

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def channel(house):
    """The context of somebody who sees what is live only."""
    return context_of(house, permissions=frozenset({"catalog:read", "inventory:read"}))


async def said_of(context, product, **patch):
    return await patch_product(
        context=context,
        product_id=product.id,
        only_type=None,
        patch=patch,
        expected_version=None,
    )


async def now_in(context):
    async with context.house.database("catalog").transaction() as tx:
        return await server_time(tx)


async def told_of(context, product):
    async with context.house.database("catalog").transaction() as tx:
        found = await LOG.read_streams(
            tx,
            streams=[f"product-life:{product.id}"],
            recorded_before=None,
            position_before=None,
            limit=100,
        )
    return [(each.version, each.type, each.facts()) for each in reversed(found)]


async def all_told(context):
    """Tell of everything that is due, also what other tests left."""
    while True:
        async with context.house.database("catalog").reading() as tx:
            seconds = await store.seconds_until_due(tx)
        if seconds is None or seconds > AHEAD_SECONDS:
            return
        await tell_states(context=context)


async def test_a_product_is_live_unless_something_else_is_said(context):
    product = await listed(context)
    assert (product.stage, product.state, product.availability) == ("live", "live", "unstocked")
    await all_told(context)
    assert await told_of(context, product) == []


async def test_its_state_is_that_of_the_moment_at_which_it_is_read(context):
    now = await now_in(context)
    coming = await listed(context, goes_live_at=(now + HOUR).isoformat())
    gone = await listed(context, archives_at=(now - HOUR).isoformat())
    assert (coming.state, gone.state) == ("scheduled", "archived")
    for product in (coming, gone):
        read = await product_of(context=context, product_id=product.id, only_type=None)
        assert read == product


async def test_what_is_not_live_is_not_there_for_those_who_see_no_drafts(context, channel):
    tag = fresh("tag")
    later = (await now_in(context) + HOUR).isoformat()
    live = await listed(context, tags=[tag])
    hidden = [
        await listed(context, tags=[tag], **life)
        for life in ({"stage": "draft"}, {"stage": "archived"}, {"goes_live_at": later})
    ]
    ids = [each.id for each in (live, *hidden)]
    skus = [each.variants[0].sku for each in (live, *hidden)]
    for product in hidden:
        with pytest.raises(ProductNotFound):
            await product_of(context=channel, product_id=product.id, only_type=None)
    assert set(await listed_products(context=channel, product_ids=ids)) == {live.id}
    assert set(await products_with_skus(context=channel, skus=skus)) == {skus[0]}
    assert set(await listed_products(context=context, product_ids=ids)) == set(ids)

    async def page(of, **query):
        answer = await a_call(of, "list_products", query={"tag": tag, **query})
        return {each.id for each in answer.body.items}

    assert await page(context) == set(ids)
    assert await page(context, state="scheduled") == {hidden[2].id}
    assert await page(channel) == await page(channel, state="live") == {live.id}
    assert await page(channel, state="draft") == set()


async def test_going_live_is_told_once_at_its_moment(context):
    moment = await now_in(context) + datetime.timedelta(seconds=0.3)
    product = await listed(context, goes_live_at=moment.isoformat())
    assert product.state == "scheduled"
    await all_told(context)  # waits for what is about to come
    ((version, kind, facts),) = await told_of(context, product)
    assert (version, kind, facts["product_id"]) == (1, "ProductWentLive", product.id)
    assert datetime.datetime.fromisoformat(facts["since"]) == moment
    await all_told(context)
    assert len(await told_of(context, product)) == 1
    read = await product_of(context=context, product_id=product.id, only_type=None)
    assert (read.state, read.version) == ("live", 1)


async def test_edits_of_a_life_are_told_too_and_a_product_that_comes_back_goes_on_counting(context):
    product = await listed(context, stage="draft")
    await said_of(context, product, stage="live")
    await all_told(context)
    await said_of(context, product, stage="archived")
    await all_told(context)
    await remove_product(
        context=context, product_id=product.id, only_type=None, expected_version=None
    )
    await listed(context, id=product.id, stage="draft")
    await said_of(context, product, stage="live")
    await all_told(context)
    told = [(version, kind) for version, kind, _ in await told_of(context, product)]
    assert told == [(1, "ProductWentLive"), (2, "ProductWithdrawn"), (3, "ProductWentLive")]


async def test_events_say_whether_they_are_for_those_who_see_no_drafts(context):
    draft = await listed(context, stage="draft")
    await said_of(context, draft, name="Secret")
    await said_of(context, draft, stage="live")
    await said_of(context, draft, stage="archived")
    async with context.house.database("catalog").transaction() as tx:
        found = await LOG.read_streams(
            tx,
            streams=[f"product:{draft.id}"],
            recorded_before=None,
            position_before=None,
            limit=100,
        )
    told = [(each.facts().get("hidden", False), each.facts().get("state")) for each in found]
    assert told[::-1] == [(True, "draft"), (True, "draft"), (False, None), (False, "archived")]


async def test_availability_is_told_when_it_changes_and_makes_no_version(context):
    product = await listed(context)
    for said in ("in_stock", "in_stock", "sold_out", "in_stock"):
        await note_availability(context=context, found={product.id: said, fresh(): said})
    told = [(kind, facts.get("again")) for _, kind, facts in await told_of(context, product)]
    assert told == [("ProductInStock", False), ("ProductSoldOut", None), ("ProductInStock", True)]
    read = await product_of(context=context, product_id=product.id, only_type=None)
    assert (read.availability, read.version) == ("in_stock", 1)
    edited = await said_of(context, product, name="Goblet")
    assert edited.availability == "in_stock"


async def test_an_import_that_says_nothing_of_a_life_leaves_it(context):
    draft = a_draft()
    types = await types_in_force(house=context.house)

    async def imported(**said):
        found = products_of([Draft(1, {**draft, **said})], types)
        return await import_products(context=context, found=found)

    await imported(stage="draft")
    assert (await imported()).unchanged == 1
    assert (await imported(name="Goblet")).changed == 1
    read = await product_of(context=context, product_id=draft["id"], only_type=None)
    assert (read.stage, read.name) == ("draft", "Goblet")
    assert (await imported(name="Goblet", stage="live")).changed == 1


async def test_a_patch_changes_what_it_names_and_takes_away_what_is_null(context):
    product = await listed(
        context,
        brand="Riedel",
        attributes={"color": "clear", "weight_g": 210},
        goes_live_at=(await now_in(context) - HOUR).isoformat(),
    )
    patched = await said_of(
        context, product, brand=None, attributes={"color": None}, goes_live_at=None, tags=["new"]
    )
    assert (patched.version, patched.brand, patched.tags) == (2, None, ("new",))
    assert (patched.attributes, patched.goes_live_at) == ({"weight_g": 210}, None)
    assert patched.variants == product.variants
    assert await said_of(context, product, tags=["new"]) == patched
    with pytest.raises(InvalidProduct) as refused:
        await said_of(context, product, name=None)
    assert refused.value.problems[0].field == "name"


async def test_of_two_edits_of_the_same_version_one_is_refused(context):
    product = await listed(context)
    await said_of(context, product, name="Goblet")
    with pytest.raises(VersionIsStale):
        await patch_product(
            context=context,
            product_id=product.id,
            only_type=None,
            patch={"name": "Cup"},
            expected_version=1,
        )


async def test_it_is_archived_after_it_went_live_or_refused(context):
    now = await now_in(context)
    product = await listed(context, goes_live_at=(now + HOUR).isoformat())
    with pytest.raises(InvalidProduct) as refused:
        await a_call(
            context,
            "replace_product",
            path={"product_id": product.id},
            if_match="*",
            body={"name": "Cup", "type": "goods", "archives_at": msgspec.to_builtins(now)},
        )
    assert [each.field for each in refused.value.problems] == ["archives_at"]


async def test_a_word_of_the_api_is_no_id_of_a_product(context):
    with pytest.raises(InvalidProduct):
        await listed(context, id="bulk")
