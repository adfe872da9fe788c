"""Promises: pieces that are sold before they come, and given out in order when they have."""

import asyncio
import datetime

import msgspec
import pytest
from promising import SPRING, allocations, figures, open_sale, preorder, served

from houses import Shop
from rackhouse.channels import Terms, open_channel
from rackhouse.inventory import (
    Adjust,
    Line,
    NotEnoughStock,
    adjust_stock,
    audit_stock,
    change_promise,
    close_promise,
    confirm_hold,
    place_hold,
    promise_of,
    promised_dates,
    promised_of,
    release_hold,
    return_goods,
    ship_hold,
)
from rackhouse.inventory.backlog import PROMISES_LIMIT
from rackhouse.inventory.commands import (
    AllotStock,
    ChangeCondition,
    Command,
    ConfirmHold,
    KeepBack,
    Placement,
    ReceiveStock,
    ReleaseHold,
)
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    CapBelowSold,
    CapOrChannelCaps,
    NotArrivedYet,
    PromiseAlreadyOpen,
    PromiseInThePast,
    PromiseIsClosed,
    PromiseNotFound,
)
from rackhouse.inventory.jobs import expire_due_holds
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.promises import keep_promises
from rackhouse.inventory.rules import Need, Pieces
from rackhouse.platform.context import Context
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.ids import new_id

SUMMER = datetime.datetime(2035, 7, 1, tzinfo=datetime.UTC)
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


async def change(shop: Shop, **changes: object) -> object:
    asked = {
        "promised_at": None,
        "cap": None,
        "channel_caps": None,
        "note": None,
        "reason": "the cooper is late",
        "expected_version": None,
        **changes,
    }
    return await change_promise(context=shop.context, sku=shop.sku, **asked)


async def close(shop: Shop) -> None:
    await close_promise(context=shop.context, sku=shop.sku, reason="enough", expected_version=None)


async def other_channel(shop: Shop, *locations: str) -> str:
    name = f"other-{shop.channel}"
    terms = Terms(name=name, kind="pos", locations=locations, enabled=True)
    await open_channel(context=shop.context, channel_id=name, terms=terms)
    return name


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


async def test_what_has_not_come_is_sold_up_to_its_cap(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 3)
    await preorder(shop, 2)
    with pytest.raises(NotEnoughStock) as refused:
        await preorder(shop, 2)
    assert refused.value.lines[0].available == 1
    with pytest.raises(NotEnoughStock):
        await preorder(shop, promise=False)
    assert await figures(shop) == (3, 0, 2)
    assert await promised_of(house=shop.house, skus=[shop.sku], channel=None) == {
        shop.sku: (await promised_of(house=shop.house, skus=[shop.sku], channel=shop.channel))[
            shop.sku
        ]
    }


async def test_stock_that_is_there_is_sold_before_what_has_not_come(open_shop) -> None:
    shop = await open_shop(units=2)
    await open_sale(shop)
    sold = await preorder(shop, 3)
    assert await allocations(shop, sold) == {shop.location: (0, 2), "~promised": (0, 1)}


async def test_each_channel_has_a_cap_of_its_own(open_shop) -> None:
    shop = await open_shop()
    till = await other_channel(shop, shop.location)
    await open_sale(shop, None, channel_caps={shop.channel: 1, till: 2})
    await preorder(shop)
    with pytest.raises(NotEnoughStock):
        await preorder(shop)
    await preorder(shop, 2, channel=till)
    parts = (await promise_of(context=shop.context, sku=shop.sku)).parts
    assert [(part.channel, part.cap, part.sold) for part in parts if part.channel] == [
        (shop.channel, 1, 1),
        (till, 2, 2),
    ]
    await shop.receive(shop.sku, 3)
    assert await figures(shop) == (0, 0, 0)


async def test_a_promise_has_one_sort_of_cap_a_date_to_come_and_a_stocked_sku(open_shop) -> None:
    shop = await open_shop()
    for caps in ({"cap": None}, {"channel_caps": {shop.channel: 1}}):
        with pytest.raises(CapOrChannelCaps):
            await open_sale(shop, **caps)
    with pytest.raises(PromiseInThePast):
        await open_sale(shop, promised_at=LONG_AGO)
    await open_sale(shop)
    with pytest.raises(PromiseAlreadyOpen):
        await open_sale(shop)
    with pytest.raises(PromiseNotFound):
        await promise_of(context=shop.context, sku="nothing")


