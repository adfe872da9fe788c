"""Stock in depth over a real database: the lane reads and writes buckets, lots and units."""

import dataclasses
import datetime
from typing import Any

import msgspec
import pytest

from houses import Shop
from rackhouse.inventory import (
    Hold,
    Line,
    NotEnoughStock,
    audit_stock,
    availability,
    confirm_hold,
    place_hold,
    release_hold,
    return_goods,
    ship_hold,
)
from rackhouse.inventory.commands import (
    AllotStock,
    ChangeCondition,
    Command,
    GiveBack,
    KeepBack,
    KeptBack,
    ReceiveStock,
)
from rackhouse.inventory.errors import LotNotSellable, NotEnoughFree, UnitNotFree
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.rules import Pieces, Portion
from rackhouse.modules import MODULES
from rackhouse.platform.house import House

SOON = datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)
LATER = datetime.datetime(2032, 1, 1, tzinfo=datetime.UTC)
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


async def ask(shop: Shop, command: type[Command], **asked: Any) -> Any:
    """Let the lane carry a command out."""
    lane = shop.house.the(StockLane)
    return await lane.submit(command(context=shop.context, **asked))


async def lot(shop: Shop, name: str, **facts: Any) -> None:
    """Make a lot known."""
    async with shop.house.database("inventory").transaction() as tx:
        await tx.run(
            """
            insert into inventory.lot (sku, lot, release_at, expires_at, recalled, numbered,
                attributes, registered_at, version)
            values (%(sku)s, %(lot)s, %(release_at)s::timestamptz, %(expires_at)s::timestamptz,
                %(recalled)s, %(numbered)s::integer, '{}', clock_timestamp(), 1)
            """,
            {
                "sku": shop.sku,
                "lot": name,
                "release_at": None,
                "expires_at": None,
                "recalled": False,
                "numbered": None,
                **facts,
            },
        )


async def receive(shop: Shop, line: Line) -> None:
    """Take pieces in."""
    await ask(shop, ReceiveStock, location=shop.location, lines=[line])


async def hold(shop: Shop, quantity: int, **line: Any) -> Hold:
    """Set pieces aside."""
    return await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, quantity, **line)],
        ttl_seconds=600,
    )


async def available(shop: Shop) -> int:
    """What may be sold of the shop's SKU."""
    return (await availability(context=shop.context, id=shop.sku)).skus[0].available


def lots_of(held: Hold) -> list[tuple[str, int]]:
    """Which lots a hold has pieces of."""
    return [(each.lot, each.quantity) for each in held.allocations]


async def test_what_expires_first_is_picked_first(open_shop) -> None:
    shop = await open_shop()
    await lot(shop, "young", expires_at=LATER)
    await lot(shop, "old", expires_at=SOON)
    await receive(shop, Line(shop.sku, 3, "young"))
    await receive(shop, Line(shop.sku, 2, "old"))
    assert lots_of(await hold(shop, 3)) == [("old", 2), ("young", 1)]
    assert lots_of(await hold(shop, 1, lot="young")) == [("young", 1)]
    assert await available(shop) == 1


async def test_what_came_first_is_picked_first_if_asked_so(open_shop) -> None:
    shop = await open_shop()
    await lot(shop, "first", expires_at=LATER)
    await lot(shop, "second", expires_at=SOON)
    await receive(shop, Line(shop.sku, 1, "first"))
    await receive(shop, Line(shop.sku, 1, "second"))
    assert lots_of(await hold(shop, 1, picking="first_in")) == [("first", 1)]


async def test_an_expired_a_recalled_and_an_unreleased_lot_are_not_sold(open_shop) -> None:
    shop = await open_shop()
    await lot(shop, "expired", expires_at=LONG_AGO)
    await lot(shop, "recalled", recalled=True)
    await lot(shop, "unreleased", release_at=SOON)
    for name in ("expired", "recalled", "unreleased"):
        await receive(shop, Line(shop.sku, 1, name))
    assert await available(shop) == 0
    with pytest.raises(NotEnoughStock):
        await hold(shop, 1)
    with pytest.raises(LotNotSellable) as refused:
        await hold(shop, 1, lot="unreleased")
    assert refused.value.lot_status == "unreleased"


