"""Importing what was exported: no difference, in the house it came from and in an empty one; a
broken line writes nothing."""

import pytest
from exchanging import a_draft, a_set_of, exported, fresh, imported, sku

from rackhouse.catalog import (
    define_product_type,
    listed_products,
    load_demo_catalog,
    product_types,
    skus_of,
)
from rackhouse.exchange import PartOfCatalog, importing
from rackhouse.exchange.errors import ExchangeFileUnreadable
from rackhouse.exchange.importing import STEP_PRODUCTS

FORMATS = ["csv", "jsonl", "parquet"]


def figures(report):
    return (report.created, report.changed, report.unchanged, report.removed, report.rows_bad)


async def a_tea_type(context):
    """A type of products that name others of it."""
    name = fresh("tea")
    attributes = [
        {"name": "after", "title": "After", "kind": "reference"},
        {"name": "goes_with", "title": "Goes with", "kind": "list", "of": "reference"},
        {"name": "strength", "title": "Strength", "kind": "number"},
        {"name": "notes", "title": "Notes", "kind": "localized", "default_language": "en"},
    ]
    draft = {"name": name, "title": "Teas", "collection": name, "attributes": attributes}
    await define_product_type(context=context, draft=draft)
    return name


async def ids_in(context, *ids):
    return set(await listed_products(context=context, product_ids=ids))


@pytest.mark.parametrize("form", FORMATS)
async def test_an_export_makes_the_same_catalog_in_an_empty_house(own, empty, form):
    tea = await a_tea_type(own)
    pair = [a_draft(type=tea), a_draft(type=tea)]
    for one, other in (pair, pair[::-1]):
        one["attributes"] = {"goes_with": [other["id"]], "strength": 43, "notes": {"en": "=Malty"}}
    await load_demo_catalog(context=own)
    assert figures(await imported(own, [*pair, a_set_of(pair[0]["variants"][0]["sku"])]))[0] == 3
    content, head = await exported(own, form)
    again = await imported(own, content, form, head)
    assert figures(again) == (0, 0, again.rows, 0, 0)
    there = await imported(empty, content, form, head)
    assert figures(there) == (again.rows, 0, 0, 0, 0)
    assert tea in there.types_added
    once_more = await imported(empty, (await exported(own, "jsonl"))[0], remove_missing=True)
    assert figures(once_more) == (0, 0, again.rows, 0, 0)
    assert (once_more.types_added, once_more.types_changed) == ((), ())


async def test_a_dry_run_tells_each_field_before_and_after_and_changes_nothing(own):
    kept, gone, new = a_draft(attributes={"weight_g": 80}), a_draft(), a_draft()
    await imported(own, [kept, gone])
    content = [
        kept
        | {
            "name": "Goblet",
            "attributes": {"weight_g": 90, "material": "glass"},
            "variants": [kept["variants"][0] | {"barcode": "123"}],
        },
        gone,
        new,
    ]
    report = await imported(own, content, dry_run=True)
    assert figures(report) == (1, 1, 1, 0, 0)
    assert not report.imported
    added = {each.product_id: each for each in report.differences}
    assert added[new["id"]].change == "added"
    changes = {each.field: (each.before, each.after) for each in added[kept["id"]].fields}
    assert changes == {
        "name": ("Tumbler", "Goblet"),
        "attributes.weight_g": (80, 90),
        "attributes.material": (None, "glass"),
        f"variants[{kept['variants'][0]['sku']}].barcode": (None, "123"),
    }
    assert await ids_in(own, new["id"]) == set()


async def test_where_a_line_is_broken_nothing_is_written_unless_it_is_to_be_skipped(own):
    sound, broken = a_draft(), a_draft(price_minor=-1)
    names_it = a_set_of(broken["variants"][0]["sku"])
    report = await imported(own, [sound, broken, names_it])
    assert not report.imported
    assert [(each.line, each.field) for each in report.problems] == [
        (2, "price_minor"),
        (3, "variants[0].components[0].sku"),
    ]
    assert report.problems[0].product_id == broken["id"]
    assert await ids_in(own, sound["id"]) == set()
    report = await imported(own, [sound, broken, names_it], skip_bad=True)
    assert (report.imported, figures(report)) == (True, (1, 0, 0, 0, 2))
    assert await ids_in(own, sound["id"], broken["id"]) == {sound["id"]}


async def test_what_the_file_and_the_catalog_can_not_both_have_is_found_before(own):
    holder = a_draft()
    await imported(own, [holder])
    taken, twice = a_draft(variants=holder["variants"]), a_draft()
    nested = a_set_of(sku())
    report = await imported(own, [taken, twice, twice, nested, a_draft(type="nothing")])
    assert [(each.line, each.field) for each in report.problems] == [
        (1, "variants[0].sku"),
        (3, "id"),
        (4, "variants[0].components[0].sku"),
        (5, "type"),
    ]
    assert "belongs to the product" in report.problems[0].problem


