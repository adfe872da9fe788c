"""Importing: every row is accounted for, a second time changes nothing, and one bad row harms
no other."""

import pytest
from making import a_draft, a_set_of, fresh, listed, sku

from rackhouse.catalog import (
    BadRow,
    ReadProduct,
    built_in_types,
    components_of,
    import_products,
    load_demo_catalog,
    product_of,
    products_of,
    replace_product,
    skus_of,
)
from rackhouse.catalog.demo import demo_drafts
from rackhouse.catalog.importing import BATCH_PRODUCTS
from rackhouse.catalog.log import LOG
from rackhouse.catalog.mapping import Draft


def found_in(drafts):
    rows = [Draft(number, draft) for number, draft in enumerate(drafts, start=1)]
    return products_of(rows, built_in_types())


async def imported(context, drafts):
    return await import_products(context=context, found=found_in(drafts))


def figures(report):
    return (report.created, report.changed, report.unchanged, report.rows_bad)


async def versions(context, drafts):
    return [
        (await product_of(context=context, product_id=each["id"], only_type=None)).version
        for each in drafts
    ]


async def test_a_second_import_changes_nothing(context):
    drafts = [a_draft(attributes={"weight_g": number}) for number in range(BATCH_PRODUCTS + 3)]
    assert figures(await imported(context, drafts)) == (len(drafts), 0, 0, 0)
    assert figures(await imported(context, drafts)) == (0, 0, len(drafts), 0)
    assert await versions(context, drafts[:2]) == [1, 1]


async def test_what_changed_is_changed_and_nothing_else(context):
    drafts = [a_draft(), a_draft(), a_draft()]
    await imported(context, drafts)
    drafts[1] = drafts[1] | {"name": "Goblet", "variants": [{"sku": sku()}]}
    assert figures(await imported(context, drafts)) == (0, 1, 2, 0)
    assert await versions(context, drafts) == [1, 2, 1]


async def test_what_somebody_changed_meanwhile_becomes_again_as_in_the_file(context):
    drafts = [a_draft()]
    await imported(context, drafts)
    await replace_product(
        context=context,
        product_id=drafts[0]["id"],
        only_type=None,
        draft=drafts[0] | {"name": "Mug"},
        expected_version=None,
    )
    assert figures(await imported(context, drafts)) == (0, 1, 0, 0)
    found = await product_of(context=context, product_id=drafts[0]["id"], only_type=None)
    assert found.name == drafts[0]["name"]


async def test_a_product_that_the_catalog_refuses_is_a_bad_row_and_the_rest_goes_on(context):
    taken = await listed(context)
    sound, clashing = a_draft(), a_draft(variants=[{"sku": taken.variants[0].sku}])
    wanting = a_set_of("NOWHERE-1")
    report = await imported(context, [clashing, wanting, sound])
    assert figures(report) == (1, 0, 0, 2)
    assert [(row.row_number, row.reason) for row in report.bad_rows] == [
        (
            1,
            f"The SKU {taken.variants[0].sku} belongs to the product {taken.id}. "
            "Choose another one.",
        ),
        (2, "variants[0].components[0].sku: 'NOWHERE-1' is not in the catalog; add it first"),
    ]
    assert await versions(context, [sound]) == [1]


async def test_a_bundle_may_stand_before_what_it_is_made_of(context):
    goods = [a_draft() for _ in range(BATCH_PRODUCTS)]
    bundle = a_set_of(goods[-1]["variants"][0]["sku"])
    assert figures(await imported(context, [bundle, *goods])) == (len(goods) + 1, 0, 0, 0)
    (made_of,) = (
        await components_of(house=context.house, skus=[bundle["variants"][0]["sku"]])
    ).values()
    assert made_of[0].sku == goods[-1]["variants"][0]["sku"]


async def test_every_row_is_accounted_for(context):
    found = [
        *(ReadProduct(each.row_number, each.product, 3) for each in found_in([a_draft()])),
        BadRow(4, "no name", 2),
        BadRow(6, "no name"),
    ]
    report = await import_products(context=context, found=found)
    assert (report.rows, report.products, report.rows_merged, report.rows_bad) == (6, 1, 2, 3)
    assert report.reasons == {"no name": 3}


async def test_each_imported_product_is_an_event(context):
    draft = a_draft()
    await imported(context, [draft])
    async with context.house.database("catalog").transaction() as tx:
        (event,) = await LOG.read_streams(
            tx,
            streams=[f"product:{draft['id']}"],
            recorded_before=None,
            position_before=None,
            limit=5,
        )
    assert (event.type, event.version, event.actor) == ("ProductCreated", 1, "test")


async def test_what_was_known_of_a_changed_sku_is_forgotten(context):
    draft, moved = a_draft(), fresh("S")
    await imported(context, [draft])
    assert (await skus_of(house=context.house, id=draft["id"])).skus
    await imported(context, [draft | {"variants": [{"sku": moved}]}])
    assert (await skus_of(house=context.house, id=draft["id"])).skus == (moved,)


async def test_a_sku_may_move_from_one_product_of_a_file_to_another(context):
    giver, taker = a_draft(), a_draft()
    await imported(context, [giver, taker])
    moved = giver | {"variants": []}, taker | {"variants": giver["variants"]}
    assert figures(await imported(context, moved)) == (0, 2, 0, 0)
    found = await skus_of(house=context.house, id=giver["variants"][0]["sku"])
    assert found.product_id == taker["id"]


@pytest.mark.parametrize("time", ["first", "second"])
async def test_the_demo_catalog_is_whole_however_often_it_is_loaded(context, time):
    report = await load_demo_catalog(context=context)
    drafts = list(demo_drafts())
    assert report.rows_bad == 0
    assert report.products == len(drafts)
    if time == "second":
        assert report.unchanged == len(drafts)