async def test_a_moved_date_is_an_event_and_a_version(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    moved = await change(shop, promised_at=SUMMER, expected_version=1)
    assert (moved.promise.promised_at, moved.promise.version) == (SUMMER, 2)
    assert await promised_dates(house=shop.house, skus=[shop.sku]) == {shop.sku: SUMMER}
    with pytest.raises(VersionIsStale):
        await change(shop, promised_at=SPRING, expected_version=1)
    with pytest.raises(PromiseInThePast):
        await change(shop, promised_at=LONG_AGO)
    assert (await change(shop, promised_at=SUMMER)).promise.version == 2


async def test_a_cap_grows_and_shrinks_but_never_below_what_is_sold(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 5)
    await preorder(shop, 2)
    await preorder(shop, 1, sell=False)
    with pytest.raises(CapBelowSold) as refused:
        await change(shop, cap=2)
    assert refused.value.sold == 3
    await change(shop, cap=3)
    assert await figures(shop) == (3, 1, 2)
    with pytest.raises(NotEnoughStock):
        await preorder(shop)
    await change(shop, cap=4)
    await preorder(shop)


async def test_a_common_cap_may_become_caps_of_channels(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 5)
    await preorder(shop, 2)
    await change(shop, channel_caps={shop.channel: 1})
    assert await figures(shop) == (3, 0, 2)
    await preorder(shop)
    with pytest.raises(NotEnoughStock):
        await preorder(shop)


async def test_a_closed_promise_sells_no_more_and_is_kept(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop)
    sold, given_up = await preorder(shop), await preorder(shop, 2)
    await close(shop)
    await close(shop)
    assert await figures(shop) == (3, 0, 3)
    await release_hold(context=shop.context, hold_id=given_up.id, lines=None, reason="no")
    with pytest.raises(NotEnoughStock):
        await preorder(shop)
    assert await figures(shop) == (1, 0, 1)
    with pytest.raises(PromiseIsClosed):
        await change(shop, cap=3)
    await change(shop, promised_at=SUMMER)
    await shop.receive(shop.sku, 1)
    assert await served(shop, [sold]) == [1]


async def test_a_promise_can_be_opened_again_for_more(open_shop) -> None:
    shop = await open_shop()
    await open_sale(shop, 2)
    await preorder(shop, 2)
    await close(shop)
    with pytest.raises(CapBelowSold):
        await open_sale(shop, 1)
    again = await open_sale(shop, 3, kind="backorder", promised_at=SUMMER)
    assert (again.promise.kind, again.promise.version) == ("backorder", 3)
    await preorder(shop)
    assert await figures(shop) == (3, 0, 3)


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
    await lane.submit(
        KeepBack(context=shop.context, sku=shop.sku, location=shop.location, quantity=1)
    )
    await open_sale(shop)
    in_shop, at_till = await preorder(shop, 2), await preorder(shop, channel=till)
    await shop.receive(shop.sku, 1)
    assert await served(shop, [in_shop, at_till]) == [0, 0]
    pieces = Pieces(sku=shop.sku, location=shop.location, quantity=1)
    await lane.submit(AllotStock(context=shop.context, pieces=pieces, channel=till))
    await shop.receive(shop.sku, 1)
    assert await served(shop, [in_shop, at_till]) == [0, 1]


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
            condition=condition,
            location=shop.locations[1],
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


async def test_bundles_wait_for_each_component(open_shop) -> None:
    shop = await open_shop(skus=2)
    with pytest.raises(BundleHasNoStock):
        await open_sale(shop, sku=await bundle_of(shop.context, shop.skus))
    for sku in shop.skus:
        await open_sale(shop, sku=sku)
    lines = [Line(sku, 1) for sku in shop.skus]
    sold = await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=lines,
        ttl_seconds=600,
        promise=True,
        sell=True,
    )
    await shop.receive(shop.skus[1], 1)
    assert await allocations(shop, sold) == {"~promised": (0, 1), shop.location: (0, 1)}


async def bundle_of(context: Context, skus: tuple[str, ...]) -> str:
    from rackhouse.catalog import create_product

    mark = new_id()
    draft = {
        "id": f"bundle-{mark}",
        "type": "goods",
        "name": "Bundle",
        "price_minor": 1,
        "currency": "EUR",
        "attributes": {},
        "variants": [
            {
                "sku": f"BUNDLE-{mark}",
                "components": [{"sku": sku, "quantity": 1} for sku in skus],
            }
        ],
    }
    await create_product(context=context, draft=draft)
    return f"BUNDLE-{mark}"


async def test_the_audit_finds_nothing_to_say_about_promises(context: Context) -> None:
    found = await audit_stock(context=context, progress=lambda _: None)
    assert found.discrepancies == []
