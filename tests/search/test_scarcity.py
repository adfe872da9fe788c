"""Scarcity: what fewest can be had of comes first."""

import pytest
from finding import a_mark, a_whisky, ids_of, look, until

from houses import shop_in
from rackhouse.catalog import FilterUnreadable
from rackhouse.inventory import Line, place_hold, receive_stock
from rackhouse.search import TooManyToOrder, scarcity

pytestmark = pytest.mark.usefixtures("index")


@pytest.fixture
async def whiskies(context):
    """A mark, a shop, and five whiskies of which it has 3, 1, 2, 2 and none, in this order."""
    mark, shop = a_mark(), await shop_in(context)
    ids = [await a_whisky(context, mark) for _ in range(5)]
    lines = [Line(id_.upper(), many) for id_, many in zip(ids, (3, 1, 2, 2), strict=False)]
    await receive_stock(context=context, location=shop.location, lines=lines, reference=None)
    await until(lambda: _scarce(context, mark), lambda found: found.total == 4)
    return mark, shop, ids


async def _scarce(context, mark, **more):
    return await look(context, mark, available=True, sort="scarcity", **more)


async def test_the_fewest_are_in_front_and_what_is_sold_out_is_not_there(context, whiskies):
    mark, shop, ids = whiskies
    listed = ids_of(await _scarce(context, mark, channel=shop.channel, facets="type"))
    assert (listed[0], set(listed[1:3]), listed[3]) == (ids[1], set(ids[2:4]), ids[0])
    await place_hold(
        context=context, channel=shop.channel, lines=[Line(ids[0].upper(), 2)], ttl_seconds=600
    )
    await until(
        lambda: _scarce(context, mark, location=shop.location),
        lambda found: set(ids_of(found)[:2]) == {ids[0], ids[1]},
    )


async def test_pages_of_it_follow_each_other(context, whiskies):
    mark, _, _ = whiskies
    whole = ids_of(await _scarce(context, mark))
    listed, after = [], None
    while True:
        page = await _scarce(context, mark, limit=1, after=after)
        assert page.total == 4
        listed += ids_of(page)
        if not page.more:
            break
        after = page.places[-1]
    assert listed == whole


async def test_it_is_an_order_of_what_can_be_had_and_of_so_many(context, whiskies, monkeypatch):
    mark, _, _ = whiskies
    with pytest.raises(FilterUnreadable, match="available=true"):
        await look(context, mark, sort="scarcity")
    monkeypatch.setattr(scarcity, "ORDERED_MAX", 3)
    with pytest.raises(TooManyToOrder):
        await _scarce(context, mark)