async def test_numbered_bottles_are_sold_once_and_come_back(open_shop) -> None:
    shop = await open_shop()
    await lot(shop, "cask", numbered=5)
    await receive(shop, Line(shop.sku, 5, "cask", (1, 2, 3, 4, 5)))
    wanted = await hold(shop, 1, lot="cask", units=(3,))
    assert wanted.allocations[0].units == (3,)
    next_free = await hold(shop, 2)
    assert next_free.allocations[0].units == (1, 2)
    with pytest.raises(UnitNotFree):
        await hold(shop, 1, lot="cask", units=(3,))
    sold = await confirm_hold(context=shop.context, hold_id=wanted.id)
    sent = await ship_hold(context=shop.context, hold_id=sold.id, lines=None)
    assert sent.allocations[0].shipped_units == (3,)
    await return_goods(context=shop.context, hold_id=sold.id, lines=None, reason="unwanted")
    again = await hold(shop, 1, lot="cask", units=(3,))
    assert again.allocations[0].units == (3,)
    await release_hold(context=shop.context, hold_id=next_free.id, lines=None, reason="no")
    assert (await hold(shop, 1)).allocations[0].units == (1,)


async def test_an_allotment_is_sold_by_its_channel_alone(open_shop) -> None:
    shop, other = await open_shop(units=5), await open_shop()
    four = [Portion(sku=shop.sku, location=shop.location, quantity=4)]
    await ask(shop, AllotStock, portions=four, channel="pos-3")
    assert await available(shop) == 1
    with pytest.raises(NotEnoughStock):
        await hold(shop, 2)
    with pytest.raises(NotEnoughFree):
        await ask(shop, AllotStock, portions=four, channel=other.channel)
    await ask(shop, GiveBack, portions=four, channel="pos-3")
    await ask(shop, AllotStock, portions=four, channel=shop.channel)
    held = await hold(shop, 5)
    assert [(each.allotment, each.quantity) for each in held.allocations] == [
        (shop.channel, 4),
        ("", 1),
    ]
    await release_hold(context=shop.context, hold_id=held.id, lines=None, reason="no")
    assert await available(shop) == 1


async def test_damaged_pieces_are_not_sold_until_they_are_sellable_again(open_shop) -> None:
    shop = await open_shop(units=2)
    sound = Pieces(sku=shop.sku, location=shop.location, quantity=1)
    await ask(shop, ChangeCondition, pieces=sound, after="damaged", reason="dropped")
    assert await available(shop) == 1
    broken = Pieces(sku=shop.sku, location=shop.location, quantity=1, condition="damaged")
    await ask(shop, ChangeCondition, pieces=broken, after="sellable", reason="it was not")
    assert await available(shop) == 2


async def test_what_is_kept_back_is_not_sold(open_shop) -> None:
    shop = await open_shop(units=5)
    level = KeptBack(sku=shop.sku, location=shop.location, quantity=1)
    await ask(shop, KeepBack, levels=[level])
    assert await available(shop) == 4
    buffer = KeptBack(sku=shop.sku, location=shop.location, quantity=2, channel=shop.channel)
    await ask(shop, KeepBack, levels=[buffer])
    with pytest.raises(NotEnoughStock):
        await hold(shop, 3)
    await hold(shop, 2)


async def test_the_audit_finds_nothing_to_say_about_stock_in_depth(context) -> None:
    found = await audit_stock(context=context, progress=lambda _: None)
    assert found.discrepancies == []


async def test_parts_that_another_process_changed_are_seen_by_one_that_knows_the_row(
    open_shop,
) -> None:
    shop = await open_shop()
    await lot(shop, "old", expires_at=SOON)
    await lot(shop, "young", expires_at=LATER)
    await receive(shop, Line(shop.sku, 1, "old"))
    await receive(shop, Line(shop.sku, 1, "young"))
    async with House(shop.house.settings, MODULES) as house:
        context = msgspec.structs.replace(shop.context, house=house)
        elsewhere = dataclasses.replace(shop, house=house, context=context)
        assert lots_of(await hold(shop, 1)) == [("old", 1)]
        assert lots_of(await hold(elsewhere, 1)) == [("young", 1)]
        with pytest.raises(NotEnoughStock):
            await hold(shop, 1)
        await lot(elsewhere, "new", expires_at=SOON)
        await receive(elsewhere, Line(shop.sku, 1, "new"))
        assert lots_of(await hold(shop, 1)) == [("new", 1)]
