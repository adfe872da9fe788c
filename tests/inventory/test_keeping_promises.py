"""Keeping promises: what comes in goes to those whom it was promised to, in order."""

import asyncio
import datetime

import msgspec
import pytest
from promising import SPRING, allocations, figures, open_sale, other_channel, preorder, served

from bundles import bundle_of
from houses import Shop
from rackhouse.inventory import (
    Adjust,
    ComingBack,
    Line,
    adjust_stock,
    audit_stock,
    confirm_hold,
    release_hold,
    return_goods,
    ship_hold,
)
from rackhouse.inventory.backlog import PROMISES_LIMIT
from rackhouse.inventory.commands import (
    ChangeCondition,
    Command,
    ConfirmHold,
    KeepBack,
    KeptBack,
    Placement,
    ReceiveStock,
    ReleaseHold,
)
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    NotArrivedYet,
)
from rackhouse.inventory.jobs import expire_due_holds
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.promises import keep_promises
from rackhouse.inventory.rules import Need, Pieces
from rackhouse.platform.context import Context
from rackhouse.platform.ids import new_id

SUMMER = datetime.datetime(2035, 7, 1, tzinfo=datetime.UTC)


async def together(shop: Shop, *commands: Command) -> list[object]:
    """Have commands decided in one batch; answers refusals, too."""
    lane = shop.house.the(StockLane)
    return await asyncio.gather(*map(lane.submit, commands), return_exceptions=True)


def sale(shop: Shop, quantity: int = 1, hold_id: str | None = None) -> Placement:
    return Placement(
        context=shop.context,
        hold_id=hold_id or new_id(),
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        needs=[Need(0, shop.sku, quantity)],
        locations=shop.locations,
        ttl_seconds=600,
        promise=True,
        sell=True,
    )


def receipt(shop: Shop, quantity: int) -> ReceiveStock:
    lines = [Line(shop.sku, quantity)]
    return ReceiveStock(context=shop.context, location=shop.location, lines=lines)


