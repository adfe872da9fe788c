"""Versions of products: kept, compared, restored; and many products edited at once."""

import asyncio

import pytest
from making import a_call, a_draft, fresh, listed, sku
from type_making import LEAF, changed, defined, put_in, redefined

from houses import context_of
from rackhouse.catalog import (
    BulkEdit,
    InvalidProduct,
    NamedTwice,
    ProductNotFound,
    ProductVersionNotFound,
    SkuTaken,
    VersionSaysNothing,
    compare_product_versions,
    create_product,
    edit_products,
    patch_product,
    product_of,
    product_version_of,
    product_versions,
    remove_product,
    restore_product,
)
from rackhouse.catalog.http.versions import Restoration
from rackhouse.platform.http.endpoint import VersionIsStale


async def said_of(context, product_id, expected_version=None, **patch):
    return await patch_product(
        context=context,
        product_id=product_id,
        only_type=None,
        patch=patch,
        expected_version=expected_version,
    )


async def removed(context, product_id):
    await remove_product(
        context=context, product_id=product_id, only_type=None, expected_version=None
    )


async def restored(context, product_id, version, life="keep", expected_version=None):
    return await restore_product(
        context=context,
        product_id=product_id,
        version=version,
        life=life,
        expected_version=expected_version,
    )


async def versions_of(context, product_id, before=None, limit=50):
    return await product_versions(
        context=context, product_id=product_id, before=before, limit=limit
    )


async def bulk(context, *edits, all_or_nothing=False, dry_run=False):
    done = await edit_products(
        context=context,
        edits=[BulkEdit(product_id=id_, patch=patch, **more) for id_, patch, more in edits],
        all_or_nothing=all_or_nothing,
        dry_run=dry_run,
    )
    return done.written, [(each.outcome, type(each.refusal).__name__) for each in done.outcomes]


async def test_every_edit_is_kept_with_who_did_it(house):
    author, editor = (context_of(house, subject=name) for name in ("ann", "ben"))
    product = await listed(author)
    await said_of(editor, product.id, name="Goblet")
    await removed(author, product.id)
    found = await versions_of(author, product.id)
    assert [(each.version, each.actor) for each in found] == [(3, "ann"), (2, "ben"), (1, "ann")]
    assert found[0].document is None
    assert found[1].document["name"] == "Goblet"
    assert [each.version for each in await versions_of(author, product.id, before=3, limit=1)] == [
        2
    ]
    one = await product_version_of(context=author, product_id=product.id, version=1)
    assert (one.document["name"], one.written_at) == (product.name, product.created_at)


async def test_versions_that_there_are_not_are_told_from_products_that_there_are_not(context):
    product = await listed(context)
    with pytest.raises(ProductNotFound):
        await versions_of(context, fresh())
    for version in (0, 2, 2**70):
        with pytest.raises(ProductVersionNotFound):
            await product_version_of(context=context, product_id=product.id, version=version)


async def test_two_versions_are_compared_either_way(context):
    product = await listed(context, attributes={"color": "clear"})
    await said_of(context, product.id, name="Goblet", attributes={"color": "green"})
    for first, second, wanted in ((1, 2, ("clear", "green")), (2, 1, ("green", "clear"))):
        compared = await compare_product_versions(
            context=context, product_id=product.id, from_version=first, to_version=second
        )
        told = {each.field: (each.before, each.after) for each in compared.differences}
        assert told.keys() == {"name", "attributes.color"}
        assert told["attributes.color"] == wanted


async def test_a_version_is_restored_as_a_new_one_and_leaves_the_life_as_it_is(context):
    product = await listed(context, stage="draft")
    await said_of(context, product.id, name="Goblet", stage="live")
    again = await restored(context, product.id, 1, expected_version=2)
    assert (again.version, again.name, again.stage) == (3, "Tumbler", "live")
    assert (await versions_of(context, product.id))[0].restored_version == 1
    assert await restored(context, product.id, 1) == again
    wholly = await restored(context, product.id, 1, life="restore")
    assert (wholly.version, wholly.stage) == (4, "draft")
    with pytest.raises(VersionIsStale):
        await restored(context, product.id, 2, expected_version=2)


async def test_a_removed_product_comes_back_as_it_was(context):
    draft = a_draft(stage="draft")
    product = await create_product(context=context, draft=draft)
    await removed(context, product.id)
    with pytest.raises(VersionSaysNothing):
        await restored(context, product.id, 2)
    with pytest.raises(VersionIsStale):
        await restored(context, product.id, 1, expected_version=1)
    again = await restored(context, product.id, 1, expected_version=2)
    assert (again.version, again.stage, again.variants) == (3, "draft", product.variants)


async def test_what_others_have_taken_meanwhile_is_not_taken_back(context):
    product = await listed(context)
    taken = product.variants[0].sku
    await removed(context, product.id)
    await listed(context, variants=[{"sku": taken}])
    with pytest.raises(SkuTaken):
        await restored(context, product.id, 1)


