"""Searching a real house: edits, stock and rebuilds are followed."""

import asyncio
import random

import pytest
from brute_force import BruteForce
from finding import a_mark, a_whisky, ids_of, look, until

from houses import context_of, shop_in
from rackhouse.catalog import (
    create_product,
    listed_products,
    product_of,
    remove_product,
    replace_product,
)
from rackhouse.channels import ChannelNotFound
from rackhouse.inventory import (
    Line,
    LocationNotFound,
    OtherChannel,
    place_hold,
    receive_stock,
    release_hold,
)
from rackhouse.platform.context import PermissionMissing
from rackhouse.search import (
    FacetUnknown,
    FilterUnknown,
    FilterUnreadable,
    OrderUnknown,
    QueryTooLong,
)
from rackhouse.search.engine import Question
from rackhouse.search.index import SearchIndex
from rackhouse.search.rules.documents import document_of
from rackhouse.search.rules.filters import facets_of, filters_of
from rackhouse.search.rules.words import said_in


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


async def test_what_can_be_had_is_right_to_the_event(context):
    shop = await shop_in(context, skus=1, locations=2)
    other = await shop_in(context)
    index = context.house.the(SearchIndex)
    await index.serving(seconds=None)
    mark = shop.sku.split("-")[1]

    async def had(**where):
        return (await look(context, f"product {mark}", available=True, **where)).total

    await until(lambda: look(context, f"product {mark}"), lambda found: found.total == 1)
    assert await had() == 0
    await shop.receive(shop.sku, 1, shop.locations[1])
    await until(
        lambda: look(context, f"product {mark}", available=True), lambda found: found.total == 1
    )
    assert await had(channel=shop.channel) == 1
    assert await had(channel=other.channel) == 0
    assert await had(location=shop.locations[1]) == 1
    assert await had(location=shop.locations[0]) == 0
    assert await had(channel=shop.channel, location=other.location) == 0

    hold = await place_hold(
        context=context,
        channel=shop.channel,
        lines=[Line(shop.sku, 1)],
        ttl_seconds=600,
    )
    await until(
        lambda: look(context, f"product {mark}", available=True), lambda found: found.total == 0
    )
    await release_hold(context=context, hold_id=hold.id, lines=None, reason="changed mind")
    await until(
        lambda: look(context, f"product {mark}", available=True), lambda found: found.total == 1
    )


async def test_a_bundle_can_be_had_where_its_parts_are(context):
    shop = await shop_in(context, skus=2, locations=2)
    mark = a_mark()
    components = [{"sku": shop.skus[0], "quantity": 2}, {"sku": shop.skus[1], "quantity": 1}]
    await create_product(
        context=context,
        draft={
            "type": "bundle",
            "name": f"Pair {mark}",
            "variants": [{"sku": f"PAIR-{mark}", "components": components}],
        },
    )
    await until(lambda: look(context, mark), lambda found: found.total == 1)

    async def had(**where):
        return await look(context, mark, available=True, **where)

    await shop.receive(shop.skus[0], 1, shop.locations[0])
    await shop.receive(shop.skus[1], 1, shop.locations[1])
    await shop.receive(shop.skus[0], 1, shop.locations[1])
    await until(lambda: had(channel=shop.channel), lambda found: found.total == 1)
    assert (await had()).total == 1
    assert (await had(location=shop.locations[1])).total == 0
    await shop.receive(shop.skus[0], 1, shop.locations[1])
    await until(lambda: had(location=shop.locations[1]), lambda found: found.total == 1)


async def test_much_that_changes_at_once_goes_into_the_index(context):
    mark = a_mark()
    whiskies = [await a_whisky(context, mark) for _ in range(80)]
    shop = await shop_in(context)
    await until(lambda: look(context, mark), lambda found: found.total == 80)
    await receive_stock(
        context=context,
        location=shop.location,
        lines=[Line(each.upper(), 1) for each in whiskies],
        reference=None,
    )
    await until(
        lambda: look(context, mark, available=True, location=shop.location),
        lambda found: found.total == 80,
    )
    index = context.house.the(SearchIndex)
    built = await index.serving(seconds=None)
    await until(lambda: look(context, mark), lambda _: len(built.overlay.written) <= 64)
    assert (await look(context, mark, available=True, location=shop.location)).total == 80


