"""What channels report of themselves is compared with what they could sell at that moment."""

import asyncio
import datetime

import pytest
from spoilt_houses import audited, cases_of, shop_of, spoilt_house

from houses import Shop, context_of
from rackhouse.catalog import SkuUnknown, create_product
from rackhouse.channels import BoundToAnotherChannel, ChannelNotFound, close_channel
from rackhouse.inventory import Line, ToKeepBack, keep_back, movements, place_hold
from rackhouse.inventory.commands import AllotStock
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.rules import Portion
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from rackhouse.reconciliation import (
    AskChannel,
    Case,
    Reported,
    ReportedFigure,
    ReportFromTheFuture,
    ReportTooOld,
    accept_case,
    report_stock,
    requested_stock,
)

INSTANT = datetime.timedelta(microseconds=1)


async def newest(shop: Shop) -> datetime.datetime:
    """When the newest event of the shop's stock was recorded."""
    (found,) = await movements(
        context=shop.context, id=shop.sku, location=None, before=None, limit=1
    )
    return found.recorded_at


async def report(
    shop: Shop, available: int, at: datetime.datetime | None = None, sku: str | None = None
) -> Reported:
    return await report_stock(
        context=context_of(shop.house, channel=shop.channel),
        channel=shop.channel,
        as_of=at or await newest(shop),
        figures=[ReportedFigure(sku or shop.sku, available)],
    )


async def hold(shop: Shop, quantity: int) -> None:
    await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=600,
    )


async def compared(shop: Shop) -> list[Case]:
    """The open cases once everything that was reported is compared."""
    await audited(shop.context)
    return await cases_of(shop)


async def test_a_channel_that_is_right_opens_no_case(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=9)
    await hold(shop, 2)
    await report(shop, 7)
    assert await compared(shop) == []


async def test_a_channel_that_has_another_figure_becomes_a_case_with_the_events(
    spoilt: House,
) -> None:
    shop = await shop_of(spoilt, units=9)
    await hold(shop, 2)
    await report(shop, 8)
    (case,) = await compared(shop)
    assert (case.kind, case.channel, case.sku) == ("channel_figure", shop.channel, shop.sku)
    assert (case.expected, case.found) == ({"available": 7}, {"available": 8})
    assert case.proposal == AskChannel(shop.channel, shop.sku, 7)
    assert [(each.type, each.version) for each in case.evidence] == [("HoldPlaced", 2)]


async def test_a_report_is_compared_with_its_own_moment(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=9)
    before = await newest(shop)
    await hold(shop, 4)
    await report(shop, 9, at=max(before, (await newest(shop)) - INSTANT))
    assert await compared(shop) == []
    await report(shop, 9)
    (case,) = await compared(shop)
    assert case.expected == {"available": 5}


async def test_what_is_on_its_way_counts_neither_for_nor_against(
    settings: Settings, server_url: str
) -> None:
    async with spoilt_house(settings, server_url, report_tolerance_seconds=1) as house:
        shop = await shop_of(house, units=9)
        for quantity in (1, 3):
            await hold(shop, quantity)
        at = await newest(shop)
        for figure in (9, 8, 5):  # each was so within the second
            await report(shop, figure, at=at)
            at += INSTANT
        await reported_long_enough_ago(shop)
        assert await compared(shop) == []
        await report(shop, 10, at=at)
        await reported_long_enough_ago(shop)
        (case,) = await compared(shop)
        assert case.expected == {"available": 9}


async def reported_long_enough_ago(shop: Shop) -> None:
    """Wait until the tolerance of what was reported is over by the database's clock."""
    waiting = 1
    while waiting:
        async with shop.house.database("reconciliation").reading() as tx:
            waiting = await tx.one(
                int,
                "select count(*) from reconciliation.report where not compared"
                " and as_of > clock_timestamp() - interval '1.1 seconds'",
            )
        await asyncio.sleep(0)


async def test_pieces_that_are_set_apart_for_a_channel_count_for_it(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=9)
    portion = Portion(sku=shop.sku, location=shop.location, quantity=3)
    for channel in (shop.channel, "another"):
        command = AllotStock(context=shop.context, portions=[portion], channel=channel)
        await spoilt.the(StockLane).submit(command)
    await hold(shop, 1)
    await report(shop, 5)
    assert await compared(shop) == []


