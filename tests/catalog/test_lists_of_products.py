"""Lists of products: every order is whole under ties, and every filter keeps its word."""

import datetime

import pytest
from making import fresh, listed

from houses import context_of
from rackhouse.catalog import ORDERS, Sought, products_page
from rackhouse.catalog.rules.listing import lowest_price_minor
from rackhouse.platform.database import Transaction

EARLIEST = datetime.date.min


async def walked(context, order_name, limit, **sought):
    """Every product of a list, read page by page."""
    order, found, after = ORDERS[order_name], [], None
    while True:
        page = await products_page(
            context=context, sought=Sought(**sought), order=order, after=after, limit=limit
        )
        found += page
        if len(page) < limit:
            return found
        after = order.place_of(page[-1])


@pytest.fixture(scope="session")
async def tied(house):
    """A tag under which products tie in every order, some of them not priced or not released."""
    context, tag = context_of(house), fresh("tag")
    for number in range(24):
        await listed(
            context,
            name=["Amphora", "amphora", "Bowl", "Cup"][number % 4],
            tags=[tag],
            price_minor=[None, 100, 100, 250][number % 4],
            release_date=[None, "2027-01-01", "2027-01-01"][number % 3],
        )
    async with house.database("catalog").transaction() as tx:
        await tx.run(
            "update catalog.product set updated_at = '2027-01-01' where tags ? %(tag)s",
            {"tag": tag},
        )
    return tag


def _dearest(product):
    price = lowest_price_minor(product)
    return (-1 if price is None else price, product.id)


def _cheapest(product):
    price = lowest_price_minor(product)
    return (price is None, price, product.id)


EXPECTED = {
    "name": lambda found: sorted(found, key=lambda each: (each.name.lower(), each.id)),
    "price": lambda found: sorted(found, key=_cheapest),
    "-price": lambda found: sorted(found, key=_dearest, reverse=True),
    "-updated_at": lambda found: sorted(
        found, key=lambda each: (each.updated_at, each.id), reverse=True
    ),
    "-release_date": lambda found: sorted(
        found, key=lambda each: (each.release_date or EARLIEST, each.id), reverse=True
    ),
}


PLACES = {
    "name": ("name", "b", "x"),
    "price": ("price", 5, "x"),
    "-price": ("-price", 5, "x"),
    "-updated_at": ("-updated_at", datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC), "x"),
    "-release_date": ("-release_date", datetime.date(2027, 1, 1), "x"),
}


def test_every_order_is_tested():
    assert set(EXPECTED) == set(ORDERS)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [1, 5, 24])
async def test_pages_show_each_product_once_and_in_order_under_ties(context, tied, order, limit):
    found = await walked(context, order, limit, tag=tied)
    assert len(found) == 24
    assert [each.id for each in found] == [each.id for each in EXPECTED[order](found)]


async def test_a_page_goes_on_after_a_product_that_is_gone(context, tied):
    order = ORDERS["name"]
    place = ("name", "Bowl", "p-zzz")
    found = await products_page(
        context=context, sought=Sought(tag=tied), order=order, after=place, limit=50
    )
    assert {each.name for each in found} == {"Cup"}


async def test_a_product_is_priced_by_its_cheapest_variant(context):
    tag = fresh("tag")
    variants = [
        {"sku": fresh("S"), "name": "small", "price_minor": 50},
        {"sku": fresh("S"), "name": "large"},
    ]
    await listed(context, name="dear", tags=[tag], price_minor=70)
    await listed(context, name="cheap", tags=[tag], price_minor=900, variants=variants)
    assert [each.name for each in await walked(context, "price", 10, tag=tag)] == ["cheap", "dear"]


async def test_filters_hold_together(context):
    tag = fresh("tag")
    whisky = await listed(
        context,
        type="spirit",
        name="Ardbeg TEN",
        brand="Ardbeg",
        categories=["whisky/single-malt"],
        tags=[tag],
        attributes={"spirit_type": "single malt whisky"},
    )
    await listed(context, categories=["whisky-glasses"], tags=[tag])

    async def ids(**sought):
        return [each.id for each in await walked(context, "name", 10, tag=tag, **sought)]

    for sought in (
        {"type": "spirit"},
        {"brand": "Ardbeg"},
        {"category": "whisky"},
        {"category": "whisky/single-malt"},
        {"q": "beg ten"},
        {"type": "spirit", "brand": "Ardbeg", "category": "whisky", "q": "ardbeg"},
    ):
        assert await ids(**sought) == [whisky.id]
    for sought in ({"category": "whisky/single"}, {"brand": "ardbeg"}, {"q": "%"}, {"type": "x"}):
        assert await ids(**sought) == []


@pytest.mark.parametrize("order", ORDERS)
async def test_a_page_is_a_range_of_an_index(context, order, monkeypatch):
    """The planner is told to neither sort nor read whole tables, so it must find a way."""
    told = []

    async def explained(tx, row, statement, parameters):
        await tx.run("set local enable_sort = off")
        await tx.run("set local enable_seqscan = off")
        cursor = await tx._connection.execute("explain " + statement, parameters)
        told.extend(line for (line,) in await cursor.fetchall())
        return []

    monkeypatch.setattr(Transaction, "all", explained)
    await products_page(
        context=context, sought=Sought(), order=ORDERS[order], after=PLACES[order], limit=5
    )
    limit, scan, condition = told[:3]
    assert limit.startswith("Limit")
    assert "->  Index Scan" in scan
    assert "Index Cond: (ROW(" in condition
