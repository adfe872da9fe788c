"""A seller's own product types: defined, in force everywhere at once, removed, and what products
of them may name."""

import asyncio
import sys
from contextlib import suppress

import msgspec
import pytest
from making import a_draft, fresh, sku
from type_making import LEAF, a_tea, changed, defined, events_in, put_in, redefined

from rackhouse.catalog import (
    BadRow,
    CollectionTaken,
    InvalidProduct,
    InvalidProductType,
    ProductReferenced,
    ProductsDoNotFit,
    ProductTypeBuiltIn,
    ProductTypeExists,
    ProductTypeInUse,
    ProductTypeNotFound,
    TooManyProductTypes,
    create_product,
    define_product_type,
    import_products,
    product_type_of,
    product_types,
    products_of,
    remove_product,
    remove_product_type,
    replace_product,
    types_in_force,
)
from rackhouse.catalog.mapping import Draft
from rackhouse.catalog.module import MODULE
from rackhouse.catalog.types import built_in_types
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.tail import Tails


async def remove_type(context, name, expected_version=None):
    await remove_product_type(context=context, name=name, expected_version=expected_version)


async def imported(context, *drafts, types=None):
    rows = [Draft(number, draft) for number, draft in enumerate(drafts, start=1)]
    types = types or await types_in_force(house=context.house)
    return await import_products(context=context, found=products_of(rows, types))


async def test_a_type_of_ones_own_is_in_force_with_its_version(own):
    tea = await defined(own)
    assert (tea.version, tea.built_in) == (1, False)
    assert await product_type_of(context=own, name=tea.name) == tea
    listed = await product_types(context=own)
    assert tea in listed
    assert [each.name for each in listed] == sorted(each.name for each in listed)
    assert {each.name for each in listed if each.built_in} <= set(built_in_types())


async def test_products_of_it_are_held_to_it(own):
    tea = await defined(own, LEAF | {"required": True})
    product = await put_in(own, tea, leaf="Oolong")
    assert (product.type, product.attributes) == (tea.name, {"leaf": "Oolong"})
    with pytest.raises(InvalidProduct) as refused:
        await put_in(own, tea, leave="Oolong")
    assert {each.field for each in refused.value.problems} == {
        "attributes.leaf",
        "attributes.leave",
    }


async def test_a_misspelt_type_of_ones_own_is_answered_with_the_one_that_was_meant(own):
    tea = await defined(own)
    with pytest.raises(InvalidProduct) as refused:
        await create_product(context=own, draft=a_draft(type=tea.name + "s"))
    assert f"did you mean '{tea.name}'?" in refused.value.problems[0].problem


async def test_what_happens_to_a_type_is_recorded_with_all_it_says(own):
    tea = await defined(own)
    await changed(own, redefined(tea, LEAF | {"facet": True}))
    await remove_type(own, tea.name)
    again = await define_product_type(
        context=own, draft=a_tea(name=tea.name, collection=tea.collection)
    )
    found = await events_in(own, f"product-type:{tea.name}")
    assert [(each.type, each.version) for each in found] == [
        ("ProductTypeDefined", 1),
        ("ProductTypeChanged", 2),
        ("ProductTypeRemoved", 3),
        ("ProductTypeDefined", 4),
    ]
    assert found[1].facts()["fields"] == ["attributes"]
    assert found[1].facts()["attributes"][0]["facet"] is True
    assert (again.version, found[0].actor) == (4, "test")


async def test_the_same_definition_changes_nothing(own):
    tea = await defined(own)
    same = await changed(own, redefined(tea))
    assert (same.product_type.version, same.converted) == (1, 0)
    assert len(await events_in(own, f"product-type:{tea.name}")) == 1


async def test_an_edit_of_another_version_is_refused(own):
    tea = await defined(own)
    with pytest.raises(VersionIsStale):
        await changed(own, redefined(tea, title="More Teas"), expected_version=7)
    with pytest.raises(VersionIsStale):
        await remove_type(own, tea.name, 7)


@pytest.mark.parametrize("name", ["spirit", "its own"])
async def test_a_name_is_given_once(own, name):
    taken = (await defined(own)).name if name == "its own" else name
    with pytest.raises(ProductTypeExists):
        await define_product_type(context=own, draft=a_tea(name=taken))


@pytest.mark.parametrize("collection", ["spirits", "orders", "products", "its own", "graphql"])
async def test_a_collection_is_given_once_and_never_that_of_another_part_of_the_api(
    own, collection
):
    tea = await defined(own)
    taken = tea.collection if collection == "its own" else collection
    with pytest.raises(CollectionTaken):
        await define_product_type(context=own, draft=a_tea(collection=taken))
    with pytest.raises(CollectionTaken):
        await changed(own, redefined(await defined(own), collection=taken))


async def test_there_is_a_limit_to_types_of_ones_own(own, monkeypatch):
    defining = sys.modules[define_product_type.__module__]
    monkeypatch.setattr(defining, "OWN_TYPES_MAX", 1)
    await defined_or_refused(own)
    with pytest.raises(TooManyProductTypes):
        await defined(own)


async def defined_or_refused(context):
    """Make sure that there is one, whatever other tests have left."""
    with suppress(TooManyProductTypes):
        await defined(context)


async def test_a_type_with_products_stays_and_one_without_goes(own):
    tea = await defined(own)
    product = await put_in(own, tea)
    with pytest.raises(ProductTypeInUse) as refused:
        await remove_type(own, tea.name)
    assert refused.value.products == 1
    await remove_product(context=own, product_id=product.id, only_type=None, expected_version=None)
    await remove_type(own, tea.name, 1)
    with pytest.raises(ProductTypeNotFound):
        await product_type_of(context=own, name=tea.name)


