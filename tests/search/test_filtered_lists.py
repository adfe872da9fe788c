"""Lists of products take the filters of search, and answer what search answers."""

import datetime
import json

import msgspec
import psycopg
import pytest

from houses import context_of, fresh_database
from rackhouse.catalog import (
    ORDERS,
    Attribute,
    FilterUnknown,
    FilterUnreadable,
    ProductType,
    Range,
    Sought,
    Wanted,
    create_product,
    define_product_type,
    products_page,
)
from rackhouse.catalog.rules.filter_paths import path_of
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.search import Search, SearchNotReady, search_products
from rackhouse.search.index import SearchIndex

STONES = {
    "name": "stone",
    "title": "Stones",
    "collection": "stones",
    "attributes": [
        {"name": "origin", "title": "Origin", "kind": "text", "filterable": True},
        {"name": "colors", "title": "Colors", "kind": "list", "of": "text", "filterable": True},
        {"name": "weight", "title": "Weight", "kind": "number", "filterable": True},
        {"name": "years", "title": "Years", "kind": "list", "of": "integer", "filterable": True},
        {"name": "rare", "title": "Rare", "kind": "boolean", "filterable": True},
        {"name": "found_on", "title": "Found on", "kind": "date", "filterable": True},
        {"name": "price", "title": "Price class", "kind": "text", "filterable": True},
        {"name": "hidden", "title": "Hidden", "kind": "text"},
    ],
}
FOSSILS = {
    "name": "fossil",
    "title": "Fossils",
    "collection": "fossils",
    "attributes": [
        {"name": "weight", "title": "Weight", "kind": "text", "filterable": True},
        {"name": "found_on", "title": "Found in", "kind": "integer", "filterable": True},
        {"name": "origin", "title": "Origin", "kind": "text"},
    ],
}
PLACES = ("Ceylon", 'New "Ross"', "Åland; north", "2024-05-01", "back\\slash", "$.type")
FILTERS = (
    "type:stone", "type:fossil,stone", "brand:Topaz", 'brand:"Ruby & Sons",Ægir', "category:gems",
    "category:gems/raw", 'category:"gems/"', "tag:gift,new", "currency:EUR", "currency:USD",
    "price_minor:900..1000", "price_minor:..<1000", "price_minor:1000", "origin:Ceylon",
    'origin:"New \\"Ross\\""', 'origin:"Åland; north",2024-05-01', 'origin:"back\\\\slash"',
    "origin:$.type", "colors:red", 'colors:"deep green",gold', "weight:0..2.5", "weight:-3,7",
    "weight:-0.5..<0.1", "weight:2.5..", "weight:heavy", "years:1990..1993", "years:1991,1999",
    "rare:true", "rare:false,true", "found_on:2015-01-01..2020-12-31", "found_on:..<2020-01-11",
    "found_on:2020-01-11..", "found_on:..737435", "release_date:2020-01-01",
    "release_date:2020-01-02..", "attributes.price:low", "type:nothing", "",
    "type:stone;rare:true;weight:0..;colors:red,gold", "category:gems;price_minor:1..;tag:new",
)  # fmt: skip


@pytest.fixture(scope="module")
async def quarry(settings, server_url):
    """A house of its own with 60 stones and fossils, all of which can be found."""
    own = msgspec.structs.replace(
        settings, database_url=fresh_database(server_url), database_urls={}
    )
    async with House(own, MODULES) as house:
        await migrate(house)
        context = context_of(house)
        for definition in (STONES, FOSSILS):
            await define_product_type(context=context, draft=definition)
        for number in range(60):
            await create_product(
                context=context, draft=_fossil(number) if number % 4 == 0 else _stone(number)
            )
        index = house.the(SearchIndex)
        for _ in range(20):
            try:
                await index.serving(seconds=None)
                break
            except SearchNotReady:
                pass
        yield context


def _fossil(number: int) -> dict:
    return {
        "id": f"fossil-{number}",
        "type": "fossil",
        "name": f"Fossil {number}",
        "attributes": {
            "weight": ["heavy", "7"][number % 2],
            "found_on": 737425 + number,
            "origin": "Ceylon",
        },
    }


