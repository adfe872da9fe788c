"""Searching a real house: edits, stock and rebuilds are followed."""

import asyncio

import pytest
from finding import a_mark, a_whisky, ids_of, look, until

from rackhouse.catalog import (
    product_of,
    remove_product,
    replace_product,
)
from rackhouse.channels import ChannelNotFound
from rackhouse.inventory import (
    LocationNotFound,
)
from rackhouse.search import (
    FacetUnknown,
    FilterUnknown,
    FilterUnreadable,
    OrderUnknown,
    QueryTooLong,
)

pytestmark = pytest.mark.usefixtures("index")


async def test_what_is_put_into_the_catalog_is_found_changed_and_gone(context):
    mark = a_mark()
    whisky = await a_whisky(context, mark, "Lagavulin")
    await until(lambda: look(context, mark), lambda found: ids_of(found) == [whisky])

    listed = await product_of(context=context, product_id=whisky, only_type=None)
    draft = {
        "type": "spirit",
        "name": f"Talisker {mark}",
        "attributes": listed.attributes,
        "variants": [{"sku": whisky.upper()}],
    }
    await replace_product(
        context=context, product_id=whisky, only_type=None, draft=draft, expected_version=None
    )
    await until(lambda: look(context, f"talisker {mark}"), lambda found: found.total == 1)
    assert (await look(context, f'"lagavulin {mark}"')).total == 0

    await remove_product(context=context, product_id=whisky, only_type=None, expected_version=None)
    await until(lambda: look(context, mark), lambda found: found.total == 0)


async def test_words_are_found_in_their_forms_as_synonyms_and_misspelt(context):
    mark = a_mark()
    notes = {"tasting_notes": "Rolling smoke over orchards, <salt> & honey."}
    whisky = await a_whisky(context, mark, "Aberwhistle", attributes=notes)
    for q in (f"{mark} orchard", f"{mark} whiskey", f"{mark[:-3]}*", f"{mark} aberwhisle"):
        found = await until(lambda q=q: look(context, q), lambda found: whisky in ids_of(found))
        assert ids_of(found) == [whisky]
    assert found.did_you_mean == f"{mark} aberwhistle"


async def test_highlights_are_safe_to_show(context):
    mark = a_mark()
    notes = {"tasting_notes": f"<script>alert(1)</script> and {mark} & salt"}
    await a_whisky(context, mark, "<b>Bold</b>", attributes=notes)
    found = await until(lambda: look(context, mark), lambda found: found.items)
    shown = found.items[0].highlights
    assert shown.name == f"&lt;b&gt;Bold&lt;/b&gt; <mark>{mark}</mark>"
    assert shown.text is not None
    assert "<script>" not in shown.text
    assert f"<mark>{mark}</mark> &amp; salt" in shown.text


async def test_a_facet_is_counted_without_its_own_filter(context):
    mark = a_mark()
    for brand, region, abv in (("Ardbeg", "Islay", 46), ("Bowmore", "Islay", 40.5),
                               ("Ardbeg", "Speyside", 52)):  # fmt: skip
        await a_whisky(context, mark, brand=brand, attributes={"region": region, "abv": abv})
    asked = {"filter": "brand:Ardbeg;region:Islay", "facets": "brand,region,abv[46,50]"}
    await until(lambda: look(context, mark), lambda found: found.total == 3)
    found = await look(context, mark, **asked)
    facets = {
        name: [(each.value, each.count) for each in counts] for name, counts in found.facets.items()
    }
    assert found.total == 1
    assert facets == {
        "brand": [("Ardbeg", 1), ("Bowmore", 1)],
        "region": [("Islay", 1), ("Speyside", 1)],
        "abv": [("..<46", 0), ("46..<50", 1), ("50..", 0)],
    }
    for value, count in facets["abv"]:
        narrowed = await look(context, mark, filter=f"{asked['filter']};abv:{value}")
        assert narrowed.total == count


async def test_pages_hold_every_product_once_while_others_come_and_go(context):
    mark = a_mark()
    whiskies = {await a_whisky(context, mark) for _ in range(23)}
    await until(lambda: look(context, mark), lambda found: found.total == 23)
    seen, after = [], None
    while True:
        page = await look(context, mark, after=after, limit=5)
        seen += ids_of(page)
        if not page.more:
            break
        after = page.places[-1]
        await a_whisky(context, mark, "New")
    assert len(seen) == len(set(seen))
    assert whiskies <= set(seen)


@pytest.mark.parametrize(
    ("asked", "refusal", "told"),
    [
        ({"filter": "bran:Ardbeg"}, FilterUnknown, "did you mean brand?"),
        ({"filter": "brand"}, FilterUnreadable, "write it as brand:Ardbeg"),
        ({"filter": "abv:strong"}, FilterUnreadable, "write it as 12"),
        ({"filter": "abv:50..40"}, FilterUnreadable, "swap its ends"),
        ({"filter": 'brand:"Ardbeg'}, FilterUnreadable, "write values as"),
        ({"filter": "peated:maybe"}, FilterUnreadable, "true or false"),
        ({"filter": "release_date:2024-13-01"}, FilterUnreadable, "2024-05-01"),
        ({"filter": "brand:a;brand:b"}, FilterUnreadable, "a,b"),
        ({"facets": "brnd"}, FacetUnknown, "did you mean brand?"),
        ({"facets": "brand[1,2]"}, FilterUnreadable, "leave them out"),
        ({"facets": "abv[a]"}, FilterUnreadable, "abv[12,18]"),
        ({"sort": "prise"}, OrderUnknown, "did you mean price?"),
        ({"q": " ".join("abcdefghij")}, QueryTooLong, "at most 8"),
        ({"channel": "web"}, FilterUnreadable, "send available=true"),
        ({"available": True, "channel": "nowhere-at-all"}, ChannelNotFound, "nowhere-at-all"),
        ({"available": True, "location": "nowhere"}, LocationNotFound, "nowhere"),
    ],
)
async def test_what_can_not_be_searched_for_is_refused_with_the_remedy(
    context, asked, refusal, told
):
    with pytest.raises(refusal) as refused:
        await look(context, asked.pop("q", ""), **asked)
    assert told in str(refused.value)


async def test_many_ask_at_once(context):
    mark = a_mark()
    await a_whisky(context, mark)
    await until(lambda: look(context, mark), lambda found: found.total == 1)
    answers = await asyncio.gather(*(look(context, mark, facets="type,brand") for _ in range(50)))
    assert {each.total for each in answers} == {1}


async def test_words_are_left_out_where_no_product_has_all_of_them_and_this_is_wanted(context):
    mark, other = a_mark(), a_mark()
    whisky = await a_whisky(context, mark, "Lagavulin")
    await until(lambda: look(context, mark), lambda found: found.total == 1)
    assert (await look(context, f"{mark} {other}")).total == 0
    found = await look(context, f"{mark} {other} lagavulin", lenient=True)
    assert (ids_of(found), found.left_out) == ([whisky], (other,))
    assert (await look(context, f"{mark} {other}", lenient=True, filter="type:wine")).total == 0
    assert (await look(context, other, lenient=True)).left_out == ()


async def test_of_words_that_are_nowhere_together_the_most_telling_are_left(context):
    mark, common = a_mark(), a_mark()
    whisky = await a_whisky(context, mark)
    for _ in range(2):
        await a_whisky(context, common)
    await until(lambda: look(context, common), lambda found: found.total == 2)
    found = await look(context, f"{common} {mark}", lenient=True)
    assert (ids_of(found), found.left_out) == ([whisky], (common,))