async def test_a_version_is_restored_by_its_type_as_it_is_now(own):
    note = {"name": "note", "title": "Note", "kind": "text"}
    tea = await defined(own, LEAF, note)
    product = await put_in(own, tea, leaf="whole", note="late")
    await said_of(own, product.id, attributes={"note": None})
    await changed(own, redefined(tea, LEAF))
    with pytest.raises(InvalidProduct) as refused:
        await restored(own, product.id, 1)
    assert [each.field for each in refused.value.problems] == ["attributes.note"]


async def test_of_many_edits_each_is_answered_and_the_sound_ones_are_written(context):
    good, stale, twice, bad = [await listed(context) for _ in range(4)]
    other = await listed(context)
    written, outcomes = await bulk(
        context,
        (good.id, {"stage": "archived"}, {}),
        (stale.id, {"name": "Cup"}, {"expected_version": 7}),
        (twice.id, {"name": "Cup"}, {}),
        (twice.id, {"name": "Mug"}, {}),
        (bad.id, {"name": "", "price_minor": -1}, {}),
        (fresh(), {"name": "Cup"}, {}),
        (other.id, {"name": other.name}, {}),
        (bad.id + "\x00", {}, {}),
    )
    assert written
    assert outcomes == [
        ("changed", "NoneType"),
        ("refused", VersionIsStale.__name__),
        ("changed", "NoneType"),
        ("refused", NamedTwice.__name__),
        ("refused", InvalidProduct.__name__),
        ("refused", ProductNotFound.__name__),
        ("unchanged", "NoneType"),
        ("refused", ProductNotFound.__name__),
    ]
    read = await product_of(context=context, product_id=good.id, only_type=None)
    assert (read.state, read.version) == ("archived", 2)


async def test_a_sku_goes_from_one_product_to_the_next_in_the_order_asked(context):
    one, other = await listed(context), await listed(context)
    wanted = one.variants[0].sku
    written, outcomes = await bulk(
        context,
        (one.id, {"variants": [{"sku": sku()}]}, {}),
        (other.id, {"variants": [{"sku": wanted}]}, {}),
    )
    assert written
    assert [outcome for outcome, _ in outcomes] == ["changed", "changed"]
    read = await product_of(context=context, product_id=other.id, only_type=None)
    assert [each.sku for each in read.variants] == [wanted]


@pytest.mark.parametrize("asked", [{"dry_run": True}, {"all_or_nothing": True}])
async def test_what_is_not_to_be_written_is_not(context, asked):
    good, bad = await listed(context), await listed(context)
    edits = (good.id, {"name": "Cup"}, {}), (bad.id, {"type": "boat"}, {})
    written, outcomes = await bulk(context, *edits, **asked)
    assert not written
    assert [outcome for outcome, _ in outcomes] == ["changed", "refused"]
    read = await product_of(context=context, product_id=good.id, only_type=None)
    assert read == good
    assert len(await versions_of(context, good.id)) == 1


async def test_of_edits_at_once_of_the_same_version_one_is_written(context):
    product = await listed(context)
    answers = await asyncio.gather(
        *(said_of(context, product.id, 1, name=f"Cup {each}") for each in range(8)),
        return_exceptions=True,
    )
    kinds = sorted(type(each).__name__ for each in answers)
    assert kinds == ["ListedProduct", *["VersionIsStale"] * 7]
    assert [each.version for each in await versions_of(context, product.id)] == [2, 1]


async def test_edits_at_once_of_any_version_are_all_kept(context):
    """The control of the one before: without a version named, each is written."""
    product = await listed(context)
    await asyncio.gather(*(said_of(context, product.id, name=f"Cup {each}") for each in range(8)))
    found = await versions_of(context, product.id)
    assert [each.version for each in found] == [*range(9, 0, -1)]
    assert len({each.document["name"] for each in found}) == 9


async def test_versions_over_http_come_in_pages_and_restoring_needs_the_version_read(context):
    product = await listed(context)
    for name in ("Goblet", "Cup"):
        await said_of(context, product.id, name=name)
    at = {"product_id": product.id}
    page = (await a_call(context, "get_product_versions", path=at, query={"limit": 2})).body
    assert [each.version for each in page.items] == [3, 2]
    query = {"limit": 2, "cursor": page.next_cursor}
    rest = (await a_call(context, "get_product_versions", path=at, query=query)).body
    assert ([each.version for each in rest.items], rest.next_cursor) == ([1], None)
    back = {"path": {**at, "version": "1"}, "body": Restoration()}
    with pytest.raises(VersionIsStale):
        await a_call(context, "post_restoration", if_match='"1"', **back)
    answer = await a_call(context, "post_restoration", if_match='"3"', **back)
    assert dict(answer.headers)[b"etag"] == b'"4"'
    for wrong in ("x", "0", "9" * 30):
        with pytest.raises(ProductVersionNotFound):
            await a_call(context, "get_product_version", path={**at, "version": wrong})