async def test_a_rebuild_answers_all_the_while_and_misses_no_edit(context):
    mark = a_mark()
    for _ in range(20):
        await a_whisky(context, mark)
    await until(lambda: look(context, mark), lambda found: found.total == 20)
    index = context.house.the(SearchIndex)
    before = await index.serving(seconds=None)
    rebuilt = index.rebuilt
    index.rebuild()
    late = [await a_whisky(context, mark, "Late") for _ in range(5)]
    while index.rebuilt == rebuilt:
        assert (await look(context, mark)).total >= 20
    await until(lambda: look(context, f"late {mark}"), lambda f: {*ids_of(f)} == {*late})
    assert (await look(context, mark)).total == 25
    assert await index.serving(seconds=None) is not before


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_random_edits_and_a_rebuild_all_is_as_looking_at_every_product(context, seed):
    chance, mark = random.Random(seed), a_mark()
    index = context.house.the(SearchIndex)
    built = await index.serving(seconds=None)
    rebuilt, live = index.rebuilt, []
    for step in range(60):
        if step == 20:
            index.rebuild()
        if not live or chance.random() < 0.5:
            said = {"region": chance.choice(["Islay", "Skye"]), "abv": chance.choice([40, 46, 52])}
            live.append(await a_whisky(context, mark, brand=f"B{step % 4}", attributes=said))
        elif chance.random() < 0.4:
            gone = live.pop(chance.randrange(len(live)))
            await remove_product(
                context=context, product_id=gone, only_type=None, expected_version=None
            )
        else:
            draft = {
                "type": "spirit",
                "name": f"Edited {step} {mark}",
                "attributes": {"spirit_type": "rum", "peated": chance.random() < 0.5},
                "variants": [],
            }
            edited = chance.choice(live)
            await replace_product(
                context=context,
                product_id=edited,
                only_type=None,
                draft=draft,
                expected_version=None,
            )
    facets = "brand,region,abv[46],peated,spirit_type"
    oracle = await oracle_of(context, built, index, live)
    for filters in ("", "region:Islay;brand:B1,B2", "peated:true", "spirit_type:rum;abv:40.."):
        question = Question(
            said=said_in(mark, index.analysis, {}, unfinished=False),
            wanted=filters_of(filters, built.fields),
            facets=facets_of(facets, built.fields),
            limit=200,
        )
        wanted = oracle.find(question)
        found = await until(
            lambda filters=filters: look(context, mark, filter=filters, facets=facets, limit=200),
            lambda found, wanted=wanted: (
                [(each.id, each.version) for each in found.items]
                == [(hit.card.id, hit.card.version) for hit in wanted.hits]
            ),
        )
        assert found.total == wanted.total
        for counted in wanted.facets:
            assert [each.count for each in found.facets[counted.field]] == [
                count for _, count in counted.counts
            ]
    await until(lambda: look(context, mark), lambda _: index.rebuilt > rebuilt)
    assert (await look(context, mark)).total == len(live)


async def oracle_of(context, built, index, product_ids):
    """What looks at every one of some products, as the catalog lists them."""
    oracle = BruteForce(built.fields, index.analysis)
    listed = await listed_products(context=context, product_ids=product_ids)
    oracle.put([document_of(each, built.types[each.type], frozenset()) for each in listed.values()])
    oracle.commit()
    return oracle


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


async def test_stock_is_for_those_who_may_see_it(house):
    reader = context_of(house, permissions=frozenset({"catalog:read"}))
    assert (await look(reader, "nothing like it at all")).total == 0
    with pytest.raises(PermissionMissing):
        await look(reader, available=True)
    till = context_of(house, channel="pos-3")
    with pytest.raises(OtherChannel):
        await look(till, available=True, channel="pos-4")


async def test_many_ask_at_once(context):
    mark = a_mark()
    await a_whisky(context, mark)
    await until(lambda: look(context, mark), lambda found: found.total == 1)
    answers = await asyncio.gather(*(look(context, mark, facets="type,brand") for _ in range(50)))
    assert {each.total for each in answers} == {1}