def _stone(number: int) -> dict:
    said = {
        "origin": PLACES[number % len(PLACES)],
        "colors": [["red"], ["deep green", "gold"], ["blue", "red"]][number % 3],
        "weight": [-3, -0.5, 0, 0.1, 2.5, 7, 40.25][number % 7],
        "years": [1990 + number % 5, 1999],
        "rare": number % 2 == 0,
        "found_on": f"20{10 + number % 19}-01-11",
        "price": ["low", "high"][number % 2],
        "hidden": "red",
    }
    kept = {name: value for at, (name, value) in enumerate(said.items()) if (number + at) % 9}
    prices = [[], [500], [None, 1000], [900, 2000]][number % 4]
    variants = [
        {"sku": f"STONE-{number}-{at}", "options": {"size": str(at)}, "price_minor": price}
        for at, price in enumerate(prices)
    ]
    return {
        "id": f"stone-{number}",
        "type": "stone",
        "name": f"Stone {number}",
        "brand": [None, "Ruby & Sons", "Ægir", "Topaz"][number % 4],
        "categories": [["gems/raw"], ["gemstone"], ["gems"], []][number % 4],
        "tags": [["gift"], ["new", "gift"], []][number % 3],
        "price_minor": [None, 1000, 900][number % 3],
        "currency": ["EUR", "USD"][number % 2],
        "release_date": [None, "2020-01-01", "2023-06-01"][number % 3],
        "attributes": kept,
        "variants": variants,
    }


async def _listed(context, text: str, **sought) -> list[str]:
    page = await products_page(
        context=context,
        sought=Sought(filter=text, **sought),
        order=ORDERS["name"],
        after=None,
        limit=100,
    )
    return sorted(each.id for each in page)


@pytest.mark.parametrize("text", FILTERS)
async def test_a_list_has_what_search_finds_with_the_same_filter(quarry, text):
    found = await search_products(context=quarry, search=Search(filter=text, limit=100))
    assert await _listed(quarry, text) == sorted(each.id for each in found.items)


async def test_some_filters_leave_something_and_none_leaves_all(quarry):
    totals = [len(await _listed(quarry, text)) for text in FILTERS]
    assert sum(0 < total < 60 for total in totals) > 30
    assert totals[FILTERS.index("")] == 60


async def test_a_filter_narrows_beside_the_others_and_in_every_order(quarry):
    both = await _listed(quarry, "rare:true", tag="gift")
    assert both == sorted(set(await _listed(quarry, "rare:true;tag:gift")))
    for order in ORDERS.values():
        page = await products_page(
            context=quarry,
            sought=Sought(filter="rare:true;tag:gift"),
            order=order,
            after=None,
            limit=100,
        )
        assert sorted(each.id for each in page) == both


async def test_what_can_not_be_read_is_refused_as_search_refuses_it(quarry):
    for text, refusal in (("regoin:x", FilterUnknown), ("weight:..<", FilterUnreadable)):
        with pytest.raises(refusal) as listing:
            await _listed(quarry, text)
        with pytest.raises(refusal) as search:
            await search_products(context=quarry, search=Search(filter=text))
        assert str(listing.value) == str(search.value)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("found", ranges=(Range(-5.0, 1e300), Range(None, 0.5, below=True))),
        Wanted("found", values=(10.5,)),
        Wanted("brand", values=('\x1f\x7f\u2028😀"\\',)),
        Wanted("unknown", values=("x",)),
    ],
)
def test_a_path_is_one_that_postgresql_reads(wanted, server_url):
    found_on = Attribute(name="found", title="Found", kind="date", filterable=True)
    types = {"x": ProductType(name="x", title="X", collection="x", attributes=(found_on,))}
    said = {"type": "x", "brand": '\x1f\x7f\u2028😀"\\', "attributes": {"found": "2024-05-01"}}
    with psycopg.connect(server_url) as database:
        row = database.execute(
            "select jsonb_path_match(%s::jsonb, %s::jsonpath)",
            [json.dumps(said), path_of([wanted], types)],
        ).fetchone()
    day = float(datetime.date(2024, 5, 1).toordinal())
    meant = any(each.holds(day) for each in wanted.ranges) or wanted.field == "brand"
    assert row == (meant,)
