"""The lots of the demo house."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from houses import context_of, migrated_database
from rackhouse.cli.demo import load_demo
from rackhouse.cli.demo_lots import LOTS
from rackhouse.inventory import (
    Line,
    availability,
    lot_of,
    lots_of,
    place_hold,
    stock_by_lot,
    unit_of,
)
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings

BARREL = ("FOUR-ROSES-SINGLE-BARREL-700", "BARREL-72-3A")


@pytest.fixture(scope="module")
async def demo(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Context]:
    """The demo house, freshly loaded."""
    data = Path(tmp_path_factory.mktemp("demo"))
    async with House(
        Settings(data=data, database_url=migrated_database(server_url)), MODULES
    ) as house:
        await migrate(house)
        assert await load_demo(house)
        yield context_of(house)


async def test_seventeen_of_two_hundred_can_be_had(demo: Context) -> None:
    sku, lot = BARREL
    seen = await unit_of(context=demo, sku=sku, lot=lot, number=17)
    assert (seen.number, seen.of, seen.state) == (17, 200, "in_stock")
    held = await place_hold(
        context=demo, channel="web", lines=[Line(sku, 1, lot, (17,))], ttl_seconds=60
    )
    assert held.allocations[0].units == (17,)
    in_berlin = await place_hold(
        context=demo, channel="pos-berlin", lines=[Line(sku, 1)], ttl_seconds=60
    )
    assert in_berlin.allocations[0].units == (161,)


async def test_every_lot_is_there_with_its_pieces_and_one_waits_for_its_release(
    demo: Context,
) -> None:
    found = await lots_of(context=demo, sku=None, status=None, after=None, limit=100)
    assert {(each.sku, each.lot) for each in found} == {(each.sku, each.lot) for each in LOTS}
    assert [each.lot for each in found if each.status == "unreleased"] == ["26-231"]
    assert all(each.flavor_profile for each in found)
    released = await lot_of(context=demo, sku="SPRINGBANK-10-700", lot="26-104")
    assert released.status == "sellable"
    parts = await stock_by_lot(
        context=demo, id="SPRINGBANK-10-700", location=None, after=None, limit=100
    )
    assert sum(each.on_hand for each in parts) == 45
    (told,) = (await availability(context=demo, id="SPRINGBANK-10-700")).skus
    assert told.available == 21


async def test_plain_skus_stay_plain(demo: Context) -> None:
    parts = await stock_by_lot(
        context=demo, id="LAGAVULIN-16-700", location=None, after=None, limit=100
    )
    assert {each.lot for each in parts} == {None}


async def test_the_demo_is_loaded_once(demo: Context) -> None:
    assert not await load_demo(demo.house)
