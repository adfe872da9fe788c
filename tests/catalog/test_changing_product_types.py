"""Changing a type with its products: told before, refused where something would be lost, done
whole or not at all."""

import asyncio

import msgspec
import pytest
from making import a_draft, fresh
from type_making import (
    LEAF,
    changed,
    defined,
    events_in,
    put_in,
    redefined,
    said_of,
    tried,
)

from houses import context_of
from rackhouse.catalog import (
    InvalidProduct,
    InvalidTypeChange,
    ProductReferenced,
    ProductsDoNotFit,
    TooManyToConvert,
    create_product,
    product_type_of,
    remove_product,
    store,
    type_writing,
)
from rackhouse.catalog import products as products_module
from rackhouse.platform.context import PermissionMissing
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, Rendered

NUMBER = {"name": "leaf", "kind": "number", "unit": "l"}
TEXT = {"name": "leaf", "kind": "text"}
BOTH = 2


def keyed(context, key):
    """The context of a request that came with a key."""

    def render(answer):
        return Rendered(200, msgspec.json.encode(answer).decode())

    named = IdempotencyKey(caller="test", key=key, fingerprint="change", render=render)
    return msgspec.structs.replace(context, idempotency=named)


async def test_a_change_is_told_before_it_is_made_product_by_product(own):
    tea = await defined(own)
    said = ({}, {"leaf": "2.5"}, {"leaf": "a lot"})
    ids = sorted([(await put_in(own, tea, **each)).id for each in said])
    draft = redefined(tea, LEAF | {"kind": "number"})
    told = await tried(own, draft)
    figures = (told.version, told.products, told.fitting, told.converted, told.not_fitting)
    assert figures == (1, 3, 1, 1, 1)
    assert [each.product_id for each in told.outcomes] == ids
    (misfit,) = (await tried(own, draft, only="does_not_fit")).outcomes
    assert misfit.problems[0].field == "attributes.leaf"
    assert "'a lot' is not a number" in misfit.problems[0].problem
    (converted,) = (await tried(own, draft, only="converted")).outcomes
    (change,) = converted.changes
    assert (change.attribute, change.before, change.after) == ("leaf", "2.5", 2.5)
    assert (await product_type_of(context=own, name=tea.name)).version == 1


async def test_what_is_told_comes_in_pages_and_the_counts_are_of_all(own, monkeypatch):
    monkeypatch.setattr(type_writing, "BATCH_PRODUCTS", 2)
    tea = await defined(own)
    ids = sorted([(await put_in(own, tea, leaf="x")).id for _ in range(5)])
    draft, found, after_id = redefined(tea, NUMBER), [], ""
    while True:
        told = await tried(own, draft, after_id=after_id, limit=2)
        assert told.not_fitting == 5
        if not told.outcomes:
            break
        found += [each.product_id for each in told.outcomes]
        after_id = found[-1]
    assert found == ids


async def test_a_change_that_would_lose_something_is_refused_with_reasons(own):
    tea = await defined(own, TEXT, {"name": "bud", "kind": "text"})
    product = await put_in(own, tea, leaf="Oolong", bud="closed")
    with pytest.raises(ProductsDoNotFit) as refused:
        await changed(own, redefined(tea, TEXT))
    assert (refused.value.count, refused.value.products) == (1, 1)
    (misfit,) = refused.value.misfits
    assert misfit.product_id == product.id
    assert "'closed' would be lost" in misfit.problems[0].problem
    assert (await product_type_of(context=own, name=tea.name)).version == 1
    assert await said_of(own, product.id) == {"leaf": "Oolong", "bud": "closed"}


async def test_what_is_lost_on_purpose_is_recorded_of_each_product(own):
    tea = await defined(own, TEXT, {"name": "bud", "kind": "text"})
    product = await put_in(own, tea, leaf="Oolong", bud="closed")
    drop = {"attribute": "bud", "on_misfit": "drop"}
    done = await changed(own, redefined(tea, TEXT), drop)
    assert (done.product_type.version, done.products, done.fitting, done.converted) == (2, 1, 0, 1)
    assert await said_of(own, product.id) == {"leaf": "Oolong"}
    created, change = await events_in(own, f"product:{product.id}")
    assert (created.version, change.version) == (1, 2)
    assert (change.type, change.facts()["fields"]) == ("ProductChanged", ["attributes"])
    (_, of_type) = await events_in(own, f"product-type:{tea.name}")
    assert of_type.facts()["products_converted"] == 1
    assert change.correlation_id == of_type.correlation_id


async def test_products_are_converted_in_batches_of_one_transaction(own, monkeypatch):
    monkeypatch.setattr(type_writing, "BATCH_PRODUCTS", 3)
    tea = await defined(own, NUMBER)
    products = [await put_in(own, tea, leaf=number / 10) for number in range(1, 8)]
    draft = redefined(tea, {"name": "volume", "kind": "integer", "unit": "ml"})
    way = {"attribute": "volume", "from_attribute": "leaf", "factor": 1000}
    done = await changed(own, draft, way)
    assert (done.products, done.converted) == (7, 7)
    for number, product in enumerate(products, start=1):
        assert await said_of(own, product.id) == {"volume": number * 100}


