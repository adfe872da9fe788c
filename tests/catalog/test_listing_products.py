"""Products in the catalog: versions, conflicts, and what is recorded of each change."""

import asyncio

import pytest
from making import a_draft, fresh, listed, sku

from houses import context_of
from rackhouse.catalog import (
    InvalidProduct,
    ProductExists,
    ProductNotFound,
    SkuTaken,
    create_product,
    product_of,
    remove_product,
    replace_product,
)
from rackhouse.catalog.log import LOG
from rackhouse.platform.context import PermissionMissing
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.ids import is_uuid


async def replaced(context, draft, **said):
    facts = {"only_type": None, "expected_version": None, **said}
    return await replace_product(context=context, product_id=draft["id"], draft=draft, **facts)


async def removed(context, product_id, **said):
    facts = {"only_type": None, "expected_version": None, **said}
    await remove_product(context=context, product_id=product_id, **facts)


async def read(context, product_id, only_type=None):
    return await product_of(context=context, product_id=product_id, only_type=only_type)


async def events_of(context, product_id):
    async with context.house.database("catalog").transaction() as tx:
        found = await LOG.read_streams(
            tx,
            streams=[f"product:{product_id}"],
            recorded_before=None,
            position_before=None,
            limit=100,
        )
    return [(each.version, each.type, each.facts()) for each in reversed(found)]


async def test_a_product_is_read_as_it_was_written(context):
    draft = a_draft(
        brand="Riedel",
        description="Thin\nand clear.",
        categories=["glass/tumbler"],
        tags=["crystal"],
        release_date="2027-05-01",
        media=[{"kind": "image", "url": "https://example.org/a.jpg", "alt": "A tumbler"}],
        attributes={"color": "clear", "weight_g": 210},
        variants=[
            {"sku": sku(), "name": "single", "barcode": "4006381333931", "price_minor": 1300},
            {"sku": sku(), "name": "pair", "options": {"pieces": "2"}},
        ],
    )
    product = await create_product(context=context, draft=draft)
    assert product == await read(context, draft["id"])
    assert product.version == 1
    assert [variant.sku for variant in product.variants] == [
        variant["sku"] for variant in draft["variants"]
    ]


async def test_a_product_without_an_id_is_given_one(context):
    draft = a_draft()
    del draft["id"]
    assert is_uuid((await create_product(context=context, draft=draft)).id)


async def test_a_draft_that_breaks_the_rules_is_refused_with_the_paths_of_its_fields(context):
    with pytest.raises(InvalidProduct) as refused:
        await create_product(context=context, draft=a_draft(name="", variants=[{"sku": "a/b"}]))
    assert [each.field for each in refused.value.problems] == ["name", "variants[0].sku"]


async def test_an_unknown_type_is_refused_with_the_one_that_was_likely_meant(context):
    with pytest.raises(InvalidProduct) as refused:
        await create_product(context=context, draft=a_draft(type="spirits"))
    assert refused.value.problems[0].problem == "is not known; did you mean 'spirit'?"


async def test_a_second_product_of_the_same_id_is_refused(context):
    product = await listed(context)
    with pytest.raises(ProductExists):
        await listed(context, id=product.id)


async def test_a_sku_belongs_to_one_product_only(context):
    product = await listed(context)
    taken = product.variants[0].sku
    with pytest.raises(SkuTaken) as refused:
        await listed(context, variants=[{"sku": taken}])
    assert (refused.value.sku, refused.value.product_id) == (taken, product.id)
    other = a_draft()
    await create_product(context=context, draft=other)
    with pytest.raises(SkuTaken):
        await replaced(context, other | {"variants": [{"sku": taken}]})


async def test_of_two_who_want_the_same_sku_at_once_one_gets_it(context):
    wanted = sku()
    answers = await asyncio.gather(
        *(listed(context, variants=[{"sku": wanted}]) for _ in range(8)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in answers) == ["ListedProduct", *["SkuTaken"] * 7]


async def test_each_change_raises_the_version_and_says_what_differs(context):
    draft = a_draft()
    await create_product(context=context, draft=draft)
    dearer = draft | {"price_minor": 1500, "variants": [{"sku": sku()}]}
    assert (await replaced(context, dearer, expected_version=1)).version == 2
    created, changed = await events_of(context, draft["id"])
    assert created[:2] == (1, "ProductCreated")
    assert changed[:2] == (2, "ProductChanged")
    assert changed[2]["fields"] == ["price_minor", "variants"]
    assert changed[2]["removed_skus"] == [draft["variants"][0]["sku"]]
    assert (changed[2]["price_minor_before"], changed[2]["price_minor"]) == (1200, 1500)


async def test_the_same_description_changes_nothing(context):
    draft = a_draft()
    product = await create_product(context=context, draft=draft)
    assert await replaced(context, draft) == product
    assert len(await events_of(context, draft["id"])) == 1


async def test_an_edit_of_an_old_version_is_refused(context):
    draft = a_draft()
    await create_product(context=context, draft=draft)
    await replaced(context, draft | {"name": "Glass"}, expected_version=1)
    with pytest.raises(VersionIsStale) as refused:
        await replaced(context, draft | {"name": "Cup"}, expected_version=1)
    assert refused.value.current == 2
    with pytest.raises(VersionIsStale):
        await removed(context, draft["id"], expected_version=1)


async def test_an_id_that_is_not_that_of_the_path_is_refused(context):
    draft = a_draft()
    await create_product(context=context, draft=draft)
    with pytest.raises(InvalidProduct):
        await replace_product(
            context=context,
            product_id=draft["id"],
            only_type=None,
            draft=draft | {"id": fresh()},
            expected_version=None,
        )


async def test_what_is_not_there_can_neither_be_read_changed_nor_removed(context):
    draft = a_draft()
    for attempt in (
        read(context, draft["id"]),
        replaced(context, draft),
        removed(context, draft["id"]),
        read(context, "a\x00b"),
        removed(context, "a\x00b"),
    ):
        with pytest.raises(ProductNotFound):
            await attempt


async def test_a_product_of_another_type_is_as_if_it_were_not_there(context):
    draft = a_draft()
    await create_product(context=context, draft=draft)
    assert (await read(context, draft["id"], "goods")).id == draft["id"]
    for attempt in (
        read(context, draft["id"], "wine"),
        replaced(context, draft, only_type="wine"),
        removed(context, draft["id"], only_type="wine"),
    ):
        with pytest.raises(ProductNotFound):
            await attempt


async def test_a_product_that_comes_back_goes_on_counting(context):
    draft = a_draft()
    await create_product(context=context, draft=draft)
    await removed(context, draft["id"], expected_version=1)
    assert (await create_product(context=context, draft=draft)).version == 3
    assert [each[1] for each in await events_of(context, draft["id"])] == [
        "ProductCreated",
        "ProductRemoved",
        "ProductCreated",
    ]


async def test_a_sku_is_free_again_once_its_product_let_it_go(context):
    draft = a_draft()
    await create_product(context=context, draft=draft)
    await replaced(context, draft | {"variants": []})
    assert (await listed(context, variants=draft["variants"])).variants[0].sku


async def test_only_who_may_write_the_catalog_writes_it(house):
    reader = context_of(house, permissions=frozenset({"catalog:read"}))
    with pytest.raises(PermissionMissing):
        await listed(reader)