async def test_what_is_missing_is_removed_if_asked_with_circles_and_what_names_them(own):
    tea = await a_tea_type(own)
    one, other, stays = a_draft(type=tea), a_draft(type=tea), a_draft(type=tea)
    one["attributes"], other["attributes"] = {"after": other["id"]}, {"after": one["id"]}
    await imported(own, [one, other, stays])
    assert figures(await imported(own, [stays])) == (0, 0, 1, 0, 0)
    would = await imported(own, [stays], remove_missing=True, dry_run=True)
    assert figures(would) == (0, 0, 1, 2, 0)
    report = await imported(own, [stays], remove_missing=True)
    assert figures(report) == (0, 0, 1, 2, 0)
    assert {each.change for each in report.differences} == {"removed"}
    assert await ids_in(own, one["id"], other["id"], stays["id"]) == {stays["id"]}


async def test_a_sku_goes_over_from_a_product_that_is_missing(own):
    tea = await a_tea_type(own)
    before = a_draft(type=tea)
    await imported(own, [before])
    after = before | {"id": fresh()}
    assert figures(await imported(own, [after], remove_missing=True)) == (1, 0, 0, 1, 0)
    found = await skus_of(house=own.house, id=before["variants"][0]["sku"])
    assert found.product_id == after["id"]


async def test_nothing_is_removed_where_a_line_is_broken(own):
    tea = await a_tea_type(own)
    kept = a_draft(type=tea)
    await imported(own, [kept])
    content = [a_draft(type=tea), kept | {"price_minor": "dear"}]
    report = await imported(own, content, remove_missing=True, skip_bad=True)
    assert figures(report) == (1, 0, 0, 0, 1)
    assert await ids_in(own, kept["id"]) == {kept["id"]}


async def test_skus_may_be_swapped(own):
    one, other = a_draft(), a_draft()
    await imported(own, [one, other])
    swapped = one | {"variants": other["variants"]}, other | {"variants": one["variants"]}
    assert figures(await imported(own, swapped)) == (0, 2, 0, 0, 0)
    found = await skus_of(house=own.house, id=one["variants"][0]["sku"])
    assert found.product_id == other["id"]


async def test_a_circle_longer_than_one_transaction_is_written_in_two_goes(own):
    tea = await a_tea_type(own)
    circle = [a_draft(type=tea) for _ in range(STEP_PRODUCTS + 20)]
    for number, draft in enumerate(circle):
        draft["attributes"] = {"after": circle[number - 1]["id"]}
    report = await imported(own, circle)
    assert figures(report) == (len(circle), 0, 0, 0, 0), report.problems[:3]
    assert figures(await imported(own, circle)) == (0, 0, len(circle), 0, 0)


async def test_bundles_and_references_may_stand_before_what_they_name(own):
    tea = await a_tea_type(own)
    goods = [a_draft(type=tea) for _ in range(STEP_PRODUCTS + 5)]
    goods[0]["attributes"] = {"after": goods[-1]["id"]}
    bundle = a_set_of(goods[-1]["variants"][0]["sku"])
    assert figures(await imported(own, [bundle, *goods])) == (len(goods) + 1, 0, 0, 0, 0)


async def test_a_part_of_the_catalog_says_so(own):
    await imported(own, [a_draft()])
    (newest,) = (await listed_products(context=own, product_ids=[(await one_id(own))])).values()
    content, head = await exported(own, changed_since=newest.updated_at)
    assert newest.id.encode() in content
    with pytest.raises(PartOfCatalog):
        await imported(own, content, remove_missing=True)
    content, head = await exported(own, only_type="goods")
    assert head.only_type == "goods"
    assert b'"type":"bundle"' not in content
    report = await imported(own, content, remove_missing=True, dry_run=True)
    assert report.removed == 0


async def one_id(context):
    draft = a_draft()
    await imported(context, [draft])
    return draft["id"]


async def test_types_of_the_file_are_in_force_afterwards(own, empty):
    tea = await a_tea_type(own)
    content, _ = await exported(own)
    would = await imported(empty, content, dry_run=True)
    assert tea in would.types_added
    assert tea not in {each.name for each in await product_types(context=empty)}
    await imported(empty, content)
    assert tea in {each.name for each in await product_types(context=empty)}


async def test_what_the_api_tells_of_a_product_is_a_file_of_it(own):
    draft = a_draft()
    await imported(own, [draft])
    (found,) = (await listed_products(context=own, product_ids=[draft["id"]])).values()
    assert figures(await imported(own, [found])) == (0, 0, 1, 0, 0)


async def test_a_file_that_is_cut_off_is_refused(own):
    content, _ = await exported(own, "parquet")
    with pytest.raises(ExchangeFileUnreadable):
        await imported(own, content[: len(content) // 2], "parquet")


async def test_a_file_with_more_products_than_can_be_kept_in_mind_is_refused(own, monkeypatch):
    monkeypatch.setattr(importing, "PRODUCTS_MAX", 2)
    with pytest.raises(ExchangeFileUnreadable, match="more than 2 products; split it"):
        await imported(own, [a_draft(), a_draft(), a_draft()])