async def test_pieces_that_a_channel_leaves_to_others_do_not_count_for_it(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=9)
    buffer = ToKeepBack(sku=shop.sku, channel=shop.channel, quantity=4)
    await keep_back(context=shop.context, levels=[buffer])
    await report(shop, 5, at=(await newest(shop)) + INSTANT)
    assert await compared(shop) == []
    await report(shop, 9, at=(await newest(shop)) + 2 * INSTANT)
    (case,) = await compared(shop)
    assert case.expected == {"available": 5}


async def test_a_bundle_is_what_its_components_allow(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=9)
    draft = {
        "id": f"bundle-of-{shop.sku.lower()}",
        "type": "bundle",
        "name": "Two of it",
        "price_minor": 100,
        "currency": "EUR",
        "variants": [{"sku": f"TWO-{shop.sku}", "components": [{"sku": shop.sku, "quantity": 2}]}],
        "attributes": {},
    }
    await create_product(context=shop.context, draft=draft)
    await report(shop, 4, sku=f"TWO-{shop.sku}")
    assert await compared(shop) == []
    await report(shop, 5, sku=f"TWO-{shop.sku}", at=(await newest(shop)) + INSTANT)
    (case,) = [each for each in await compared(shop) if each.kind == "channel_figure"]
    assert case.expected == {"available": 4}


async def test_a_channel_is_asked_to_take_the_figure_until_it_has(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=9)
    await report(shop, 8)
    (case,) = await compared(shop)
    await accept_case(context=shop.context, case_id=case.id, reason="the shelf has nine")
    own = context_of(spoilt, channel=shop.channel)
    (asked,) = await requested_stock(context=own, channel=shop.channel, after="", limit=5)
    assert (asked.sku, asked.available, asked.case_id) == (shop.sku, 9, case.id)
    again = await report(shop, 8, at=(await newest(shop)) + INSTANT)
    assert again.requested == [asked]
    assert await compared(shop) == []  # it was told; no second case
    await report(shop, 9, at=(await newest(shop)) + 2 * INSTANT)
    await audited(shop.context)
    assert await requested_stock(context=own, channel=shop.channel, after="", limit=5) == []


async def test_a_figure_that_was_decided_on_is_the_one_of_now_when_it_is_told(
    spoilt: House,
) -> None:
    shop = await shop_of(spoilt, units=9)
    await report(shop, 8)
    (case,) = await compared(shop)
    await hold(shop, 7)
    await accept_case(context=shop.context, case_id=case.id, reason="the shelf has nine")
    own = context_of(spoilt, channel=shop.channel)
    (asked,) = await requested_stock(context=own, channel=shop.channel, after="", limit=5)
    assert asked.available == 2
    told = await report(shop, 8, at=(await newest(shop)) + INSTANT)
    assert [each.available for each in told.requested] == [2]
    await close_channel(context=shop.context, channel_id=shop.channel, expected_version=None)
    (asked,) = await requested_stock(context=shop.context, channel=shop.channel, after="", limit=5)
    assert asked.available == 0


async def test_a_channel_that_is_right_again_clears_its_case(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=9)
    await report(shop, 8)
    (case,) = await compared(shop)
    assert await compared(shop) == [case]  # it stays until the channel reports again
    await report(shop, 9, at=(await newest(shop)) + INSTANT)
    assert await compared(shop) == []
    (cleared,) = await cases_of(shop, "cleared")
    assert cleared.id == case.id


async def test_the_newest_of_several_reports_counts(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=9)
    at = await newest(shop)
    await report(shop, 9, at=at + 5 * INSTANT)
    await report(shop, 2, at=at)
    assert await compared(shop) == []


async def test_a_channel_reports_for_itself_only(spoilt: House) -> None:
    shop, other = await shop_of(spoilt, units=1), await shop_of(spoilt, units=1)
    own = context_of(spoilt, channel=other.channel)
    at = await newest(shop)
    with pytest.raises(BoundToAnotherChannel):
        await report_stock(context=own, channel=shop.channel, as_of=at, figures=[])
    with pytest.raises(BoundToAnotherChannel):
        await requested_stock(context=own, channel=shop.channel, after="", limit=5)


async def test_a_report_that_can_not_be_compared_is_refused(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=1)
    at = await newest(shop)
    day = datetime.timedelta(days=1)
    with pytest.raises(ReportFromTheFuture):
        await report(shop, 1, at=at + day)
    with pytest.raises(ReportTooOld):
        await report(shop, 1, at=at - 2 * day)
    with pytest.raises(SkuUnknown):
        await report(shop, 1, sku="NOTHING")
    with pytest.raises(ChannelNotFound):
        await report_stock(context=shop.context, channel="nobody", as_of=at, figures=[])