async def test_what_comes_goes_to_the_first_who_bought(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    holds = [await preorder(shop, 2) for _ in range(3)]
    await shop.receive(shop.sku, 3)
    assert await served(shop, holds) == [2, 1, 0]
    assert await shop.levels() == {shop.location: (3, 0, 3)}
    assert await figures(shop) == (7, 0, 3)
    await shop.receive(shop.sku, 9)
    assert await served(shop, holds) == [2, 2, 2]
    assert await shop.levels() == {shop.location: (12, 0, 6)}
    assert await figures(shop) == (4, 0, 0)


async def test_a_hold_that_is_not_sold_yet_is_served_and_can_be_confirmed(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    held = await preorder(shop, 2, sell=False)
    await shop.receive(shop.sku, 1)
    assert await allocations(shop, held) == {shop.location: (1, 0), "~promised": (1, 0)}
    await confirm_hold(context=shop.context, hold_id=held.id)
    assert await allocations(shop, held) == {shop.location: (0, 1), "~promised": (0, 1)}


async def test_a_hold_whose_time_is_over_is_not_served(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    lapsed = await preorder(shop, sell=False, ttl_seconds=0.000_001)
    sold = await preorder(shop)
    await shop.receive(shop.sku, 1)
    assert await served(shop, [lapsed, sold]) == [0, 1]
    await expire_due_holds(context=shop.context)
    assert await figures(shop) == (9, 0, 0)


async def test_what_is_released_may_be_promised_to_others(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 1)
    given_up = await preorder(shop, sell=False)
    await release_hold(context=shop.context, hold_id=given_up.id, lines=None, reason="no")
    sold = await preorder(shop)
    await release_hold(context=shop.context, hold_id=sold.id, lines=None, reason="cancelled")
    assert await figures(shop) == (1, 0, 0)


async def test_pieces_serve_only_those_whose_channel_sells_from_there(open_shop) -> None:
    shop = await open_shop(locations=2)
    till = await other_channel(shop, shop.locations[1])
    await open_sale(shop)
    at_till, in_shop = await preorder(shop, channel=till), await preorder(shop)
    await shop.receive(shop.sku, 2)
    assert await served(shop, [at_till, in_shop]) == [0, 1]
    await shop.receive(shop.sku, 1, shop.locations[1])
    assert await served(shop, [at_till, in_shop]) == [1, 1]


async def test_what_is_kept_back_or_set_apart_for_others_serves_nobody(open_shop) -> None:
    shop = await open_shop()
    till = await other_channel(shop, shop.location)
    lane = shop.house.the(StockLane)

    async def keep_back(quantity: int) -> None:
        level = KeptBack(sku=shop.sku, location=shop.location, quantity=quantity)
        await lane.submit(KeepBack(context=shop.context, levels=[level]))

    await keep_back(1)
    await open_sale(shop)
    in_shop, at_till = await preorder(shop, 2), await preorder(shop, channel=till)
    await shop.receive(shop.sku, 1)
    assert await served(shop, [in_shop, at_till]) == [0, 0]
    found = Adjust(sku=shop.sku, location=shop.location, delta=1, allotment=till)
    await adjust_stock(context=shop.context, adjustments=[found], reason="found at the till")
    assert await served(shop, [in_shop, at_till]) == [0, 1]
    await keep_back(0)
    await keep_promises(context=shop.context)
    assert await served(shop, [in_shop, at_till]) == [1, 1]


async def test_damaged_pieces_serve_nobody_until_they_are_sellable(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    sold = await preorder(shop)
    lane = shop.house.the(StockLane)
    damaged = msgspec.structs.replace(receipt(shop, 1), condition="damaged")
    await lane.submit(damaged)
    assert await served(shop, [sold]) == [0]
    pieces = Pieces(sku=shop.sku, location=shop.location, quantity=1, condition="damaged")
    await lane.submit(
        ChangeCondition(context=shop.context, pieces=pieces, after="sellable", reason="it was not")
    )
    assert await served(shop, [sold]) == [1]


async def test_a_correction_and_a_return_serve_those_who_wait(open_shop) -> None:
    shop = await open_shop(units=1)
    first = await preorder(shop)
    await ship_hold(context=shop.context, hold_id=first.id, lines=None)
    await open_sale(shop)
    waiting = [await preorder(shop) for _ in range(3)]
    await return_goods(context=shop.context, hold_id=first.id, lines=None, reason="unwanted")
    assert await served(shop, waiting) == [1, 0, 0]
    found = Adjust(sku=shop.sku, location=shop.location, delta=1)
    rows = await adjust_stock(context=shop.context, adjustments=[found], reason="found")
    assert (rows[0].committed, rows[0].available) == (2, 0)
    assert await served(shop, waiting) == [1, 1, 0]
    counted = Adjust(sku=shop.sku, location=shop.location, counted=3)
    await adjust_stock(context=shop.context, adjustments=[counted], reason="count")
    assert await served(shop, waiting) == [1, 1, 1]


async def test_a_return_that_is_not_sellable_serves_nobody(open_shop) -> None:
    shop = await open_shop(units=3, locations=2)
    sold = await preorder(shop, 3)
    await ship_hold(context=shop.context, hold_id=sold.id, lines=None)
    await open_sale(shop)
    waiting = await preorder(shop, 3)
    for condition, on_hand in (("quarantine", 1), ("damaged", 2), ("write_off", 2)):
        await return_goods(
            context=shop.context,
            hold_id=sold.id,
            lines=[Line(shop.sku, 1)],
            reason="broken",
            coming_back=ComingBack(condition, shop.locations[1]),
        )
        assert (await shop.levels())[shop.locations[1]] == (on_hand, 0, 0)
    assert await served(shop, [waiting]) == [0]


async def test_pieces_that_got_free_otherwise_are_given_out_by_the_job(open_shop) -> None:
    shop = await open_shop(units=1)
    in_hand = await preorder(shop)
    await open_sale(shop)
    waiting = await preorder(shop)
    await release_hold(context=shop.context, hold_id=in_hand.id, lines=None, reason="no")
    assert await served(shop, [waiting]) == [0]
    assert await keep_promises(context=shop.context) >= 1
    assert await served(shop, [waiting]) == [1]


async def test_lots_are_given_out_as_they_would_be_sold(open_shop) -> None:
    shop = await open_shop()
    async with shop.house.database("inventory").transaction() as tx:
        await tx.run(
            """
            insert into inventory.lot (sku, lot, expires_at, recalled, numbered, attributes,
                registered_at, version)
            values (%(sku)s, 'late', %(summer)s, false, null, '{}', clock_timestamp(), 1),
                (%(sku)s, 'soon', %(spring)s, false, 9, '{}', clock_timestamp(), 1),
                (%(sku)s, 'bad', %(spring)s, true, null, '{}', clock_timestamp(), 1)
            """,
            {"sku": shop.sku, "summer": SUMMER, "spring": SPRING},
        )
    lane = shop.house.the(StockLane)
    lines = [Line(shop.sku, 3, "late"), Line(shop.sku, 2, "soon", (7, 9)), Line(shop.sku, 5, "bad")]
    receiving = msgspec.structs.replace(receipt(shop, 1), lines=lines)
    await lane.submit(receiving)
    await open_sale(shop)
    in_hand = await preorder(shop, 5)
    waiting = await preorder(shop, 2)
    await release_hold(context=shop.context, hold_id=in_hand.id, lines=None, reason="no")
    await keep_promises(context=shop.context)
    sent = await ship_hold(context=shop.context, hold_id=waiting.id, lines=None)
    assert [(x.lot, x.shipped, x.shipped_units) for x in sent.allocations if x.shipped] == [
        ("soon", 2, (7, 9))
    ]


async def test_what_has_come_can_leave_and_the_rest_can_not(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    sold = await preorder(shop, 3)
    with pytest.raises(NotArrivedYet):
        await ship_hold(context=shop.context, hold_id=sold.id, lines=None)
    await shop.receive(shop.sku, 2)
    with pytest.raises(NotArrivedYet):
        await ship_hold(context=shop.context, hold_id=sold.id, lines=[Line(shop.sku, 3)])
    sent = await ship_hold(context=shop.context, hold_id=sold.id, lines=None)
    assert sum(each.shipped for each in sent.allocations) == 2
    with pytest.raises(NotArrivedYet):
        await ship_hold(context=shop.context, hold_id=sold.id, lines=None)
    await shop.receive(shop.sku, 1)
    sent = await ship_hold(context=shop.context, hold_id=sold.id, lines=None)
    assert sum(each.shipped for each in sent.allocations) == 3


async def test_one_batch_sells_promises_and_keeps_them(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 20)
    before = await preorder(shop, 3)
    first, second = sale(shop, 2), sale(shop, 4)
    await together(
        shop, first, receipt(shop, 2), receipt(shop, 2), second, receipt(shop, 2), receipt(shop, 1)
    )
    holds = [before, *await together(shop, sale(shop, hold_id=new_id()))]
    assert await served(shop, holds[:1]) == [3]
    stock = await shop.levels()
    assert stock == {shop.location: (7, 0, 7)}
    assert await figures(shop) == (20 - 7, 0, 3)


async def test_a_hold_in_hand_is_served_with_the_others(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    held = await preorder(shop, 2, sell=False)
    other = await preorder(shop, 2)
    confirm = ConfirmHold(context=shop.context, hold_id=held.id)
    release = ReleaseHold(context=shop.context, hold_id=other.id, lines=[], reason="nothing")
    await together(shop, receipt(shop, 1), confirm, receipt(shop, 2), release, receipt(shop, 1))
    assert await allocations(shop, held) == {shop.location: (0, 2)}
    assert await allocations(shop, other) == {shop.location: (0, 2)}


async def test_a_hold_that_is_released_in_the_same_batch_is_not_served(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    given_up, sold = await preorder(shop), await preorder(shop)
    release = ReleaseHold(context=shop.context, hold_id=given_up.id, lines=None, reason="no")
    await together(shop, release, receipt(shop, 1))
    assert await served(shop, [given_up, sold]) == [0, 1]


async def test_a_line_longer_than_a_batch_is_served_in_order(
    open_shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PROMISES_LIMIT > 2
    monkeypatch.setattr("rackhouse.inventory.backlog.PROMISES_LIMIT", 2)
    shop = await open_shop()
    await open_sale(shop)
    holds = [await preorder(shop) for _ in range(5)]
    newcomer = sale(shop)
    await together(shop, newcomer, receipt(shop, 6))
    assert await served(shop, holds) == [1, 1, 0, 0, 0]
    for _ in range(2):
        await keep_promises(context=shop.context)
    assert await served(shop, holds) == [1, 1, 1, 1, 1]
    assert (await shop.levels())[shop.location] == (6, 0, 6)


async def test_a_bundle_waits_for_each_of_its_components(open_shop) -> None:
    shop = await open_shop(skus=2)
    bundle = await bundle_of(shop, {shop.skus[0]: 2, shop.skus[1]: 1})
    with pytest.raises(BundleHasNoStock):
        await open_sale(shop, sku=bundle)
    for sku in shop.skus:
        await open_sale(shop, sku=sku)
    sold = await preorder(shop, lines=[Line(bundle, 2)])
    await shop.receive(shop.skus[1], 2)
    await shop.receive(shop.skus[0], 3)
    assert await allocations(shop, sold) == {"~promised": (0, 1), shop.location: (0, 5)}
    with pytest.raises(NotArrivedYet):
        await ship_hold(context=shop.context, hold_id=sold.id, lines=[Line(bundle, 2)])
    sent = await ship_hold(context=shop.context, hold_id=sold.id, lines=[Line(bundle, 1)])
    assert sum(each.shipped for each in sent.allocations) == 3


async def test_the_audit_finds_nothing_to_say_about_promises(context: Context) -> None:
    found = await audit_stock(context=context, progress=lambda _: None)
    assert found.discrepancies == []
