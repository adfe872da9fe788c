"""Bundles: made of SKUs that are there, flat, and never left without what they are made of."""

import psycopg
import pytest
from making import a_draft, a_set_of, listed, sku

from rackhouse.catalog import (
    InvalidProduct,
    SkuInBundle,
    create_product,
    remove_product,
    replace_product,
)


async def a_bundle(context, *components, **said):
    return await create_product(context=context, draft=a_set_of(*components, **said))


async def change(context, draft):
    return await replace_product(
        context=context, product_id=draft["id"], only_type=None, draft=draft, expected_version=None
    )


async def remove(context, product):
    await remove_product(
        context=context, product_id=product.id, only_type=None, expected_version=None
    )


def sku_of(product):
    return product.variants[0].sku


async def test_a_component_must_be_in_the_catalog(context):
    with pytest.raises(InvalidProduct) as refused:
        await a_bundle(context, "NOWHERE-1")
    (problem,) = refused.value.problems
    assert problem.field == "variants[0].components[0].sku"
    assert problem.problem == "'NOWHERE-1' is not in the catalog; add it first"


async def test_a_bundle_of_a_bundle_is_refused(context):
    inner = await a_bundle(context, sku_of(await listed(context)))
    with pytest.raises(InvalidProduct) as refused:
        await a_bundle(context, sku_of(inner))
    (problem,) = refused.value.problems
    assert problem.field == "variants[0].components[0].sku"
    assert problem.problem == (
        f"'{sku_of(inner)}' is itself a bundle, and bundles have one level; list what it is made of"
    )


async def test_a_bundle_that_would_contain_itself_over_another_is_refused_with_the_circle(context):
    draft = a_draft()
    inner = sku_of(await create_product(context=context, draft=draft))
    outer = sku_of(await a_bundle(context, inner))
    made_of = [{"sku": sku_of(await listed(context)), "quantity": 1}, {"sku": outer, "quantity": 1}]
    with pytest.raises(InvalidProduct) as refused:
        await change(context, draft | {"variants": [{"sku": inner, "components": made_of}]})
    (problem,) = refused.value.problems
    assert problem.field == "variants[0].components[1].sku"
    assert problem.problem == (
        f"'{inner}' would contain itself ({inner} > {outer} > {inner}); "
        "bundles have one level, of plain SKUs"
    )


@pytest.mark.parametrize("length", [1, 2, 3])
async def test_bundles_of_one_product_that_contain_each_other_are_refused_with_the_circle(
    context, length
):
    ring = [sku() for _ in range(length)]
    variants = [
        {"sku": one, "name": one, "components": [{"sku": following, "quantity": 1}]}
        for one, following in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    with pytest.raises(InvalidProduct) as refused:
        await listed(context, variants=variants)
    assert len(refused.value.problems) == length
    assert f"({' > '.join([*ring, ring[0]])})" in refused.value.problems[0].problem


async def test_a_bundle_of_a_bundle_of_the_same_product_is_no_circle(context):
    inner, outer = sku(), sku()
    made_of = {
        inner: [{"sku": sku_of(await listed(context)), "quantity": 1}],
        outer: [{"sku": inner, "quantity": 1}],
    }
    variants = [{"sku": one, "name": one, "components": made_of[one]} for one in made_of]
    with pytest.raises(InvalidProduct, match="bundles have one level; list what it is made of"):
        await listed(context, variants=variants)


async def test_a_bundle_may_take_other_variants_of_its_own_product(context):
    single, pair = sku(), sku()
    product = await listed(
        context,
        variants=[
            {"sku": single, "name": "single"},
            {"sku": pair, "name": "pair", "components": [{"sku": single, "quantity": 2}]},
        ],
    )
    await remove(context, product)


async def test_a_product_in_a_bundle_can_not_be_removed(context):
    product = await listed(context)
    bundle = await a_bundle(context, sku_of(product))
    with pytest.raises(SkuInBundle) as refused:
        await remove(context, product)
    assert (refused.value.sku, refused.value.bundle_sku) == (sku_of(product), sku_of(bundle))
    await remove(context, bundle)
    await remove(context, product)


async def test_a_variant_in_a_bundle_can_neither_go_nor_become_a_bundle(context):
    draft, other = a_draft(), await listed(context)
    product = await create_product(context=context, draft=draft)
    await a_bundle(context, sku_of(product))
    with pytest.raises(SkuInBundle):
        await change(context, draft | {"variants": []})
    made_of = [{"sku": sku_of(other), "quantity": 1}]
    variant = draft["variants"][0] | {"components": made_of}
    with pytest.raises(SkuInBundle):
        await change(context, draft | {"variants": [variant]})


async def test_a_bundle_can_be_made_of_something_else(context):
    first, second = await listed(context), await listed(context)
    draft = a_set_of(sku_of(first))
    bundle = await create_product(context=context, draft=draft)
    made_of = [{"sku": sku_of(second), "quantity": 3}]
    changed = await change(
        context, draft | {"variants": [{"sku": sku_of(bundle), "components": made_of}]}
    )
    assert changed.variants[0].components[0].quantity == 3
    await remove(context, first)


async def test_a_bundle_can_become_a_plain_product(context):
    component = await listed(context)
    draft = a_set_of(sku_of(component))
    await create_product(context=context, draft=draft)
    plain = await change(context, draft | {"variants": [{"sku": draft["variants"][0]["sku"]}]})
    assert not plain.variants[0].is_bundle
    await remove(context, component)


async def test_the_database_holds_the_rules_too(context):
    component = await listed(context)
    bundle = await a_bundle(context, sku_of(component))
    outer = sku_of(await a_bundle(context, sku_of(await listed(context))))
    for statement, constraint in (
        (f"delete from catalog.variant where sku = '{sku_of(component)}'", "bundles_are_flat"),
        (
            "insert into catalog.component (bundle_sku, component_sku, position, quantity) "
            f"values ('{outer}', '{sku_of(bundle)}', 1, 1)",
            "bundles_are_flat",
        ),
        (
            "insert into catalog.component (bundle_sku, component_sku, position, quantity) "
            f"values ('{sku_of(component)}', '{sku_of(component)}', 1, 1)",
            "components_of_bundles_only",
        ),
    ):
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused:
            async with context.house.database("catalog").transaction() as tx:
                await tx.run(statement)
        assert refused.value.diag.constraint_name == constraint