async def test_nothing_is_half_done_where_a_later_batch_fails(own, monkeypatch):
    monkeypatch.setattr(type_writing, "BATCH_PRODUCTS", 2)
    tea = await defined(own)
    products = [await put_in(own, tea, leaf=str(number)) for number in range(5)]
    read, batches = type_writing.read_listing, []

    async def failing(*facts):
        batches.append(facts)
        if len(batches) == 3:
            raise RuntimeError("the machine is gone")
        return await read(*facts)

    monkeypatch.setattr(type_writing, "read_listing", failing)
    with pytest.raises(RuntimeError):
        await changed(own, redefined(tea, LEAF | {"kind": "number"}))
    assert len(batches) == 3
    for product in products:
        assert (await said_of(own, product.id))["leaf"] == product.attributes["leaf"]
        assert len(await events_in(own, f"product:{product.id}")) == 1
    assert (await product_type_of(context=own, name=tea.name)).version == 1


async def test_more_than_can_be_converted_at_once_is_refused(own, monkeypatch):
    monkeypatch.setattr(type_writing, "CONVERTED_MAX", 1)
    tea = await defined(own)
    for _ in range(3):
        await put_in(own, tea, leaf="2")
    with pytest.raises(TooManyToConvert) as refused:
        await changed(own, redefined(tea, LEAF | {"kind": "number"}))
    assert refused.value.products == 3


async def test_a_number_that_becomes_whole_is_written_so(own):
    tea = await defined(own, {"name": "leaf", "kind": "number"})
    product = await put_in(own, tea, leaf=40.0)
    done = await changed(own, redefined(tea, {"name": "leaf", "kind": "integer"}))
    assert done.converted == 1
    assert type((await said_of(own, product.id))["leaf"]) is int


async def test_texts_become_references_only_to_what_there_is(own):
    tea = await defined(own)
    cup = await create_product(context=own, draft=a_draft())
    naming, lost = await put_in(own, tea, leaf=cup.id), await put_in(own, tea, leaf=fresh())
    draft = redefined(tea, LEAF | {"kind": "reference"})
    with pytest.raises(ProductsDoNotFit) as refused:
        await changed(own, draft)
    assert [each.product_id for each in refused.value.misfits] == [lost.id]
    assert (await changed(own, draft, on_misfit="drop")).fitting == 1
    assert await said_of(own, naming.id) == {"leaf": cup.id}
    gone = {"context": own, "only_type": None, "expected_version": None}
    with pytest.raises(ProductReferenced) as refused:
        await remove_product(product_id=cup.id, **gone)
    assert refused.value.by_product_id == naming.id
    await changed(own, redefined(tea, LEAF))
    await remove_product(product_id=cup.id, **gone)


async def test_a_change_that_makes_no_sense_is_refused_before_any_product_is_read(own):
    tea = await defined(own, NUMBER)
    for ask in (tried, changed):
        with pytest.raises(InvalidTypeChange):
            await ask(own, redefined(tea, NUMBER | {"unit": "ml"}))


async def test_a_change_is_made_once_however_often_it_is_asked_for(own):
    tea = await defined(own)
    product = await put_in(own, tea, leaf="2")
    key, draft = fresh("key"), redefined(tea, LEAF | {"kind": "number"})
    await changed(keyed(own, key), draft)
    with pytest.raises(AnsweredBefore) as again:
        await changed(keyed(own, key), draft)
    answer = msgspec.json.decode(again.value.answer.body)
    assert (answer["converted"], answer["product_type"]["version"]) == (1, 2)
    assert len(await events_in(own, f"product:{product.id}")) == 2


async def test_who_may_only_read_may_try_and_not_change(own):
    tea = await defined(own)
    reader = context_of(own.house, permissions=frozenset({"catalog:read"}))
    assert (await tried(reader, redefined(tea, NUMBER))).products == 0
    with pytest.raises(PermissionMissing):
        await changed(reader, redefined(tea, NUMBER))


async def outcome_of_both(own, monkeypatch, lock):
    """A product comes in while its type changes so that it would not fit: the change begins once
    the product was held to its type, and the product is written once the change is done, or stands
    at the lock. Answers what each was told."""
    at_the_lock, asked = asyncio.Event(), []

    async def lock_catalog(tx):
        asked.append(tx)
        if lock is not None:
            if len(asked) == BOTH:
                at_the_lock.set()
            await lock(tx)

    tea = await defined(own)
    validated, go_on = asyncio.Event(), asyncio.Event()
    read = products_module.read_listing

    async def late(*facts):
        validated.set()
        await go_on.wait()
        return await read(*facts)

    monkeypatch.setattr(products_module, "read_listing", late)
    monkeypatch.setattr(store, "lock_catalog", lock_catalog)
    asked.clear()
    product = asyncio.create_task(put_in(own, tea, leaf="a lot"))
    await validated.wait()
    change = asyncio.create_task(changed(own, redefined(tea, LEAF | {"kind": "number"})))
    stands = asyncio.create_task(at_the_lock.wait())
    await asyncio.wait([change, stands], timeout=60, return_when=asyncio.FIRST_COMPLETED)
    stands.cancel()
    go_on.set()
    return await asyncio.gather(product, change, return_exceptions=True)


async def test_no_product_slips_in_beside_a_change_of_its_type(own, monkeypatch):
    product, change = await outcome_of_both(own, monkeypatch, store.lock_catalog)
    assert isinstance(change, ProductsDoNotFit)
    assert change.misfits[0].product_id == product.id


async def test_without_the_lock_a_product_that_does_not_fit_would_slip_in(own, monkeypatch):
    product, change = await outcome_of_both(own, monkeypatch, None)
    assert change.product_type.version == 2
    assert product.attributes == {"leaf": "a lot"}


async def test_a_product_that_comes_after_the_change_is_held_to_it(own):
    tea = await defined(own)
    await changed(own, redefined(tea, LEAF | {"kind": "number"}))
    with pytest.raises(InvalidProduct):
        await put_in(own, tea, leaf="a lot")