async def test_what_comes_with_rackhouse_stays(own):
    for name, refusal in (("goods", ProductTypeBuiltIn), ("boat", ProductTypeNotFound)):
        with pytest.raises(refusal):
            await remove_type(own, name)


async def test_a_type_that_comes_with_rackhouse_is_extended_by_the_same_means(own):
    shipped = await product_type_of(context=own, name="wine")
    assert (shipped.version, shipped.built_in) == (0, True)
    more = {"name": "cellar", "title": "Cellar", "kind": "text"}
    draft = {
        "name": "wine",
        "title": "Wines",
        "collection": "wines",
        "attributes": [*msgspec.to_builtins(shipped.attributes), more],
    }
    extended = (await changed(own, draft, expected_version=0)).product_type
    assert (extended.version, extended.built_in) == (1, False)
    with pytest.raises(InvalidProductType):
        await changed(own, draft | {"collection": "vins"})
    wine = await create_product(
        context=own,
        draft=a_draft(type="wine", attributes={"wine_type": "red", "cellar": "north"}),
    )
    with pytest.raises(ProductsDoNotFit) as refused:
        await remove_type(own, "wine")
    assert refused.value.misfits[0].product_id == wine.id
    await remove_product(context=own, product_id=wine.id, only_type=None, expected_version=None)
    await remove_type(own, "wine")
    assert await product_type_of(context=own, name="wine") == shipped
    assert (await changed(own, draft)).product_type.version == 3


async def test_another_process_hears_of_a_type_from_the_log(own, own_settings):
    async with House(own_settings, MODULES) as other:
        heard = asyncio.Event()

        def hear(events):
            for listener in MODULE.listeners:
                listener.hear(other, events)
            heard.set()

        await other.the(Tails).of("catalog").listen(hear)
        before = await types_in_force(house=other)
        assert await types_in_force(house=other) is before
        tea = await defined(own)
        async with asyncio.timeout(30):
            while tea.name not in await types_in_force(house=other):
                await heard.wait()
                heard.clear()


async def test_rows_of_a_file_are_held_to_the_type_as_it_is_under_the_lock(own):
    tea = await defined(own)
    as_read = await types_in_force(house=own.house)
    await changed(own, redefined(tea, LEAF | {"required": True}))
    silent = a_draft(type=tea.name)
    report = await imported(
        own, silent, a_draft(type=tea.name, attributes={"leaf": "Oolong"}), types=as_read
    )
    assert (report.created, report.rows_bad) == (1, 1)
    gone = await defined(own)
    as_read = await types_in_force(house=own.house)
    await remove_type(own, gone.name)
    report = await imported(own, a_draft(type=gone.name), types=as_read)
    assert [row.reason for row in report.bad_rows] == [f"There is no product type {gone.name}."]


GOES_WITH = {"name": "goes_with", "kind": "list", "of": "reference"}


async def test_a_product_names_others_that_there_are(own):
    tea = await defined(own, GOES_WITH)
    cup = await create_product(context=own, draft=a_draft())
    product = await put_in(own, tea, goes_with=[cup.id])
    assert product.attributes == {"goes_with": [cup.id]}
    for wrong, told in (([fresh()], "add it first"), ([product.id], "names this product itself")):
        with pytest.raises(InvalidProduct) as refused:
            await replace_product(
                context=own,
                product_id=product.id,
                only_type=None,
                draft=a_draft(id=product.id, type=tea.name, attributes={"goes_with": wrong}),
                expected_version=None,
            )
        (problem,) = refused.value.problems
        assert problem.field == "attributes.goes_with[0]"
        assert told in problem.problem


async def test_a_product_that_another_one_names_stays_until_it_is_named_no_more(own):
    tea = await defined(own, GOES_WITH)
    cup = await create_product(context=own, draft=a_draft())
    product = await put_in(own, tea, goes_with=[cup.id])
    facts = {"context": own, "only_type": None, "expected_version": None}
    with pytest.raises(ProductReferenced) as refused:
        await remove_product(product_id=cup.id, **facts)
    assert (refused.value.by_product_id, refused.value.attribute) == (product.id, "goes_with")
    draft = a_draft(id=product.id, type=tea.name, variants=[{"sku": sku()}])
    await replace_product(product_id=product.id, draft=draft, **facts)
    await remove_product(product_id=cup.id, **facts)


async def test_who_names_others_may_go(own):
    tea = await defined(own, GOES_WITH)
    cup = await create_product(context=own, draft=a_draft())
    product = await put_in(own, tea, goes_with=[cup.id])
    for product_id in (product.id, cup.id):
        await remove_product(
            context=own, product_id=product_id, only_type=None, expected_version=None
        )


async def test_a_row_may_name_a_product_that_stands_before_or_after_it_and_no_other(own):
    tea = await defined(own, GOES_WITH)
    first, other = a_draft(type=tea.name), a_draft(type=tea.name)
    naming = a_draft(type=tea.name, attributes={"goes_with": [first["id"]]})
    early = a_draft(type=tea.name, attributes={"goes_with": [other["id"]]})
    astray = a_draft(type=tea.name, attributes={"goes_with": ["nothing-at-all"]})
    report = await imported(own, first, naming, early, astray, other)
    assert (report.created, report.rows_bad) == (4, 1)
    assert isinstance(report.bad_rows[0], BadRow)
    assert report.bad_rows[0].row_number == 4
